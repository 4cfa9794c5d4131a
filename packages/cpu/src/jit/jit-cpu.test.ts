/** The engine's own promises, on RISC-V programs by hand: each in both tiers. */
import { type Device, Mmu, PROT_EXECUTE, PROT_READ, PROT_WRITE, Supervisor } from '@bareheap/mmu';
import { describe, expect, test } from 'vitest';
import {
  add,
  addi,
  assemble,
  beq,
  blt,
  bne,
  ECALL,
  FENCE_I,
  jal,
  jalr,
  lui,
  lw,
  mul,
  RET,
  slli,
  sw,
  xor,
} from '../../test/riscv-assembler.ts';
import type { StopReason } from '../cpu.ts';
import { riscvIsa } from '../isa/riscv/riscv-isa.ts';
import { JitCpu } from './jit-cpu.ts';

const CODE = 0x10000;
const DATA = 0x40000;
const STACK_TOP = 0x60000;
const ALL = PROT_READ | PROT_WRITE | PROT_EXECUTE;
const [ra, sp, t0, t1, t2, a0, a1] = [1, 2, 5, 6, 7, 10, 11] as const;

function machine(program: ReturnType<typeof assemble>, compileAfter: number, device?: Device) {
  const mmu = new Mmu({ addressBits: 32, memoryBytes: 1 << 22 });
  mmu.map(CODE, 0x4000, ALL, { name: 'code' });
  mmu.map(DATA, 0x2000, PROT_READ | PROT_WRITE, { name: 'data' });
  mmu.map(STACK_TOP - 0x8000, 0x8000, PROT_READ | PROT_WRITE, { name: 'stack' });
  if (device !== undefined) mmu.mapDevice(0x80000, 0x1000, device);
  new Supervisor(mmu).poke(CODE, program.bytes);
  const system = { readSystem: () => 0, writeSystem: () => {}, refused: false };
  const cpu = new JitCpu({ isa: riscvIsa(), memory: mmu, system, compileAfter });
  cpu.pc = CODE;
  cpu.write(sp, STACK_TOP);
  return { mmu, cpu };
}

function state(cpu: JitCpu, stop: StopReason): unknown {
  const registers = Array.from({ length: 32 }, (_, register) => cpu.read(register));
  const reason = stop.kind === 'fault' ? { ...stop.fault } : stop;
  return { reason, pc: cpu.pc, count: cpu.instructionCount, registers, frames: cpu.shadowFrames() };
}

/** Sums and stores in a loop that calls a function with a loop of its own. */
const WORK = assemble(
  CODE,
  lui(t0, DATA),
  addi(a0, 0, 0),
  addi(a1, 0, 300),
  'outer',
  jal(ra, 'function'),
  sw(a0, 8, t0),
  lw(t1, 8, t0),
  xor(a0, t1, a1),
  addi(a1, a1, -1),
  bne(a1, 0, 'outer'),
  ECALL,
  'function',
  addi(sp, sp, -16),
  sw(ra, 12, sp),
  addi(t2, 0, 5),
  'inner',
  mul(t1, t2, a1),
  add(a0, a0, t1),
  addi(t2, t2, -1),
  bne(t2, 0, 'inner'),
  lw(ra, 12, sp),
  addi(sp, sp, 16),
  RET,
);

