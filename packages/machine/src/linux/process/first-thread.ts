/** The registers that a program starts with: all zero but for a few. @see System V ABI, AMD64, 3.4.1 */
import { type Cpu, resetX87, writeRflags } from '@bareheap/cpu';

const REGISTER_WORDS = 4;
const INITIAL_RFLAGS = 0x202;
/** All exceptions masked, rounding to nearest. */
const INITIAL_MXCSR = 0x1f80;
const WORD = 2 ** 32;

/** Puts an engine at the first instruction of a program. */
export function startThread(cpu: Cpu, entry: number, stackPointer: number): void {
  cpu.registerNames.forEach((_, register) => {
    for (let word = 0; word < REGISTER_WORDS; word++) cpu.writeWord(register, word, 0);
  });
  cpu.truncateShadow(0);
  resetX87(cpu);
  writeRflags(cpu, INITIAL_RFLAGS);
  cpu.write(cpu.registerNumber('mxcsr'), INITIAL_MXCSR);
  const high = Math.floor(stackPointer / WORD);
  cpu.writeHalves(cpu.registerNumber('rsp'), (stackPointer % WORD) | 0, high);
  cpu.pc = entry;
}
