/** CSRs, traps and interrupts as the RISC-V Privileged Architecture, chapter 3, has them. */
import type { Cpu, StopReason } from '@bareheap/cpu';
import { beforeEach, describe, expect, test } from 'vitest';
import { Clock } from '../clock.ts';
import { CAUSE, causeName, faultCause, RiscvCore } from './riscv-core.ts';

const [MSTATUS, MISA, MIE, MTVEC, MSCRATCH] = [0x300, 0x301, 0x304, 0x305, 0x340];
const [MEPC, MCAUSE, MTVAL, MIP] = [0x341, 0x342, 0x343, 0x344];
const [MIE_BIT, MPIE_BIT, MPP] = [8, 0x80, 0x1800];
const [SOFTWARE, TIMER, EXTERNAL] = [3, 7, 11];

let core: RiscvCore;
let attention: number;
let mtime: number;
let engine: { instructionCount: number; requestStop(): void };
let cpu: Cpu;
let frames: { returnTo: number; callee: number; stackPointer: number }[];

beforeEach(() => {
  attention = 0;
  mtime = 0;
  frames = [];
  engine = { instructionCount: 0, requestStop: () => undefined };
  const clock = new Clock(1000);
  clock.attach(engine);
  core = new RiscvCore({
    clock,
    time: () => mtime,
    attention: () => {
      attention++;
    },
    switchFloat: null,
  });
  cpu = {
    pc: 0x80000100,
    read: () => 0x80010000 | 0,
    enterShadowFrame: (frame: (typeof frames)[number]) => frames.push(frame),
  } as unknown as Cpu;
});

const read = (id: number): number => core.readSystem(id) >>> 0;

describe('CSRs', () => {
  test.each([
    ['mscratch keeps everything', MSCRATCH, 0xffffffff],
    ['mepc has no bit 0', MEPC, 0xfffffffe],
    ['mtvec has no reserved mode', MTVEC, 0xfffffffd],
    ['mie has the machine interrupts', MIE, 0x888],
    ['mcause keeps everything', MCAUSE, 0xffffffff],
    ['mtval keeps everything', MTVAL, 0xffffffff],
    ['misa is what it is', MISA, 0x40001105],
    ['mip follows the lines only', MIP, 0],
  ])('%s', (_, id, expected) => {
    core.writeSystem(id, -1);
    expect(core.refused).toBe(false);
    expect(read(id)).toBe(expected);
  });

  test('MPP is always machine mode', () => {
    core.writeSystem(MSTATUS, 0);
    expect(read(MSTATUS)).toBe(MPP);
    core.writeSystem(MSTATUS, MIE_BIT | MPIE_BIT);
    expect(read(MSTATUS)).toBe(MPP | MIE_BIT | MPIE_BIT);
  });

  test('counters are the clock in two halves, time is mtime', () => {
    engine.instructionCount = 3 * 2 ** 32 + 7;
    mtime = 5 * 2 ** 32 + 0x80000000;
    expect([0xb00, 0xb02, 0xc00, 0xc02].map(read)).toEqual([7, 7, 7, 7]);
    expect([0xb80, 0xc82].map(read)).toEqual([3, 3]);
    expect([0xc01, 0xc81].map(read)).toEqual([0x80000000, 5]);
  });

  test('identification, PMP and the CSRs of lesser modes that start-up code clears are zero', () => {
    const [satp, medeleg, mideleg] = [0x180, 0x302, 0x303];
    for (const id of [0xf14, 0xf11, 0x3a0, 0x3b0, 0xb03, satp, medeleg, mideleg]) {
      core.writeSystem(id, -1);
      expect(read(id)).toBe(0);
      expect(core.refused).toBe(false);
    }
  });

  test('a CSR that there is not is refused', () => {
    const stvec = 0x105;
    core.readSystem(stvec);
    expect(core.refused).toBe(true);
    core.refused = false;
    core.writeSystem(stvec, 1);
    expect(core.refused).toBe(true);
  });
});

