/** Engines that share compiled regions, on a RISC-V loop by hand. */
import { Mmu, PROT_EXECUTE, PROT_READ, PROT_WRITE, Supervisor } from '@bareheap/mmu';
import { expect, test } from 'vitest';
import { addi, assemble, bne, ECALL } from '../../test/riscv-assembler.ts';
import { riscvIsa } from '../isa/riscv/riscv-isa.ts';
import { BlockLibrary } from './block-library.ts';
import { JitCpu } from './jit-cpu.ts';
import { TranslationCounters } from './translation-counters.ts';

const CODE = 0x10000;
const [A0, A1] = [10, 11];
const ROUNDS = 2000;
const isa = riscvIsa();

/** Adds `step` in each round of a loop, and something before it that is no part of it. */
function program(step: number, before = 0): Uint8Array {
  return assemble(
    CODE,
    addi(A0, 0, ROUNDS),
    addi(A1, 0, before),
    'loop',
    addi(A1, A1, step),
    addi(A0, A0, -1),
    bne(A0, 0, 'loop'),
    ECALL,
  ).bytes;
}

/** What the program computes, how much of it was interpreted, and how many regions were compiled. */
function run(library: BlockLibrary, bytes: Uint8Array, breakpoint = 0): number[] {
  const mmu = new Mmu({ addressBits: 32, memoryBytes: 1 << 22 });
  mmu.map(CODE, 0x1000, PROT_READ | PROT_WRITE | PROT_EXECUTE);
  new Supervisor(mmu).poke(CODE, bytes);
  const system = { readSystem: () => 0, writeSystem: () => {}, refused: false };
  const counters = new TranslationCounters();
  const cpu = new JitCpu({ isa, memory: mmu, system, compileAfter: 20, library, counters });
  if (breakpoint !== 0) cpu.setBreakpoint(breakpoint);
  cpu.pc = CODE;
  let stops = 0;
  while (cpu.run(1e6).kind === 'breakpoint') stops++;
  expect(cpu.instructionCount).toBe(2 + 3 * ROUNDS);
  // The space goes, as that of a process that ends.
  const result = cpu.read(A1);
  mmu.unmap(CODE, 0x1000);
  return [result, counters.instructionsInterpreted, counters.regions, stops];
}

test('a region that one engine compiled, another one takes over', () => {
  const library = new BlockLibrary();
  const [result, interpreted, regions] = run(library, program(3));
  expect([result, regions]).toEqual([3 * ROUNDS, 1]);
  const later = run(library, program(3));
  expect(later.slice(0, 1).concat(later.slice(2))).toEqual([3 * ROUNDS, 0, 0]);
  // The first block, whose code falls into the loop, and no pass of the loop from its second on.
  expect(later[1]).toBeLessThan(interpreted! / 2);
});

test('where the code is another one it is compiled anew', () => {
  const library = new BlockLibrary();
  run(library, program(3));
  expect(run(library, program(5))).toMatchObject([5 * ROUNDS, expect.any(Number), 1, 0]);
  expect(run(library, program(3))[0]).toBe(3 * ROUNDS);
  expect(run(library, program(3, 7))[0]).toBe(3 * ROUNDS + 7);
});

test('an engine with a breakpoint in the code stops at it each time', () => {
  const library = new BlockLibrary();
  run(library, program(3));
  expect(run(library, program(3), CODE + 12)).toMatchObject([
    3 * ROUNDS,
    expect.any(Number),
    expect.any(Number),
    ROUNDS,
  ]);
});
