/**
 * The memory that a Thumb test case runs in, under QEMU and in the engine alike, and the layout of
 * the records that carry cases in and results out. All boards used have RAM at 0x20000000; the
 * smallest, the BBC micro:bit, has 16 KiB of it.
 *
 *   20000000  harness: a case's record, a result's record, its stack
 *   20001000  landing ground: SVC #0 everywhere, so that a branch anywhere ends the case
 *     20001fc0  CODE: the case's instructions, across a page boundary, between SVCs
 *     20002200  POOL: data for literal loads
 *     20002f00  WINDOW: data, across a page boundary
 *   20003100  landing ground again, up to 20004000
 */
export const RAM = 0x20000000;
export const GROUND = 0x20001000;
export const GROUND_END = 0x20004000;
export const CODE = 0x20001fc0;
export const CODE_BYTES = 160;
export const POOL = 0x20002200;
export const POOL_BYTES = 64;
export const WINDOW = 0x20002f00;
export const WINDOW_BYTES = 512;
/**
 * More landing ground for far branches on the boards with 4 MiB of RAM, each FAR_BYTES long; the
 * fourth is an alias of the main ground that the boards have.
 */
export const FAR = [0x20042400, 0x20082400, 0x200c2400, 0x20402400, 0x21000400];
export const FAR_BYTES = 0x800;
/** SVC #0. */
export const LANDING = 0xdf00;

/** Words of a case's header: the exception frame, then what the harness sets by hand. */
export const IN = {
  r0: 0,
  r1: 1,
  r2: 2,
  r3: 3,
  r12: 4,
  lr: 5,
  pc: 6,
  xpsr: 7,
  r4: 8,
  r5: 9,
  r6: 10,
  r7: 11,
  r8: 12,
  r9: 13,
  r10: 14,
  r11: 15,
  sp: 16,
  ccr: 17,
  s0: 18,
  fpscr: 50,
  /** 1: PRIMASK is set and PendSV pending when the case starts, so that WFI goes on. */
  pend: 51,
};
export const IN_WORDS = 52;
export const CASE_BYTES = IN_WORDS * 4 + CODE_BYTES + POOL_BYTES + WINDOW_BYTES;

/** Words of a result's header. `masks`: PRIMASK, BASEPRI, CONTROL, FAULTMASK, a byte each. */
export const OUT = {
  r0: 0,
  r1: 1,
  r2: 2,
  r3: 3,
  r12: 4,
  lr: 5,
  pc: 6,
  xpsr: 7,
  r4: 8,
  r5: 9,
  r6: 10,
  r7: 11,
  r8: 12,
  r9: 13,
  r10: 14,
  r11: 15,
  psp: 16,
  excReturn: 17,
  ipsr: 18,
  masks: 19,
  cfsr: 20,
  hfsr: 21,
  mmfar: 22,
  bfar: 23,
  s0: 24,
  fpscr: 56,
  framed: 57,
};
export const OUT_WORDS = 60;
export const RESULT_BYTES = OUT_WORDS * 4 + WINDOW_BYTES;

/** The harness's own addresses. */
export const IN_ADDRESS = RAM;
export const OUT_ADDRESS = RAM + 0x400;
export const ARGUMENTS = RAM + 0x700;
export const HARNESS_STACK = RAM + 0x1000;

/** General registers of a record, by number; 13 and 15 are separate. */
export const GENERAL = [
  IN.r0,
  IN.r1,
  IN.r2,
  IN.r3,
  IN.r4,
  IN.r5,
  IN.r6,
  IN.r7,
  IN.r8,
  IN.r9,
  IN.r10,
  IN.r11,
  IN.r12,
];

/** What memory starts as in recorded cases, so that it need not be recorded. */
export function windowPattern() {
  return Uint8Array.from({ length: WINDOW_BYTES }, (_, n) => (n * 73 + (n >> 3) + 19) & 0xff);
}

/** The same for the pool of literals. */
export function poolPattern() {
  return Uint8Array.from({ length: POOL_BYTES }, (_, n) => (n * 29 + 101) & 0xff);
}
