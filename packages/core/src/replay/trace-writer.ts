/** Writes a heap trace, see heap-trace.ts, into bytes that double when they are full. */
import {
  TRACE_CALLS,
  TRACE_HEADER_BYTES,
  TRACE_MAGIC,
  TRACE_SHAPES,
  TRACE_SLOTS,
} from './heap-trace.ts';

/** No call is longer: its byte and two numbers below 2^53. */
const LONGEST_CALL = 17;

export class TraceWriter {
  calls = 0;
  /** Whether a call did not fit in the limit; nothing after it is in the trace. */
  isTruncated = false;
  private bytes: Uint8Array<ArrayBuffer>;
  private length = TRACE_HEADER_BYTES;
  private readonly limit: number;

  /**
   * @param capacity  bytes to begin with
   * @param limit     bytes that the trace may have at most
   */
  constructor(capacity = 65_536, limit: number = 2 ** 30) {
    this.limit = limit;
    const first = Math.max(TRACE_HEADER_BYTES + LONGEST_CALL, Math.min(capacity, limit));
    this.bytes = new Uint8Array(first);
  }

  /** Appends a call; `align` is a power of two or 0, slot and size are what its kind has. */
  put(kind: number, align: number, slot: number, size: number): void {
    if (this.isTruncated || !this.makeRoom()) return;
    const { hasSlot, hasSize } = TRACE_SHAPES[kind]!;
    this.bytes[this.length++] = kind | ((31 - Math.clz32(align | 1)) << 3);
    if (hasSlot) this.number(slot);
    if (hasSize) this.number(size);
    this.calls++;
  }

  /** The trace so far. @param slots  how many slots it uses */
  finish(slots: number): Uint8Array<ArrayBuffer> {
    const trace = this.bytes.slice(0, this.length);
    const header = new DataView(trace.buffer);
    header.setUint32(0, TRACE_MAGIC, true);
    header.setUint32(TRACE_CALLS, this.calls, true);
    header.setUint32(TRACE_SLOTS, slots, true);
    return trace;
  }

  private number(value: number): void {
    let rest = value;
    while (rest >= 128) {
      this.bytes[this.length++] = 128 + (rest % 128);
      rest = Math.floor(rest / 128);
    }
    this.bytes[this.length++] = rest;
  }

  private makeRoom(): boolean {
    if (this.length + LONGEST_CALL <= this.bytes.length) return true;
    if (this.length + LONGEST_CALL > this.limit) {
      this.isTruncated = true;
      return false;
    }
    const larger = new Uint8Array(Math.min(this.limit, 2 * this.bytes.length));
    larger.set(this.bytes);
    this.bytes = larger;
    return true;
  }
}
