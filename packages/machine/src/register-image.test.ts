/** Threads by turns on one engine: each goes on where it was, told of breakpoints or not. */
import { JitCpu, riscvIsa } from '@bareheap/cpu';
import { Mmu, PROT_EXECUTE, PROT_READ, Supervisor } from '@bareheap/mmu';
import { expect, test } from 'vitest';
import { loadRegisters, saveRegisters } from './register-image.ts';

const CODE = 0x1000;
const A0 = 10;
const ADDI_A0 = 0x00150513;

test('a breakpoint is told to each thread that comes to it, and to each once', () => {
  const memory = new Mmu({ addressBits: 32, memoryBytes: 1 << 20 });
  memory.map(CODE, 0x1000, PROT_READ | PROT_EXECUTE);
  const bytes = new Uint8Array(Int32Array.of(ADDI_A0, ADDI_A0, ADDI_A0, ADDI_A0).buffer);
  new Supervisor(memory).poke(CODE, bytes);
  const system = { readSystem: () => 0, writeSystem: () => undefined, refused: false };
  const cpu = new JitCpu({ isa: riscvIsa(), memory, system });
  cpu.setBreakpoint(CODE + 4);
  cpu.pc = CODE;
  const begin = saveRegisters(cpu);
  cpu.run(1);
  const arrived = saveRegisters(cpu);
  expect(cpu.run(1).kind).toBe('breakpoint');
  const told = saveRegisters(cpu);
  expect([begin, arrived, told].map(({ resumeFlag }) => resumeFlag)).toEqual([false, false, true]);

  loadRegisters(cpu, arrived);
  expect(cpu.run(2).kind).toBe('breakpoint');
  loadRegisters(cpu, told);
  expect([cpu.run(2).kind, cpu.pc, cpu.read(A0)]).toEqual(['budget', CODE + 12, 3]);
  loadRegisters(cpu, begin);
  expect([cpu.run(2).kind, cpu.pc, cpu.read(A0)]).toEqual(['breakpoint', CODE + 4, 1]);
});
