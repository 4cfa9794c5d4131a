/**
 * Traces calls into a ring that is there beforehand: tracing allocates nothing, neither in the
 * heap it traces nor in the host's. When the ring is full the oldest calls go, and are counted,
 * or whoever reads them takes them out first, as through a pipe.
 *
 *   a call, seven numbers:  kind | ordinal | address | size | align | result | caller
 *   and its stack beside:   so many frames as the ring was made for, innermost first
 */
import { assert } from '../assert.ts';
import { type CaptureStack, StackTrace } from '../debug/stack-trace.ts';
import type { Heap, Misuse } from '../heap.ts';
import { PassThrough } from './interceptor.ts';

export type TracedKind =
  | 'allocate'
  | 'allocateZeroed'
  | 'deallocate'
  | 'reallocate'
  | 'reallocateInPlace';

/** The number that stands for a kind in the ring is its place here. */
const KINDS: readonly TracedKind[] = [
  'allocate',
  'allocateZeroed',
  'deallocate',
  'reallocate',
  'reallocateInPlace',
];
const ALLOCATE = 0;
const ALLOCATE_ZEROED = 1;
const DEALLOCATE = 2;
const REALLOCATE = 3;
const REALLOCATE_IN_PLACE = 4;

const FIELDS = 7;
/** Frames of a stack unless told otherwise. */
const STACK_FRAMES = 8;

/** A call as it is read out of the ring. */
export interface TracedCall {
  readonly kind: TracedKind;
  /** The how many-th call of all, from 1. */
  readonly ordinal: number;
  /** The block it is about; 0 for an allocation. */
  readonly address: number;
  /** Bytes asked for; of a free what the caller says the size is, 0 when it does not. */
  readonly size: number;
  readonly align: number;
  /** An address, a Misuse, or 1 for true, as the call returns it. */
  readonly result: number;
  /** Who called, as {@link TraceOptions.caller} had it. */
  readonly caller: number;
  /** The stack of the call, as {@link TraceOptions.captureStack} had it; empty without it. */
  readonly stack: Uint32Array;
}

export interface TraceOptions {
  /** Calls that the ring holds. */
  readonly capacity: number;
  /** Token of the call's caller, such as a return address; must not allocate. */
  readonly caller?: () => number;
  /** Writes the call's stack; must not allocate. */
  readonly captureStack?: CaptureStack;
  /** Frames of a stack that are kept; default 8 when stacks are captured. */
  readonly stackFrames?: number;
  /** Called when the ring is full, to read it out; what it leaves is overwritten. */
  readonly onFull?: (trace: TraceInterceptor) => void;
}

export class TraceInterceptor extends PassThrough {
  override readonly name: string = 'trace';
  /** Calls that were overwritten before anybody read them. */
  lost = 0;
  private readonly ring: Float64Array;
  private readonly capacity: number;
  private readonly caller: () => number;
  private readonly onFull: ((trace: TraceInterceptor) => void) | null;
  private readonly stack: StackTrace;
  private readonly stacks: Uint32Array;
  private readonly depths: Uint32Array;
  private first = 0;
  private held = 0;
  private calls = 0;

  constructor(options: TraceOptions) {
    super();
    assert(options.capacity > 0, 'a trace needs room for a call');
    this.capacity = options.capacity;
    this.ring = new Float64Array(options.capacity * FIELDS);
    this.caller = options.caller ?? (() => 0);
    this.onFull = options.onFull ?? null;
    const frames = options.captureStack === undefined ? 0 : (options.stackFrames ?? STACK_FRAMES);
    this.stack = new StackTrace(frames, options.captureStack ?? null);
    this.stacks = new Uint32Array(options.capacity * frames);
    this.depths = new Uint32Array(options.capacity);
  }

  /** Calls in the ring. */
  get length(): number {
    return this.held;
  }

  /** Takes all calls out of the ring, the oldest first. */
  drain(visit: (call: TracedCall) => void): void {
    while (this.held > 0) {
      const call = this.callAt(this.first);
      this.dropFirst();
      visit(call);
    }
  }

  override allocate(heap: Heap, size: number, align: number): number {
    const address = heap.allocate(size, align);
    this.put(ALLOCATE, 0, size, align, address);
    return address;
  }

