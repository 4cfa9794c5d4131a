/**
 * Random RISC-V cases: a sequence of instructions with the registers, CSRs and data it starts from.
 * Registers get their values as the sequence comes to need them: the base of a load is set so that
 * the access lands in the window (or, now and then, where no memory is), the base of a JALR so that
 * it lands on a landing pad or further on in the sequence. Addresses are relative to the case's
 * window or slot until it is placed, so that a case can be moved.
 */

import { encodePattern, matchPattern } from '../../packages/cpu/dist/isa/riscv/pattern.js';
import { Random } from './random.mjs';
import { ABSOLUTE, AT_END, Case, IN_SLOT, IN_WINDOW } from './riscv-case.mjs';
import { isFarLanding, PAGE, SLOT_BYTES, SLOT_START, WINDOW_BYTES } from './riscv-layout.mjs';
import { fillFloats, fillWindow, INTERESTING, integerValue } from './riscv-operands.mjs';

const FIELD_CSRS = [0x140, 0x140, 0x140, 0x142, 0x142, 0xf11, 0xf14];
const ABSENT_CSRS = [0x5c0, 0x7c0, 0x800, 0xbc0, 0xfc0, 0xcc0];
const FLOAT_CSRS = [1, 2, 3];
/** MRET leaves the case, so it has cases of its own. */
const LEFT_OUT = new Set(['mret']);
/** SRET and SFENCE.VMA exist under QEMU, whose core has a supervisor mode. */
const isSupervisors = (bits) => bits === 0x10200073 || (bits & 0xfe007fff) === 0x12000073;

/**
 * Nothing lies here on the virt board. QEMU rounds `mtval` down for misaligned addresses there, and
 * reports AMOs there as loads, where the manual says stores: cases have neither.
 */
const ABSENT = 0xf0000000;
const ABSENT_ALIGN = 8;

const COMPUTED_JUMPS = new Set(['jalr', 'c.jr', 'c.jalr']);

function kindOf(row) {
  if (COMPUTED_JUMPS.has(row.mnemonic)) return 'computed';
  if (row.operands.includes('.imm')) return 'jump';
  if (row.operands.includes('(rs1)')) return row.extension === 'a' ? 'atomic' : 'memory';
  if (row.operands.includes('csr')) return 'control';
  return 'plain';
}

/** Which integer and floating-point registers a row writes. */
const writesInteger = (row) => !/\bfd\b/.test(row.operands);

/** Makes one case; `index` and `layout` say where it will first lie. */
export class CaseMaker {
  constructor(isa, layout) {
    this.isa = isa;
    this.layout = layout;
    this.rows = isa.rows
      .filter((row) => !LEFT_OUT.has(row.mnemonic))
      .map((row) => ({ row, kind: kindOf(row) }));
    this.floatRows = this.rows.filter(({ row }) => 'fd'.includes(row.extension));
    this.byMnemonic = new Map(this.rows.map((entry) => [entry.row.mnemonic, entry]));
  }

  begin(seed, index) {
    this.random = new Random(seed, index);
    this.index = index;
    this.case = new Case();
    this.assigned = new Uint8Array(32);
    this.written = new Uint8Array(32);
    this.recent = [];
    this.fixups = [];
  }

  /** A random sequence of 1 to 8 instructions. */
  sequence(seed, index) {
    this.begin(seed, index);
    const { random } = this;
    const length = 1 + random.below(8);
    while (this.case.code.length < length) {
      if (random.chance(0.02)) this.illegal();
      else if (random.chance(0.03)) this.reservation();
      else if (this.floatRows.length > 0 && random.chance(0.5))
        this.any(random.pick(this.floatRows));
      else this.any(random.pick(this.rows));
    }
    return this.finish();
  }

  /** A case of one instruction of a row. */
  single(seed, index, mnemonic) {
    this.begin(seed, index);
    while (this.case.code.length === 0) this.any(this.byMnemonic.get(mnemonic));
    return this.finish();
  }

  /** A case of one given encoding; null when it would jump out of the landing pads. */
  encoding(seed, index, bits) {
    this.begin(seed, index);
    const row = this.isa.rowOf(bits);
    if (row === null) {
      this.push(bits, (bits & 3) === 3 ? 4 : 2);
      return this.finish();
    }
    const entry = this.byMnemonic.get(row.mnemonic);
    for (let tries = 0; tries < 50 && this.case.code.length === 0; tries++)
      this.tryBits(entry, bits);
    if (this.case.code.length === 0) return null;
    if (entry.kind === 'jump') this.fixups.length = 0;
    return this.finish();
  }

