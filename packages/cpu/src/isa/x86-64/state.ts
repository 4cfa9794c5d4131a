/**
 * Numbers of the registers that lifted code uses: the sixteen general ones as encodings count them,
 * then segment bases and the state of the flags, see flags.ts.
 */
import type { RegisterSpec } from '../../isa.ts';
import { generalName } from './register.ts';

export const GENERAL_COUNT = 16;
/** Linear addresses that FS: and GS: add. */
export const FS_BASE = 16;
export const GS_BASE = 17;
/** How the six arithmetic flags follow from the two words after it. */
export const FLAG_KIND = 18;
export const FLAG_RESULT = 19;
export const FLAG_OPERAND = 20;
/** The direction flag: 1, or -1 when it is set; what string instructions step by. */
export const DIRECTION = 21;
/** Other bits of RFLAGS that a program can set and read back: TF, NT, AC, ID. */
export const OTHER_FLAGS = 22;

/** xmm0 … xmm15, then MXCSR. */
export const XMM0 = 23;
export const XMM_COUNT = 16;
export const MXCSR = 39;

/**
 * ST0 … ST7 by their place in the stack, as FXSAVE has them: significands, then sign and exponent
 * as 16 bits. Then the control and status words, and a bit for each physical register in use.
 */
export const X87_SIGNIFICAND = 40;
export const X87_EXPONENT = 48;
export const X87_COUNT = 8;
export const X87_CONTROL = 56;
export const X87_STATUS = 57;
export const X87_TAGS = 58;

export const X86_REGISTERS: readonly RegisterSpec[] = [
  ...Array.from({ length: GENERAL_COUNT }, (_, number) => ({
    name: generalName(number, 8),
    type: 'i64' as const,
  })),
  { name: 'fsbase', type: 'i64' },
  { name: 'gsbase', type: 'i64' },
  { name: 'flagkind', type: 'i32' },
  { name: 'flagresult', type: 'i64' },
  { name: 'flagoperand', type: 'i64' },
  { name: 'direction', type: 'i32' },
  { name: 'otherflags', type: 'i32' },
  ...Array.from({ length: XMM_COUNT }, (_, number) => ({
    name: `xmm${number}`,
    type: 'v128' as const,
  })),
  { name: 'mxcsr', type: 'i32' },
  ...Array.from({ length: X87_COUNT }, (_, number) => ({
    name: `st${number}`,
    type: 'i64' as const,
  })),
  ...Array.from({ length: X87_COUNT }, (_, number) => ({
    name: `st${number}exponent`,
    type: 'i32' as const,
  })),
  { name: 'fpucontrol', type: 'i32' },
  { name: 'fpustatus', type: 'i32' },
  { name: 'fputags', type: 'i32' },
];
