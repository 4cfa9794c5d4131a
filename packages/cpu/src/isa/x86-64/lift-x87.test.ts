/** What x87 does to programs: exceptions that wait, stores that fault, the environment's images. */
import { Mmu, PROT_EXECUTE, PROT_READ, PROT_WRITE, Supervisor } from '@bareheap/mmu';
import { describe, expect, test } from 'vitest';
import type { StopReason } from '../../cpu.ts';
import { JitCpu } from '../../jit/jit-cpu.ts';
import { RAX, RBX } from './register.ts';
import { X87_STATUS } from './state.ts';
import { x86Isa } from './x86-isa.ts';
import { resetX87 } from './x87-image.ts';

const CODE = 0x400000;
const DATA = 0x500000;
const PAGE = 4096;
const INT3 = 0xcc;
const BUDGET = 1000;

/** A processor with RBX at the data page, in one tier. */
class Program {
  readonly cpu: JitCpu;
  readonly memory: Supervisor;

  constructor(compiled: boolean, code: readonly number[], data: Uint8Array) {
    const mmu = new Mmu({ addressBits: 48, memoryBytes: 1 << 24 });
    mmu.map(CODE, PAGE, PROT_READ | PROT_EXECUTE);
    mmu.map(DATA, PAGE, PROT_READ | PROT_WRITE);
    this.memory = new Supervisor(mmu);
    this.memory.poke(CODE, Uint8Array.of(...code, INT3));
    this.memory.poke(DATA, data);
    this.cpu = new JitCpu({
      isa: x86Isa({ cpuid: () => [0, 0, 0, 0] }),
      memory: mmu,
      system: { readSystem: () => 0, writeSystem: () => undefined, refused: false },
      compileAfter: compiled ? 1 : 0,
    });
  }

  run(base: number): StopReason {
    const { cpu } = this;
    resetX87(cpu);
    cpu.writeHalves(RBX, base, 0);
    cpu.pc = CODE;
    return cpu.run(BUDGET);
  }

  bytes(address: number, count: number): string {
    return Buffer.from(this.memory.peek(address, count)!).toString('hex');
  }
}

const FLD1 = [0xd9, 0xe8];
const FLDZ = [0xd9, 0xee];
const FLDPI = [0xd9, 0xeb];
const FDIVP = [0xde, 0xf9];
const FWAIT = [0x9b];
const FLDCW = [0xd9, 0x2b];
const FSTP_80 = [0xdb, 0x3b];
const FNSTSW_AX = [0xdf, 0xe0];
const FNSAVE = [0xdd, 0x33];
const FRSTOR = [0xdd, 0x23];
const PI = '35c26821a2da0fc90040';

describe.each([
  ['interpreted', false],
  ['compiled', true],
])('%s', (_, compiled) => {
  /** Runs twice, so that the second run is of compiled code where there is any. */
  function twice(program: Program, base: number): StopReason {
    program.run(base);
    return program.run(base);
  }

  test('an unmasked division by zero stops the next instruction that waits', () => {
    const code = [...FLDCW, ...FLD1, ...FLDZ, ...FDIVP, ...FNSTSW_AX, ...FWAIT];
    const program = new Program(compiled, code, Uint8Array.of(0x7b, 0x03));
    const stop = twice(program, DATA);
    expect(stop).toMatchObject({ kind: 'trap', trap: 'float-exception' });
    expect(program.cpu.pc).toBe(CODE + code.length - FWAIT.length);
    // ZE, summary and busy; the operands stay: TOP is 6.
    expect(program.cpu.readLow(RAX) & 0xffff).toBe(0xb084);
  });

  test('a store across the end of memory changes nothing and does not pop', () => {
    const program = new Program(compiled, [...FLDPI, ...FSTP_80], new Uint8Array(PAGE));
    for (const inside of [1, 5, 8, 9]) {
      const stop = twice(program, DATA + PAGE - inside);
      expect(stop, `${inside} bytes inside`).toMatchObject({
        kind: 'fault',
        fault: { address: DATA + PAGE },
      });
      expect(program.bytes(DATA + PAGE - 16, 16), `${inside} bytes inside`).toBe('00'.repeat(16));
      expect((program.cpu.read(X87_STATUS) >> 11) & 7).toBe(7);
    }
  });

  test('all ten bytes are stored where there is memory', () => {
    const program = new Program(compiled, [...FLDPI, ...FSTP_80], new Uint8Array(16));
    expect(twice(program, DATA + 3)).toMatchObject({ trap: 'breakpoint-instruction' });
    expect(program.bytes(DATA + 3, 10)).toBe(PI);
  });

  test('FNSAVE empties the stack and FRSTOR brings it back', () => {
    const code = [...FLD1, ...FLDPI, ...FNSAVE, ...FNSTSW_AX, ...FRSTOR, ...FSTP_80];
    const program = new Program(compiled, code, new Uint8Array(128));
    expect(twice(program, DATA)).toMatchObject({ trap: 'breakpoint-instruction' });
    expect(program.cpu.readLow(RAX) & 0xffff).toBe(0);
    expect(program.bytes(DATA, 10)).toBe(PI);
    // The second of the saved registers: 1.
    expect(program.bytes(DATA + 38, 10)).toBe('0000000000000080ff3f');
    expect((program.cpu.read(X87_STATUS) >> 11) & 7).toBe(7);
  });
});
