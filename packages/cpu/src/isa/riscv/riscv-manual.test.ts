/**
 * What the manual says and QEMU does otherwise, or recorded truth cannot show: the cases that the
 * comparison with QEMU leaves out (tools/oracle/riscv-cases.mjs), and what reaches the machine.
 */
import { Mmu, PROT_EXECUTE, PROT_READ, PROT_WRITE, Supervisor } from '@bareheap/mmu';
import { describe, expect, test } from 'vitest';
import type { StopReason, SystemPort } from '../../cpu.ts';
import { JitCpu } from '../../jit/jit-cpu.ts';
import { encodePattern, type Fields } from './pattern.ts';
import { RESERVATION } from './register.ts';
import { riscvIsa } from './riscv-isa.ts';
import { faultCause } from './trap-cause.ts';

const CODE = 0x80000000;
const DATA = 0x80001000;
const isa = riscvIsa();

class Controls implements SystemPort {
  refused = false;
  readonly written: number[] = [];

  readSystem(id: number): number {
    this.refused = id !== 0xf14 && id !== 0x300;
    return 0;
  }

  writeSystem(id: number): void {
    this.written.push(id);
  }
}

function encode(mnemonic: string, fields: Partial<Fields>): number {
  return encodePattern(isa.rows.find((row) => row.mnemonic === mnemonic)!.pattern, fields);
}

/** A hart with one page of code and one of data. */
function hart(...code: readonly number[]) {
  const mmu = new Mmu({ addressBits: 32, memoryBytes: 1 << 20 });
  mmu.map(CODE, 0x2000, PROT_READ | PROT_WRITE | PROT_EXECUTE);
  const memory = new Supervisor(mmu);
  memory.poke(CODE, new Uint8Array(Int32Array.from(code).buffer));
  const system = new Controls();
  const cpu = new JitCpu({ isa, memory: mmu, system });
  cpu.pc = CODE;
  cpu.write(RESERVATION, -1);
  return { cpu, system };
}

function faultOf(stop: StopReason, instruction: number): number {
  return stop.kind === 'fault' ? faultCause(stop.fault, instruction) : -1;
}

describe('atomics', () => {
  test('SC to a misaligned address faults as a store, reservation or not (8.2)', () => {
    const bits = encode('sc.w', { rd: 6, rs1: 5, rs2: 7 });
    const { cpu } = hart(bits);
    cpu.write(5, DATA + 2);
    const stop = cpu.run(10);
    expect(stop.kind === 'fault' && stop.fault.kind).toBe('misaligned');
    expect(faultOf(stop, bits)).toBe(6);
    expect(cpu.pc).toBe(CODE);
  });

  test('AMO where no memory is reports a store access fault (Privileged ISA 3.1.15)', () => {
    const bits = encode('amoadd.w', { rd: 6, rs1: 5, rs2: 7 });
    const { cpu } = hart(bits);
    cpu.write(5, 0xf0000000);
    expect(faultOf(cpu.run(10), bits)).toBe(7);
    expect(cpu.instructionCount).toBe(0);
  });

  test('LR where no memory is reports a load access fault', () => {
    const bits = encode('lr.w', { rd: 6, rs1: 5 });
    const { cpu } = hart(bits);
    cpu.write(5, 0xf0000000);
    expect(faultOf(cpu.run(10), bits)).toBe(5);
    expect(cpu.read(RESERVATION)).toBe(-1);
  });
});

describe('CSRs', () => {
  test('CSRRS of a read-only CSR with a register that holds 0 is a write, so illegal (6.1)', () => {
    const bits = encode('csrrs', { rd: 6, rs1: 5, csr: 0xf14 });
    const { cpu } = hart(bits);
    const stop = cpu.run(10);
    expect(stop).toMatchObject({ kind: 'trap', trap: 'undefined-instruction', value: bits });
  });

  test('CSRRW to x0 does not read', () => {
    const { cpu, system } = hart(encode('csrrw', { rd: 0, rs1: 5, csr: 0x7c0 }), 0x9002);
    const stop = cpu.run(10);
    expect(stop).toMatchObject({ kind: 'trap', trap: 'breakpoint-instruction', value: 2 });
    expect(system.written).toEqual([0x7c0]);
  });
});

describe('what leaves to the machine', () => {
  test.each([
    ['ecall', 'supervisor-call', 0, 0],
    ['ebreak', 'breakpoint-instruction', 4, 0],
    ['mret', 'trap-return', 0, 0],
    ['wfi', 'wait', 0, 1],
    ['fence.i', 'instruction-barrier', 0, 1],
  ])('%s', (mnemonic, trap, value, retired) => {
    const { cpu } = hart(encode(mnemonic, {}));
    expect(cpu.run(10)).toMatchObject({ kind: 'trap', trap, value });
    expect(cpu.instructionCount).toBe(retired);
    expect(cpu.pc).toBe(CODE + 4 * retired);
  });

  test('an illegal instruction hands over its bits', () => {
    const { cpu } = hart(0xffffffff | 0);
    expect(cpu.run(10)).toMatchObject({ trap: 'undefined-instruction', value: -1 });
  });
});

describe('calls', () => {
  test('JAL and JALR that link enter a shadow frame, JALR from the link register leaves it', () => {
    const { cpu } = hart(
      encode('jal', { rd: 1, imm: 8 }),
      0x9002,
      encode('jalr', { rd: 1, rs1: 10, imm: 0 }),
      0x9002,
      encode('jalr', { rd: 0, rs1: 1, imm: 0 }),
    );
    cpu.write(2, DATA);
    cpu.write(10, CODE + 16);
    cpu.run(2);
    expect(cpu.shadowFrames()).toEqual([
      { returnTo: CODE + 12, callee: CODE + 16, stackPointer: DATA },
      { returnTo: CODE + 4, callee: CODE + 8, stackPointer: DATA },
    ]);
    cpu.run(1);
    expect(cpu.pc).toBe(CODE + 12);
    expect(cpu.shadowFrames()).toHaveLength(1);
  });

  test('millicode, entered by t0, has no frame of its own', () => {
    const { cpu } = hart(
      encode('jal', { rd: 1, imm: 8 }),
      0x9002,
      encode('jal', { rd: 5, imm: 8 }),
      0x9002,
      encode('addi', { rd: 2, rs1: 2, imm: -16 }),
      encode('jalr', { rd: 0, rs1: 5, imm: 0 }),
    );
    cpu.write(2, DATA);
    cpu.run(4);
    expect(cpu.pc).toBe(CODE + 12);
    expect(cpu.shadowFrames()).toEqual([
      { returnTo: CODE + 4, callee: CODE + 8, stackPointer: DATA },
    ]);
  });
});
