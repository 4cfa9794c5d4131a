/** Records the calls on a heap as a trace that any heap can replay, see replay/heap-trace.ts. */
import { type Heap, MISUSE_NONE, type Misuse } from '../heap.ts';
import {
  TRACE_ALLOCATE,
  TRACE_ALLOCATE_ZEROED,
  TRACE_DEALLOCATE,
  TRACE_MARK,
  TRACE_REALLOCATE,
  TRACE_REALLOCATE_IN_PLACE,
  TRACE_REFUSED_ALLOCATION,
  TRACE_REFUSED_RESIZE,
} from '../replay/heap-trace.ts';
import { SlotStack } from '../replay/slot-stack.ts';
import { TraceWriter } from '../replay/trace-writer.ts';
import { BlockTable } from './block-table.ts';
import { PassThrough } from './interceptor.ts';

export interface RecordOptions {
  /** Live blocks to have room for from the start. */
  readonly blocks?: number;
  /** Bytes of trace to have room for from the start, and at most. */
  readonly capacityBytes?: number;
  readonly limitBytes?: number;
}

export class RecordInterceptor extends PassThrough {
  override readonly name: string = 'record';
  /** Calls with pointers that are no block seen here; they are not in the trace. */
  foreign = 0;
  private readonly writer: TraceWriter;
  private readonly slots = new SlotStack();
  private readonly blocks: BlockTable;

  constructor(options: RecordOptions = {}) {
    super();
    this.writer = new TraceWriter(options.capacityBytes, options.limitBytes);
    this.blocks = new BlockTable(options.blocks);
  }

  /** Whether the limit was reached: the trace ends there. */
  get isTruncated(): boolean {
    return this.writer.isTruncated;
  }

  /** Writes a number between the calls, for phases of a program. */
  mark(number: number): void {
    this.writer.put(TRACE_MARK, 0, -1, number);
  }

  /** The trace so far; recording goes on. */
  trace(): Uint8Array<ArrayBuffer> {
    return this.writer.finish(this.slots.count);
  }

  override allocate(heap: Heap, size: number, align: number): number {
    return this.allocated(TRACE_ALLOCATE, heap.allocate(size, align), size, align);
  }

  override allocateZeroed(heap: Heap, size: number, align: number): number {
    return this.allocated(TRACE_ALLOCATE_ZEROED, heap.allocateZeroed(size, align), size, align);
  }

  override deallocate(heap: Heap, address: number, size: number, align: number): Misuse {
    const misuse = heap.deallocate(address, size, align);
    if (this.isTruncated) return misuse;
    const slot = misuse === MISUSE_NONE ? this.blocks.remove(address) : -1;
    if (slot < 0) this.foreign++;
    else {
      this.writer.put(TRACE_DEALLOCATE, 0, slot, 0);
      this.slots.put(slot);
    }
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
    const slot = this.resized(TRACE_REALLOCATE, moved !== 0, address, align, newSize);
    if (moved !== 0 && moved !== address && slot >= 0) {
      this.blocks.remove(address);
      this.blocks.set(moved, slot);
    }
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
    this.resized(TRACE_REALLOCATE_IN_PLACE, done, address, align, newSize);
    return done;
  }

  private allocated(kind: number, address: number, size: number, align: number): number {
    if (address === 0) this.writer.put(TRACE_REFUSED_ALLOCATION, align, -1, size);
    else {
      this.writer.put(kind, align, -1, size);
      if (!this.isTruncated) this.blocks.set(address, this.slots.take());
    }
    return address;
  }

  /** The block's slot, or -1 for one that is foreign. */
  private resized(
    kind: number,
    done: boolean,
    address: number,
    align: number,
    size: number,
  ): number {
    const slot = this.blocks.get(address);
    if (slot < 0) this.foreign++;
    else this.writer.put(done ? kind : TRACE_REFUSED_RESIZE, align, slot, size);
    return slot;
  }
}
