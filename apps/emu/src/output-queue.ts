/**
 * Standard output and standard error in the order they were written, in few system calls. What is
 * queued is for one stream at a time, so a reader that joins both sees the true order.
 */
import { writeSync } from 'node:fs';
import { hostErrorCode } from './host-error.ts';

/** Enough that a guest which prints letter by letter costs a write now and then. */
const QUEUE_BYTES = 16_384;
const RETRY_MS = 2;

/** Whoever read our output closed it. */
export class OutputClosed extends Error {}

export type WriteBytes = (descriptor: number, bytes: Uint8Array) => void;

export class OutputQueue {
  private readonly queue = new Uint8Array(QUEUE_BYTES);
  private readonly writeBytes: WriteBytes;
  private readonly lineBuffered: ReadonlySet<number>;
  private used = 0;
  private stream: 1 | 2 = 1;

  /** `lineBuffered`: streams that people watch; they are flushed at each end of line. */
  constructor(lineBuffered: ReadonlySet<number>, writeBytes: WriteBytes = writeFully) {
    this.lineBuffered = lineBuffered;
    this.writeBytes = writeBytes;
  }

  /** @throws OutputClosed */
  write(stream: 1 | 2, bytes: Uint8Array): void {
    if (stream !== this.stream) this.flush();
    this.stream = stream;
    if (this.used + bytes.length > QUEUE_BYTES) this.flush();
    if (bytes.length > QUEUE_BYTES) {
      this.writeBytes(stream, bytes);
      return;
    }
    this.queue.set(bytes, this.used);
    this.used += bytes.length;
    if (this.lineBuffered.has(stream) && bytes.includes(0x0a)) this.flush();
  }

  /** @throws OutputClosed */
  flush(): void {
    if (this.used === 0) return;
    const bytes = this.queue.subarray(0, this.used);
    this.used = 0;
    this.writeBytes(this.stream, bytes);
  }
}

/** Writes all of `bytes`, waiting where a pipe is full. */
function writeFully(descriptor: number, bytes: Uint8Array): void {
  let done = 0;
  while (done < bytes.length) {
    try {
      done += writeSync(descriptor, bytes, done, bytes.length - done);
    } catch (error) {
      const code = hostErrorCode(error);
      if (code === 'EPIPE') throw new OutputClosed();
      if (code !== 'EAGAIN') throw error;
      pause(RETRY_MS);
    }
  }
}

/** Sleeps without leaving the call: a run is one synchronous call. */
export function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
