/** The registers of a thread while another one runs on its engine. */
import type { Cpu, ShadowFrame } from '@bareheap/cpu';

/** 32-bit words that a register takes here. */
const WORDS = 4;

export interface RegisterImage {
  readonly words: Int32Array;
  readonly pc: number;
  /** Whether the breakpoint at the pc was told. */
  readonly resumeFlag: boolean;
  /** The active calls, innermost first. */
  readonly frames: readonly ShadowFrame[];
}

export function saveRegisters(cpu: Cpu): RegisterImage {
  const words = new Int32Array(cpu.registerNames.length * WORDS);
  for (let at = 0; at < words.length; at++) {
    words[at] = cpu.readWord(Math.floor(at / WORDS), at % WORDS);
  }
  return { words, pc: cpu.pc, resumeFlag: cpu.resumeFlag, frames: cpu.shadowFrames() };
}

export function loadRegisters(cpu: Cpu, image: RegisterImage): void {
  const { words } = image;
  for (let at = 0; at < words.length; at++) {
    cpu.writeWord(Math.floor(at / WORDS), at % WORDS, words[at]!);
  }
  cpu.truncateShadow(0);
  for (const frame of image.frames.toReversed()) cpu.enterShadowFrame(frame);
  cpu.pc = image.pc;
  cpu.resumeFlag = image.resumeFlag;
}
