/**
 * An instruction set for tests of the engine alone: 64-bit addresses, instructions of odd lengths
 * at odd addresses, a return address on the stack. One byte of opcode, then its operands:
 *
 *   set rd, imm32      add rd, rs      load8 rd, [rs + d8]     store8 [rd + d8], rs
 *   load4 rd, [rs]     loop rd, rel8 (while rd is not 0)       call rel32     ret
 *   jump rs            trap
 */
import { add64, constant, constant64, operate, widenS } from '../src/ir/expression.ts';
import type { Isa } from '../src/isa.ts';

export const SP = 4;
const REGISTERS = 5;
const LENGTHS = [0, 6, 3, 4, 4, 3, 5, 1, 2, 1, 3];
const [SET, ADD, LOAD, STORE, LOOP, CALL, RET, JUMP, TRAP, LOAD4] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

const word = (value: number): number[] => [0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff);

export const set = (rd: number, value: number): number[] => [SET!, rd, ...word(value)];
export const addTo = (rd: number, rs: number): number[] => [ADD!, rd, rs];
export const load8 = (rd: number, rs: number, d: number): number[] => [LOAD!, rd, rs, d & 0xff];
export const store8 = (rd: number, d: number, rs: number): number[] => [STORE!, rd, rs, d & 0xff];
export const load4 = (rd: number, rs: number): number[] => [LOAD4!, rd, rs];
/** Relative to the instruction's own address. */
export const loop = (rd: number, distance: number): number[] => [LOOP!, rd, distance & 0xff];
export const call = (distance: number): number[] => [CALL!, ...word(distance)];
export const ret = (): number[] => [RET!];
export const jump = (rs: number): number[] => [JUMP!, rs];
export const trap = (): number[] => [TRAP!];

const byteOf = (value: number): number => (value << 24) >> 24;

export const BYTE_ISA: Isa = {
  name: 'bytes64',
  addressType: 'i64',
  fetchBytes: 1,
  registers: Array.from({ length: REGISTERS }, (_, index) => ({
    name: index === SP ? 'sp' : `r${index}`,
    type: 'i64' as const,
  })),
  stackPointer: SP,
  callsPush: true,
  seesStoresToCode: false,
  contextRegister: -1,
  exceptionReturnBase: Number.POSITIVE_INFINITY,
  lift(block, code) {
    const at = block.instructionPc;
    const opcode = code.unit(at);
    if (opcode < 0) return false;
    const length = LENGTHS[opcode] ?? 1;
    const bytes = Array.from({ length }, (_, index) => code.unit(at + index));
    if (bytes.includes(-1)) return false;
    const [, a = 0, b = 0, c = 0] = bytes;
    const word32 = (from: number): number =>
      bytes.slice(from, from + 4).reduce((sum, byte, index) => sum | (byte << (8 * index)), 0);
    const plus = (register: number, value: number) =>
      add64(block.get(register), constant64(BigInt(value)));
    block.begin(length);
    switch (opcode) {
      case SET:
        block.set(a, constant64(BigInt(word32(2))));
        break;
      case ADD:
        block.set(a, add64(block.get(a), block.get(b)));
        break;
      case LOAD:
        block.set(a, block.load(plus(b, byteOf(c)), 8, false, 'any'));
        break;
      case STORE:
        block.store(plus(a, byteOf(c)), 8, block.get(b), 'any');
        break;
      case LOAD4:
        block.set(a, widenS(block.load(block.get(b), 4, false, 'natural')));
        break;
      case LOOP:
        block.branch(operate('ne64', block.get(a), constant64(0n)), at + byteOf(b));
        break;
      case CALL: {
        const sp = block.let(plus(SP, -8));
        block.store(sp, 8, constant64(BigInt(block.nextPc)), 'any');
        block.set(SP, sp);
        block.call(block.nextPc - length + word32(1), block.nextPc);
        break;
      }
      case RET: {
        const target = block.load(block.get(SP), 8, false, 'any');
        block.set(SP, plus(SP, 8));
        block.indirect(target, true);
        break;
      }
      case JUMP:
        block.indirect(block.get(a), false);
        break;
      case TRAP:
        block.trap('supervisor-call', constant(0), true);
        block.unreachable();
        break;
      default:
        block.trap('undefined-instruction', constant(opcode), false);
        block.unreachable();
    }
    block.finish(0);
    return true;
  },
};
