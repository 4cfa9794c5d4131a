/**
 * Numbers of Unicorn 2's interface, the same in unicorn.js and the native library.
 *
 * @see unicorn/unicorn.h, arm.h, riscv.h, x86.h of 2.0.1
 * @table
 */

export const ARCH = { arm: 1, x86: 4, riscv: 8 } as const;

export const MODE = { thumb: 0x10, mclass: 0x20, x86Long: 0x8, riscv32: 0x4 } as const;

/** Where emulation is told to end on 32 bits: no instruction is there on either of these. */
export const NOWHERE = 0xfffffffe;
/** On 64 bits: no address. */
export const NOWHERE_WIDE: number = 2 ** 47;

export const PERMISSION = { read: 1, write: 2, execute: 4 } as const;

export const HOOK = {
  exception: 0x1,
  block: 0x8,
  readUnmapped: 0x10,
  writeUnmapped: 0x20,
  fetchUnmapped: 0x40,
  readProtected: 0x80,
  writeProtected: 0x100,
  fetchProtected: 0x200,
  read: 0x400,
  write: 0x800,
  invalidInstruction: 0x4000,
} as const;

/** Types of access that a memory hook is told. */
export const ACCESS = {
  readUnmapped: 19,
  writeUnmapped: 20,
  fetchUnmapped: 21,
  writeProtected: 22,
  readProtected: 23,
  fetchProtected: 24,
} as const;

/** Processors by the numbers of set_cpu_model. */
export const CPU_MODEL = {
  cortexM0: 7,
  cortexM3: 8,
  cortexM4: 9,
  riscv32Any: 0,
  x86IcelakeServer: 26,
} as const;

export const ARM_REGISTER = {
  cpsr: 3,
  fpscr: 6,
  lr: 10,
  pc: 11,
  sp: 12,
  /** r0; r1 to r12 follow. */
  r0: 66,
  /** s0; s1 to s31 follow. */
  s0: 79,
} as const;

export const RISCV_REGISTER = {
  /** x0; x1 to x31 follow. */
  x0: 1,
  pc: 190,
} as const;

export const X86_REGISTER = {
  eflags: 25,
  fpsw: 31,
  /** rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, as encodings count them. */
  legacy: [35, 38, 40, 37, 44, 36, 43, 39],
  rcx: 38,
  rip: 41,
  rsp: 44,
  /** r8; r9 to r15 follow. */
  r8: 106,
  /** st0; st1 to st7 follow. */
  st0: 114,
  /** xmm0; xmm1 to xmm15 follow. */
  xmm0: 122,
  fpcw: 246,
  fptag: 247,
  mxcsr: 249,
  fsBase: 250,
  gsBase: 251,
} as const;
