/** Heap calls of Windows programs: seen without a trace in the program, and served by any strategy. */
import { type Cpu, JitCpu } from '@bareheap/cpu';
import type { HeapCall } from '@bareheap/inspect';
import { Supervisor } from '@bareheap/mmu';
import { describe, expect, test } from 'vitest';
import { TextHost } from '../../../test/text-host.ts';
import { openProgram, windowsRuns } from '../../../test/windows-program.ts';
import { type CpuParts, HEAP_CHOICES, type HeapChoice } from '../../firmware-options.ts';
import { windowsTraceFilter } from '../trace/trace-filter.ts';
import type { WindowsOptions } from '../windows-options.ts';

const runs = windowsRuns();
const LIMITS = { maxInstructions: 100_000_000 };

function run(name: string, more: Partial<WindowsOptions> = {}) {
  const host = new TextHost();
  const guest = openProgram(name, host, { observesHeap: true, ...more });
  const end = guest.run(LIMITS);
  return { guest, end, report: guest.report(), output: host.text(1) };
}

const truthOf = (name: string): string => runs.find((one) => one.name === name)!.stdout;
const misuse = (what: string, more: Partial<WindowsOptions> = {}) =>
  run('misuse.exe', { argv: [what], ...more });

describe('observed', () => {
  test.each(['families.exe', 'heap.exe', 'threads.exe', 'throw.exe'])(
    'nothing that %s sees changes',
    (name) => {
      const unseen = run(name, { observesHeap: false });
      const seen = run(name);
      expect(seen.output).toBe(unseen.output);
      expect(seen.guest.instructions).toBe(unseen.guest.instructions);
      expect(unseen.report.heap.isUnobserved).toBe(true);
    },
  );

  test('every family is counted, a call inside of another is not', () => {
    const calls: HeapCall[] = [];
    const { heap } = run('families.exe', { onHeapCall: (call) => calls.push(call) }).report;
    const given = calls.filter(({ allocation, result }) => result && allocation);
    expect(heap.allocations + heap.reallocations).toBe(given.length);
    // What is left: the arguments that the C library's start-up code has copied.
    expect(heap.blocksLive).toBe(2);
    const names = new Set(calls.map((call) => call.function));
    for (const name of ['HeapReAlloc', 'GlobalAlloc', 'LocalFree', '_strdup', '??2@YAPEAX_K@Z']) {
      expect(names).toContain(name);
    }
    expect(heap.failures).toBe(2);
  });

  test('calls are told with arguments, callers and identity', () => {
    const calls: HeapCall[] = [];
    const { report } = misuse('double-free', { onHeapCall: (call) => calls.push(call) });
    const [allocation, free] = calls.filter(({ function: name }) => /^Heap/.test(name));
    expect(allocation).toMatchObject({
      function: 'HeapAlloc',
      args: [{ kind: 'address' }, { kind: 'flags', value: 0 }, { kind: 'size', value: 24 }],
      cost: 2,
    });
    expect(allocation!.stack[0]).toMatchObject({ function: 'double_free', line: 9 });
    expect(free).toMatchObject({ function: 'HeapFree', result: null });
    expect(free!.allocation).toBe(allocation!.allocation);
    expect(report.heap.phases.beforeMain.allocations).toBe(3);
  });
});

/** Runs a program whose first block is written past; the start-up code took it and keeps it. */
function runPastEnd(heap: HeapChoice) {
  let memory: Supervisor | null = null;
  const make = (parts: CpuParts): Cpu => {
    memory = new Supervisor(parts.memory);
    return new JitCpu(parts);
  };
  const written: { address: number; size: number }[] = [];
  const onHeapCall = ({ result, args }: HeapCall): void => {
    const size = args.find(({ kind }) => kind === 'size')?.value;
    if (!result || size === undefined || written.length > 0) return;
    written.push({ address: result, size });
    memory!.poke(result + size, Uint8Array.of(1));
  };
  const ran = misuse('none', { heap, onHeapCall, cpu: { engine: 'jit', make } });
  return { ...ran, written };
}

test('damage of a block that is never freed is found at the end', () => {
  const { report, end, written } = runPastEnd('debug');
  expect(end).toEqual({ kind: 'exit', code: 0 });
  expect(report.heap.frees).toBe(0);
  expect(report.findings).toMatchObject([{ kind: 'heap-buffer-overflow', block: written[0] }]);
});

