/** The engine on a guest with 64-bit addresses, in both tiers: pcs, stacks and data above 4 GiB. */
import { Mmu, PROT_EXECUTE, PROT_READ, PROT_WRITE, Supervisor } from '@bareheap/mmu';
import { describe, expect, test } from 'vitest';
import {
  addTo,
  BYTE_ISA,
  call,
  jump,
  load4,
  load8,
  loop,
  ret,
  SP,
  set,
  store8,
  trap,
} from '../../test/byte-isa.ts';
import { JitCpu } from './jit-cpu.ts';

const CODE = 0x5555_5555_4001;
const DATA = 0x7fff_f7a0_0000;
const STACK_TOP = 0x7fff_ffff_f000;
const [r0, r1, r2, r3] = [0, 1, 2, 3] as const;

function machine(program: readonly number[][], compileAfter: number) {
  const mmu = new Mmu({ addressBits: 48, memoryBytes: 1 << 22 });
  mmu.map(CODE - 1, 0x4000, PROT_READ | PROT_EXECUTE | PROT_WRITE, { name: 'code' });
  mmu.map(DATA, 0x2000, PROT_READ | PROT_WRITE, { name: 'data' });
  mmu.map(STACK_TOP - 0x10000, 0x10000, PROT_READ | PROT_WRITE, { name: 'stack' });
  new Supervisor(mmu).poke(CODE, Uint8Array.from(program.flat()));
  const system = { readSystem: () => 0, writeSystem: () => {}, refused: false };
  const cpu = new JitCpu({ isa: BYTE_ISA, memory: mmu, system, compileAfter });
  cpu.pc = CODE;
  cpu.write(SP, STACK_TOP);
  cpu.write(r3, DATA);
  return { mmu, cpu };
}

function state(cpu: JitCpu): unknown {
  const registers = Array.from({ length: 5 }, (_, register) => cpu.read(register));
  return { pc: cpu.pc, count: cpu.instructionCount, registers, frames: cpu.shadowFrames() };
}

const MINUS_ONE = set(r2, -1);
/** Goes through memory, so that both kinds of access are made. */
const FUNCTION = [store8(r3, 16, r0), load8(r1, r3, 16), ret()];
/** 300 rounds: a call, and a sum kept at an address that is a multiple of nothing. */
const WORK = [
  set(r0, 300), // +0
  MINUS_ONE, // +6
  call(24), // +12, to the function
  load8(r1, r3, 3), // +17
  addTo(r1, r0), // +21
  store8(r3, 3, r1), // +24
  addTo(r0, r2), // +28
  loop(r0, -19), // +31, to the call
  trap(), // +34
  trap(), // +35
  ...FUNCTION, // +36
];

describe.each([
  ['interpreted', 0],
  ['compiled', 1],
  ['compiled when warm', 100],
] as const)('%s', (_name, compileAfter) => {
  test('every budget stops at its instruction, with the state of that moment', () => {
    const reference = machine(WORK, 0).cpu;
    const { cpu, mmu } = machine(WORK, compileAfter);
    let budget = 1;
    for (let stops = 0; stops < 60; stops++) {
      reference.run(budget);
      cpu.run(budget);
      expect(state(cpu)).toEqual(state(reference));
      budget = ((budget * 7) % 53) + 1;
    }
    expect(cpu.run(1e6)).toMatchObject({ kind: 'trap', trap: 'supervisor-call' });
    expect(mmu.loadSlow(DATA + 3, 4)).toBe((300 * 301) / 2);
    expect(cpu.read(SP)).toBe(STACK_TOP);
    expect(cpu.shadowFrames()).toEqual([]);
  });

  test('frames have whole addresses', () => {
    const { cpu } = machine([call(6), trap(), call(6), trap(), trap(), ret()], compileAfter);
    cpu.setBreakpoint(CODE + 12);
    cpu.run(100);
    expect(cpu.shadowFrames()).toEqual([
      { returnTo: CODE + 11, callee: CODE + 12, stackPointer: STACK_TOP - 16 },
      { returnTo: CODE + 5, callee: CODE + 6, stackPointer: STACK_TOP - 8 },
    ]);
  });

  test('an access over the end of its page, there and where nothing follows', () => {
    const { cpu, mmu } = machine([load8(r0, r3, 0), load8(r1, r3, 0), trap()], compileAfter);
    mmu.storeSlow(DATA + 0x1000 - 4, 4, 0x11111111);
    mmu.storeSlow(DATA + 0x1000, 4, 0x22);
    cpu.write(r3, DATA + 0x1000 - 4);
    expect(cpu.run(1).kind).toBe('budget');
    expect(cpu.read(r0)).toBe(0x22_1111_1111);
    cpu.write(r3, DATA + 0x2000 - 4);
    expect(cpu.run(10)).toMatchObject({
      kind: 'fault',
      fault: { kind: 'not-present', access: 'read', address: DATA + 0x2000 },
    });
    expect(cpu.pc).toBe(CODE + 4);
  });

  test('misaligned and non-canonical accesses fault as such', () => {
    const { cpu } = machine([load4(r0, r3), trap()], compileAfter);
    cpu.write(r3, DATA + 2);
    expect(cpu.run(1)).toMatchObject({ fault: { kind: 'misaligned', address: DATA + 2 } });
    cpu.write(r3, 2 ** 47);
    const stop = cpu.run(1);
    expect(stop).toMatchObject({ fault: { kind: 'non-canonical', rawHigh: 0x8000, rawLow: 0 } });
    cpu.write(r3, -(2 ** 47));
    expect(cpu.run(1)).toMatchObject({ kind: 'fault', fault: { access: 'read' } });
  });

  test('a jump to where no code is faults there', () => {
    const { cpu } = machine([jump(r3)], compileAfter);
    cpu.write(r3, 0x1234_5678_9001);
    expect(cpu.run(10)).toMatchObject({
      kind: 'fault',
      fault: { kind: 'not-present', access: 'execute', address: 0x1234_5678_9001 },
    });
    expect(cpu.pc).toBe(0x1234_5678_9001);
  });

  test('changed code is seen', () => {
    const { cpu, mmu } = machine([set(r0, 5), set(r1, 7), trap()], compileAfter);
    cpu.run(10);
    mmu.storeSlow(CODE + 8, 1, 9);
    cpu.pc = CODE;
    cpu.run(10);
    expect([cpu.read(r0), cpu.read(r1)]).toEqual([5, 9]);
  });
});
