// @table
/** The one-byte opcode map but x87 (SDM volume 2, table A-2). */
import {
  ALL_UNDEFINED,
  ARITHMETIC,
  ARITHMETIC_CARRY,
  CONDITIONS,
  INCREMENT,
  LOGIC,
  MULTIPLY,
  ROTATE,
  ROTATE_CARRY,
  SHIFT,
} from './flag-effect.ts';
import { type Row, row } from './row.ts';

const hex = (value: number): string => value.toString(16).toUpperCase().padStart(2, '0');

const plain = (
  encoding: string,
  mnemonic: string,
  operands?: string,
  flags?: string,
  attributes?: string,
): Row => row('base', encoding, mnemonic, operands, flags, attributes);

/** The eight of 00…3F and 80…83, by number; CMP writes nothing, so it takes no LOCK. */
const BINARY: readonly (readonly [string, string, string])[] = [
  ['add', ARITHMETIC, 'lock'],
  ['or', LOGIC, 'lock'],
  ['adc', ARITHMETIC_CARRY, 'lock'],
  ['sbb', ARITHMETIC_CARRY, 'lock'],
  ['and', LOGIC, 'lock'],
  ['sub', ARITHMETIC, 'lock'],
  ['xor', LOGIC, 'lock'],
  ['cmp', ARITHMETIC, ''],
];

const BINARY_ROWS: readonly Row[] = BINARY.flatMap(([name, flags, lock], n) => [
  plain(`${hex(n * 8)} /r`, name, 'Eb,Gb', flags, lock),
  plain(`${hex(n * 8 + 1)} /r`, name, 'Ev,Gv', flags, lock),
  plain(`${hex(n * 8 + 2)} /r`, name, 'Gb,Eb', flags),
  plain(`${hex(n * 8 + 3)} /r`, name, 'Gv,Ev', flags),
  plain(hex(n * 8 + 4), name, 'AL,Ib', flags),
  plain(hex(n * 8 + 5), name, 'rAX,Iz', flags),
  plain(`80 /${n}`, name, 'Eb,Ib', flags, lock),
  plain(`81 /${n}`, name, 'Ev,Iz', flags, lock),
  plain(`83 /${n}`, name, 'Ev,Is', flags, lock),
]);

/** The eight of C0, C1 and D0…D3; /6 is SHL again. */
const SHIFTS: readonly (readonly [string, string])[] = [
  ['rol', ROTATE],
  ['ror', ROTATE],
  ['rcl', ROTATE_CARRY],
  ['rcr', ROTATE_CARRY],
  ['shl', SHIFT],
  ['shr', SHIFT],
  ['shl', SHIFT],
  ['sar', SHIFT],
];

const SHIFT_ROWS: readonly Row[] = SHIFTS.flatMap(([name, flags], n) => [
  plain(`C0 /${n}`, name, 'Eb,Ib', flags),
  plain(`C1 /${n}`, name, 'Ev,Ib', flags),
  plain(`D0 /${n}`, name, 'Eb,1', flags),
  plain(`D1 /${n}`, name, 'Ev,1', flags),
  plain(`D2 /${n}`, name, 'Eb,CL', flags),
  plain(`D3 /${n}`, name, 'Ev,CL', flags),
]);

const CONDITION_ROWS: readonly Row[] = CONDITIONS.flatMap(([suffix, flags], n) => [
  plain(hex(0x70 + n), `j${suffix}`, 'Jb', flags, 'f64'),
  plain(`0F ${hex(0x80 + n)}`, `j${suffix}`, 'Jz', flags, 'f64'),
  plain(`0F ${hex(0x40 + n)} /r`, `cmov${suffix}`, 'Gv,Ev', flags),
  plain(`0F ${hex(0x90 + n)} /r`, `set${suffix}`, 'Eb', flags),
]);

