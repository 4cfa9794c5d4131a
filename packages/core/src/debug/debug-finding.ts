/**
 * What the debug heap finds: plain values. Traces are arrays of the caller's tokens, innermost
 * first; whoever gave the tokens knows their names.
 */

import type { Heap } from '../heap.ts';

/** Kinds of the report's vocabulary that a heap can tell. */
export type DebugFindingKind =
  | 'double-free'
  | 'invalid-free'
  | 'use-after-free'
  | 'heap-buffer-overflow'
  | 'heap-buffer-underflow'
  | 'size-mismatch'
  | 'alignment-mismatch'
  | 'leak'
  | 'bad-request'
  | 'heap-corruption'
  | 'out-of-memory';

export type DebugCall = 'allocate' | 'deallocate' | 'reallocate' | 'sweep';

/** A call that something happened in, and where it came from. */
export interface DebugEvent {
  /** The how many-th call it was of those that changed the heap; 0 when that is not kept. */
  readonly ordinal: number;
  readonly stack: Uint32Array;
}

export interface DebugBlock {
  /** Of all allocations this one, even where its address was used before. */
  readonly ordinal: number;
  readonly address: number;
  readonly size: number;
  readonly align: number;
  readonly allocatedAt: DebugEvent;
  /** Null while the block is in use. */
  readonly freedAt: DebugEvent | null;
  /** The last call that changed its size; only large blocks keep it. */
  readonly reallocatedAt: DebugEvent | null;
}

export interface DebugFinding {
  readonly kind: DebugFindingKind;
  readonly call: DebugCall;
  /** What the call was given, or the first byte that is not as it was left. */
  readonly address: number;
  /** Layout that the call was given; 0 where there is none. */
  readonly size: number;
  readonly align: number;
  /** Trace of the call; empty for a sweep. */
  readonly stack: Uint32Array;
  readonly block: DebugBlock | null;
  /** For an address that is no block's start: the blocks in use and freed that lie nearest. */
  readonly nearestLive: DebugBlock | null;
  readonly nearestFreed: DebugBlock | null;
  /** For a call from a second thread: both threads, and the trace of the first one's first call. */
  readonly threads: DebugThreads | null;
}

export interface DebugThreads {
  readonly first: number;
  readonly second: number;
  readonly firstStack: Uint32Array;
}

export const NO_STACK: Uint32Array = new Uint32Array(0);

/** A heap that looks after its blocks' bytes and tells of damage. */
export interface WatchfulHeap extends Heap {
  /** Takes what was found since the last time, oldest first. */
  takeFindings(): readonly DebugFinding[];
  /** Looks at every canary and every freed byte; what is wrong is among the findings. */
  sweep(): void;
}

/** Whether a heap can tell of damage: a debug heap, and a heap that grows, for those in it. */
export function isWatchful(heap: Heap): heap is WatchfulHeap {
  return 'takeFindings' in heap;
}
