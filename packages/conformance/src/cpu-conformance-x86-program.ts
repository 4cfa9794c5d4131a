/** x86-64 programs of a few instructions, in words, for the Cpu port's rules. */

/** Addresses of the machine that a rule runs its program on; none fits 32 bits. */
export const CODE = 0x5555_5555_4000;
export const CODE_BYTES = 0x3000;
export const DATA = 0x7fff_f7a0_0000;
export const DATA_BYTES = 0x2000;
export const STACK_TOP = 0x7fff_ffff_e000;
export const STACK_BYTES = 0x8000;
export const DEVICE = 0x7fff_f7b0_0000;

/** General registers as encodings count them. */
export const R = { rax: 0, rcx: 1, rdx: 2, rbx: 3, rsp: 4, rbp: 5, rsi: 6, rdi: 7 } as const;

type Bytes = readonly number[];
/** A jump or call to a label, by its opcode and a 32-bit offset. */
export interface Jump {
  readonly opcode: Bytes;
  readonly to: string;
}
/** Instructions, labels in front of them, and jumps to those. */
export type Item = Bytes | string | Jump;

export interface Assembled {
  readonly bytes: Uint8Array;
  /** Addresses of the labels. */
  readonly at: Readonly<Record<string, number>>;
}

const REX_W = 0x48;
const RELATIVE_BYTES = 4;

const registers = (reg: number, rm: number): number => 0xc0 | (reg << 3) | rm;
/** A register and memory at a base (not rsp) and a byte. */
const memory = (reg: number, base: number, offset: number): Bytes => [
  0x40 | (reg << 3) | base,
  offset & 0xff,
];
const halves = (value: number): Bytes => [
  ...new Uint8Array(Int32Array.of(value | 0, Math.floor(value / 2 ** 32)).buffer),
];

/** mov reg, value: any address. */
export const set = (reg: number, value: number): Bytes => [REX_W, 0xb8 | reg, ...halves(value)];
export const add = (reg: number, from: number): Bytes => [REX_W, 0x01, registers(from, reg)];
export const addByte = (reg: number, value: number): Bytes => [
  REX_W,
  0x83,
  registers(0, reg),
  value & 0xff,
];
export const move = (reg: number, from: number): Bytes => [REX_W, 0x89, registers(from, reg)];
export const decrement = (reg: number): Bytes => [REX_W, 0xff, registers(1, reg)];
export const load = (reg: number, base: number, offset: number): Bytes => [
  REX_W,
  0x8b,
  ...memory(reg, base, offset),
];
export const store = (reg: number, base: number, offset: number): Bytes => [
  REX_W,
  0x89,
  ...memory(reg, base, offset),
];
/** 32 bits. */
export const storeDouble = (reg: number, base: number, offset: number): Bytes => [
  0x89,
  ...memory(reg, base, offset),
];
export const storeByte = (reg: number, base: number, offset: number): Bytes => [
  0x88,
  ...memory(reg, base, offset),
];
/** lock xadd [base + offset], reg. */
export const lockAdd = (reg: number, base: number, offset: number): Bytes => [
  0xf0,
  REX_W,
  0x0f,
  0xc1,
  ...memory(reg, base, offset),
];
export const push = (reg: number): Bytes => [0x50 | reg];
export const pop = (reg: number): Bytes => [0x58 | reg];
export const divide = (reg: number): Bytes => [REX_W, 0xf7, registers(6, reg)];
export const jumpTo = (reg: number): Bytes => [0xff, registers(4, reg)];
export const callAt = (reg: number): Bytes => [0xff, registers(2, reg)];
/** movdqu xmm, [base + offset], and back. */
export const loadVector = (xmm: number, base: number, offset: number): Bytes => [
  0xf3,
  0x0f,
  0x6f,
  ...memory(xmm, base, offset),
];
export const storeVector = (xmm: number, base: number, offset: number): Bytes => [
  0xf3,
  0x0f,
  0x7f,
  ...memory(xmm, base, offset),
];
/** paddd xmm, from. */
export const addVector = (xmm: number, from: number): Bytes => [
  0x66,
  0x0f,
  0xfe,
  registers(xmm, from),
];
export const NOP: Bytes = [0x90];
export const RET: Bytes = [0xc3];
export const SYSCALL: Bytes = [0x0f, 0x05];
export const INT3: Bytes = [0xcc];
export const UD2: Bytes = [0x0f, 0x0b];
export const HLT: Bytes = [0xf4];
export const RDTSC: Bytes = [0x0f, 0x31];
export const REP_MOVSB: Bytes = [0xf3, 0xa4];
export const REP_STOSQ: Bytes = [0xf3, REX_W, 0xab];
export const REPE_CMPSB: Bytes = [0xf3, 0xa6];
export const REPNE_SCASB: Bytes = [0xf2, 0xae];

export const jump = (to: string): Jump => ({ opcode: [0xe9], to });
export const call = (to: string): Jump => ({ opcode: [0xe8], to });
export const ifNotZero = (to: string): Jump => ({ opcode: [0x0f, 0x85], to });
export const ifZero = (to: string): Jump => ({ opcode: [0x0f, 0x84], to });
export const ifCarry = (to: string): Jump => ({ opcode: [0x0f, 0x82], to });

const isJump = (item: Item): item is Jump => typeof item === 'object' && 'opcode' in item;

function lengthOf(item: Item): number {
  if (typeof item === 'string') return 0;
  return isJump(item) ? item.opcode.length + RELATIVE_BYTES : item.length;
}

/** Puts a program at an address. */
export function assemble(items: readonly Item[], address: number = CODE): Assembled {
  const at: Record<string, number> = {};
  let end = address;
  for (const item of items) {
    if (typeof item === 'string') at[item] = end;
    end += lengthOf(item);
  }
  const bytes: number[] = [];
  for (const item of items) {
    if (typeof item === 'string') continue;
    if (!isJump(item)) bytes.push(...item);
    else {
      const behind = address + bytes.length + lengthOf(item);
      bytes.push(...item.opcode, ...halves(at[item.to]! - behind).slice(0, RELATIVE_BYTES));
    }
  }
  return { bytes: Uint8Array.from(bytes), at };
}

/**
 * Sums in a loop that calls a function with a loop of its own, stores each sum and compares, so that
 * flags live over blocks.
 */
export const WORK: readonly Item[] = [
  set(R.rbx, DATA),
  set(R.rax, 0),
  set(R.rcx, 60),
  'outer',
  call('function'),
  store(R.rax, R.rbx, 8),
  decrement(R.rcx),
  ifNotZero('outer'),
  'end',
  SYSCALL,
  'function',
  push(R.rcx),
  set(R.rdx, 5),
  'inner',
  add(R.rax, R.rcx),
  storeVector(0, R.rbx, 0x20),
  ifCarry('inner'),
  add(R.rax, R.rdx),
  loadVector(1, R.rbx, 0),
  addVector(0, 1),
  decrement(R.rdx),
  ifNotZero('inner'),
  pop(R.rcx),
  RET,
];
/** Instructions with its SYSCALL, and the sum it then has. */
export const WORK_INSTRUCTIONS: number = 3 + 60 * (4 + 4 + 5 * 8) + 1;
export const WORK_SUM: number = (5 * (60 * 61)) / 2 + 60 * 15;
