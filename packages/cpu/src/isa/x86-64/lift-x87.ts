/**
 * x87 (SDM volume 1, chapter 8). What computes or moves the stack goes through the routine of
 * x87-routine.ts, with the whole of the x87 state; what only reads or writes the control and status
 * words is emitted. Memory is loaded before and stored to before any register changes, so that a
 * fault leaves the instruction undone.
 */
import {
  add64,
  and,
  constant,
  constant64,
  type Expression,
  not,
  or,
  or64,
  select,
  shl64,
  shrU64,
  widenU,
  wrap,
} from '../../ir/expression.ts';
import type { ValueType } from '../../ir/operation.ts';
import type { AccessSize } from '../../ir/statement.ts';
import type { Lift, LiftTable } from './lift-table.ts';
import type { Lifting } from './lifting.ts';
import { RAX } from './register.ts';
import { ROUTINE } from './routine.ts';
import {
  X87_CONTROL,
  X87_COUNT,
  X87_EXPONENT,
  X87_SIGNIFICAND,
  X87_STATUS,
  X87_TAGS,
} from './state.ts';
import { ENVIRONMENT_BYTES, SAVE_BYTES } from './x87-environment.ts';
import {
  isX87Executed,
  MEMORY_WORD,
  MEMORY_WORDS,
  REGISTER_WORD,
  requestWord,
} from './x87-routine.ts';
import { X87_ROWS } from './x87-rows.ts';
import { BUSY, SUMMARY } from './x87-state.ts';

const EXCEPTIONS = 0x3f;
/** What FLDCW keeps of a word; bit 6 is always set. */
const CONTROL_KEPT = 0x1f7f;
const CONTROL_SET = 0x40;
/** Bytes of the largest operand that is no image. */
const LARGEST_NUMBER = 10;
/** What FNCLEX leaves of the status word. */
const STATUS_KEPT = 0x7f00;

/** Instructions of the routine that do not look at pending exceptions. */
const NO_WAIT: ReadonlySet<string> = new Set(['fninit', 'fnsave', 'fnstenv']);

/** Instructions that write their memory operand; the others read it. */
const STORES = /^(fstp?|fistt?p?|fbstp|fnsave|fnstenv)$/;
const FLAG_COMPARISON = /^fu?comip?$/;
const READS_FLAGS = /^fcmov/;
/** Instructions that leave ST0 … ST7 where and what they are; FST does when it stores to memory. */
const KEEPS_REGISTERS = /^(fu?com|ficom|fu?comi|ftst|fxam|ffree|fst|fist|fnstenv)$/;

/** Raises #MF when an exception waits to be reported. */
export function checkPending(c: Lifting): void {
  c.block.if(and(c.get(X87_STATUS), constant(SUMMARY)), () => {
    c.block.trap('float-exception', constant(0), false);
  });
}

/** Sizes of images by the operand size. */
const IMAGES: Readonly<Record<string, { readonly short: number; readonly long: number }>> = {
  fldenv: ENVIRONMENT_BYTES,
  fnstenv: ENVIRONMENT_BYTES,
  frstor: SAVE_BYTES,
  fnsave: SAVE_BYTES,
};

/** Bytes of the memory operand, 0 without one. */
function memoryBytes({ instruction }: Lifting): number {
  const { operands, operandCount, operandSize, row } = instruction;
  const image = IMAGES[row!.mnemonic];
  if (image !== undefined) return operandSize === 2 ? image.short : image.long;
  const memory = operands.slice(0, operandCount).find(({ kind }) => kind === 'memory');
  return memory === undefined ? 0 : memory.size;
}

/** The accesses that a number of bytes is made of: eights, then what is left. */
function parts(bytes: number): { readonly at: number; readonly size: AccessSize }[] {
  const made: { at: number; size: AccessSize }[] = [];
  for (let at = 0; at < bytes; ) {
    const left = bytes - at;
    const size = left >= 8 ? 8 : left >= 4 ? 4 : 2;
    made.push({ at, size });
    at += size;
  }
  return made;
}

