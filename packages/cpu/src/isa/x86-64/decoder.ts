/**
 * Bytes to a row and its operands (SDM volume 2, chapter 2). Prefixes first, then the opcode by its
 * map, then ModRM, SIB and displacement, then the row among the few of that opcode, then
 * immediates. Nothing is allocated.
 *
 * Vendors differ on 66 before a near branch: Intel ignores it, AMD cuts the target to 16 bits. It
 * is ignored here, as compilers that pad with it mean.
 */
import { type DecodedInstruction, NONE, type Operand, RIP } from './instruction.ts';
import type { OperandForm, OperandSize } from './operand-form.ts';
import {
  ANY,
  MAP_0F,
  MAP_0F3A,
  MAP_0F38,
  MAP_ONE,
  MAP_VEX,
  MOD_MEMORY,
  MOD_REGISTER,
  PREFIX_ANY,
  type Row,
  type RowForm,
} from './row.ts';

/** A longer instruction raises #GP, whatever it is. */
export const MAX_LENGTH = 15;

/**
 * `undefined`: #UD. `too-long`: more than fifteen bytes, #GP. `cut-off`: more bytes are needed than
 * there are.
 */
export type DecodeStatus = 'decoded' | 'undefined' | 'too-long' | 'cut-off';

const PREFIX_LOCK = 0xf0;
const PREFIX_REPNE = 0xf2;
const PREFIX_REP = 0xf3;
const PREFIX_OPERAND = 0x66;
const PREFIX_ADDRESS = 0x67;
const FS = 4;
const GS = 5;
const REX_W = 8;
const REX_R = 4;
const REX_X = 2;
const REX_B = 1;
const ESCAPE = 0x0f;
const VEX2 = 0xc5;
const VEX3 = 0xc4;
const MAPS = 8;

/** VEX.pp as the mandatory prefix it stands for. */
const VEX_PREFIXES = [0, PREFIX_OPERAND, PREFIX_REP, PREFIX_REPNE] as const;

export class Decoder {
  /** Rows by map × 256 + opcode. */
  private readonly rows: readonly (Row[] | null)[];
  /** The same of opcodes decoded so far, those with narrower conditions first. */
  private readonly forms: (readonly RowForm[] | null)[];
  private code: Uint8Array = new Uint8Array(0);
  private position = 0;
  private limit = 0;
  private overrun = false;
  private map = MAP_ONE;
  private opcode = 0;
  private modrm = 0;
  /** The last of F2 and F3, or 0. */
  private repeat = 0;
  private vvvv = 0;
  private vexLength = 0;

  constructor(rows: readonly Row[]) {
    const table = new Array<Row[] | null>(MAPS * 256).fill(null);
    for (const row of rows) {
      const first = row.map * 256 + row.opcode;
      for (let n = first; n < first + row.opcodeCount; n++) {
        const list = table[n]!;
        if (list === null) table[n] = [row];
        else list.push(row);
      }
    }
    this.rows = table;
    this.forms = new Array<readonly RowForm[] | null>(MAPS * 256).fill(null);
  }

  /**
   * Decodes the instruction at `at` into `out`; bytes from `end` on are not looked at.
   * Only with `decoded` is `out` complete; its length is right for `undefined` as far as it was read.
   */
  decode(code: Uint8Array, at: number, end: number, out: DecodedInstruction): DecodeStatus {
    this.code = code;
    this.position = at;
    this.limit = Math.min(end, at + MAX_LENGTH);
    this.overrun = false;
    this.readPrefixes(out);
    const isGood = this.readOpcode(out) && this.readOperands(out);
    out.length = this.position - at;
    if (this.overrun) return end - at >= MAX_LENGTH ? 'too-long' : 'cut-off';
    return isGood ? 'decoded' : 'undefined';
  }

  private byte(): number {
    if (this.position < this.limit) return this.code[this.position++]!;
    this.overrun = true;
    return 0;
  }