  override allocateZeroed(heap: Heap, size: number, align: number): number {
    const address = heap.allocateZeroed(size, align);
    this.put(ALLOCATE_ZEROED, 0, size, align, address);
    return address;
  }

  override deallocate(heap: Heap, address: number, size: number, align: number): Misuse {
    const misuse = heap.deallocate(address, size, align);
    this.put(DEALLOCATE, address, size, align, misuse);
    return misuse;
  }

  override reallocate(
    heap: Heap,
    address: number,
    oldSize: number,
    align: number,
    newSize: number,
  ): number {
    const moved = heap.reallocate(address, oldSize, align, newSize);
    this.put(REALLOCATE, address, newSize, align, moved);
    return moved;
  }

  override reallocateInPlace(
    heap: Heap,
    address: number,
    oldSize: number,
    align: number,
    newSize: number,
  ): boolean {
    const done = heap.reallocateInPlace(address, oldSize, align, newSize);
    this.put(REALLOCATE_IN_PLACE, address, newSize, align, done ? 1 : 0);
    return done;
  }

  private put(kind: number, address: number, size: number, align: number, result: number): void {
    if (this.held === this.capacity) this.makeRoom();
    this.calls++;
    const { ring } = this;
    const place = (this.first + this.held) % this.capacity;
    const at = place * FIELDS;
    ring[at] = kind;
    ring[at + 1] = this.calls;
    ring[at + 2] = address;
    ring[at + 3] = size;
    ring[at + 4] = align;
    ring[at + 5] = result;
    ring[at + 6] = this.caller();
    this.putStack(place);
    this.held++;
  }

  private putStack(place: number): void {
    const { stack, stacks } = this;
    const { frames } = stack;
    if (frames.length === 0) return;
    stack.take();
    this.depths[place] = stack.count;
    const start = place * frames.length;
    for (let frame = 0; frame < stack.count; frame++) stacks[start + frame] = frames[frame]!;
  }

  private makeRoom(): void {
    this.onFull?.(this);
    if (this.held < this.capacity) return;
    this.dropFirst();
    this.lost++;
  }

  private dropFirst(): void {
    this.first = (this.first + 1) % this.capacity;
    this.held--;
  }

  private callAt(place: number): TracedCall {
    const { ring } = this;
    const at = place * FIELDS;
    const start = place * this.stack.frames.length;
    return {
      kind: KINDS[ring[at]!]!,
      ordinal: ring[at + 1]!,
      address: ring[at + 2]!,
      size: ring[at + 3]!,
      align: ring[at + 4]!,
      result: ring[at + 5]!,
      caller: ring[at + 6]!,
      stack: this.stacks.slice(start, start + this.depths[place]!),
    };
  }
}

const TEXTS: Readonly<Record<TracedKind, (call: TracedCall) => string>> = {
  allocate: ({ size, align, result }) =>
    result === 0 ? refused(size, align) : `allocated ${layout(size, align)} at ${hex(result)}`,
  allocateZeroed: ({ size, align, result }) =>
    result === 0
      ? refused(size, align)
      : `allocated ${layout(size, align)} at ${hex(result)}, zeroed`,
  deallocate: ({ address, size, align, result }) =>
    result === 0
      ? `deallocated ${hex(address)}${size === 0 ? '' : `, ${layout(size, align)}`}`
      : `did not deallocate ${hex(address)}: it is not allocated`,
  reallocate: ({ address, size, align, result }) =>
    result === 0
      ? `did not reallocate ${hex(address)} to ${layout(size, align)}`
      : `reallocated ${hex(address)} to ${layout(size, align)} at ${hex(result)}`,
  reallocateInPlace: ({ address, size, align, result }) =>
    `${result === 0 ? 'did not resize' : 'resized'} ${hex(address)} to ${layout(size, align)}`,
};

/** A call in words, without its caller. */
export function describeCall(call: TracedCall): string {
  return TEXTS[call.kind](call);
}

function layout(size: number, align: number): string {
  return `${size} bytes with align ${align}`;
}

function refused(size: number, align: number): string {
  return `did not allocate ${layout(size, align)}`;
}

function hex(address: number): string {
  return `0x${address.toString(16)}`;
}
