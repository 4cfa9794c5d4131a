/**
 * One trace on one heap, and what came of it as figures. Pure: the same trace and heap give the
 * same figures, and nothing is measured in time.
 *
 * A trace that a heap refuses a call of goes on without the block: calls on it are left out, as a
 * program does that checks what it gets.
 */
import { type Heap, MISUSE_NONE } from '../heap.ts';
import {
  TRACE_ALLOCATE,
  TRACE_ALLOCATE_ZEROED,
  TRACE_DEALLOCATE,
  TRACE_REALLOCATE,
  TRACE_REALLOCATE_IN_PLACE,
} from './heap-trace.ts';
import { TraceReader } from './trace-reader.ts';

/** Figures of a replay; bytes, and shares between 0 and 1. */
export interface ReplayFigures {
  /** Calls in the trace. */
  readonly calls: number;
  /** Requests that the heap refused; 0 when the program survives. */
  readonly refusals: number;
  /** The how many-th call was refused first, from 1; 0 when none was. */
  readonly firstRefusal: number;
  /** Most bytes live at once, as asked for. */
  readonly peakBytes: number;
  /** End of the highest block ever, from the start of the region: what the region must hold. */
  readonly highWaterBytes: number;
  /** High water divided by the peak: bytes of memory for a byte that the program asked for. */
  readonly footprintRatio: number;
  /** Share of the usable bytes at the peak that nobody asked for. */
  readonly internalFragmentation: number;
  /** Share of the free bytes outside the largest free block: the worst seen. */
  readonly externalFragmentation: number;
  /** Headers and control block at the peak. */
  readonly overheadBytes: number;
  /** Most steps of a call. */
  readonly worstSteps: number;
  /** Blocks that the trace never frees. */
  readonly liveBlocks: number;
}

/** How often the heap is looked at, in calls: that takes time in proportion to its blocks. */
const LOOK_EVERY = 256;

/** Replays a trace on a heap made for it. */
class Replay {
  refusals = 0;
  firstRefusal = 0;
  peakBytes = 0;
  highWater = 0;
  internal = 0;
  external = 0;
  overhead = 0;
  private readonly reader: TraceReader;
  private readonly heap: Heap;
  private readonly base: number;
  private readonly addresses: Float64Array;
  private readonly sizes: Float64Array;
  private readonly aligns: Float64Array;
  private askedBytes = 0;
  private call = 0;

  constructor(trace: Uint8Array, heap: Heap, base: number) {
    this.reader = new TraceReader(trace);
    this.heap = heap;
    this.base = base;
    this.addresses = new Float64Array(this.reader.slotCount);
    this.sizes = new Float64Array(this.reader.slotCount);
    this.aligns = new Float64Array(this.reader.slotCount);
  }

  /** @param peakCall  the call after which most is live: the heap is looked at then, too */
  run(peakCall: number): ReplayFigures {
    while (this.reader.next()) {
      this.call++;
      this.step();
      if (this.call === peakCall) this.lookAtPeak();
      else if (this.call % LOOK_EVERY === 0) this.look();
    }
    this.look();
    return this.figures();
  }

  private step(): void {
    const { reader, addresses } = this;
    const { kind, slot, size, align } = reader;
    if (kind === TRACE_ALLOCATE) this.placed(this.heap.allocate(size, align));
    else if (kind === TRACE_ALLOCATE_ZEROED) this.placed(this.heap.allocateZeroed(size, align));
    else if (slot < 0 || addresses[slot] === 0) return;
    else if (kind === TRACE_DEALLOCATE) this.free(slot);
    else if (kind === TRACE_REALLOCATE) this.reallocate(slot, size);
    else if (kind === TRACE_REALLOCATE_IN_PLACE) this.resize(slot, size);
  }

  private placed(address: number): void {
    const { slot, size, align } = this.reader;
    this.addresses[slot] = address;
    if (address === 0) this.refused();
    else {
      this.aligns[slot] = align;
      this.live(slot, 0, size);
    }
  }

