/**
 * Operands of a row in the letters of the manuals' opcode maps (Intel SDM volume 2, A.2): where the
 * operand is encoded, then how large it is.
 *
 *   E  ModRM r/m, general register or memory      G  ModRM reg, general register
 *   R  ModRM r/m, general register only           M  ModRM r/m, memory only
 *   Z  low bits of the opcode, general register   B  VEX.vvvv, general register
 *   W  r/m, xmm or memory   V  reg, xmm           U  r/m, xmm only
 *   Q  r/m, mm or memory    P  reg, mm            N  r/m, mm only
 *   S  reg, segment         C, D  reg, control and debug registers
 *   I  immediate            J  offset from the next instruction
 *   O  absolute address     X  [rSI], Y  es:[rDI]
 *
 *   b w d q x t  1, 2, 4, 8, 16, 10 bytes         v  2, 4 or 8, the operand size
 *   z  2 or 4    y  4 or 8    s  a byte that is sign-extended to the operand size
 *   p  far pointer: offset of 2 or 4 bytes and a selector
 *
 * `Ed/Mb` is the first with a register, the second with memory. A memory operand without a size
 * letter has none that matters (LEA) or a layout of its own (FXSAVE). Anything else names a
 * register: `AL`, `rAX` (of the operand size), `CL`, `DX`, `ST0`, `STi`, `XMM0`, `FS`; or is `1`.
 */

/** Where the decoder finds the operand. */
export type OperandPlace =
  | 'rm'
  | 'reg'
  | 'opcode'
  | 'vvvv'
  | 'immediate'
  | 'relative'
  | 'absolute'
  | 'source'
  | 'destination'
  | 'fixed';

export type RegisterFile = 'general' | 'xmm' | 'mm' | 'x87' | 'segment' | 'control' | 'debug';

/** Bytes, or a letter for a size that prefixes decide. */
export type OperandSize = number | 'v' | 'z' | 'y' | 'p';

export interface OperandForm {
  readonly place: OperandPlace;
  readonly file: RegisterFile;
  /** Of the operand as register, immediate or string element; see {@link memorySize}. */
  readonly size: OperandSize;
  /** Of the operand when it is memory; 0 when it has no plain size. */
  readonly memorySize: OperandSize;
  /** Of `rm` operands. */
  readonly allows: 'both' | 'register' | 'memory';
  /** Number of a fixed register; value of a fixed immediate. */
  readonly fixed: number;
  /** Whether an immediate is extended by its sign. */
  readonly isSigned: boolean;
}

const SIZES: Readonly<Record<string, OperandSize>> = {
  b: 1,
  w: 2,
  d: 4,
  q: 8,
  x: 16,
  t: 10,
  s: 1,
  v: 'v',
  z: 'z',
  y: 'y',
  p: 'p',
  '': 0,
};

type Letter = readonly [
  place: OperandPlace,
  file: RegisterFile,
  allows: OperandForm['allows'] | null,
];

const LETTERS: Readonly<Record<string, Letter>> = {
  E: ['rm', 'general', 'both'],
  R: ['rm', 'general', 'register'],
  M: ['rm', 'general', 'memory'],
  W: ['rm', 'xmm', 'both'],
  U: ['rm', 'xmm', 'register'],
  Q: ['rm', 'mm', 'both'],
  N: ['rm', 'mm', 'register'],
  G: ['reg', 'general', null],
  V: ['reg', 'xmm', null],
  P: ['reg', 'mm', null],
  S: ['reg', 'segment', null],
  C: ['reg', 'control', null],
  D: ['reg', 'debug', null],
  Z: ['opcode', 'general', null],
  B: ['vvvv', 'general', null],
  I: ['immediate', 'general', null],
  J: ['relative', 'general', null],
  O: ['absolute', 'general', null],
  X: ['source', 'general', null],
  Y: ['destination', 'general', null],
};

type Fixed = readonly [file: RegisterFile, size: OperandSize, register: number];

const FIXED: Readonly<Record<string, Fixed>> = {
  AL: ['general', 1, 0],
  CL: ['general', 1, 1],
  AX: ['general', 2, 0],
  DX: ['general', 2, 2],
  EAX: ['general', 4, 0],
  rAX: ['general', 'v', 0],
  zAX: ['general', 'z', 0],
  ST0: ['x87', 10, 0],
  XMM0: ['xmm', 16, 0],
  FS: ['segment', 2, 4],
  GS: ['segment', 2, 5],
};

/** Full size of the registers that are not general. */
const WHOLE: Readonly<Record<string, number>> = { xmm: 16, mm: 8, x87: 10, segment: 2 };

function parseOne(code: string): OperandForm {
  const plain = { allows: 'both', fixed: 0, isSigned: false, memorySize: 0 } as const;
  if (code === '1') return { ...plain, place: 'immediate', file: 'general', size: 0, fixed: 1 };
  if (code === 'STi') return { ...plain, place: 'rm', file: 'x87', size: 10 };
  const fixed = FIXED[code];
  if (fixed !== undefined) {
    const [file, size, register] = fixed;
    return { ...plain, place: 'fixed', file, size, fixed: register };
  }
  const letter = LETTERS[code[0]!];
  const size = SIZES[code.slice(1)];
  if (letter === undefined || size === undefined) throw new Error(`operand ${code}`);
  const [place, file, allows] = letter;
  return {
    place,
    file,
    size: WHOLE[file] ?? size,
    memorySize: size,
    allows: allows ?? 'both',
    fixed: 0,
    isSigned: code[1] === 's' || place === 'relative' || code === 'Iz',
  };
}

const PARSED = new Map<string, OperandForm>();

/** Parses one operand of a row; the same text gives the same form. */
export function parseOperand(code: string): OperandForm {
  const known = PARSED.get(code);
  if (known !== undefined) return known;
  const form = parseForm(code);
  PARSED.set(code, form);
  return form;
}

function parseForm(code: string): OperandForm {
  const slash = code.indexOf('/');
  if (slash < 0) return parseOne(code);
  const register = parseOne(code.slice(0, slash));
  const memory = parseOne(code.slice(slash + 1));
  return { ...register, allows: 'both', memorySize: memory.memorySize };
}
