/** What translating took, counted on a RISC-V loop by hand. */
import { Mmu, PROT_EXECUTE, PROT_READ, PROT_WRITE, Supervisor } from '@bareheap/mmu';
import { expect, test } from 'vitest';
import { addi, assemble, bne, ECALL } from '../../test/riscv-assembler.ts';
import { riscvIsa } from '../isa/riscv/riscv-isa.ts';
import { BlockLibrary } from './block-library.ts';
import { JitCpu } from './jit-cpu.ts';
import { TranslationCounters } from './translation-counters.ts';

const CODE = 0x10000;
const A0 = 10;
const ROUNDS = 2000;
/** Three blocks: up to the branch, the loop from its second pass on, and the end. */
const PROGRAM = assemble(
  CODE,
  addi(A0, 0, ROUNDS),
  'loop',
  addi(A0, A0, -1),
  bne(A0, 0, 'loop'),
  ECALL,
);
const BLOCKS = 3;
const isa = riscvIsa();

function run(counters: TranslationCounters, compileAfter: number, library = new BlockLibrary()) {
  const mmu = new Mmu({ addressBits: 32, memoryBytes: 1 << 22 });
  mmu.map(CODE, 0x1000, PROT_READ | PROT_WRITE | PROT_EXECUTE);
  new Supervisor(mmu).poke(CODE, PROGRAM.bytes);
  const system = { readSystem: () => 0, writeSystem: () => {}, refused: false };
  const cpu = new JitCpu({ isa, memory: mmu, system, compileAfter, library, counters });
  cpu.pc = CODE;
  expect(cpu.run(1e6)).toMatchObject({ kind: 'trap', trap: 'supervisor-call' });
  return cpu.instructionCount;
}

test('without compiling the interpreter retires everything', () => {
  const counters = new TranslationCounters();
  const count = run(counters, 0);
  expect(count).toBe(1 + 2 * ROUNDS);
  expect(counters).toMatchObject({ blocks: BLOCKS, regions: 0, instructionsInterpreted: count });
  expect(counters).toMatchObject({ isTimed: false, milliseconds: 0 });
});

test('compiled regions retire the rest', () => {
  const counters = new TranslationCounters();
  const count = run(counters, 20);
  expect(counters.regions).toBe(1);
  expect(counters.instructionsInterpreted).toBeGreaterThanOrEqual(20);
  expect(counters.instructionsInterpreted).toBeLessThan(count / 10);
});

test('a block that another engine has lifted is not lifted again', () => {
  const counters = new TranslationCounters();
  const library = new BlockLibrary();
  run(counters, 0, library);
  run(counters, 0, library);
  expect(counters.blocks).toBe(BLOCKS);
});

test('a clock is asked around lifting and compiling', () => {
  let time = 0;
  const counters = new TranslationCounters(() => time++);
  run(counters, 20);
  // Each look is a millisecond after the one before: one for each block lifted, one for the batch.
  expect(counters.milliseconds).toBe(BLOCKS + counters.regions);
  expect(counters.isTimed).toBe(true);
});
