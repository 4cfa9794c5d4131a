// @table
/**
 * 32-bit loads, stores, block transfers, exclusives and table branches (Armv7-M ARM A5.3.5 to
 * A5.3.10).
 */
import { add, and, constant, type Expression, eq, ne, shl } from '../../ir/expression.ts';
import type { AccessSize } from '../../ir/statement.ts';
import { loadMultiple, storeMultiple } from './block-transfer.ts';
import type { Lifting } from './lifting.ts';
import type { Fields } from './pattern.ts';
import { EXCLUSIVE_ADDRESS, EXCLUSIVE_VALUE, PC, SP } from './register.ts';
import { type Lift, type Row, row } from './row.ts';
import {
  type Access,
  BYTE,
  HALF,
  literal,
  loadRegister,
  SIGNED_BYTE,
  SIGNED_HALF,
  storeRegister,
  WORD,
} from './single-transfer.ts';

type Transfer = typeof loadRegister;

/** One kind of load or store: its name, its op bits of the first halfword, and what it moves. */
interface Kind {
  readonly name: string;
  readonly sign: string;
  readonly code: string;
  readonly access: Access;
  readonly transfer: Transfer;
}

const KINDS: readonly Kind[] = [
  { name: 'strb', sign: '0', code: '000', access: BYTE, transfer: storeRegister },
  { name: 'ldrb', sign: '0', code: '001', access: BYTE, transfer: loadRegister },
  { name: 'strh', sign: '0', code: '010', access: HALF, transfer: storeRegister },
  { name: 'ldrh', sign: '0', code: '011', access: HALF, transfer: loadRegister },
  { name: 'str', sign: '0', code: '100', access: WORD, transfer: storeRegister },
  { name: 'ldr', sign: '0', code: '101', access: WORD, transfer: loadRegister },
  { name: 'ldrsb', sign: '1', code: '001', access: SIGNED_BYTE, transfer: loadRegister },
  { name: 'ldrsh', sign: '1', code: '011', access: SIGNED_HALF, transfer: loadRegister },
];

function displaced(c: Lifting, f: Fields): Expression {
  const offset = f['u'] ? f['i']! : -f['i']!;
  return add(c.get(f['n']!), constant(offset));
}

function kindRows({ name, sign, code, access, transfer }: Kind): Row[] {
  const upper = `1111100${sign}`;
  const options = { pc: name === 'ldr' ? 't' : '' };
  const positive: Lift = (c, f) => transfer(c, f.t!, add(c.get(f.n!), constant(f.i!)), access);
  const preIndexed: Lift = (c, f) => {
    const address = c.block.let(displaced(c, f));
    transfer(c, f.t!, address, access, { base: f.n!, value: address });
  };
  return [
    row('v7m', `${upper} 1${code} nnnn tttt iiiiiiiiiiii`, name, 'Rt, [Rn, #i]', positive, options),
    row(
      'v7m',
      `${upper} 0${code} nnnn tttt 1100 iiiiiiii`,
      name,
      'Rt, [Rn, #-i]',
      (c, f) => transfer(c, f.t!, displaced(c, f), access),
      options,
    ),
    row('v7m', `${upper} 0${code} nnnn tttt 1110 iiiiiiii`, `${name}t`, 'Rt, [Rn, #i]', positive),
    row(
      'v7m',
      `${upper} 0${code} nnnn tttt 10u1 iiiiiiii`,
      name,
      'Rt, [Rn], #±i',
      (c, f) => transfer(c, f.t!, c.get(f.n!), access, { base: f.n!, value: displaced(c, f) }),
      options,
    ),
    row(
      'v7m',
      `${upper} 0${code} nnnn tttt 11u1 iiiiiiii`,
      name,
      'Rt, [Rn, #±i]!',
      preIndexed,
      options,
    ),
    row(
      'v7m',
      `${upper} 0${code} nnnn tttt 000000 ii mmmm`,
      name,
      'Rt, [Rn, Rm, lsl #i]',
      (c, f) => transfer(c, f.t!, add(c.get(f.n!), shl(c.get(f.m!), constant(f.i!))), access),
      options,
    ),
  ];
}

/** Loads relative to the pc. */
function literalRow({ name, sign, code, access }: Kind): Row {
  return row(
    'v7m',
    `1111100${sign} u${code} 1111 tttt iiiiiiiiiiii`,
    name,
    'Rt, [pc, #±i]',
    (c, f) => loadRegister(c, f.t!, literal(c, f.u!, f.i!), access),
    { pc: name === 'ldr' ? 't' : '' },
  );
}

