/** Puts together what is known of a run; see inspect's RunReport for what the fields mean. */
import type { Heap } from '@bareheap/core';
import type { Cpu } from '@bareheap/cpu';
import type { Finding, HeapReport, MmuReport, RegionReport, RunReport } from '@bareheap/inspect';
import { type Mmu, PAGE_BYTES } from '@bareheap/mmu';
import type { HeapRegion } from '@bareheap/platform-static';
import type { Board } from './board/board.ts';
import type { HeapWatch } from './heap/heap-watch.ts';
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
    mmu: mmuReport(facts),
    syscalls: Object.fromEntries(facts.semihosting),
  };
}

function mmuReport({ mmu, cpu }: RunFacts): MmuReport {
  const { misses, evictions, flushes } = mmu.tlb.counters;
  const missed = misses.read + misses.write;
  return {
    tlb: { hits: Math.max(0, cpu.memoryAccesses - missed), misses: missed, evictions, flushes },
    faults: mmu.faults,
    pages: mmu.pages,
  };
}

function heapReport(facts: RunFacts): HeapReport {
  const { watch, heap, heapName, region } = facts;
  const { ledger, phases } = watch;
  const stats = heap?.stats() ?? null;
  const used =
    region === null || ledger.highest === 0 ? 0 : Math.max(0, ledger.highest - region.start);
  const served = stats === null ? null : stats.overheadBytes;
  const name =
    heap === null ? `guest (${watch.functions.join(', ') || 'no heap function found'})` : heapName;
  const { worst } = watch;
  return {
    name,
    allocations: ledger.allocations,
    frees: ledger.frees,
    reallocations: ledger.reallocations,
    failures: ledger.failures,
    bytesTotal: ledger.bytesTotal,
    bytesPeak: ledger.bytesPeak,
    blocksPeak: ledger.blocksPeak,
    bytesLive: ledger.bytesLive,
    blocksLive: ledger.live.size,
    residentBytes: Math.ceil(used / PAGE_BYTES) * PAGE_BYTES,
    overheadBytes: served ?? Math.max(0, used - ledger.bytesPeak),
    ...(region === null ? {} : { largestFree: largestFree(facts, region) }),
    phases,
    ...(region === null ? {} : { region: regionReport(facts, region, used) }),
    ...(worst === null
      ? {}
      : {
          worst: [
            {
              ...worst,
              unit: heapName === 'guest' ? ('instructions' as const) : ('steps' as const),
            },
          ],
        }),
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
