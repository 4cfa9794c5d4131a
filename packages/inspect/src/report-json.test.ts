import { describe, expect, test } from 'vitest';
import type { RunReport, TranslationReport } from './report.ts';
import { reportJson, reportText } from './report-json.ts';
import { statsText } from './stats.ts';

const none = { allocations: 0, bytes: 0 };
const report: RunReport = {
  program: 'poke.elf',
  platform: 'static',
  machine: 'cortex-m3',
  cpu: { isa: 'armv7-m', engine: 'jit', instructions: 123_456 },
  exit: { kind: 'fault', code: 139 },
  findings: [
    {
      kind: 'use-after-free',
      access: 'read',
      address: 0x2000_0a18,
      size: 4,
      pc: 0x214,
      instruction: 123_456,
      stack: [{ pc: 0x214, function: 'peek', offset: 4, file: 'peek.c', line: 3 }],
      block: {
        ordinal: 3,
        address: 0x2000_0a10,
        size: 24,
        offset: 8,
        allocatedAt: { stack: [], instruction: 10 },
        freedAt: {
          stack: [{ pc: 0x300, function: null, file: null, line: null }],
          instruction: 20,
        },
      },
      cause: { what: 'freed by main', stack: [], instruction: 20 },
      message: 'peek read 4 bytes of a freed block',
      place: { name: 'RAM' },
      advice: 'See main.',
    },
  ],
  heap: {
    name: 'llff',
    allocations: 3,
    frees: 1,
    reallocations: 0,
    failures: 0,
    bytesTotal: 72,
    bytesPeak: 72,
    blocksPeak: 3,
    bytesLive: 48,
    blocksLive: 2,
    residentBytes: 4096,
    overheadBytes: 16,
    largestFree: 8000,
    phases: { loader: none, beforeMain: none, main: { allocations: 3, bytes: 72 }, atExit: none },
    region: { start: 0x2000_0a00, sizeBytes: 8192 },
  },
  mmu: { tlb: { hits: 900, misses: 100, evictions: 1, flushes: 2 }, faults: 3, pages: 20 },
  syscalls: { SYS_WRITE0: 2, SYS_EXIT: 1 },
};

describe('bareheap-run/1', () => {
  test('addresses are hexadecimal strings, everything else is as in memory', () => {
    expect(reportJson(report)).toEqual({
      schema: 'bareheap-run/1',
      program: 'poke.elf',
      platform: 'static',
      machine: 'cortex-m3',
      cpu: { isa: 'armv7-m', engine: 'jit', instructions: 123_456 },
      exit: { kind: 'fault', code: 139 },
      findings: [
        {
          kind: 'use-after-free',
          access: 'read',
          address: '0x20000a18',
          size: 4,
          pc: '0x00000214',
          instruction: 123_456,
          stack: [{ pc: '0x00000214', function: 'peek', file: 'peek.c', line: 3 }],
          block: {
            ordinal: 3,
            address: '0x20000a10',
            size: 24,
            offset: 8,
            allocatedAt: { stack: [], instruction: 10 },
            freedAt: {
              stack: [{ pc: '0x00000300', function: null, file: null, line: null }],
              instruction: 20,
            },
          },
          cause: { what: 'freed by main', stack: [], instruction: 20 },
          message: 'peek read 4 bytes of a freed block',
        },
      ],
      heap: { ...report.heap, region: { start: '0x20000a00', sizeBytes: 8192 } },
      mmu: report.mmu,
      syscalls: { SYS_WRITE0: 2, SYS_EXIT: 1 },
    });
  });

  test('the text is JSON with a final newline, and the report is left as it was', () => {
    const before = structuredClone(report);
    const text = reportText(report);
    expect(text.endsWith('}\n')).toBe(true);
    expect(JSON.parse(text)).toEqual(reportJson(report));
    expect(report).toEqual(before);
  });
});

test('figures of a run', () => {
  expect(statsText(report)).toBe(`cpu: armv7-m, jit on cortex-m3
  instructions  123,456
mmu
  TLB hits       900 90.0 % of 1,000
  TLB misses     100
  TLB evictions    1
  TLB flushes      2
  faults           3
  pages           20 with a frame (80 KiB)
system calls
  SYS_EXIT    1
  SYS_WRITE0  2
`);
  expect(statsText({ ...report, syscalls: {} })).not.toContain('system calls');
});

describe('what translating took', () => {
  const counts = { blocks: 1200, regions: 30, instructionsInterpreted: 12_345 };
  const textOf = (translation: TranslationReport): string =>
    statsText({ ...report, cpu: { ...report.cpu, translation }, syscalls: {} });

  test('counts where the engine tells them', () => {
    expect(textOf(counts)).toMatch(/^cpu: [^\n]+\n(?: {2}[^\n]+\n)+mmu\n/);
    expect(textOf(counts).split('mmu\n')[0]).toBe(`cpu: armv7-m, jit on cortex-m3
  instructions      123,456
  interpreted        12,345 10.0 %
  blocks lifted       1,200
  regions compiled       30
`);
  });

  test('time where there was a clock', () => {
    const time = { milliseconds: 45.6, runMilliseconds: 182.4 };
    expect(textOf({ ...counts, time })).toContain('translating            45 ms, 25.0 % of 182\n');
  });

  test('it is not part of the JSON form, which is the same from run to run', () => {
    const translation = { ...counts, time: { milliseconds: 1, runMilliseconds: 2 } };
    const told = reportJson({ ...report, cpu: { ...report.cpu, translation } });
    expect(told).toEqual(reportJson(report));
  });
});