const offset = (address: Expression, by: number): Expression =>
  add64(address, constant64(BigInt(by)));

/** The memory operand in words of 8 bytes. */
function loadWords(c: Lifting, bytes: number): Expression[] {
  lookAtEnds(c, bytes, (address, size) => c.load(address, size));
  const words: Expression[] = [];
  for (const { at, size } of parts(bytes)) {
    const value = c.load(offset(c.address(), at), size);
    const place = constant64(BigInt(at % 8) * 8n);
    if (at % 8 === 0) words.push(value);
    else words.push(c.block.let(or64(words.pop()!, shl64(value, place))));
  }
  return words;
}

type Touch = (address: Expression, size: AccessSize) => void;

/**
 * Looks at an image with `touch` before anything else is done with it: at its first field, then at
 * its last byte, which a fault is of (observed on an AMD EPYC). Numbers need no such look.
 */
function lookAtEnds(c: Lifting, bytes: number, touch: Touch): void {
  if (bytes <= LARGEST_NUMBER) return;
  touch(c.address(), c.instruction.operandSize === 2 ? 2 : 4);
  touch(offset(c.address(), bytes - 1), 1);
}

/**
 * Stores words of 8 bytes when `isStored`; memory is looked at in any case. What takes several
 * accesses is first looked at as a whole, so that no byte changes when one of them faults.
 */
function storeWords(
  c: Lifting,
  bytes: number,
  words: readonly Expression[],
  isStored: Expression,
): void {
  const made = parts(bytes);
  const start = c.address();
  const at = (n: number): Expression => offset(start, n);
  const put = (): void => {
    for (const part of made) {
      const place = constant64(BigInt(part.at % 8) * 8n);
      c.store(at(part.at), part.size, shrU64(words[part.at >> 3]!, place));
    }
  };
  const look = (): void => {
    lookAtEnds(c, bytes, (address, size) => c.proveStore(address, size));
    if (bytes <= LARGEST_NUMBER) for (const part of made) c.proveStore(at(part.at), part.size);
  };
  if (made.length > 1) {
    look();
    c.block.if(isStored, put);
  } else {
    c.block.if(isStored, put, look);
  }
}

/** Control, status and tag words as FXSAVE's image begins. */
export function packedWords(c: Lifting): Expression {
  const shifted = (register: number, by: bigint): Expression =>
    shl64(widenU(c.get(register)), constant64(by));
  const low = or64(widenU(c.get(X87_CONTROL)), shifted(X87_STATUS, 16n));
  return or64(low, shifted(X87_TAGS, 32n));
}

export function setPackedWords(c: Lifting, packed: Expression): void {
  const field = (by: bigint, mask: number): Expression =>
    and(wrap(shrU64(packed, constant64(by))), constant(mask));
  c.block.set(X87_CONTROL, field(0n, 0xffff));
  c.block.set(X87_STATUS, field(16n, 0xffff));
  c.block.set(X87_TAGS, field(32n, 0xff));
}

export function stackRegisters(c: Lifting): Expression[] {
  return Array.from({ length: X87_COUNT }, (_, n) => [
    c.get(X87_SIGNIFICAND + n),
    c.get(X87_EXPONENT + n),
  ]).flat();
}

const STACK_TYPES: readonly ValueType[] = Array.from({ length: 2 * X87_COUNT }, (_, n) =>
  n % 2 === 0 ? 'i64' : 'i32',
);
const RESULT_TYPES: readonly ValueType[] = [
  'i64',
  'i32',
  'i32',
  'i32',
  ...STACK_TYPES,
  ...Array.from({ length: MEMORY_WORDS }, () => 'i64' as const),
];

/** The routine's request word for the instruction at hand. */
function request({ instruction }: Lifting): Expression {
  const { operands, operandCount, row } = instruction;
  const registers = operands
    .slice(0, operandCount)
    .filter(({ kind, file }) => kind === 'register' && file === 'x87')
    .map(({ register }) => register);
  return constant(requestWord(row!.mnemonic, registers));
}