const MOVES: readonly Row[] = [
  plain('63 /r', 'movsxd', 'Gv,Ez'),
  plain('86 /r', 'xchg', 'Eb,Gb', '------', 'lock'),
  plain('87 /r', 'xchg', 'Ev,Gv', '------', 'lock'),
  plain('88 /r', 'mov', 'Eb,Gb'),
  plain('89 /r', 'mov', 'Ev,Gv'),
  plain('8A /r', 'mov', 'Gb,Eb'),
  plain('8B /r', 'mov', 'Gv,Ev'),
  plain('8C /r', 'mov', 'Ev/Mw,Sw'),
  plain('8D /r', 'lea', 'Gv,M'),
  // There is no move to CS.
  ...[0, 2, 3, 4, 5].map((n) => plain(`8E /${n}`, 'mov', 'Sw,Ev/Mw')),
  plain('B0 F3 90', 'pause'),
  plain('B0 90', 'nop'),
  plain('90+r', 'xchg', 'Zv,rAX'),
  plain('W1 98', 'cdqe'),
  plain('o16 98', 'cbw'),
  plain('98', 'cwde'),
  plain('W1 99', 'cqo'),
  plain('o16 99', 'cwd'),
  plain('99', 'cdq'),
  plain('A0', 'movabs', 'AL,Ob'),
  plain('A1', 'movabs', 'rAX,Ov'),
  plain('A2', 'movabs', 'Ob,AL'),
  plain('A3', 'movabs', 'Ov,rAX'),
  plain('B0+r', 'mov', 'Zb,Ib'),
  plain('W1 B8+r', 'movabs', 'Zv,Iv'),
  plain('B8+r', 'mov', 'Zv,Iv'),
  plain('C6 /0', 'mov', 'Eb,Ib'),
  plain('C7 /0', 'mov', 'Ev,Iz'),
  plain('D7', 'xlat'),
];

const STACK: readonly Row[] = [
  plain('50+r', 'push', 'Zv', '------', 'd64'),
  plain('58+r', 'pop', 'Zv', '------', 'd64'),
  plain('68', 'push', 'Iz', '------', 'd64'),
  plain('6A', 'push', 'Is', '------', 'd64'),
  plain('8F /0', 'pop', 'Ev', '------', 'd64'),
  plain('9C', 'pushf', '', 'tttttt', 'd64'),
  plain('9D', 'popf', '', 'mmmmmm', 'd64'),
  plain('C8', 'enter', 'Iw,Ib', '------', 'd64'),
  plain('C9', 'leave', '', '------', 'd64'),
];

const FLAG_ROWS: readonly Row[] = [
  plain('9E', 'sahf', '', '-mmmmm'),
  plain('9F', 'lahf', '', '-ttttt'),
  plain('F5', 'cmc', '', '-----T'),
  plain('F8', 'clc', '', '-----0'),
  plain('F9', 'stc', '', '-----1'),
  plain('FC', 'cld'),
  plain('FD', 'std'),
];

const STRINGS: readonly Row[] = [
  plain('A4', 'movs', 'Yb,Xb', '------', 'repeat'),
  plain('A5', 'movs', 'Yv,Xv', '------', 'repeat'),
  plain('A6', 'cmps', 'Xb,Yb', ARITHMETIC, 'repeat-zero'),
  plain('A7', 'cmps', 'Xv,Yv', ARITHMETIC, 'repeat-zero'),
  plain('AA', 'stos', 'Yb,AL', '------', 'repeat'),
  plain('AB', 'stos', 'Yv,rAX', '------', 'repeat'),
  plain('AC', 'lods', 'AL,Xb', '------', 'repeat'),
  plain('AD', 'lods', 'rAX,Xv', '------', 'repeat'),
  plain('AE', 'scas', 'AL,Yb', ARITHMETIC, 'repeat-zero'),
  plain('AF', 'scas', 'rAX,Yv', ARITHMETIC, 'repeat-zero'),
];

