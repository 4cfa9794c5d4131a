/**
 * An instruction as text, for messages and reproducers. A row's operands are written in a little
 * language: `Rx` a register field, `#x` a number, `#x*4` scaled, `#x+1`, `#-x` and `#±x` signed
 * (`u` says which), `#x^` a shift where 0 means 32, `.x` a branch offset, `{r}` a register list,
 * `{shift}` and `#expand` the operands of 32-bit data processing.
 */

import { registersIn } from './block-transfer.ts';
import { conditionalOffset, longOffset, signExtend } from './branch.ts';
import { CONDITION_NAMES } from './condition.ts';
import { extractFields, type Fields } from './pattern.ts';
import { registerName } from './register.ts';
import type { Row } from './row.ts';

const SHIFT_NAMES = ['lsl', 'lsr', 'asr', 'ror'];

/** By name between braces in a mnemonic. */
const MNEMONIC_PARTS: Readonly<Record<string, (f: Fields) => string>> = {
  c: (f) => CONDITION_NAMES[f['c']!]!,
  s: (f) => (f['s'] ? 's' : ''),
  S: () => 's',
  x: (f) => (f['x'] ? 'x' : ''),
  y: (f) => (f['y'] ? 't' : 'b'),
  r: (f) => (f['r'] ? 'r' : ''),
  xy: (f) => (f['x'] ? 't' : 'b') + (f['y'] ? 't' : 'b'),
  e: (f) => (f['e'] ? 'e' : ''),
  half: (f) => (f['t'] ? 't' : 'b'),
  sign: (f) => (f['s'] ? 's' : 'u'),
  mode: (f) => (f['z'] ? '' : 'r'),
  ie: (f) => (f['x'] ? 'id' : 'ie'),
  t: (f) => itSuffix(f['c']!, f['k']!),
};

function itSuffix(condition: number, mask: number): string {
  let text = '';
  for (let rest = mask; (rest & 7) !== 0; rest = (rest << 1) & 15) {
    text += ((rest >> 3) & 1) === (condition & 1) ? 't' : 'e';
  }
  return text;
}

function immediateShift(f: Fields): string {
  const { k, i } = f;
  if (k === 0 && i === 0) return '';
  if (k === 3 && i === 0) return ', rrx';
  return `, ${SHIFT_NAMES[k!]} #${i === 0 ? 32 : i}`;
}

function list(bits: number): string {
  return `{${registersIn(bits).map(registerName).join(', ')}}`;
}

function offset(value: number): string {
  return value < 0 ? `.-${-value}` : `.+${value}`;
}

/** By name: operands that are not plain fields. Branch offsets count from the instruction. */
const OPERAND_PARTS: Readonly<Record<string, (f: Fields) => string>> = {
  '{shift}': (f) => immediateShift(f),
  '{r}': (f) => list(f['r']!),
  '{r+lr}': (f) => list((f['r']! & 0xff) | ((f['r']! & 0x100) << 6)),
  '{r+pc}': (f) => list((f['r']! & 0xff) | ((f['r']! & 0x100) << 7)),
  '{if}': (f) => (f['i'] ? 'i' : '') + (f['f'] ? 'f' : ''),
  '{c}': (f) => CONDITION_NAMES[f['c']!]!,
  '#imm16': (f) => `#${(f['x']! << 12) | (f['j']! << 11) | f['i']!}`,
  '.long': (f) => offset(longOffset(f) + 4),
  '.conditional': (f) => offset(conditionalOffset(f) + 4),
  '.i8': (f) => offset(signExtend(f['i']!, 8) * 2 + 4),
  '.i11': (f) => offset(signExtend(f['i']!, 11) * 2 + 4),
  '.i6': (f) => offset(f['i']! * 2 + 4),
};

const TOKEN =
  /\{[a-z+]+\}|#expand|#imm16|#(?:-|±)?[a-z](?:\*\d+|\+1|\^)?|\.[a-z]+\d*|\bR[a-z]\b|![w]|\b[SD][dnm]\b/g;

function token(text: string, f: Fields): string {
  const part = OPERAND_PARTS[text];
  if (part !== undefined) return part(f);
  if (text === '#expand') return `#expand(${f['i']})`;
  if (text[0] === 'R') return registerName(f[text[1]!]!);
  if (text === 'Sn') return `s${f['n']}`;
  if (text[0] === 'S') return `s${((f[text[1]!]! & 15) << 1) | (f[text[1]!]! >> 4)}`;
  if (text[0] === 'D') return `d${f[text[1]!]! & 15}`;
  if (text === '!w') return f['w'] ? '!' : '';
  const match = /^#(-|±)?([a-z])(?:\*(\d+)|(\+1)|(\^))?$/.exec(text);
  return match === null ? text : number(match, f);
}

function number(match: RegExpExecArray, f: Fields): string {
  const [, sign, letter, scale, plusOne, zeroIs32] = match;
  let value = f[letter!]!;
  if (scale !== undefined) value *= Number(scale);
  if (plusOne !== undefined) value++;
  if (zeroIs32 !== undefined && value === 0) value = 32;
  const isNegative = sign === '-' || (sign === '±' && f['u'] === 0);
  return `#${isNegative ? '-' : ''}${value}`;
}

/** `mnemonic operands` of an instruction by its row. */
export function describeRow(row: Row, bits: number): string {
  const f = extractFields(row.pattern, bits);
  const mnemonic = row.mnemonic.replace(
    /\{([a-zA-Z]+)\}/g,
    (whole, name: string) => MNEMONIC_PARTS[name]?.(f) ?? whole,
  );
  const operands = row.operands.replace(TOKEN, (text) => token(text, f));
  return operands === '' ? mnemonic : `${mnemonic} ${operands}`;
}