describe('traps', () => {
  test('an exception goes to the base of mtvec with pc, cause and value; MIE moves to MPIE', () => {
    core.writeSystem(MTVEC, 0x80000201);
    core.writeSystem(MSTATUS, MIE_BIT);
    core.enter(cpu, CAUSE.loadAccess, 0x1234);
    expect(cpu.pc).toBe(0x80000200);
    expect([MEPC, MCAUSE, MTVAL, MSTATUS].map(read)).toEqual([
      0x80000100,
      5,
      0x1234,
      MPP | MPIE_BIT,
    ]);
    expect(frames).toEqual([
      { returnTo: 0x80000100, callee: 0x80000200, stackPointer: 0x80010000 },
    ]);
  });

  test('MRET gives back pc and MIE, and sets MPIE', () => {
    core.writeSystem(MSTATUS, MPIE_BIT);
    core.writeSystem(MEPC, 0x80000444 | 0);
    core.leave(cpu);
    expect(cpu.pc).toBe(0x80000444);
    expect(read(MSTATUS)).toBe(MPP | MPIE_BIT | MIE_BIT);
    core.writeSystem(MSTATUS, 0);
    core.leave(cpu);
    expect(read(MSTATUS)).toBe(MPP | MPIE_BIT);
  });

  test('without mtvec there is no handler', () => {
    expect(core.hasHandler).toBe(false);
    core.writeSystem(MTVEC, 1);
    expect(core.hasHandler).toBe(false);
    core.writeSystem(MTVEC, 0x80000200 | 0);
    expect(core.hasHandler).toBe(true);
  });

  test.each([
    ['read', 'unmapped', 'load access fault'],
    ['write', 'unmapped', 'store access fault'],
    ['execute', 'unmapped', 'instruction access fault'],
    ['read', 'misaligned', 'load address misaligned'],
    ['write', 'misaligned', 'store address misaligned'],
    ['execute', 'misaligned', 'instruction address misaligned'],
  ])('a fault of kind %s, %s is a %s', (access, kind, name) => {
    const stop = { kind: 'fault', fault: { access, kind, address: 0, size: 4 } };
    expect(causeName(faultCause(stop as Extract<StopReason, { kind: 'fault' }>))).toBe(name);
  });
});

describe('interrupts', () => {
  test('the order is external, software, timer', () => {
    core.writeSystem(MTVEC, 0x80000200 | 0);
    core.writeSystem(MIE, -1);
    for (const line of [TIMER, SOFTWARE, EXTERNAL]) core.setLine(line, true);
    expect(core.due()).toBe(-1);
    core.writeSystem(MSTATUS, MIE_BIT);
    const taken: number[] = [];
    for (let due = core.due(); due >= 0; due = core.due()) {
      taken.push(due);
      core.setLine(due, false);
    }
    expect(taken).toEqual([EXTERNAL, SOFTWARE, TIMER]);
  });

  test.each([
    [0x80000200, 0x80000200],
    [0x80000201, 0x80000200 + 4 * TIMER],
  ])('with mtvec 0x%i it goes to %i', (mtvec, target) => {
    core.writeSystem(MTVEC, mtvec | 0);
    core.writeSystem(MIE, 1 << TIMER);
    core.writeSystem(MSTATUS, MIE_BIT);
    expect(core.takeInterrupt(cpu)).toBe(false);
    core.setLine(TIMER, true);
    expect(core.takeInterrupt(cpu)).toBe(true);
    expect(cpu.pc).toBe(target);
    expect([MCAUSE, MTVAL, MIP].map(read)).toEqual([0x80000007, 0, 1 << TIMER]);
    expect(core.takeInterrupt(cpu)).toBe(false);
  });

  test('WFI ends with what is enabled in mie, MIE or not', () => {
    core.setLine(SOFTWARE, true);
    expect(core.wakes()).toBe(false);
    core.writeSystem(MIE, 1 << SOFTWARE);
    expect(core.wakes()).toBe(true);
    expect(core.due()).toBe(-1);
  });

  test('the engine is asked to come back when one becomes due, by a line or by a CSR', () => {
    core.writeSystem(MIE, 1 << TIMER);
    core.setLine(TIMER, true);
    expect(attention).toBe(0);
    core.writeSystem(MSTATUS, MIE_BIT);
    expect(attention).toBe(1);
    core.setLine(TIMER, false);
    core.setLine(TIMER, true);
    expect(attention).toBe(2);
  });
});