/** Byte and halfword loads into pc are preloads and memory hints: they do nothing. */
function hintRows({ name, sign, code }: Kind): Row[] {
  const upper = `1111100${sign}`;
  const hint = name === 'ldrb' ? 'pld' : name === 'ldrsb' ? 'pli' : 'hint';
  const nothing: Lift = () => {};
  return [
    row('v7m', `${upper} 1${code} nnnn 1111 iiiiiiiiiiii`, hint, '[Rn, #i]', nothing),
    row('v7m', `${upper} 0${code} nnnn 1111 1100 iiiiiiii`, hint, '[Rn, #-i]', nothing),
    row('v7m', `${upper} 0${code} nnnn 1111 000000 ii mmmm`, hint, '[Rn, Rm, lsl #i]', nothing),
    row('v7m', `${upper} u${code} 1111 1111 iiiiiiiiiiii`, hint, '[pc, #±i]', nothing),
  ];
}

const LOADS = KINDS.filter(({ name }) => name.startsWith('ldr'));

/** LDM and STM: lists of less than two registers, or with the base written back, are undefined. */
const listOptions = {
  valid: (f: Fields): boolean =>
    (f['r']! & (f['r']! - 1)) !== 0 && (f['w'] === 0 || ((f['r']! >> f['n']!) & 1) === 0),
};

function blockTransfer(transfer: typeof loadMultiple, before: boolean): Lift {
  return (c, f) => transfer(c, { base: f.n!, list: f.r!, writeBack: f.w === 1, before });
}

/** LDRD and STRD without offset and write-back are other encodings. */
const dualOptions = {
  pc: 'n',
  valid: (f: Fields): boolean => (f['p']! | f['w']!) !== 0 && (f['n'] !== PC || f['w'] === 0),
};

function dualBase(c: Lifting, n: number): Expression {
  return n === PC ? constant(c.alignedPc) : c.get(n);
}

function dualAddress(c: Lifting, f: Fields): { address: Expression; after: Expression } {
  const base = dualBase(c, f['n']!);
  const offset = (f['u'] ? f['i']! : -f['i']!) * 4;
  const after = add(base, constant(offset));
  return { address: f['p'] ? after : base, after };
}

/** A base that is also loaded, which is UNPREDICTABLE, ends as the write-back, as in QEMU. */
const loadDual: Lift = (c, f) => {
  const { address, after } = dualAddress(c, f);
  const writeBack = f.w ? c.block.let(after) : after;
  const [first, second] = c.block.loadMany(
    f.p && f.w ? writeBack : address,
    2,
    4,
    false,
    'natural',
  );
  c.set(f.t!, first!);
  c.set(f.d!, second!);
  if (f.w) c.set(f.n!, writeBack);
};

const storeDual: Lift = (c, f) => {
  const { address, after } = dualAddress(c, f);
  c.block.storeMany(address, 4, [c.get(f.t!), c.get(f.d!)], 'natural');
  if (f.w) c.set(f.n!, after);
};

/** Loads and opens the monitor. */
function loadExclusive(c: Lifting, t: number, address: Expression, size: AccessSize): void {
  const a = c.block.let(address);
  const value = c.block.load(a, size, false, 'natural');
  c.block.set(EXCLUSIVE_ADDRESS, a);
  c.block.set(EXCLUSIVE_VALUE, value);
  c.set(t, value);
}

/**
 * Stores and gives 0 when the monitor is open for this address and memory is as it was, else gives
 * 1 and touches nothing. The comparison of values is QEMU's model of a local monitor; a core's own
 * also fails after an exception, which the machine brings about by closing the monitor.
 */
function storeExclusive(c: Lifting, f: Fields, address: Expression, size: AccessSize): void {
  const { block } = c;
  const a = block.let(address);
  const status = (value: number): void => c.set(f['d']!, constant(value));
  const value = block.let(c.get(f['t']!));
  block.if(
    // A closed monitor is -1, which as an address never matches.
    and(eq(block.get(EXCLUSIVE_ADDRESS), a), ne(a, constant(-1))),
    () => {
      const held = block.load(a, size, false, 'natural');
      block.if(
        eq(held, block.get(EXCLUSIVE_VALUE)),
        () => {
          block.store(a, size, value, 'natural');
          status(0);
        },
        () => status(1),
      );
    },
    () => status(1),
  );
  block.set(EXCLUSIVE_ADDRESS, constant(-1));
}

