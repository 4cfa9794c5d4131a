/** Programs in x86-64 machine code for tests, on the MMU, in one tier. */
import { Mmu, PROT_EXECUTE, PROT_READ, PROT_WRITE, Supervisor } from '@bareheap/mmu';
import type { StopReason } from '../src/cpu.ts';
import { RSP } from '../src/isa/x86-64/register.ts';
import { writeRflags } from '../src/isa/x86-64/rflags.ts';
import { MXCSR } from '../src/isa/x86-64/state.ts';
import { type X86Options, x86Isa } from '../src/isa/x86-64/x86-isa.ts';
import { resetX87 } from '../src/isa/x86-64/x87-image.ts';
import { JitCpu } from '../src/jit/jit-cpu.ts';

export const PAGE = 4096;
/** Four pages each; code can be written, too. */
export const CODE = 0x400000;
export const DATA = 0x500000;
export const AREA_BYTES = 4 * PAGE;
const STACK_END = 0x600000;
const MXCSR_RESET = 0x1f80;
const RFLAGS_RESET = 0x202;
const BUDGET = 1_000_000;

export const READ_WRITE: number = PROT_READ | PROT_WRITE;
export const READ_EXECUTE: number = PROT_READ | PROT_EXECUTE;

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
export const unhex = (text: string): Uint8Array =>
  Uint8Array.from(Buffer.from(text.replace(/\s/g, ''), 'hex'));

export class X86Program {
  readonly mmu: Mmu = new Mmu({ addressBits: 48, memoryBytes: 1 << 24 });
  readonly memory: Supervisor = new Supervisor(this.mmu);
  readonly cpu: JitCpu;

  /** @param compileAfter  instructions until code is compiled; 0 never */
  constructor(compileAfter: number, code: string, options: X86Options = {}) {
    this.mmu.map(CODE, AREA_BYTES, READ_EXECUTE | PROT_WRITE);
    this.mmu.map(DATA, AREA_BYTES, READ_WRITE);
    this.mmu.map(STACK_END - AREA_BYTES, AREA_BYTES, READ_WRITE);
    this.memory.poke(CODE, unhex(code));
    this.cpu = new JitCpu({
      isa: x86Isa(options),
      memory: this.mmu,
      system: { readSystem: () => 0, writeSystem: () => undefined, refused: false },
      compileAfter,
    });
    this.reset();
  }

  reset(): void {
    for (let n = 0; n < 16; n++) this.cpu.write(n, 0);
    this.cpu.write(RSP, STACK_END - 64);
    this.cpu.write(MXCSR, MXCSR_RESET);
    writeRflags(this.cpu, RFLAGS_RESET);
    resetX87(this.cpu);
    this.cpu.pc = CODE;
  }

  /** Goes on from where the program is. */
  run(budget: number = BUDGET): StopReason {
    return this.cpu.run(budget);
  }

  bytes(address: number, count: number): string {
    return hex(this.memory.peek(address, count)!);
  }

  poke(address: number, text: string): void {
    this.memory.poke(address, unhex(text));
  }

  /** Registers, pc and instruction count. */
  state(): readonly number[] {
    const registers = Array.from({ length: 16 }, (_, n) => this.cpu.read(n));
    return [...registers, this.cpu.pc, this.cpu.instructionCount];
  }
}
