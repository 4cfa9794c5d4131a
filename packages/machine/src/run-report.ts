/** Puts together what is known of a run; see inspect's RunReport for what the fields mean. */
import type { Heap } from '@bareheap/core';
import type { Cpu } from '@bareheap/cpu';
import type { Finding, HeapReport, RegionReport, RunReport } from '@bareheap/inspect';
import { type Mmu, PAGE_BYTES } from '@bareheap/mmu';
import type { HeapRegion } from '@bareheap/platform-static';
import type { Board } from './board/board.ts';
import { heapFigures } from './heap/heap-figures.ts';
import type { HeapWatch } from './heap/heap-watch.ts';
import { mmuReport } from './mmu-report.ts';
import type { RunEnd } from './run-end.ts';

export interface RunFacts {
  readonly program: string;
  readonly board: Board;
  readonly cpu: Cpu;
  /** Name of the engine. */
  readonly engine: string;
  readonly mmu: Mmu;
  readonly end: RunEnd | null;
  readonly findings: readonly Finding[];
  readonly watch: HeapWatch;
  readonly heap: Heap | null;
  readonly heapName: string;
  readonly region: HeapRegion | null;
  readonly semihosting: ReadonlyMap<string, number>;
}

export function runReport(facts: RunFacts): RunReport {
  const { program, board, cpu, end, findings } = facts;
  return {
    program,
    platform: 'static',
    machine: board.name,
    cpu: { isa: cpu.isaName, engine: facts.engine, instructions: cpu.instructionCount },
    exit: end === null ? { kind: 'limit', code: 0 } : { kind: end.kind, code: end.code },
    findings,
    heap: heapReport(facts),
    mmu: mmuReport(cpu, facts.mmu),
    syscalls: Object.fromEntries(facts.semihosting),
  };
}

function heapReport(facts: RunFacts): HeapReport {
  const { watch, heap, heapName, region } = facts;
  const { ledger } = watch;
  const stats = heap?.stats() ?? null;
  const used =
    region === null || ledger.highest === 0 ? 0 : Math.max(0, ledger.highest - region.start);
  return {
    ...heapFigures(watch, heap === null ? null : heapName),
    residentBytes: Math.ceil(used / PAGE_BYTES) * PAGE_BYTES,
    overheadBytes: stats?.overheadBytes ?? Math.max(0, used - ledger.bytesPeak),
    ...(region === null ? {} : { largestFree: largestFree(facts, region) }),
    ...(region === null ? {} : { region: regionReport(facts, region, used) }),
  };
}

/** Of the guest's own heap it is the longest run of bytes that no block covers. */
function largestFree({ heap, watch }: RunFacts, region: HeapRegion): number {
  return heap === null
    ? watch.ledger.largestGap(region.start, region.end)
    : heap.stats().largestFreeBytes;
}

function regionReport({ heap, watch }: RunFacts, region: HeapRegion, used: number): RegionReport {
  const { start, end, source } = region;
  const stats = heap?.stats() ?? null;
  const { ledger } = watch;
  return {
    start,
    sizeBytes: end - start,
    source,
    highWaterBytes: used,
    freeBytes: stats?.freeBytes ?? Math.max(0, end - start - ledger.bytesLive),
    ...(stats === null
      ? {}
      : {
          freeBlocks: stats.freeBlocks,
          slackBytes: Math.max(0, stats.liveBytes - ledger.bytesLive),
        }),
  };
}