const UNARY: readonly Row[] = [
  plain('69 /r', 'imul', 'Gv,Ev,Iz', MULTIPLY),
  plain('6B /r', 'imul', 'Gv,Ev,Is', MULTIPLY),
  plain('84 /r', 'test', 'Eb,Gb', LOGIC),
  plain('85 /r', 'test', 'Ev,Gv', LOGIC),
  plain('A8', 'test', 'AL,Ib', LOGIC),
  plain('A9', 'test', 'rAX,Iz', LOGIC),
  plain('F6 /0', 'test', 'Eb,Ib', LOGIC),
  plain('F6 /1', 'test', 'Eb,Ib', LOGIC),
  plain('F6 /2', 'not', 'Eb', '------', 'lock'),
  plain('F6 /3', 'neg', 'Eb', ARITHMETIC, 'lock'),
  plain('F6 /4', 'mul', 'Eb', MULTIPLY),
  plain('F6 /5', 'imul', 'Eb', MULTIPLY),
  plain('F6 /6', 'div', 'Eb', ALL_UNDEFINED),
  plain('F6 /7', 'idiv', 'Eb', ALL_UNDEFINED),
  plain('F7 /0', 'test', 'Ev,Iz', LOGIC),
  plain('F7 /1', 'test', 'Ev,Iz', LOGIC),
  plain('F7 /2', 'not', 'Ev', '------', 'lock'),
  plain('F7 /3', 'neg', 'Ev', ARITHMETIC, 'lock'),
  plain('F7 /4', 'mul', 'Ev', MULTIPLY),
  plain('F7 /5', 'imul', 'Ev', MULTIPLY),
  plain('F7 /6', 'div', 'Ev', ALL_UNDEFINED),
  plain('F7 /7', 'idiv', 'Ev', ALL_UNDEFINED),
  plain('FE /0', 'inc', 'Eb', INCREMENT, 'lock'),
  plain('FE /1', 'dec', 'Eb', INCREMENT, 'lock'),
  plain('FF /0', 'inc', 'Ev', INCREMENT, 'lock'),
  plain('FF /1', 'dec', 'Ev', INCREMENT, 'lock'),
];

const CONTROL: readonly Row[] = [
  plain('FF /2', 'call', 'Ev', '------', 'f64'),
  plain('FF /3', 'call', 'Mp'),
  plain('FF /4', 'jmp', 'Ev', '------', 'f64'),
  plain('FF /5', 'jmp', 'Mp'),
  plain('FF /6', 'push', 'Ev', '------', 'd64'),
  plain('C2', 'ret', 'Iw', '------', 'f64'),
  plain('C3', 'ret', '', '------', 'f64'),
  plain('CA', 'retf', 'Iw'),
  plain('CB', 'retf'),
  plain('CC', 'int3'),
  plain('CD', 'int', 'Ib'),
  plain('CF', 'iret', '', 'mmmmmm'),
  plain('E0', 'loopne', 'Jb', '--t---', 'f64'),
  plain('E1', 'loope', 'Jb', '--t---', 'f64'),
  plain('E2', 'loop', 'Jb', '------', 'f64'),
  plain('a32 E3', 'jecxz', 'Jb', '------', 'f64'),
  plain('E3', 'jrcxz', 'Jb', '------', 'f64'),
  plain('E8', 'call', 'Jz', '------', 'f64'),
  plain('E9', 'jmp', 'Jz', '------', 'f64'),
  plain('EB', 'jmp', 'Jb', '------', 'f64'),
  plain('F1', 'int1'),
];

const INPUT_OUTPUT: readonly Row[] = [
  plain('6C', 'ins', 'Yb,DX', '------', 'repeat privileged'),
  plain('6D', 'ins', 'Yz,DX', '------', 'repeat privileged'),
  plain('6E', 'outs', 'DX,Xb', '------', 'repeat privileged'),
  plain('6F', 'outs', 'DX,Xz', '------', 'repeat privileged'),
  plain('E4', 'in', 'AL,Ib', '------', 'privileged'),
  plain('E5', 'in', 'zAX,Ib', '------', 'privileged'),
  plain('E6', 'out', 'Ib,AL', '------', 'privileged'),
  plain('E7', 'out', 'Ib,zAX', '------', 'privileged'),
  plain('EC', 'in', 'AL,DX', '------', 'privileged'),
  plain('ED', 'in', 'zAX,DX', '------', 'privileged'),
  plain('EE', 'out', 'DX,AL', '------', 'privileged'),
  plain('EF', 'out', 'DX,zAX', '------', 'privileged'),
  plain('F4', 'hlt', '', '------', 'privileged'),
  plain('FA', 'cli', '', '------', 'privileged'),
  plain('FB', 'sti', '', '------', 'privileged'),
];

export const INTEGER_ROWS: readonly Row[] = [
  ...BINARY_ROWS,
  ...SHIFT_ROWS,
  ...CONDITION_ROWS,
  ...MOVES,
  ...STACK,
  ...FLAG_ROWS,
  ...STRINGS,
  ...UNARY,
  ...CONTROL,
  ...INPUT_OUTPUT,
];
