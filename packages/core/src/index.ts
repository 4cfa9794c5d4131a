export { type ArenaCheckpoint, ArenaHeap, createArena } from './arena/arena.ts';
export { ARENA_CONTROL_BYTES } from './arena/arena-layout.ts';
export { BestFitCalls, BestFitHeap } from './best-fit/best-fit.ts';
export { BucketCalls, BucketHeap } from './buckets/buckets.ts';
export { BuddyCalls, type BuddyGuarantee, BuddyHeap, buddySteps } from './buddy/buddy.ts';
export { BumpCalls, BumpHeap } from './bump/bump.ts';
export { HeapArray } from './collection/heap-array.ts';
export { HeapString } from './collection/heap-string.ts';
export type { PlacedHeap } from './collection/placed-heap.ts';
export { DebugHeap, type DebugLock, type DebugOptions } from './debug/debug.ts';
export {
  type DebugBlock,
  type DebugCall,
  type DebugEvent,
  type DebugFinding,
  type DebugFindingKind,
  type DebugThreads,
  isWatchful,
  type WatchfulHeap,
} from './debug/debug-finding.ts';
export type { DebugFigures } from './debug/debug-sweep.ts';
export type { CaptureStack } from './debug/stack-trace.ts';
export { Heap1 } from './freertos/heap-1.ts';
export { Heap2 } from './freertos/heap-2.ts';
export { Heap4 } from './freertos/heap-4.ts';
export {
  type Heap,
  type HeapCalls,
  type HeapStats,
  MIN_ALIGN,
  MISUSE_DOUBLE,
  MISUSE_INVALID,
  MISUSE_NONE,
  type Misuse,
} from './heap.ts';
export { BufferHeapMemory, type HeapMemory } from './heap-memory.ts';
export {
  COUNT_WORDS,
  CountInterceptor,
  type HeapCounts,
  type Measure,
} from './interceptor/count.ts';
export { FailNthInterceptor, NullInterceptor } from './interceptor/failure.ts';
export {
  BREACH_AFTER_MARK,
  BREACH_PEAK,
  BREACH_REQUEST,
  BREACH_STEPS,
  type Breach,
  GuardInterceptor,
  type HeapBudget,
} from './interceptor/guard.ts';
export { HeapHook } from './interceptor/heap-hook.ts';
export { InterceptedHeap, type Interceptor, PassThrough } from './interceptor/interceptor.ts';
export { LockInterceptor } from './interceptor/lock.ts';
export { OnThread } from './interceptor/on-thread.ts';
export {
  type OutOfMemoryHandler,
  OutOfMemoryInterceptor,
  outOfMemoryMessage,
} from './interceptor/out-of-memory.ts';
export { RecordInterceptor, type RecordOptions } from './interceptor/record.ts';
export {
  describeCall,
  type TracedCall,
  type TracedKind,
  TraceInterceptor,
  type TraceOptions,
} from './interceptor/trace.ts';
export { LinkedListCalls, LinkedListHeap } from './llff/llff.ts';
export { NullHeap } from './null/null.ts';
export {
  NO_MEMORY,
  PAGE_NONE,
  PAGE_READ,
  PAGE_READ_WRITE,
  type PageAccess,
  type PageCommitment,
  type PagePlacement,
  type PageProtection,
  type PageRelease,
  type PageSource,
} from './page-source.ts';
export type { RegionCalls, StepCount } from './region-calls.ts';
export {
  TRACE_ALLOCATE,
  TRACE_ALLOCATE_ZEROED,
  TRACE_DEALLOCATE,
  TRACE_MARK,
  TRACE_REALLOCATE,
  TRACE_REALLOCATE_IN_PLACE,
  TRACE_REFUSED_ALLOCATION,
  TRACE_REFUSED_RESIZE,
  TraceError,
  type TraceErrorCode,
} from './replay/heap-trace.ts';
export { type ReplayFigures, replayTrace, type TraceNeeds, traceNeeds } from './replay/replay.ts';
export {
  type ReplayOptions,
  type ReplayRow,
  type ReplayStrategy,
  replayOn,
  replayStrategies,
  replayTable,
  smallestHeap,
} from './replay/replay-table.ts';
export { parseTextTrace } from './replay/text-trace.ts';
export { TraceReader } from './replay/trace-reader.ts';
export { TraceWriter } from './replay/trace-writer.ts';
export { SizeClassHeap } from './size-class/size-class.ts';
export { BREAK_KINDS, type BreakKind, BreakSource } from './source/break-source.ts';
export { type FailurePlan, FallibleSource } from './source/fallible-source.ts';
export { GrowingHeap, type RegionMemory } from './source/growing-heap.ts';
export { HeapSource } from './source/heap-source.ts';
export { MapSource } from './source/map-source.ts';
export { MemoryWindow } from './source/memory-window.ts';
export { PageSpace } from './source/page-space.ts';
export { ProtectedMemory } from './source/protected-memory.ts';
export { RESERVATION_GRANULARITY, ReservationSource } from './source/reservation-source.ts';
export { type GrowableMemory, WASM_PAGE_BYTES, WasmSource } from './source/wasm-source.ts';
export {
  ALL_STRATEGIES,
  createHeap,
  SPECIAL_STRATEGIES,
  type SpecialStrategyName,
  STRATEGIES,
  type Strategy,
  type StrategyName,
} from './strategies.ts';
export { TLSF_STEPS, TlsfCalls, TlsfHeap } from './tlsf/tlsf.ts';
