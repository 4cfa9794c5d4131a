/**
 * A row of the instruction table: everything there is to know of one encoding. Encodings are
 * written as the manuals print them:
 *
 *   00 /r           opcode and ModRM            80 /4        ModRM.reg is 4
 *   0F AE /5:3      … and ModRM.mod is 3        0F AE /5:m   … and it is memory
 *   0F 01 D0        the whole ModRM byte        D9 C0+i      ModRM C0…C7
 *   50+r            eight opcodes               F3 0F B8 /r  a mandatory prefix
 *   NP 0F 58 /r     none of 66, F2 and F3       W1 98        REX.W (W0: not)
 *   o16 98          operand size 2              a32 E3       address size 4
 *   B0 90           no REX.B                    VEX NP 0F 38 F2 /r   (VEX.L is 0)
 *
 * Flags are six characters for OF SF ZF AF PF CF, after the table of SDM volume 1, appendix A:
 * `m` set by the result, `t` tested, `T` tested and set, `0` and `1` set to that, `u` undefined,
 * `-` left alone.
 */
import { type OperandForm, parseOperand } from './operand-form.ts';

/** What the CPU must have, by the names Linux gives the bits of CPUID; `base`: every x86-64. */
export type Feature =
  | 'base'
  | 'fpu'
  | 'mmx'
  | 'sse'
  | 'sse2'
  | 'sse3'
  | 'ssse3'
  | 'sse4_1'
  | 'sse4_2'
  | 'popcnt'
  | 'lzcnt'
  | 'movbe'
  | 'bmi1'
  | 'bmi2'
  | 'adx'
  | 'aes'
  | 'pclmulqdq'
  | 'fsgsbase'
  | 'rdrand'
  | 'rdseed'
  | 'rdpid'
  | 'rdtscp'
  | 'xsave'
  | 'xsaveopt'
  | 'xsavec'
  | 'cx16'
  | 'clflushopt'
  | 'clwb'
  | 'prefetchw'
  | 'pku'
  | 'cet';

/**
 * - `lock`: LOCK is allowed when the first operand is memory.
 * - `repeat`: REP repeats it; `repeat-zero`: REPE and REPNE do.
 * - `d64`: the operand size is 8 without a prefix, and never 4; `f64`: it is always 8.
 * - `privileged`: raises #GP outside the kernel.
 * - `unaligned`: its sixteen bytes of memory need no alignment.
 * - `undefined`: its meaning is to be undefined (UD2).
 */
export type Attribute =
  | 'lock'
  | 'repeat'
  | 'repeat-zero'
  | 'd64'
  | 'f64'
  | 'privileged'
  | 'unaligned'
  | 'undefined';

/** The opcode maps: one byte, 0F, 0F 38, 0F 3A, and the last three again under VEX. */
export const MAP_ONE = 0;
export const MAP_0F = 1;
export const MAP_0F38 = 2;
export const MAP_0F3A = 3;
/** Added to a map's number for VEX encodings. */
export const MAP_VEX = 4;

/** `mandatory` of a row that takes any prefix. */
export const PREFIX_ANY = -1;
export const PREFIX_NONE = 0;

/** Any value of a field. */
export const ANY = -1;
/** `mod` of a row whose r/m is memory. */
export const MOD_MEMORY = 0;
export const MOD_REGISTER = 3;

/** What tells a row's encoding from others of its opcode, and its operands. */
export interface RowForm {
  readonly row: Row;
  /** {@link PREFIX_ANY}, {@link PREFIX_NONE}, 0x66, 0xf2 or 0xf3. */
  readonly mandatory: number;
  /** REX.W or VEX.W: 0, 1 or {@link ANY}. */
  readonly w: number;
  /** REX.B must be clear. */
  readonly noB: boolean;
  /** The operand size in bytes that this row is for, or {@link ANY}. */
  readonly onlyOperandSize: number;
  readonly onlyAddressSize: number;
  readonly hasModrm: boolean;
  readonly mod: number;
  readonly reg: number;
  readonly rm: number;
  readonly operands: readonly OperandForm[];
  readonly attributes: ReadonlySet<Attribute>;
  /** In bytes, without a prefix, and with REX.W or the attribute `f64` only. */
  readonly defaultSize: 4 | 8;
  readonly isAlwaysWide: boolean;
}

/**
 * A row. Its opcode is read when it is made, the rest of its text when somebody asks: a program
 * executes a few of a thousand.
 */
export class Row {
  readonly feature: Feature;
  readonly encoding: string;
  readonly mnemonic: string;
  /** The operands as the row wrote them. */
  readonly operandText: string;
  /** Six characters, see above. */
  readonly flags: string;
  readonly map: number;
  readonly opcode: number;
  /** 8 when the opcode's low bits are a register, else 1. */
  readonly opcodeCount: number;
  private readonly attributeText: string;
  private parsed: RowForm | null = null;

  constructor(
    feature: Feature,
    encoding: string,
    mnemonic: string,
    operandText: string,
    flags: string,
    attributeText: string,
  ) {
    this.feature = feature;
    this.encoding = encoding;
    this.mnemonic = mnemonic;
    this.operandText = operandText;
    this.flags = flags;
    this.attributeText = attributeText;
    const { map, opcode } = placeOpcode(encoding.split(' '));
    this.map = map;
    this.opcode = Number.parseInt(opcode.slice(0, 2), 16);
    this.opcodeCount = opcode.endsWith('+r') ? 8 : 1;
  }