describe.each([
  ['interpreted', 0],
  ['compiled at once', 1],
  ['compiled when warm', 200],
] as const)('%s', (_name, compileAfter) => {
  test('every budget stops at its instruction, with the state of that moment', () => {
    const reference = machine(WORK, 0).cpu;
    const { cpu } = machine(WORK, compileAfter);
    let budget = 1;
    for (let stops = 0; stops < 400; stops++) {
      const expected = state(reference, reference.run(budget));
      expect(state(cpu, cpu.run(budget))).toEqual(expected);
      budget = ((budget * 7) % 61) + 1;
    }
    expect(state(cpu, cpu.run(1e6))).toEqual(state(reference, reference.run(1e6)));
  });

  test('a fault leaves the state before its instruction', () => {
    const program = assemble(
      CODE,
      lui(t0, DATA),
      addi(a0, 0, 0),
      'loop',
      addi(a0, a0, 1),
      sw(a0, 0, t0),
      addi(t0, t0, 4),
      jal(0, 'loop'),
    );
    const { cpu, mmu } = machine(program, compileAfter);
    const stop = cpu.run(1e6);
    expect(stop).toMatchObject({ kind: 'fault' });
    expect(mmu.fault).toMatchObject({
      kind: 'not-present',
      access: 'write',
      address: DATA + 0x2000,
      size: 4,
    });
    expect(cpu.read(a0)).toBe(0x801);
    expect(cpu.pc).toBe(CODE + 12);
    expect(cpu.instructionCount).toBe(2 + 0x800 * 4 + 1);
    expect(mmu.check()).toEqual([]);
  });

  test('a breakpoint inside a loop stops at each pass, before its instruction', () => {
    const { cpu } = machine(WORK, compileAfter);
    cpu.run(2000);
    const at = WORK.labels.get('inner')!;
    cpu.setBreakpoint(at);
    for (let pass = 0; pass < 20; pass++) {
      expect(cpu.run(1e6)).toEqual({ kind: 'breakpoint' });
      expect(cpu.pc).toBe(at);
    }
    cpu.clearBreakpoint(at);
    expect(cpu.run(1e6)).toMatchObject({ kind: 'trap', trap: 'supervisor-call' });
    const plain = machine(WORK, 0).cpu;
    plain.run(1e6);
    expect(cpu.instructionCount).toBe(plain.instructionCount);
  });

  test('changed code runs after fence.i', () => {
    const program = assemble(
      CODE,
      lui(t0, CODE),
      addi(a1, 0, 400),
      'loop',
      jal(ra, 'patched'),
      lw(t1, 0x80, t0),
      lui(t2, 0x100000),
      add(t1, t1, t2),
      sw(t1, 0x80, t0),
      FENCE_I,
      addi(a1, a1, -1),
      bne(a1, 0, 'loop'),
      ECALL,
      ...Array.from({ length: 21 }, () => addi(0, 0, 0)),
      'patched',
      addi(a0, a0, 0),
      RET,
    );
    expect(program.labels.get('patched')).toBe(CODE + 0x80);
    const { cpu } = machine(program, compileAfter);
    let stop = cpu.run(1e6);
    while (stop.kind === 'trap' && stop.trap === 'instruction-barrier') stop = cpu.run(1e6);
    expect(stop).toMatchObject({ kind: 'trap', trap: 'supervisor-call' });
    // The immediate counts 0, 1, 2 … 399.
    expect(cpu.read(a0)).toBe((399 * 400) / 2);
  });

  test('a device that asks for a stop gets it after its instruction', () => {
    let cpu: JitCpu | null = null;
    const counts: number[] = [];
    const device: Device = {
      load: () => 0,
      store: (_offset, _size, value) => {
        counts.push(cpu!.instructionCount);
        if (value % 50 === 0) cpu!.requestStop();
      },
    };
    const program = assemble(
      CODE,
      lui(t0, 0x80000),
      'loop',
      addi(a0, a0, 1),
      sw(a0, 0, t0),
      jal(0, 'loop'),
    );
    ({ cpu } = machine(program, compileAfter, device));
    for (let pass = 1; pass <= 20; pass++) {
      expect(cpu.run(1e6)).toEqual({ kind: 'requested' });
      expect(cpu.read(a0)).toBe(pass * 50);
      expect(cpu.pc).toBe(CODE + 12);
      expect(cpu.instructionCount).toBe(1 + 3 * pass * 50 - 1);
    }
    expect(counts.slice(0, 3)).toEqual([2, 5, 8]);
  });

  test('the shadow stack has the calls that are active, through deep recursion', () => {
    const program = assemble(
      CODE,
      addi(a0, 0, 900),
      'top',
      jal(ra, 'down'),
      ECALL,
      'down',
      addi(sp, sp, -16),
      sw(ra, 12, sp),
      addi(a0, a0, -1),
      beq(a0, 0, 'bottom'),
      jal(ra, 'down'),
      'back',
      lw(ra, 12, sp),
      addi(sp, sp, 16),
      RET,
      'bottom',
      jalr(0, 1, 0),
    );
    const { cpu } = machine(program, compileAfter);
    cpu.setBreakpoint(program.labels.get('bottom')!);
    expect(cpu.run(1e6)).toEqual({ kind: 'breakpoint' });
    const frames = cpu.shadowFrames();
    expect(frames).toHaveLength(900);
    expect(frames[0]).toEqual({
      returnTo: program.labels.get('back'),
      callee: program.labels.get('down'),
      stackPointer: STACK_TOP - 899 * 16,
    });
    expect(frames[899]?.returnTo).toBe(CODE + 8);
    // The bottom returns without its epilogue, as longjmp would leave it: drop two frames.
    cpu.write(sp, STACK_TOP - 898 * 16);
    cpu.run(2);
    expect(cpu.shadowFrames()).toHaveLength(898);
    // Then all the way up.
    expect(cpu.run(1e6)).toMatchObject({ kind: 'trap', trap: 'supervisor-call' });
    expect(cpu.shadowFrames()).toEqual([]);
  });

  test('a computed jump into the middle of compiled code goes where it says', () => {
    const program = assemble(
      CODE,
      lui(t0, CODE),
      addi(a1, 0, 500),
      'loop',
      slli(t1, a1, 3),
      addi(t2, 0, 8),
      blt(a1, t2, 'done'),
      add(a0, a0, t1),
      addi(a1, a1, -1),
      jalr(0, t0, 8),
      'done',
      ECALL,
    );
    const { cpu } = machine(program, compileAfter);
    expect(cpu.run(1e6)).toMatchObject({ kind: 'trap' });
    let sum = 0;
    for (let n = 500; n >= 8; n--) sum += n * 8;
    expect(cpu.read(a0)).toBe(sum);
  });
});
