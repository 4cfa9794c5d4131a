/** An x86-64 instruction that cannot be run, as people look it up: what it is, and its bytes. */
import { describeX86, X86_ROWS, X86Decoder, X86Instruction } from '@bareheap/cpu';

/** Bytes of code, read without a trace in the guest; null where one of them is not mapped. */
export type PeekCode = (address: number, length: number) => Uint8Array | null;

const MAX_LENGTH = 15;
const PAGE_BYTES = 4096;
/** Of an instruction whose length nobody knows. */
const SHOWN_BYTES = 8;

/** What the first byte of an encoding tells where the rest is unknown (SDM volume 2, 2.3 and 2.7). */
const ENCODINGS: Readonly<Record<number, string>> = {
  196: 'an instruction of AVX, FMA or their kin (VEX)',
  197: 'an instruction of AVX, FMA or their kin (VEX)',
  98: 'an instruction of AVX-512 or its kin (EVEX)',
};

/**
 * `rdrand rax (48 0f c7 f0)`, or the bytes where nobody knows the mnemonic:
 * `an unknown instruction (0f 0a 90 90 …)`. Slow: it makes a decoder.
 */
export function instructionText(peek: PeekCode, address: number): string {
  const decoder = new X86Decoder(X86_ROWS);
  const instruction = new X86Instruction();
  const inPage = PAGE_BYTES - (address % PAGE_BYTES);
  const code = peek(address, MAX_LENGTH) ?? peek(address, Math.min(inPage, MAX_LENGTH));
  if (code === null) return 'an instruction that cannot be read';
  const status = decoder.decode(code, 0, code.length, instruction);
  if (status === 'decoded') {
    const bytes = bytesText(code.subarray(0, instruction.length));
    return `${describeX86(instruction, address)} (${bytes})`;
  }
  const shown = code.subarray(0, SHOWN_BYTES);
  return `${ENCODINGS[code[0]!] ?? 'an unknown instruction'} (${bytesText(shown)} …)`;
}

function bytesText(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
