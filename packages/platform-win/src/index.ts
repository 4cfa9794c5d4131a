export { GRANULE_BYTES, USER_END } from './address-word.ts';
export { argumentText, callText, resultText } from './call-trace.ts';
export { checkHeap } from './heap/heap-check.ts';
export { type HeapEntry, heapEntries } from './heap/heap-walk.ts';
export { WinHeap } from './heap/win-heap.ts';
export { processHeap } from './heap-calls.ts';
export { commitImage, reserveImage } from './image-map.ts';
export { FileBytes, MemoryFile } from './memory-file.ts';
export { allocateVirtualMemory, type RangeResult } from './nt-allocate.ts';
export type { CallWords } from './nt-calls.ts';
export { freeVirtualMemory } from './nt-free.ts';
export {
  lockVirtualMemory,
  type ProtectResult,
  protectVirtualMemory,
  unlockVirtualMemory,
} from './nt-protect.ts';
export { queryRegion, type RegionInformation } from './nt-query.ts';
export {
  createSection,
  flushView,
  mapView,
  type SectionResult,
  unmapView,
  type ViewRequest,
} from './nt-section.ts';
export { isFailure, NT_STATUS, type NtStatus, statusName } from './nt-status.ts';
export { ProbeRun, runProbeProgram } from './probe/probe-run.ts';
export { randomWinProgram, winResultsHash } from './probe/random-program.ts';
export {
  differenceOf,
  type KnownDifference,
  parseWinResults,
  parseWinRules,
  runWinRules,
  type WinCase,
  type WinRow,
  type WinRule,
  type WinTruth,
  winProbeText,
  winTable,
} from './probe/win-rules.ts';
export type { Reservation, SectionView } from './reservation.ts';
export { type MappableFile, Section } from './section.ts';
export type { SectionHandle } from './section-calls.ts';
export { checkSpace } from './space-check.ts';
export {
  SYSTEM_FUNCTIONS,
  type SystemFunction,
  systemFunction,
  type WinArgumentType,
  type WinResultType,
} from './system-functions.ts';
export { answerFaults, type ExceptionRecord, exceptionOfFault } from './win-fault.ts';
export { type HandleObject, WinHandles } from './win-handles.ts';
export { WinPageSource } from './win-page-source.ts';
export { makeWinProcess, WinProcess } from './win-process.ts';
export { type NewReservation, WinSpace, type WinSpaceOptions } from './win-space.ts';
export { errorOfStatus, WIN32_ERROR } from './win32-error.ts';
export { resetWriteWatch, writtenPages } from './write-watch.ts';