/** TBB and TBH: jumps forward by twice a table entry. */
function tableBranch(c: Lifting, address: Expression, size: AccessSize): void {
  const entry = c.block.load(address, size, false, c.alignment);
  c.block.indirect(add(constant(c.pc), shl(entry, constant(1))), false);
}

/** As in QEMU, sp and a status register that is also used are undefined. */
const exclusiveOptions = {
  valid: (f: Fields): boolean =>
    f['t'] !== SP && f['d'] !== SP && f['d'] !== f['n'] && f['d'] !== f['t'],
};

const EXCLUSIVE: readonly Row[] = [
  row(
    'v7m',
    '11101000 0100 nnnn tttt dddd iiiiiiii',
    'strex',
    'Rd, Rt, [Rn, #i*4]',
    (c, f) => storeExclusive(c, f, add(c.get(f.n!), constant(f.i! * 4)), 4),
    exclusiveOptions,
  ),
  row(
    'v7m',
    '11101000 0101 nnnn tttt 1111 iiiiiiii',
    'ldrex',
    'Rt, [Rn, #i*4]',
    (c, f) => loadExclusive(c, f.t!, add(c.get(f.n!), constant(f.i! * 4)), 4),
    exclusiveOptions,
  ),
  row(
    'v7m',
    '11101000 1100 nnnn tttt 1111 0100 dddd',
    'strexb',
    'Rd, Rt, [Rn]',
    (c, f) => storeExclusive(c, f, c.get(f.n!), 1),
    exclusiveOptions,
  ),
  row(
    'v7m',
    '11101000 1100 nnnn tttt 1111 0101 dddd',
    'strexh',
    'Rd, Rt, [Rn]',
    (c, f) => storeExclusive(c, f, c.get(f.n!), 2),
    exclusiveOptions,
  ),
  row(
    'v7m',
    '11101000 1101 nnnn tttt 1111 0100 1111',
    'ldrexb',
    'Rt, [Rn]',
    (c, f) => loadExclusive(c, f.t!, c.get(f.n!), 1),
    exclusiveOptions,
  ),
  row(
    'v7m',
    '11101000 1101 nnnn tttt 1111 0101 1111',
    'ldrexh',
    'Rt, [Rn]',
    (c, f) => loadExclusive(c, f.t!, c.get(f.n!), 2),
    exclusiveOptions,
  ),
  row(
    'v7m',
    '11101000 1101 nnnn 1111 0000 0000 mmmm',
    'tbb',
    '[Rn, Rm]',
    (c, f) => tableBranch(c, add(c.get(f.n!), c.get(f.m!)), 1),
    { pc: 'n' },
  ),
  row(
    'v7m',
    '11101000 1101 nnnn 1111 0000 0001 mmmm',
    'tbh',
    '[Rn, Rm, lsl #1]',
    (c, f) => tableBranch(c, add(c.get(f.n!), shl(c.get(f.m!), constant(1))), 2),
    { pc: 'n' },
  ),
];

export const WIDE_MEMORY: readonly Row[] = [
  ...KINDS.flatMap(kindRows),
  ...LOADS.map(literalRow),
  ...LOADS.filter(({ name }) => name !== 'ldr').flatMap(hintRows),
  row(
    'v7m',
    '11101000 10 w 0 nnnn rrrrrrrrrrrrrrrr',
    'stm',
    'Rn!w, {r}',
    blockTransfer(storeMultiple, false),
    listOptions,
  ),
  row(
    'v7m',
    '11101000 10 w 1 nnnn rrrrrrrrrrrrrrrr',
    'ldm',
    'Rn!w, {r}',
    blockTransfer(loadMultiple, false),
    listOptions,
  ),
  row(
    'v7m',
    '11101001 00 w 0 nnnn rrrrrrrrrrrrrrrr',
    'stmdb',
    'Rn!w, {r}',
    blockTransfer(storeMultiple, true),
    listOptions,
  ),
  row(
    'v7m',
    '11101001 00 w 1 nnnn rrrrrrrrrrrrrrrr',
    'ldmdb',
    'Rn!w, {r}',
    blockTransfer(loadMultiple, true),
    listOptions,
  ),
  row(
    'v7m',
    '1110100 p u 1 w 0 nnnn tttt dddd iiiiiiii',
    'strd',
    'Rt, Rd, [Rn, #±i*4]',
    storeDual,
    { valid: dualOptions.valid },
  ),
  row(
    'v7m',
    '1110100 p u 1 w 1 nnnn tttt dddd iiiiiiii',
    'ldrd',
    'Rt, Rd, [Rn, #±i*4]',
    loadDual,
    dualOptions,
  ),
  ...EXCLUSIVE,
];