/** How many words of the routine's results are looked at. */
function resultCount(storedBytes: number, keepsRegisters: boolean): number {
  if (storedBytes > 0) return MEMORY_WORD + Math.ceil(storedBytes / 8);
  return keepsRegisters ? REGISTER_WORD : MEMORY_WORD;
}

/** Runs the instruction in the routine. */
function execute(c: Lifting): void {
  const { block } = c;
  const { mnemonic } = c.instruction.row!;
  if (!NO_WAIT.has(mnemonic)) checkPending(c);
  const bytes = memoryBytes(c);
  const stores = bytes > 0 && STORES.test(mnemonic);
  const memory = bytes > 0 && !stores ? loadWords(c, bytes) : [];
  const isComparison = FLAG_COMPARISON.test(mnemonic);
  const flags = isComparison || READS_FLAGS.test(mnemonic) ? c.flags.toImage() : constant(0);
  const operands = [packedWords(c), request(c), flags, constant(bytes), ...stackRegisters(c)];
  const keeps = KEEPS_REGISTERS.test(mnemonic) && (stores || mnemonic !== 'fst');
  const types = RESULT_TYPES.slice(0, resultCount(stores ? bytes : 0, keeps));
  const results = block.routine(ROUTINE.x87, [...operands, ...memory], types);
  if (stores) storeWords(c, bytes, results.slice(MEMORY_WORD), results[1]!);
  setPackedWords(c, results[0]!);
  if (isComparison) c.flags.image(results[2]!);
  if (keeps) return;
  for (let n = 0; n < X87_COUNT; n++) {
    block.set(X87_SIGNIFICAND + n, results[REGISTER_WORD + 2 * n]!);
    block.set(X87_EXPONENT + n, results[REGISTER_WORD + 2 * n + 1]!);
  }
}

/** Sets the summary and busy bits of a status word by the exceptions that are not masked. */
export function summarised(status: Expression, control: Expression): Expression {
  const pending = and(and(status, not(control)), constant(EXCEPTIONS));
  const bits = select(pending, constant(SUMMARY | BUSY), constant(0));
  return or(and(status, constant(~(SUMMARY | BUSY))), bits);
}

/** The bits of a control word that stay, and the one that is always set. */
export function keptControl(control: Expression): Expression {
  return or(and(control, constant(CONTROL_KEPT)), constant(CONTROL_SET));
}

function loadControl(c: Lifting): void {
  const { block } = c;
  checkPending(c);
  const loaded = block.load(c.address(), 2, false, 'any');
  const control = block.let(keptControl(loaded));
  block.set(X87_CONTROL, control);
  block.set(X87_STATUS, summarised(c.get(X87_STATUS), control));
}

/** FNSTCW and FNSTSW. */
function storeWord(register: number): Lift {
  return (c) => {
    if (c.operand(0).kind === 'memory') c.store(c.address(), 2, widenU(c.get(register)));
    else c.writeRegister(RAX, 2, false, widenU(c.get(register)));
  };
}

const nothing: Lift = () => {};

const EMITTED: LiftTable = {
  fwait: checkPending,
  fnop: checkPending,
  // The 8087's and the 80287's own, which do nothing since.
  fneni: nothing,
  fndisi: nothing,
  fnsetpm: nothing,
  fldcw: loadControl,
  fnstcw: storeWord(X87_CONTROL),
  fnstsw: storeWord(X87_STATUS),
  fnclex: (c) => c.block.set(X87_STATUS, and(c.get(X87_STATUS), constant(STATUS_KEPT))),
};

export const X87_LIFTS: LiftTable = {
  ...Object.fromEntries(
    X87_ROWS.filter(({ mnemonic }) => isX87Executed(mnemonic)).map(
      ({ mnemonic }) => [mnemonic, execute] as const,
    ),
  ),
  ...EMITTED,
};
