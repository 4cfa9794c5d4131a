/** Reads x86-64 instructions where an engine stands. */
import { X86_ROWS, X86Decoder, X86Instruction } from '@bareheap/cpu';

const LONGEST = 15;

export class CodeReader {
  constructor() {
    this.decoder = new X86Decoder(X86_ROWS);
    this.instruction = new X86Instruction();
  }

  /** The instruction at an address, in one record for all; null when there is none. */
  at(address, peeker) {
    const { decoder, instruction } = this;
    for (let length = LONGEST; length > 0; length--) {
      const bytes = peeker.peek(address, length);
      if (bytes === null) continue;
      return decoder.decode(bytes, 0, length, instruction) === 'decoded' ? instruction : null;
    }
    return null;
  }
}