  push(bits, length) {
    this.case.code.push({ bits, length });
  }

  any(entry) {
    for (let tries = 0; tries < 30; tries++) {
      const bits = this.randomBits(entry.row);
      if (bits !== null && this.tryBits(entry, bits)) return;
    }
  }

  randomBits({ pattern }) {
    const { random } = this;
    const free = pattern.width === 16 ? 0xffff : -1;
    const bits = (random.word() & ~pattern.mask & free) | pattern.match;
    const fields = matchPattern(pattern, bits);
    if (fields === null) return null;
    for (const name of ['rd', 'rs1', 'rs2']) {
      if (this.recent.length > 0 && random.chance(0.35)) fields[name] = random.pick(this.recent);
    }
    if (random.chance(0.2)) fields.imm = random.pick(INTERESTING) | 0;
    const biased = encodePattern(pattern, fields);
    // Registers that a three-bit field cannot name wrap to others, which is as good.
    return matchPattern(pattern, biased) === null ? bits : biased & free;
  }

  /** Takes the instruction when its operands can be made good. */
  tryBits({ row, kind }, given) {
    let bits = given;
    if (kind === 'control') bits = this.withCsr(row, bits);
    if (kind === 'control' && bits === given) return false;
    const fields = { ...matchPattern(row.pattern, bits), ...row.implied };
    const position = this.case.code.length;
    if (!this.base(row, kind, fields)) return false;
    if (kind === 'computed' && !this.target(fields.rs1, fields.imm, position)) return false;
    if (kind === 'jump') this.fixups.push({ kind, position, row, fields });
    this.push(bits, row.pattern.width / 8);
    if (writesInteger(row) && fields.rd !== 0) {
      this.written[fields.rd] = 1;
      this.recent.push(fields.rd);
    }
    return true;
  }

  withCsr(row, bits) {
    const { random } = this;
    const fields = matchPattern(row.pattern, bits);
    const list = random.chance(0.1) ? ABSENT_CSRS : random.chance(0.25) ? FLOAT_CSRS : FIELD_CSRS;
    const csr = random.pick(list);
    if (csr >>> 10 === 3 && !this.holdsOne(fields.rs1)) return bits;
    return encodePattern(row.pattern, { ...fields, csr });
  }

  /**
   * Makes the source register something else than 0: QEMU lets CSRRS and CSRRC write nothing to a
   * read-only CSR when the register holds 0, where the manual only lets x0 do that.
   */
  holdsOne(register) {
    if (register === 0) return true;
    if (this.written[register] || this.assigned[register]) return false;
    this.assign(register, ABSOLUTE, 1 + this.random.below(1000));
    return true;
  }

  /** Makes the address of a load or store one that a case may touch. */
  base({ mnemonic, operands }, kind, { rs1, imm }) {
    if (kind !== 'memory' && kind !== 'atomic') return true;
    const limits = {
      isAtomic: kind === 'atomic',
      // A store across the end of RAM may or may not write its first bytes.
      mayCrossEnd: kind === 'memory' && !/s2/.test(operands),
      mayMisalign: mnemonic !== 'sc.w',
      mayBeAbsent: kind === 'memory' || mnemonic === 'lr.w',
    };
    if (rs1 === 0) return limits.mayBeAbsent && this.random.chance(0.2) && imm % ABSENT_ALIGN === 0;
    if (this.written[rs1]) return false;
    if (this.assigned[rs1]) return this.reaches(rs1, imm, limits);
    const [base, address] = this.address(limits);
    this.assign(rs1, base, address - imm);
    return true;
  }

  assign(register, base, value) {
    this.assigned[register] = 1;
    this.case.xBase[register] = base;
    this.case.x[register] = value;
  }

  address({ isAtomic, mayCrossEnd, mayMisalign, mayBeAbsent }) {
    const { random } = this;
    const align = isAtomic && !(mayMisalign && random.chance(0.1)) ? 4 : random.pick([1, 2, 4, 8]);
    if (mayBeAbsent && random.chance(0.03)) {
      return [ABSOLUTE, (ABSENT + random.below(0x10000) * ABSENT_ALIGN) | 0];
    }
    if (mayCrossEnd && random.chance(0.02)) return [AT_END, -1 - random.below(8)];
    if (random.chance(0.15) && !isAtomic) {
      const start = this.layout.window(this.index);
      const edge = PAGE - (start % PAGE) - 1 - random.below(7);
      if (edge >= 0 && edge <= WINDOW_BYTES - 8) return [IN_WINDOW, edge];
    }
    return [IN_WINDOW, Math.floor(random.below(WINDOW_BYTES - 8) / align) * align];
  }