  /** A signed little-endian number of 1, 2 or 4 bytes. */
  private signed(size: number): number {
    if (size === 1) return (this.byte() << 24) >> 24;
    const half = this.byte() | (this.byte() << 8);
    if (size === 2) return (half << 16) >> 16;
    return half | (this.byte() << 16) | (this.byte() << 24);
  }

  private readPrefixes(out: DecodedInstruction): void {
    out.rex = 0;
    out.hasOperandPrefix = false;
    out.hasLock = false;
    out.addressSize = 8;
    out.segment = NONE;
    this.repeat = 0;
    for (;;) {
      const value = this.byte();
      if (value >= 0x40 && value < 0x50) {
        out.rex = value;
        continue;
      }
      if (!this.takePrefix(value, out)) {
        this.opcode = value;
        return;
      }
      // REX counts only right before the opcode.
      out.rex = 0;
    }
  }

  private takePrefix(value: number, out: DecodedInstruction): boolean {
    switch (value) {
      case PREFIX_OPERAND:
        out.hasOperandPrefix = true;
        return true;
      case PREFIX_ADDRESS:
        out.addressSize = 4;
        return true;
      case PREFIX_LOCK:
        out.hasLock = true;
        return true;
      case PREFIX_REP:
      case PREFIX_REPNE:
        this.repeat = value;
        return true;
      case 0x64:
        out.segment = FS;
        return true;
      case 0x65:
        out.segment = GS;
        return true;
      default:
        // ES, CS, SS and DS, which do nothing in 64-bit mode.
        return value === 0x26 || value === 0x2e || value === 0x36 || value === 0x3e;
    }
  }

  /** Finds map and opcode, the byte after the prefixes being {@link opcode}. */
  private readOpcode(out: DecodedInstruction): boolean {
    this.vvvv = 0;
    this.vexLength = 0;
    if (this.opcode === VEX2 || this.opcode === VEX3) return this.readVex(out);
    this.map = MAP_ONE;
    if (this.opcode !== ESCAPE) return true;
    this.map = MAP_0F;
    this.opcode = this.byte();
    if (this.opcode !== 0x38 && this.opcode !== 0x3a) return true;
    this.map = this.opcode === 0x38 ? MAP_0F38 : MAP_0F3A;
    this.opcode = this.byte();
    return true;
  }

  private readVex(out: DecodedInstruction): boolean {
    const isLong = this.opcode === VEX3;
    const hasForbidden = out.hasOperandPrefix || out.hasLock || this.repeat !== 0 || out.rex !== 0;
    const first = this.byte();
    const second = isLong ? this.byte() : first & 0x7f;
    const map = isLong ? first & 31 : MAP_0F;
    const inverted = ~first >> 5;
    out.rex = (inverted & REX_R) | (isLong ? inverted & 3 : 0) | (second & 0x80 ? REX_W : 0);
    this.vvvv = (~second >> 3) & 15;
    this.vexLength = (second >> 2) & 1;
    const prefix = VEX_PREFIXES[second & 3]!;
    out.hasOperandPrefix = prefix === PREFIX_OPERAND;
    this.repeat = prefix === PREFIX_OPERAND ? 0 : prefix;
    this.map = map + MAP_VEX;
    this.opcode = this.byte();
    return map >= MAP_0F && map <= MAP_0F3A && !hasForbidden;
  }

  private readOperands(out: DecodedInstruction): boolean {
    const index = this.map * 256 + this.opcode;
    const candidates = this.forms[index] ?? this.formsAt(index);
    if (candidates.length === 0) return false;
    this.modrm = 0;
    if (candidates[0]!.hasModrm) this.readModrm(out);
    const form = this.pick(candidates, out);
    if (form === null) return false;
    out.row = form.row;
    out.repeat = form.mandatory > 0 && form.mandatory === this.repeat ? 0 : this.repeat;
    out.operandSize = operandSizeOf(form, out);
    const { operands } = form;
    out.operandCount = operands.length;
    for (let n = 0; n < operands.length; n++) {
      if (!this.operand(operands[n]!, out, out.operands[n]!)) return false;
    }
    return this.isLockGood(form, out) && this.isVexGood(form);
  }

