// @table
/** setjmp and longjmp: registers into a buffer of the program, and back. */
import type { Call } from '../call.ts';
import { TRANSFERRED } from '../call-steps.ts';
import { RAX, RBP, RBX, RDI, RSI, RSP } from '../process/registers.ts';
import { type SystemFunction, systemFunctions } from '../system-function.ts';

/** _JUMP_BUFFER: the frame, then these registers, the address, and xmm6 to xmm15. */
const FRAME = 0;
const SAVED: readonly (readonly [offset: number, register: number])[] = [
  [0x08, RBX],
  [0x18, RBP],
  [0x20, RSI],
  [0x28, RDI],
  [0x30, 12],
  [0x38, 13],
  [0x40, 14],
  [0x48, 15],
];
const STACK = 0x10;
const ADDRESS = 0x50;
const MXCSR = 0x58;
const FLOAT_CONTROL = 0x5c;
const XMM = 0x60;
const FIRST_XMM = 6;
const LAST_XMM = 15;

/** The caller's registers as they are when setjmp returns. */
function setJump(c: Call): number {
  const { registers } = c.process;
  const buffer = c.word(0);
  c.memory.setU64(buffer + FRAME, c.word(1));
  for (const [offset, register] of SAVED) {
    c.memory.setHalves(buffer + offset, registers.low(register), registers.high(register));
  }
  c.memory.setU64(buffer + STACK, c.stackPointer + 8);
  c.memory.setU64(buffer + ADDRESS, c.returnAddress);
  c.memory.setU32(buffer + MXCSR, registers.mxcsrValue);
  c.memory.setU32(buffer + FLOAT_CONTROL, registers.x87ControlValue);
  for (let n = FIRST_XMM; n <= LAST_XMM; n++) {
    for (let word = 0; word < 4; word++) {
      c.memory.setU32(buffer + XMM + (n - FIRST_XMM) * 16 + word * 4, registers.xmmWord(n, word));
    }
  }
  return 0;
}

/** Frames in between are left without a word to them: C has none that would mind. */
function longJump(c: Call): typeof TRANSFERRED {
  const { registers, cpu } = c.process;
  const buffer = c.word(0);
  for (const [offset, register] of SAVED) {
    registers.setHalves(register, c.memory.i32(buffer + offset), c.memory.i32(buffer + offset + 4));
  }
  for (let n = FIRST_XMM; n <= LAST_XMM; n++) {
    for (let word = 0; word < 4; word++) {
      const at = buffer + XMM + (n - FIRST_XMM) * 16 + word * 4;
      registers.setXmmWord(n, word, c.memory.i32(at));
    }
  }
  registers.mxcsrValue = c.memory.u32(buffer + MXCSR);
  registers.x87ControlValue = c.memory.u16(buffer + FLOAT_CONTROL);
  registers.set(RSP, c.memory.u64(buffer + STACK));
  registers.set(RAX, c.i32(1) === 0 ? 1 : c.i32(1));
  cpu.pc = c.memory.u64(buffer + ADDRESS);
  return TRANSFERRED;
}

export const JUMP_FUNCTIONS: readonly SystemFunction[] = systemFunctions('crt', {
  '_setjmp(buffer: pointer, frame: pointer): i32': setJump,
  '_setjmpex(buffer: pointer, frame: pointer): i32': setJump,
  '__intrinsic_setjmp(buffer: pointer, frame: pointer): i32': setJump,
  '__intrinsic_setjmpex(buffer: pointer, frame: pointer): i32': setJump,
  'longjmp(buffer: pointer, value: i32)': longJump,
});