  reaches(register, offset, { isAtomic }) {
    const { x, xBase } = this.case;
    const address = x[register] + offset;
    if (xBase[register] !== IN_WINDOW) return false;
    return address >= 0 && address <= WINDOW_BYTES - 8 && (!isAtomic || address % 4 === 0);
  }

  target(register, offset, position) {
    if (register === 0) return this.random.chance(0.2);
    if (this.written[register] || this.assigned[register]) return false;
    this.assign(register, IN_SLOT, 0);
    this.fixups.push({ kind: 'computed', position, register, offset });
    return true;
  }

  /** LR and SC of the same word, and now and then something between. */
  reservation() {
    const { random } = this;
    const rs1 = 1 + random.below(31);
    if (!this.base(this.byMnemonic.get('sc.w').row, 'atomic', { rs1, imm: 0 })) return;
    for (const name of random.chance(0.5) ? ['lr.w', 'sc.w'] : ['lr.w', null, 'sc.w']) {
      const { row } = name === null ? random.pick(this.rows) : this.byMnemonic.get(name);
      if (name === null) this.any(this.byMnemonic.get(row.mnemonic));
      else if (!this.written[rs1]) {
        const fields = { rd: random.below(32), rs1, rs2: random.below(32) };
        this.push(encodePattern(row.pattern, fields), 4);
        if (fields.rd !== 0) this.written[fields.rd] = 1;
      }
    }
  }

  illegal() {
    const { random } = this;
    for (let tries = 0; tries < 20; tries++) {
      let bits = random.word();
      if (random.chance(0.5)) {
        // Near a legal encoding.
        const { pattern } = random.pick(this.rows).row;
        bits = ((bits & ~pattern.mask) | pattern.match) ^ (1 << random.below(pattern.width));
      }
      const isWide = (bits & 3) === 3;
      if (!isWide) bits &= 0xffff;
      if (this.isa.rowOf(bits) !== null || isSupervisors(bits)) continue;
      this.push(bits, isWide ? 4 : 2);
      return;
    }
  }

  /** Gives every register a value and every jump a target. */
  finish() {
    const { random } = this;
    const result = this.case;
    for (let n = 1; n < 32; n++) {
      if (!this.assigned[n]) result.x[n] = integerValue(random);
    }
    result.sscratch = random.word();
    result.scause = random.pick(INTERESTING) | 0;
    fillWindow(random, result.window, this.layout.floatLength);
    if (this.layout.floatLength) fillFloats(random, result);
    for (const fixup of this.fixups) this.fix(fixup);
    return result;
  }

  /** Offsets in the slot of each instruction and of the end. */
  positions() {
    let at = SLOT_START;
    const list = [at];
    for (const { length } of this.case.code) {
      at += length;
      list.push(at);
    }
    return list;
  }

  fix(fixup) {
    const positions = this.positions();
    if (fixup.kind === 'computed') {
      const target =
        this.slotTarget(positions, fixup.position) +
        (this.random.chance(0.3) && fixup.offset !== 0 ? 1 : 0);
      this.case.x[fixup.register] = target - fixup.offset;
      return;
    }
    const { position, row, fields } = fixup;
    const from = positions[position];
    const offset = this.farOffset(row, from) ?? this.slotTarget(positions, position) - from;
    this.case.code[position].bits = encodePattern(row.pattern, { ...fields, imm: offset });
  }

  /** An offset to a page of landing pads that the encoding can hold, or null. */
  farOffset({ pattern }, from) {
    const { random, layout } = this;
    if (random.chance(0.6)) return null;
    const pc = layout.slot(this.index) + from;
    for (let tries = 0; tries < 8; tries++) {
      const bits = (random.word() & ~pattern.mask) | pattern.match;
      const offset = matchPattern(pattern, bits)?.imm ?? 0;
      if (isFarLanding(layout, pc + offset)) return offset;
    }
    return null;
  }

  /** A landing pad of the slot or a later instruction. */
  slotTarget(positions, position) {
    const { random } = this;
    if (random.chance(0.5)) {
      return positions[position + 1 + random.below(positions.length - position - 1)];
    }
    if (random.chance(0.4)) return random.below(SLOT_START / 2) * 2;
    const end = positions.at(-1);
    return end + random.below((SLOT_BYTES - end) / 2) * 2;
  }
}