  private formsAt(index: number): readonly RowForm[] {
    const rows = this.rows[index] ?? [];
    const forms = rows.map(({ form }) => form).sort((a, b) => breadth(a) - breadth(b));
    this.forms[index] = forms;
    return forms;
  }

  private pick(candidates: readonly RowForm[], out: DecodedInstruction): RowForm | null {
    const prefix = this.repeat !== 0 ? this.repeat : out.hasOperandPrefix ? PREFIX_OPERAND : 0;
    for (let n = 0; n < candidates.length; n++) {
      const form = candidates[n]!;
      if (
        (form.mandatory === PREFIX_ANY || form.mandatory === prefix) &&
        (form.w === ANY || form.w === (out.rex & REX_W ? 1 : 0)) &&
        !(form.noB && (out.rex & REX_B) !== 0) &&
        (form.onlyOperandSize === ANY || form.onlyOperandSize === operandSizeOf(form, out)) &&
        (form.onlyAddressSize === ANY || form.onlyAddressSize === out.addressSize) &&
        this.isModrmOf(form)
      ) {
        return form;
      }
    }
    return null;
  }

  private isModrmOf({ mod, reg, rm }: RowForm): boolean {
    if (mod === MOD_REGISTER && this.modrm < 0xc0) return false;
    if (mod === MOD_MEMORY && this.modrm >= 0xc0) return false;
    if (reg !== ANY && reg !== ((this.modrm >> 3) & 7)) return false;
    return rm === ANY || rm === (this.modrm & 7);
  }

  /** LOCK needs an instruction that allows it and memory that it writes. */
  private isLockGood(form: RowForm, out: DecodedInstruction): boolean {
    if (!out.hasLock) return true;
    return form.attributes.has('lock') && out.operands[0]!.kind === 'memory';
  }

  private isVexGood(form: RowForm): boolean {
    if (this.map < MAP_VEX) return true;
    const usesVvvv = form.operands.some(({ place }) => place === 'vvvv');
    return this.vexLength === 0 && (usesVvvv || this.vvvv === 0);
  }

  private readModrm(out: DecodedInstruction): void {
    this.modrm = this.byte();
    out.base = NONE;
    out.index = NONE;
    out.scale = 1;
    out.displacement = 0;
    out.displacementHigh = 0;
    out.displacementBytes = 0;
    const mod = this.modrm >> 6;
    if (mod === 3) return;
    const rm = this.modrm & 7;
    let size = mod === 1 ? 1 : mod === 2 ? 4 : 0;
    if (rm === 4) {
      if (this.readSib(mod, out)) size = 4;
    } else if (rm === 5 && mod === 0) {
      out.base = RIP;
      size = 4;
    } else {
      out.base = rm | (out.rex & REX_B ? 8 : 0);
    }
    if (size === 0) return;
    out.displacementBytes = size;
    out.displacement = this.signed(size);
    out.displacementHigh = out.displacement >> 31;
  }

  /** Returns whether there is no base, but four bytes of displacement. */
  private readSib(mod: number, out: DecodedInstruction): boolean {
    const sib = this.byte();
    const index = ((sib >> 3) & 7) | (out.rex & REX_X ? 8 : 0);
    out.scale = 1 << (sib >> 6);
    out.index = index === 4 ? NONE : index;
    if ((sib & 7) === 5 && mod === 0) return true;
    out.base = (sib & 7) | (out.rex & REX_B ? 8 : 0);
    return false;
  }

