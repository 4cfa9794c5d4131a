/** The bytes of a block's code, each fetched once, though decoding looks at some of them again. */
import type { CodeSource } from '../../ir/code-source.ts';

/** More than a block has: its first hundred instructions at their longest, and one. */
const CAPACITY = 2048;
/** Bytes that are copied at once: more than most blocks have. */
const CHUNK = 64;

export class CodeBytes {
  /** From {@link start} on. */
  readonly bytes: Uint8Array = new Uint8Array(CAPACITY);
  start = 0;
  private length = 0;

  /** Forgets all; what follows lies at `start`, or behind it. */
  begin(start: number): void {
    this.start = start;
    this.length = 0;
  }

  /** Where the byte of an address lies, once it is there. As an integer: V8 keeps doubles on the heap. */
  indexOf(pc: number): number {
    return (pc - this.start) | 0;
  }

  /** Sees to it that `count` bytes from `pc` on are there; false when one cannot be fetched. */
  have(pc: number, count: number, source: CodeSource): boolean {
    if (this.indexOf(pc) + count > CAPACITY) this.begin(pc);
    const end = this.indexOf(pc) + count;
    while (this.length < end) {
      const most = Math.min(CHUNK, CAPACITY - this.length);
      const count = source.copy(this.start + this.length, this.bytes, this.length, most);
      if (count === 0) return false;
      this.length += count;
    }
    return true;
  }
}