  private free(slot: number): void {
    const size = this.sizes[slot]!;
    const misuse = this.heap.deallocate(this.addresses[slot]!, size, this.aligns[slot]!);
    if (misuse !== MISUSE_NONE) this.refused();
    this.addresses[slot] = 0;
    this.askedBytes -= size;
  }

  private reallocate(slot: number, size: number): void {
    const old = this.sizes[slot]!;
    const { heap, addresses } = this;
    const moved = heap.reallocate(addresses[slot]!, old, this.aligns[slot]!, size);
    if (moved === 0) {
      this.refused();
      return;
    }
    addresses[slot] = moved;
    this.live(slot, old, size);
  }

  /** A block that cannot be resized where it lies is no refusal: the program may move it. */
  private resize(slot: number, size: number): void {
    const old = this.sizes[slot]!;
    const align = this.aligns[slot]!;
    if (this.heap.reallocateInPlace(this.addresses[slot]!, old, align, size)) {
      this.live(slot, old, size);
    } else this.reallocate(slot, size);
  }

  private live(slot: number, oldSize: number, size: number): void {
    this.sizes[slot] = size;
    this.askedBytes += size - oldSize;
    this.peakBytes = Math.max(this.peakBytes, this.askedBytes);
    const address = this.addresses[slot]!;
    const end = address + this.heap.usableSize(address) - this.base;
    if (end > this.highWater) this.highWater = end;
  }

  private refused(): void {
    this.refusals++;
    if (this.firstRefusal === 0) this.firstRefusal = this.call;
  }

  private look(): void {
    const { freeBytes, largestFreeBytes } = this.heap.stats();
    if (freeBytes === 0) return;
    this.external = Math.max(this.external, 1 - largestFreeBytes / freeBytes);
  }

  private lookAtPeak(): void {
    const { liveBytes, overheadBytes } = this.heap.stats();
    this.internal = liveBytes === 0 ? 0 : 1 - this.askedBytes / liveBytes;
    this.overhead = overheadBytes;
    this.look();
  }

  private figures(): ReplayFigures {
    const { peakBytes, highWater } = this;
    return {
      calls: this.reader.callCount,
      refusals: this.refusals,
      firstRefusal: this.firstRefusal,
      peakBytes,
      highWaterBytes: highWater,
      footprintRatio: peakBytes === 0 ? 0 : highWater / peakBytes,
      internalFragmentation: this.internal,
      externalFragmentation: this.external,
      overheadBytes: this.overhead,
      worstSteps: this.heap.worstSteps,
      liveBlocks: this.addresses.filter((address) => address !== 0).length,
    };
  }
}

/** What a trace needs of any heap, whatever its strategy. */
export interface TraceNeeds {
  /** Most bytes live at once, as asked for. */
  readonly peakBytes: number;
  /** The call after which they are; 0 in a trace without allocations. */
  readonly peakCall: number;
}

/** Reads through a trace. @throws TraceError */
export function traceNeeds(trace: Uint8Array): TraceNeeds {
  const reader = new TraceReader(trace);
  const sizes = new Float64Array(reader.slotCount);
  let live = 0;
  let peakBytes = 0;
  let peakCall = 0;
  for (let call = 1; reader.next(); call++) {
    const { kind, slot, size } = reader;
    if (slot < 0 || kind > TRACE_REALLOCATE_IN_PLACE) continue;
    const now = kind === TRACE_DEALLOCATE ? 0 : size;
    live += now - sizes[slot]!;
    sizes[slot] = now;
    if (live <= peakBytes) continue;
    peakBytes = live;
    peakCall = call;
  }
  return { peakBytes, peakCall };
}

/**
 * Replays a trace on a fresh heap.
 *
 * @param base  address of the heap's region
 * @throws TraceError
 */
export function replayTrace(trace: Uint8Array, heap: Heap, base: number): ReplayFigures {
  return new Replay(trace, heap, base).run(traceNeeds(trace).peakCall);
}