  private operand(form: OperandForm, out: DecodedInstruction, to: Operand): boolean {
    to.file = form.file;
    to.isHighByte = false;
    to.kind = 'register';
    to.size = sizeOf(form.size, out);
    switch (form.place) {
      case 'rm':
        return this.rmOperand(form, out, to);
      case 'reg':
        return setRegister(to, ((this.modrm >> 3) & 7) | (out.rex & REX_R ? 8 : 0), out);
      case 'opcode':
        return setRegister(to, (this.opcode & 7) | (out.rex & REX_B ? 8 : 0), out);
      case 'vvvv':
        return setRegister(to, this.vvvv, out);
      case 'fixed':
        to.register = form.fixed;
        return true;
      case 'source':
      case 'destination':
        to.kind = form.place;
        return true;
      case 'absolute':
        return this.absoluteOperand(out, to);
      default:
        return this.immediateOperand(form, out, to);
    }
  }

  private rmOperand(form: OperandForm, out: DecodedInstruction, to: Operand): boolean {
    if (this.modrm >= 0xc0 || form.file === 'x87') {
      return setRegister(to, (this.modrm & 7) | (out.rex & REX_B ? 8 : 0), out);
    }
    to.kind = 'memory';
    to.size = sizeOf(form.memorySize, out);
    return true;
  }

  private absoluteOperand(out: DecodedInstruction, to: Operand): boolean {
    to.kind = 'memory';
    out.base = NONE;
    out.index = NONE;
    out.scale = 1;
    out.displacementBytes = out.addressSize;
    out.displacement = this.signed(4);
    out.displacementHigh = out.addressSize === 8 ? this.signed(4) : 0;
    return true;
  }

  private immediateOperand(form: OperandForm, out: DecodedInstruction, to: Operand): boolean {
    to.kind = form.place === 'relative' ? 'relative' : 'immediate';
    if (form.size === 0) {
      to.low = form.fixed;
      to.high = 0;
      return true;
    }
    const size = to.size;
    to.low = this.signed(size === 8 ? 4 : size);
    to.high = size === 8 ? this.signed(4) : to.low >> 31;
    if (!form.isSigned && size < 4) {
      to.low &= size === 1 ? 0xff : 0xffff;
      to.high = 0;
    }
    if (form.isSigned && form.place === 'immediate') to.size = out.operandSize;
    return true;
  }
}

/** Rows that ask for more come first among those of one opcode. */
function breadth(form: RowForm): number {
  const { mandatory, w, noB, onlyOperandSize, onlyAddressSize, mod, reg, rm } = form;
  const isOpen = [mandatory === PREFIX_ANY, w === ANY, !noB, onlyOperandSize === ANY];
  isOpen.push(onlyAddressSize === ANY, mod === ANY, reg === ANY, rm === ANY);
  return isOpen.filter(Boolean).length;
}

function operandSizeOf(form: RowForm, out: DecodedInstruction): number {
  if (form.isAlwaysWide || (out.rex & REX_W) !== 0) return 8;
  return out.hasOperandPrefix ? 2 : form.defaultSize;
}

function sizeOf(size: OperandSize, out: DecodedInstruction): number {
  switch (size) {
    case 'v':
      return out.operandSize;
    case 'z':
      return Math.min(out.operandSize, 4);
    case 'y':
      return (out.rex & REX_W) !== 0 ? 8 : 4;
    case 'p':
      // AMD has no far pointer with an offset of 64 bits.
      return Math.min(out.operandSize, 4) + 2;
    default:
      return size;
  }
}

/** Names the register; false when there is none of this number. */
function setRegister(to: Operand, register: number, out: DecodedInstruction): boolean {
  to.register = register;
  switch (to.file) {
    case 'general':
      if (to.size === 1 && out.rex === 0 && register >= 4) {
        to.register = register - 4;
        to.isHighByte = true;
      }
      return true;
    case 'mm':
    case 'x87':
      to.register = register & 7;
      return true;
    case 'segment':
      to.register = register & 7;
      return to.register <= GS;
    default:
      return true;
  }
}
