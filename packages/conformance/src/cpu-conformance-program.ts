/** RV32 and Thumb programs of a few instructions, in words, for the Cpu port's rules. */

/** Addresses of the machine that a rule runs its program on. */
export const CODE = 0x10000;
export const CODE_BYTES = 0x4000;
export const DATA = 0x40000;
export const DATA_BYTES = 0x2000;
export const STACK_TOP = 0x60000;
export const STACK_BYTES = 0x8000;
export const DEVICE = 0x80000;

/** RV32 registers by their ABI names. */
export const X = { ra: 1, sp: 2, t0: 5, t1: 6, t2: 7, a0: 10, a1: 11 } as const;

const immediate = (opcode: number, kind: number, rd: number, rs1: number, value: number): number =>
  (value << 20) | (rs1 << 15) | (kind << 12) | (rd << 7) | opcode;

export const addi = (rd: number, rs1: number, value: number): number =>
  immediate(0x13, 0, rd, rs1, value);
export const lw = (rd: number, offset: number, rs1: number): number =>
  immediate(0x03, 2, rd, rs1, offset);
export const jalr = (rd: number, rs1: number, offset: number): number =>
  immediate(0x67, 0, rd, rs1, offset);
export const csrrw = (rd: number, csr: number, rs1: number): number =>
  immediate(0x73, 1, rd, rs1, csr);
export const add = (rd: number, rs1: number, rs2: number): number =>
  (rs2 << 20) | (rs1 << 15) | (rd << 7) | 0x33;
export const sw = (rs2: number, offset: number, rs1: number): number =>
  ((offset >> 5) << 25) | (rs2 << 20) | (rs1 << 15) | 0x2000 | ((offset & 31) << 7) | 0x23;
export const lui = (rd: number, value: number): number => (value & 0xfffff000) | (rd << 7) | 0x37;
/** AMOADD.W: rd = word at rs1, which rs2 is then added to. */
export const amoadd = (rd: number, rs2: number, rs1: number): number =>
  (rs2 << 20) | (rs1 << 15) | 0x2000 | (rd << 7) | 0x2f;
/** Branches unless equal, `to` instructions from here. */
export const bne = (rs1: number, rs2: number, to: number): number => {
  const offset = to * 4;
  const high = ((offset >> 12) << 31) | (((offset >> 5) & 63) << 25);
  const low = (((offset >> 1) & 15) << 8) | (((offset >> 11) & 1) << 7);
  return high | (rs2 << 20) | (rs1 << 15) | 0x1000 | low | 0x63;
};
/** Jumps `to` instructions from here. */
export const jal = (rd: number, to: number): number => {
  const offset = to * 4;
  const parts = ((offset >> 20) << 31) | (((offset >> 1) & 0x3ff) << 21);
  return parts | (((offset >> 11) & 1) << 20) | (offset & 0xff000) | (rd << 7) | 0x6f;
};
export const NOP: number = addi(0, 0, 0);
export const RET: number = jalr(0, X.ra, 0);
export const ECALL = 0x73;
export const EBREAK = 0x00100073;
export const FENCE_I = 0x0000100f;
/** No instruction of any extension. */
export const UNDEFINED = -1;

/**
 * Sums in a loop that calls a function with a loop of its own, and stores each sum.
 *
 *   0 t0 = DATA; a0 = 0; a1 = 60
 *   3 outer: call 8; DATA[2] = a0; a1--; until a1 is 0: outer; ECALL
 *   8 function: sp -= 16; save ra; t2 = 5
 *  11 inner: a0 += a1; a0 += t2; t2--; until t2 is 0: inner
 *  15 restore ra; sp += 16; return
 */
export const WORK: readonly number[] = [
  lui(X.t0, DATA),
  addi(X.a0, 0, 0),
  addi(X.a1, 0, 60),
  jal(X.ra, 5),
  sw(X.a0, 8, X.t0),
  addi(X.a1, X.a1, -1),
  bne(X.a1, 0, -3),
  ECALL,
  addi(X.sp, X.sp, -16),
  sw(X.ra, 12, X.sp),
  addi(X.t2, 0, 5),
  add(X.a0, X.a0, X.a1),
  add(X.a0, X.a0, X.t2),
  addi(X.t2, X.t2, -1),
  bne(X.t2, 0, -3),
  lw(X.ra, 12, X.sp),
  addi(X.sp, X.sp, 16),
  RET,
];
/** Index of WORK's inner loop. */
export const WORK_INNER = 11;
/** Instructions until its ECALL, and the sum it then has. */
export const WORK_INSTRUCTIONS: number = 3 + 60 * (1 + 3 + 3 + 5 * 4 + 3);
export const WORK_SUM: number = (5 * (60 * 61)) / 2 + 60 * 15;

export function wordsToBytes(words: readonly number[]): Uint8Array {
  return new Uint8Array(Int32Array.from(words).buffer);
}

export function halfwordsToBytes(halfwords: readonly number[]): Uint8Array {
  return new Uint8Array(Uint16Array.from(halfwords).buffer);
}
