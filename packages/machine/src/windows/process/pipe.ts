/** A pipe without a name: what its one end writes, the other reads, in order. */

/** Bytes that lie in a pipe at most; whoever writes more waits. */
export const PIPE_BYTES = 65_536;

export class Pipe {
  private readonly bytes: Uint8Array = new Uint8Array(PIPE_BYTES);
  private start = 0;
  private length = 0;
  hasReader = true;
  hasWriter = true;

  /** Bytes that can be read. */
  get available(): number {
    return this.length;
  }

  /** Bytes that can be written. */
  get room(): number {
    return PIPE_BYTES - this.length;
  }

  /** At most so many bytes, which stay. */
  peek(count: number): Uint8Array {
    const taken = new Uint8Array(Math.min(count, this.length));
    for (let n = 0; n < taken.length; n++) taken[n] = this.bytes[(this.start + n) % PIPE_BYTES]!;
    return taken;
  }

  /** At most so many bytes. */
  read(count: number): Uint8Array {
    const taken = this.peek(count);
    this.start = (this.start + taken.length) % PIPE_BYTES;
    this.length -= taken.length;
    return taken;
  }

  /** As many bytes as there is room for: how many. */
  write(bytes: Uint8Array): number {
    const count = Math.min(bytes.length, this.room);
    for (let n = 0; n < count; n++) {
      this.bytes[(this.start + this.length + n) % PIPE_BYTES] = bytes[n]!;
    }
    this.length += count;
    return count;
  }
}
