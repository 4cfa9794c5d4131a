/** A guest that makes new code without end, on one engine: its old instances are not kept. */
import { Mmu, PROT_EXECUTE, PROT_READ, PROT_WRITE, Supervisor } from '@bareheap/mmu';
import { afterEach, expect, test } from 'vitest';
import { addi, assemble, bne, ECALL } from '../../test/riscv-assembler.ts';
import { riscvIsa } from '../isa/riscv/riscv-isa.ts';
import { JitCpu } from './jit-cpu.ts';
import { TranslationCounters } from './translation-counters.ts';

const CODE = 0x10000;
const [A0, A1] = [10, 11];
const ROUNDS = 60;
/** Two regions each, and 1,024 instances a table after the first, which has none. */
const PROGRAMS = 1200;

function program(step: number): Uint8Array {
  const loop = ['loop', addi(A1, A1, step), addi(A0, A0, -1), bne(A0, 0, 'loop'), ECALL] as const;
  return assemble(CODE, addi(A0, 0, ROUNDS), addi(A1, 0, 0), ...loop).bytes;
}

const { Table } = WebAssembly;
let tables = 0;
class CountedTable extends Table {
  constructor(...words: ConstructorParameters<typeof Table>) {
    super(...words);
    tables++;
  }
}

afterEach(() => {
  WebAssembly.Table = Table;
});

test('tables come to an end, and the code goes on', () => {
  WebAssembly.Table = CountedTable;
  const mmu = new Mmu({ addressBits: 32, memoryBytes: 1 << 22 });
  mmu.map(CODE, 0x1000, PROT_READ | PROT_WRITE | PROT_EXECUTE);
  const system = { readSystem: () => 0, writeSystem: () => {}, refused: false };
  const counters = new TranslationCounters();
  const cpu = new JitCpu({ isa: riscvIsa(), memory: mmu, system, compileAfter: 4, counters });
  const supervisor = new Supervisor(mmu);
  for (let step = 0; step < PROGRAMS; step++) {
    supervisor.poke(CODE, program(step));
    cpu.invalidateCode(CODE, 0x1000);
    cpu.pc = CODE;
    expect(cpu.run(1e6).kind).toBe('trap');
    expect(cpu.read(A1)).toBe(step * ROUNDS);
  }
  expect(counters.regions).toBe(2 * PROGRAMS);
  expect(tables).toBe(4);
});
