/** One call of a guest's heap functions, after it returned. */
import type { StackFrame } from './stack-frame.ts';

export interface HeapArgument {
  /** How it is written: addresses and flags in hexadecimal, the rest in decimal. */
  readonly kind: 'size' | 'count' | 'alignment' | 'address' | 'flags';
  readonly value: number;
}

export interface HeapCall {
  /** The how many-th heap call of the run, from 1. */
  readonly ordinal: number;
  /** Name of the function as the program knows it: `malloc`, `_free_r`, `pvPortMalloc`. */
  readonly function: string;
  /** Without the reentrancy structure and the like. */
  readonly args: readonly HeapArgument[];
  /** Address it returned, 0 for a failure; null when it returns nothing. */
  readonly result: number | null;
  /** How the result is written; default `address`. `size` is of malloc_usable_size. */
  readonly resultKind?: 'address' | 'size';
  /** Innermost is the caller, not the heap function. */
  readonly stack: readonly StackFrame[];
  /** Instructions retired at the call. */
  readonly instruction: number;
  /** Instructions the call took: of the guest's own heap, or null when it was served. */
  readonly cost: number | null;
  /** Of a reallocation that succeeded: whether the address stayed, and the bytes copied if not. */
  readonly moved?: { readonly inPlace: boolean; readonly copiedBytes: number };
  /** Of a call that makes or ends an allocation: its identity, as {@link BlockInfo.ordinal}. */
  readonly allocation?: number;
}