  /** What is not read before it is asked for. */
  get form(): RowForm {
    this.parsed ??= this.parse();
    return this.parsed;
  }

  private parse(): RowForm {
    const { encoding, operandText, mnemonic, flags } = this;
    const e = parseEncoding(encoding);
    const operands = operandText === '' ? [] : operandText.split(',').map(parseOperand);
    if (flags.length !== 6) throw new Error(`flags of ${mnemonic}: ${flags}`);
    const attributes = attributesOf(this.attributeText);
    return {
      row: this,
      ...e,
      mod: e.mod === ANY ? impliedMod(operands) : e.mod,
      operands,
      attributes,
      defaultSize: attributes.has('d64') ? 8 : 4,
      isAlwaysWide: attributes.has('f64'),
    };
  }
}

export const FLAGS_UNTOUCHED = '------';

/** Maps by their second escape byte. */
const FURTHER_MAPS: Readonly<Record<string, number>> = { 38: MAP_0F38, '3A': MAP_0F3A };

interface Encoding {
  mandatory: number;
  w: number;
  noB: boolean;
  onlyOperandSize: number;
  onlyAddressSize: number;
  hasModrm: boolean;
  mod: number;
  reg: number;
  rm: number;
}

const UNCONDITIONAL: Readonly<Encoding> = {
  mandatory: PREFIX_ANY,
  w: ANY,
  noB: false,
  onlyOperandSize: ANY,
  onlyAddressSize: ANY,
  hasModrm: false,
  mod: ANY,
  reg: ANY,
  rm: ANY,
};

/** Words before the opcode, by what they ask of the encoding. VEX is another map. */
const CONDITIONS: Readonly<Record<string, Partial<Encoding>>> = {
  NP: { mandatory: PREFIX_NONE },
  66: { mandatory: 0x66 },
  F2: { mandatory: 0xf2 },
  F3: { mandatory: 0xf3 },
  W0: { w: 0 },
  W1: { w: 1 },
  B0: { noB: true },
  o16: { onlyOperandSize: 2 },
  a32: { onlyAddressSize: 4 },
  VEX: {},
};

/** The opcode among an encoding's words, its map, and how many conditions are before both. */
function placeOpcode(words: readonly string[]): {
  map: number;
  conditions: number;
  at: number;
  opcode: string;
} {
  let at = 0;
  let map = MAP_ONE;
  for (; CONDITIONS[words[at]!] !== undefined; at++) if (words[at] === 'VEX') map = MAP_VEX;
  const conditions = at;
  const last = words.length - 1;
  if (words[at] === '0F' && at < last) {
    at++;
    // 0F 38 and 0F 3A are maps where an opcode follows.
    const further = at < last ? FURTHER_MAPS[words[at]!] : undefined;
    map += further ?? MAP_0F;
    if (further !== undefined) at++;
  }
  return { map, conditions, at, opcode: words[at]! };
}

function parseEncoding(text: string): Encoding {
  const words = text.split(' ');
  const { conditions, at, opcode } = placeOpcode(words);
  const e = Object.assign({}, UNCONDITIONAL, ...words.slice(0, conditions).map(conditionOf));
  if (!/^[0-9A-F]{2}(\+r)?$/.test(opcode)) throw new Error(`opcode in: ${text}`);
  const modrm = words.slice(at + 1).join(' ');
  if (modrm !== '') parseModrm(e, modrm, text);
  return e;
}

const conditionOf = (word: string): Partial<Encoding> => CONDITIONS[word]!;

function parseModrm(e: Encoding, token: string, text: string): void {
  e.hasModrm = true;
  const digit = /^\/([r0-7])(?::([3m]))?$/.exec(token);
  const byte = /^([0-9A-F]{2})(\+i)?$/.exec(token);
  if (digit !== null) {
    if (digit[1] !== 'r') e.reg = Number(digit[1]);
    if (digit[2] !== undefined) e.mod = digit[2] === '3' ? MOD_REGISTER : MOD_MEMORY;
  } else if (byte !== null) {
    const value = Number.parseInt(byte[1]!, 16);
    e.mod = value >> 6;
    e.reg = (value >> 3) & 7;
    if (byte[2] === undefined) e.rm = value & 7;
  } else {
    throw new Error(`ModRM in: ${text}`);
  }
}

/** The `mod` that an operand list implies: `M` needs memory, `R`, `U` and `N` a register. */
function impliedMod(operands: readonly OperandForm[]): number {
  const rm = operands.find(({ place }) => place === 'rm');
  if (rm === undefined || rm.allows === 'both') return ANY;
  return rm.allows === 'memory' ? MOD_MEMORY : MOD_REGISTER;
}

const ATTRIBUTES = new Map<string, ReadonlySet<Attribute>>();

function attributesOf(text: string): ReadonlySet<Attribute> {
  let set = ATTRIBUTES.get(text);
  if (set === undefined) {
    set = new Set(text.split(' ').filter((word) => word !== '') as Attribute[]);
    ATTRIBUTES.set(text, set);
  }
  return set;
}

/** Makes a row. */
export function row(
  feature: Feature,
  encoding: string,
  mnemonic: string,
  operandText: string = '',
  flags: string = FLAGS_UNTOUCHED,
  attributes: string = '',
): Row {
  return new Row(feature, encoding, mnemonic, operandText, flags, attributes);
}
