// @table
/** setjmp and longjmp: registers into a buffer of the program, and back. */
import type { Call } from '../call.ts';
import { TRANSFERRED } from '../call-steps.ts';
import { JUMP, JUMP_REGISTERS, JUMP_VECTORS } from '../exception/jump-buffer.ts';
import { RAX } from '../process/registers.ts';
import { type SystemFunction, systemFunctions } from '../system-function.ts';

/** Words of 32 bits in a register of vectors. */
const VECTOR_WORDS = 4;

/** The caller's registers as they are when setjmp returns. */
function setJump(c: Call): number {
  const { registers } = c.process;
  const buffer = c.word(0);
  c.memory.setU64(buffer + JUMP.frame, c.word(1));
  for (const [offset, register] of JUMP_REGISTERS) {
    c.memory.setHalves(buffer + offset, registers.low(register), registers.high(register));
  }
  c.memory.setU64(buffer + JUMP.stack, c.stackPointer + 8);
  c.memory.setU64(buffer + JUMP.address, c.returnAddress);
  c.memory.setU32(buffer + JUMP.mxcsr, registers.mxcsrValue);
  c.memory.setU32(buffer + JUMP.floatControl, registers.x87ControlValue);
  for (const [offset, register] of JUMP_VECTORS) {
    for (let word = 0; word < VECTOR_WORDS; word++) {
      c.memory.setU32(buffer + offset + word * 4, registers.xmmWord(register, word));
    }
  }
  return 0;
}

/** Frames in between are left without a word to them: C has none that would mind. */
function longJump(c: Call): typeof TRANSFERRED {
  const { registers, cpu } = c.process;
  const buffer = c.word(0);
  for (const [offset, register] of JUMP_REGISTERS) {
    registers.setHalves(register, c.memory.i32(buffer + offset), c.memory.i32(buffer + offset + 4));
  }
  for (const [offset, register] of JUMP_VECTORS) {
    for (let word = 0; word < VECTOR_WORDS; word++) {
      registers.setXmmWord(register, word, c.memory.i32(buffer + offset + word * 4));
    }
  }
  registers.mxcsrValue = c.memory.u32(buffer + JUMP.mxcsr);
  registers.x87ControlValue = c.memory.u16(buffer + JUMP.floatControl);
  registers.set(RAX, c.i32(1) === 0 ? 1 : c.i32(1));
  cpu.pc = c.memory.u64(buffer + JUMP.address);
  return TRANSFERRED;
}

export const JUMP_FUNCTIONS: readonly SystemFunction[] = systemFunctions('crt', {
  '_setjmp(buffer: pointer, frame: pointer): i32': setJump,
  '_setjmpex(buffer: pointer, frame: pointer): i32': setJump,
  '__intrinsic_setjmp(buffer: pointer, frame: pointer): i32': setJump,
  '__intrinsic_setjmpex(buffer: pointer, frame: pointer): i32': setJump,
  'longjmp(buffer: pointer, value: i32)': longJump,
});