describe('mistakes', () => {
  test.each([
    ['double-free', 'double-free', 'HeapFree: block '],
    ['invalid-free', 'invalid-free', 'free: 0x'],
    ['wrong-heap', 'mismatched-free', 'HeapFree: heap 0x'],
  ])('%s', (what, kind, message) => {
    const { report, end } = misuse(what);
    expect(end).toEqual({ kind: 'exit', code: 0 });
    expect(report.findings).toHaveLength(1);
    expect(report.findings[0]).toMatchObject({ kind, message: expect.stringContaining(message) });
  });

  test.each(['guest', 'tlsf'] as const)('a heap that does not end keeps its blocks: %s', (heap) => {
    const { report, output } = misuse('kept-heaps', { heap });
    expect(output).toBe('0 1\r\n1\r\ndone\r\n');
    expect(report.findings).toEqual([]);
    expect(report.heap).toMatchObject({ allocations: 5, frees: 2, blocksLive: 3 });
  });

  test.each([
    ['after-release', 'access-after-unmap', 'released by VirtualFree', 22],
    ['after-decommit', 'access-after-unmap', 'decommitted by VirtualFree', 36],
    ['after-protect', 'protection-fault', 'protected by VirtualProtect as PAGE_READONLY', 29],
  ])('%s: the call that made it so is named', (what, kind, cause, line) => {
    const { report, end } = misuse(what, { observesHeap: false });
    expect(end).toMatchObject({ kind: 'exception', code: 0xc000_0005 });
    expect(report.exit).toEqual({ kind: 'exception', code: 0xc000_0005 });
    const [finding] = report.findings;
    expect(finding).toMatchObject({ kind, cause: { what: cause } });
    expect(finding!.cause!.stack[0]).toMatchObject({ file: 'src/misuse.c', line });
  });

  test('memory that was given anew since is not what a call took away', () => {
    const [finding] = misuse('given-anew', { observesHeap: false }).report.findings;
    expect(finding).toMatchObject({ kind: 'protection-fault', access: 'write' });
    expect(finding!.place!.name).toBe('private memory (PAGE_READONLY)');
    expect(finding!.cause).toBe(undefined);
  });

  test('a recursion without end is the end of the stack', () => {
    const { report } = misuse('without-end');
    expect(report.exit).toEqual({ kind: 'exception', code: 0xc000_00fd });
    const [finding] = report.findings;
    expect(finding).toMatchObject({ kind: 'heap-stack-collision', access: 'write' });
    expect(finding!.place!.name).toBe('the stack of thread 36 (PAGE_READWRITE)');
    expect(finding!.stack.slice(0, 20).every((frame) => frame.function === 'deeper')).toBe(true);
  });

  test('an exception that the program made up has its code', () => {
    const { report } = misuse('own-code');
    expect(report.exit).toEqual({ kind: 'exception', code: 0xe000_1234 });
    expect(report.findings[0]!.stack[0]!.function).toBe('RaiseException');
  });

  test.each([
    ['debug', 'heap-buffer-overflow'],
    ['tlsf', 'heap-corruption'],
  ] as const)('what is written past a block, %s notices: %s', (heap, kind) => {
    const { findings } = misuse('past-block', { heap }).report;
    expect(findings[0]).toMatchObject({ kind, block: { size: 40 } });
    expect(findings[0]!.stack[0]).toMatchObject({ function: 'past_block' });
  });
});

describe('served', () => {
  const strategies = HEAP_CHOICES.filter((name) => name !== 'guest' && name !== 'null');
  test.each(strategies)('%s: the program sees what it sees of the system’s own heap', (heap) => {
    const others = heap === 'tlsf' || heap === 'debug' ? ['heap.exe', 'throw.exe'] : [];
    for (const name of ['families.exe', ...others]) {
      const { output, report } = run(name, { heap });
      expect(output, name).toBe(truthOf(name));
      expect(report.heap.name).toBe(heap);
      expect(report.findings).toEqual([]);
    }
  });

  test('an allocator that the program brings is answered at its own functions', () => {
    const own = run('own-allocator.exe');
    const served = run('own-allocator.exe', { heap: 'tlsf' });
    expect(served.output).toBe(own.output);
    // 20 calls of realloc, and none of the program's own instructions for them.
    expect(own.report.heap).toMatchObject({ allocations: 3, reallocations: 20, frees: 1 });
    expect(served.report.heap).toMatchObject({ allocations: 3, reallocations: 20, frees: 1 });
    expect(served.guest.instructions).toBeLessThan(own.guest.instructions);
    expect(served.report.syscalls['VirtualAlloc']).toBeUndefined();
  });

  test('a heap that is served can be walked', () => {
    for (const heap of ['guest', 'llff', 'buddy'] as const) {
      expect(misuse('walk', { heap }).output).toBe('1 259\r\ndone\r\n');
    }
  });

  test('null: the program gets nothing, its start-up code does', () => {
    for (const name of ['misuse.exe', 'heap.exe']) {
      const { report } = run(name, { heap: 'null', argv: ['double-free'] });
      expect(report.heap.failures, name).toBeGreaterThan(0);
      expect(report.heap.blocksLive, name).toBeGreaterThan(1);
    }
  });
});

test('calls are counted by class, with those that failed', () => {
  const parsed = windowsTraceFilter('heap');
  if (parsed.kind !== 'filter') throw new Error('heap is a class');
  const { guest } = run('families.exe', { trace: { filter: parsed.filter, write: null } });
  const counts = new Map(guest.callCounts!.map((count) => [count.name, count]));
  expect(counts.get('HeapSize')).toMatchObject({ calls: 2, errors: 1 });
  expect(counts.get('HeapDestroy')).toMatchObject({ calls: 3, errors: 0 });
  expect(counts.has('printf') || counts.has('fputc')).toBe(false);
});
