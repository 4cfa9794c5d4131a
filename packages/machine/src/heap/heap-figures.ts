/** What a report has of heap calls, whoever answered them; see inspect's HeapReport for the fields. */
import type { HeapReport } from '@bareheap/inspect';
import type { HeapWatch } from './heap-watch.ts';

export type HeapFigures = Omit<
  HeapReport,
  'isUnobserved' | 'residentBytes' | 'overheadBytes' | 'largestFree' | 'region'
>;

/** @param served  name of the strategy that answered; null: the guest's own heap did */
export function heapFigures(watch: HeapWatch, served: string | null): HeapFigures {
  const { ledger, functions, phases, worst } = watch;
  const unit = served === null ? ('instructions' as const) : ('steps' as const);
  return {
    name: served ?? `guest (${functions.join(', ') || 'no heap function found'})`,
    allocations: ledger.allocations,
    frees: ledger.frees,
    reallocations: ledger.reallocations,
    failures: ledger.failures,
    bytesTotal: ledger.bytesTotal,
    bytesPeak: ledger.bytesPeak,
    blocksPeak: ledger.blocksPeak,
    bytesLive: ledger.bytesLive,
    blocksLive: ledger.live.size,
    phases,
    ...(watch.isMainKnown ? {} : { isMainUnknown: true }),
    ...(worst === null ? {} : { worst: [{ ...worst, unit }] }),
  };
}
