/** The report of a heap whose calls nobody looked at: no figure is known. */
import type { HeapReport } from '@bareheap/inspect';

const NO_CALLS = { allocations: 0, bytes: 0 };

export const UNOBSERVED_HEAP: HeapReport = {
  name: 'guest (not observed)',
  isUnobserved: true,
  allocations: 0,
  frees: 0,
  reallocations: 0,
  failures: 0,
  bytesTotal: 0,
  bytesPeak: 0,
  blocksPeak: 0,
  bytesLive: 0,
  blocksLive: 0,
  residentBytes: 0,
  overheadBytes: 0,
  phases: { loader: NO_CALLS, beforeMain: NO_CALLS, main: NO_CALLS, atExit: NO_CALLS },
};
