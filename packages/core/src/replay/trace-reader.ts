/** Reads a heap trace, see heap-trace.ts, a call at a time and without allocating. */
import {
  TRACE_ALLOCATE,
  TRACE_ALLOCATE_ZEROED,
  TRACE_CALLS,
  TRACE_DEALLOCATE,
  TRACE_HEADER_BYTES,
  TRACE_MAGIC,
  TRACE_SHAPES,
  TRACE_SLOTS,
  TraceError,
} from './heap-trace.ts';
import { SlotStack } from './slot-stack.ts';

export class TraceReader {
  /** Calls in the whole trace, and how many slots it uses. */
  readonly callCount: number;
  readonly slotCount: number;
  /** The call that {@link next} read. */
  kind = 0;
  /** Bytes, 1 where the kind has none. */
  align = 1;
  /** The slot it is about, or that an allocation takes; -1 where the kind has none. */
  slot = -1;
  /** Bytes, or the number of a mark. */
  size = 0;
  private readonly bytes: Uint8Array;
  private readonly slots = new SlotStack();
  private readonly isLive: Uint8Array;
  private at = TRACE_HEADER_BYTES;
  private read = 0;

  /** @throws TraceError  `not-a-trace`, `bad-slot` */
  constructor(bytes: Uint8Array) {
    if (bytes.length < TRACE_HEADER_BYTES) throw new TraceError('not-a-trace', 'too short');
    const header = new DataView(bytes.buffer, bytes.byteOffset, TRACE_HEADER_BYTES);
    if (header.getUint32(0, true) !== TRACE_MAGIC) {
      throw new TraceError('not-a-trace', 'the file does not begin as a heap trace');
    }
    this.bytes = bytes;
    this.callCount = header.getUint32(TRACE_CALLS, true);
    this.slotCount = header.getUint32(TRACE_SLOTS, true);
    // An allocation takes two bytes at least: a header that says more is not believed.
    if (this.slotCount > bytes.length) {
      throw new TraceError('bad-slot', `${this.slotCount} slots in ${bytes.length} bytes`);
    }
    this.isLive = new Uint8Array(this.slotCount);
  }

  /** Reads the next call; false at the end. @throws TraceError */
  next(): boolean {
    if (this.read === this.callCount) return false;
    this.read++;
    const code = this.byte();
    this.kind = code & 7;
    this.align = 2 ** (code >>> 3);
    const { hasSlot, hasSize } = TRACE_SHAPES[this.kind]!;
    this.slot = hasSlot ? this.number() : -1;
    this.size = hasSize ? this.number() : 0;
    if (hasSlot && this.isLive[this.slot] !== 1) this.fail(`slot ${this.slot} has no block`);
    if (this.kind === TRACE_ALLOCATE || this.kind === TRACE_ALLOCATE_ZEROED) this.takeSlot();
    if (this.kind === TRACE_DEALLOCATE) {
      this.isLive[this.slot] = 0;
      this.slots.put(this.slot);
    }
    return true;
  }

  private takeSlot(): void {
    this.slot = this.slots.take();
    if (this.slot >= this.slotCount) this.fail(`there is no slot ${this.slot}`);
    this.isLive[this.slot] = 1;
  }

  private number(): number {
    let value = 0;
    for (let scale = 1; scale <= 2 ** 49; scale *= 128) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    throw new TraceError('bad-size', `call ${this.read}: a number beyond 2^53`);
  }

  private byte(): number {
    const byte = this.bytes[this.at++];
    if (byte === undefined) throw new TraceError('truncated', `call ${this.read} is not all there`);
    return byte;
  }

  private fail(what: string): never {
    throw new TraceError('bad-slot', `call ${this.read}: ${what}`);
  }
}
