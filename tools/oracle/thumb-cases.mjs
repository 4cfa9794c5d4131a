/**
 * Makes random Thumb cases. What an instruction reads, writes and where it goes is taken from its
 * lifted statements, so that a new row of the table needs nothing here; registers are then chosen
 * so that memory accesses meet the window and branches the landing ground. A wrong lift cannot hide
 * by this: QEMU computes its own address from the same registers.
 */
import { BlockBuilder, registersOf } from '../../packages/cpu/dist/ir/translation-block.js';
import { encodeFields, extractFields } from '../../packages/cpu/dist/isa/thumb/pattern.js';
import { thumbIsa } from '../../packages/cpu/dist/isa/thumb/thumb-isa.js';
import { Random } from './random.mjs';
import { CORE_OPTIONS } from './thumb-engine.mjs';
import {
  CASE_BYTES,
  CODE,
  CODE_BYTES,
  FAR,
  FAR_BYTES,
  GENERAL,
  GROUND,
  GROUND_END,
  IN,
  IN_WORDS,
  LANDING,
  POOL,
  POOL_BYTES,
  poolPattern,
  WINDOW,
  WINDOW_BYTES,
  windowPattern,
} from './thumb-layout.mjs';
import { Peek } from './thumb-peek.mjs';

/** A place no board has anything at: accesses and fetches fault. */
const NOWHERE = 0x60000000;
const WINDOW_END = WINDOW + WINDOW_BYTES;
const PAGE_EDGE = 0x20003000;
const MSR_MSP = 8;

const EDGES = [
  0, 1, 2, -1, -2, 0x7fffffff, 0x80000000, 0x80000001, 0x7ffffffe, 0xffff, 0x8000, 0x7fff,
  0xffff8000, 0xff, 0x80, 0x7f, 0x00ff00ff, 0x7fff8000, 0x80007fff, 0x80008000, 0x7fff7fff, 31, 32,
  33,
];
const FLOAT_EDGES = [
  0, 0x80000000, 0x3f800000, 0xbf800000, 0x7f800000, 0xff800000, 0x7fc00000, 0xffc00001, 0x7f800001,
  0xffa00000, 0x00000001, 0x807fffff, 0x00800000, 0x7f7fffff, 0xff7fffff, 0x4f000000, 0xcf000000,
  0x4f800000, 0x3f000000, 0x3fc00000, 0x4b000001, 0x00400000,
];

/** The bits of a pattern that do not matter. */
function unusedBits(pattern) {
  const all = Object.fromEntries(pattern.fields.map(([letter]) => [letter, -1]));
  return ~(encodeFields(pattern, all) | pattern.mask) & (pattern.width === 16 ? 0xffff : -1);
}

export class CaseMaker {
  /** `patterned`: memory starts as the fixed pattern instead of at random. */
  constructor(core, seed, patterned = false) {
    this.core = core;
    this.patterned = patterned;
    this.isMain = core !== 'm0';
    this.random = new Random(seed);
    this.isa = thumbIsa(CORE_OPTIONS[core]);
    this.operands = registersOf(this.isa);
    this.rows = this.isa.rows.filter(({ mnemonic }) => !['it{t}'].includes(mnemonic));
    this.itRow = this.isa.rows.find(({ mnemonic }) => mnemonic === 'it{t}') ?? null;
  }

  value() {
    const { random } = this;
    switch (random.below(4)) {
      case 0:
        return random.pick(EDGES) | 0;
      case 1:
        return random.below(64);
      default:
        return random.word() | 0;
    }
  }

  float() {
    const { random } = this;
    switch (random.below(4)) {
      case 0:
        return random.pick(FLOAT_EDGES) | 0;
      case 1:
        return random.word() | 0;
      case 2:
        return (
          (random.pick([0x3f, 0x40, 0x41, 0xbf, 0xc0, 0x4e, 0x3e]) << 24) |
          (random.word() & 0xffffff)
        );
      default:
        return (
          (random.below(3) << 30) | ((0x70 + random.below(0x20)) << 23) | (random.word() & 0x7fffff)
        );
    }
  }

  /** An FPSCR: usual modes half of the time, else any; exceptions noted before or not. */
  floatStatus() {
    const { random } = this;
    const flags = random.below(16) << 28;
    const noted = random.pick([0, 0x10, 0x10, 0x9f, random.below(32)]);
    return flags | noted | (random.chance(0.5) ? 0 : random.below(32) << 22);
  }

  /** An empty case: random registers, landing ground, data. */
  begin() {
    const { random } = this;
    const record = Buffer.alloc(CASE_BYTES);
    const put = (index, value) => record.writeInt32LE(value | 0, index * 4);
    for (const at of GENERAL) put(at, this.value());
    put(IN.lr, this.value());
    put(IN.sp, WINDOW + 192 + random.below(48) * 4);
    const q = this.isMain ? random.below(2) << 27 : 0;
    const ge = this.core === 'm4' ? random.below(16) << 16 : 0;
    put(IN.xpsr, (random.below(16) << 28) | q | (1 << 24) | ge);
    put(
      IN.ccr,
      this.isMain ? 0x200 | (random.chance(0.2) ? 0x10 : 0) | (random.chance(0.03) ? 8 : 0) : 0x208,
    );
    for (let n = 0; n < 32; n++) put(IN.s0 + n, this.float());
    put(IN.fpscr, this.floatStatus());
    const code = IN_WORDS * 4;
    for (let at = 0; at < CODE_BYTES; at += 2) record.writeUInt16LE(LANDING, code + at);
    for (let at = CODE_BYTES; at < CODE_BYTES + POOL_BYTES + WINDOW_BYTES; at += 4) {
      record.writeInt32LE(this.value(), code + at);
    }
    if (this.patterned) {
      record.set(poolPattern(), code + CODE_BYTES);
      record.set(windowPattern(), code + CODE_BYTES + POOL_BYTES);
    }
    const start = CODE + 32 + random.below(16) * 2;
    put(IN.pc, start);
    return {
      record,
      pc: start,
      fresh: new Set(Array.from({ length: 15 }, (_, n) => n)),
      used: [],
      /** Where instructions start, and where branches were aimed. */
      starts: new Set(),
      targets: [],
    };
  }

  registers(draft) {
    const word = (index) => draft.record.readInt32LE(index * 4);
    const registers = GENERAL.map(word);
    registers[13] = word(IN.sp);
    registers[14] = word(IN.lr);
    return registers;
  }

  setRegister(draft, register, value) {
    const at = register === 14 ? IN.lr : GENERAL[register];
    draft.record.writeInt32LE(value | 0, at * 4);
  }

  /** A case of `length` instructions, the first of `row` when given; null when it did not work. */
  make(length, row = null) {
    const draft = this.begin();
    draft.alone = length === 1;
    let context = 0;
    if (row?.mnemonic !== 'wfi' && this.isMain && this.random.chance(0.03)) {
      context = (this.random.below(14) << 4) | (1 + this.random.below(15));
      this.setIt(draft, context);
    }
    for (let n = 0; n < length; n++) {
      const last = n === length - 1;
      if (this.itRow !== null && context === 0 && !last && this.random.chance(0.12)) {
        context = this.addIt(draft, length - n - 1);
        continue;
      }
      context = this.add(draft, n === 0 ? row : null, context, last);
      if (context < 0) return null;
      if (draft.ended) break;
    }
    if (this.splitsInstruction(draft)) return null;
    this.finish(draft);
    return draft;
  }

  /** Whether a branch meets the middle of an instruction, where anything may be encoded. */
  splitsInstruction({ starts, targets, pc }) {
    const [first] = starts;
    return targets.some((target) => target >= first && target < pc && !starts.has(target));
  }

  /**
   * A case of one encoding drawn from all there are, to compare what is undefined.
   */
  makeRaw() {
    const { random } = this;
    const draft = this.begin();
    const wide = random.chance(0.8);
    const first = wide ? 0xe800 + random.below(0x1800) : random.below(0xe800);
    const bits = wide ? (first << 16) | random.below(0x10000) : first;
    if (bits === 0xbeab || bits === 0xbf30 || (bits & -16) === (0xf3af8000 | 0)) return null;
    const row = this.isa.rowOf(bits, wide);
    if (row === null && this.misusesPc(bits, wide)) return null;
    if (row !== null) {
      const lifted = this.lift(draft.pc, bits, wide, 0);
      const peek = new Peek(this.registers(draft));
      peek.walk(lifted.statements);
      if (peek.system.includes(MSR_MSP)) return null;
      if (!this.aim(draft, row, bits, peek, lifted, lifted.block.exit)) return null;
    }
    this.place(draft, bits, wide);
    this.finish(draft);
    return draft;
  }

  /** Whether an encoding is undefined here because it names r15, which QEMU lets pass. */
  misusesPc(bits, wide) {
    const width = wide ? 32 : 16;
    const row = this.isa.rows.find(
      ({ pattern }) => pattern.width === width && (bits & pattern.mask) === pattern.match,
    );
    if (row === undefined) return false;
    return Object.entries(extractFields(row.pattern, bits)).some(
      ([letter, value]) => value === 15 && 'dnmathl'.includes(letter) && !row.pc.includes(letter),
    );
  }

  setIt(draft, context) {
    const xpsr = draft.record.readInt32LE(IN.xpsr * 4);
    draft.record.writeInt32LE(xpsr | ((context & 3) << 25) | ((context >> 2) << 10), IN.xpsr * 4);
  }

  /** Opens an IT block over at most `room` instructions. */
  addIt(draft, room) {
    const condition = this.random.below(14);
    const count = 1 + this.random.below(Math.min(4, room));
    const end = 1 << (4 - count);
    const mask = (this.random.below(16) & -(end << 1) & 15) | end;
    this.place(draft, encodeFields(this.itRow.pattern, { c: condition, k: mask }), false);
    draft.used.push(this.itRow);
    return (condition << 4) | mask;
  }

  /** Adds one instruction; returns the IT state after it, or -1. */
  add(draft, row, context, last) {
    for (let attempt = 0; attempt < 60; attempt++) {
      const chosen = row ?? this.random.pick(this.rows);
      const after = this.tryRow(draft, chosen, context, last);
      if (after >= 0) return after;
    }
    return -1;
  }

  tryRow(draft, row, context, last) {
    const { random } = this;
    const wide = row.pattern.width === 32;
    const bits = this.encode(row, draft);
    if (bits === null || this.isa.rowOf(bits, wide) !== row) return -1;
    const monitor = /^(?:ld|st)rex(.?)/.exec(row.mnemonic)?.[1];
    // QEMU stores and yet reports failure when the two are of different sizes.
    if (monitor !== undefined && (draft.monitor ?? monitor) !== monitor) return -1;
    const lifted = this.lift(draft.pc, bits, wide, context);
    const exit = lifted.block.exit;
    const inIt = context !== 0;
    const ends = lifted.exits;
    if (inIt && ends && (context & 7) !== 0) return -1;
    if (inIt && /^(it|cbn?z|b\{c\}|cps)/.test(row.mnemonic)) return -1;
    if (ends && !last && !row.mnemonic.startsWith('b') && random.chance(0.6)) return -1;
    const peek = new Peek(this.registers(draft));
    peek.walk(lifted.statements);
    if (peek.system.includes(MSR_MSP)) return -1;
    const snapshot = Buffer.from(draft.record);
    if (!this.aim(draft, row, bits, peek, lifted, exit)) {
      snapshot.copy(draft.record);
      return -1;
    }
    if (row.mnemonic.startsWith('strex') && context === 0 && random.chance(0.6))
      this.openMonitor(draft, row, bits);
    draft.monitor = monitor ?? draft.monitor;
    this.place(draft, bits, wide);
    draft.used.push(row);
    for (const register of [...peek.reads, ...peek.writes]) draft.fresh.delete(register);
    draft.ended = lifted.traps;
    return lifted.block.endContext;
  }

  /** Puts the exclusive load before an exclusive store that lets it succeed. */
  openMonitor(draft, row, bits) {
    const f = extractFields(row.pattern, bits);
    const load = this.rows.find(({ mnemonic }) => mnemonic === row.mnemonic.replace('str', 'ldr'));
    const t = this.random.below(13);
    if (t === f.n) return;
    this.place(draft, encodeFields(load.pattern, { t, n: f.n, i: f.i ?? 0 }), true);
    draft.fresh.delete(t);
  }

  lift(pc, bits, wide, context) {
    const builder = new BlockBuilder(pc, context, this.operands);
    const units = wide ? [bits >>> 16, bits & 0xffff] : [bits];
    this.isa.lift(builder, { unit: (address) => units[(address - pc) >> 1] });
    const exits = builder.ended;
    const block = builder.build();
    const { statements } = block.instructions[0];
    return { block, statements, exits, traps: block.exit.kind === 'none' && context === 0 };
  }

  /** Random field values for a row. */
  encode(row, draft) {
    const fields = {};
    for (const [letter, slices] of row.pattern.fields) {
      const width = slices.reduce((sum, slice) => sum + slice.width, 0);
      fields[letter] = this.field(row, letter, width);
    }
    if (/\.long|\.conditional/.test(row.operands)) this.aimLong(row, fields, draft.pc);
    if (row.mnemonic === 'bkpt' && fields.i === 0xab) return null;
    if (row.mnemonic === 'wfi' && !draft.alone) return null;
    if (row.mnemonic === 'coprocessor' && (fields.x & 14) === 10) return null;
    return encodeFields(row.pattern, fields) | (this.random.word() & unusedBits(row.pattern));
  }

  field(row, letter, width) {
    const { random } = this;
    if (width === 4 && 'dnmathl'.includes(letter)) {
      if (row.pc.includes(letter) && random.chance(0.15)) return 15;
      if (random.chance(0.04)) return 13;
      const n = random.below(14);
      return n === 13 ? 14 : n;
    }
    if (row.operands.includes('special') && letter === 'x') {
      return random.pick([0, 1, 2, 3, 5, 6, 7, 8, 9, 16, 17, 18, 19, 20]);
    }
    if (width > 5 && random.chance(0.3)) return random.below(16);
    return random.word() & (2 ** width - 1);
  }

  /** Gives a long branch a target on the landing ground, near or far. */
  aimLong(row, fields, pc) {
    const { random } = this;
    const target =
      this.isMain && random.chance(0.3)
        ? random.pick(FAR) + random.below(FAR_BYTES / 2) * 2
        : GROUND + random.below((GROUND_END - GROUND) / 2) * 2;
    const offset = target - (pc + 4);
    const bit = (n) => (offset >> n) & 1;
    fields.s = offset < 0 ? 1 : 0;
    if (row.operands.includes('.conditional')) {
      fields.k = bit(19);
      fields.j = bit(18);
      fields.i = (offset >> 1) & 0x1ffff;
      return;
    }
    fields.j = bit(23) ^ fields.s ^ 1;
    fields.k = bit(22) ^ fields.s ^ 1;
    fields.i = (offset >> 1) & 0x1fffff;
  }

  /** Chooses registers and data so that the instruction meets mapped memory; false: it cannot. */
  aim(draft, row, bits, peek, { block, exits }, exit) {
    if (peek.accesses.length > 0 && !this.aimAccess(draft, row, bits, peek)) return false;
    if (!exits) return true;
    const target =
      exit.kind === 'call' || exit.kind === 'jump'
        ? exit.target
        : exit.kind === 'indirect'
          ? exit.target
          : null;
    if (target === null) return true;
    if (typeof target === 'number') {
      draft.targets.push(target);
      return this.isGround(target);
    }
    return this.aimBranch(draft, row, bits, peek, block);
  }

  isGround(target) {
    if (this.isMain && FAR.some((start) => target >= start && target < start + FAR_BYTES))
      return true;
    return (
      target >= GROUND &&
      target < GROUND_END &&
      !(target >= POOL - 4 && target < POOL + POOL_BYTES) &&
      !(target >= WINDOW - 4 && target < WINDOW_END)
    );
  }

  /** An address on which landing ends the case. */
  landing() {
    const { random } = this;
    return random.chance(0.03)
      ? NOWHERE + random.below(4096) * 2
      : GROUND + ((random.below(0xf80) * 2) % 0xf00);
  }

  /** A data address for an access of some bytes. */
  dataAddress({ bytes, size, natural }) {
    const { random } = this;
    if (random.chance(0.015)) return NOWHERE + random.below(1024) * 4;
    const room = WINDOW_BYTES - bytes;
    let address = WINDOW + random.below(room + 1);
    if (random.chance(0.15)) address = PAGE_EDGE - random.below(bytes + 4);
    const align = natural || random.chance(0.6) || !this.isMain ? Math.min(4, size) : 1;
    if (random.chance(0.02)) return Math.min(address, WINDOW_END - bytes);
    return address - (address % align);
  }

  aimAccess(draft, row, bits, peek) {
    const access = peek.accesses[0];
    const f = extractFields(row.pattern, bits);
    const base = row.operands.includes('[Rn') || row.operands.startsWith('Rn') ? f.n : -1;
    const isFree = base >= 0 && base < 15 && base !== 13 && f.m !== base && draft.fresh.has(base);
    if (!isFree) return this.reachable(draft, access, peek);
    const wanted = this.dataAddress(access);
    const old = this.registers(draft)[base];
    this.setRegister(draft, base, old + (wanted - access.address));
    access.address = wanted >>> 0;
    return true;
  }

  /** Whether an address that cannot be chosen may be right: literals, and sp within the window. */
  reachable(draft, { address, bytes }, peek) {
    const inside = (start, length) => address >= start && address + bytes <= start + length;
    const known = [...peek.reads].every((register) => register > 14 || draft.fresh.has(register));
    const isLiteral = ![...peek.reads].some((register) => register < 15) && !peek.stores;
    if (isLiteral) return inside(GROUND, GROUND_END - GROUND);
    if (inside(POOL, POOL_BYTES) || inside(WINDOW, WINDOW_BYTES) || inside(CODE, CODE_BYTES))
      return true;
    return !known && this.random.chance(0.1);
  }

  /** Makes a computed branch land. */
  aimBranch(draft, row, bits, peek) {
    const f = extractFields(row.pattern, bits);
    const { random } = this;
    // QEMU reports an ARM-state target that is no multiple of 4 as misaligned, cores do not.
    const isThumb = random.chance(0.95);
    const to = isThumb ? this.landing() + 1 : this.landing() & -4;
    draft.targets.push(to & -2);
    if (row.mnemonic.startsWith('tb')) return this.aimTable(draft, peek, row.mnemonic === 'tbh');
    if (peek.accesses.length > 0) {
      const { address, bytes } = peek.accesses[0];
      return this.putWord(draft, address + bytes - 4, to);
    }
    const from = f.m;
    if (from === undefined || from === 15 || !draft.fresh.has(from) || from === 13) return false;
    const isAdd = row.mnemonic === 'add';
    this.setRegister(draft, from, isAdd ? to - (draft.pc + 4) : to);
    return true;
  }

  putWord(draft, address, value) {
    const at = address - WINDOW;
    if (at < 0 || at + 4 > WINDOW_BYTES) return address >= NOWHERE && address < NOWHERE + 0x10000;
    draft.record.writeUInt32LE(value >>> 0, IN_WORDS * 4 + CODE_BYTES + POOL_BYTES + at);
    return true;
  }

  /** Keeps a table branch short, and notes where it goes. */
  aimTable(draft, peek, half) {
    const at = peek.accesses[0].address - WINDOW;
    if (at < 0 || at + 2 > WINDOW_BYTES) return true;
    const entryAt = IN_WORDS * 4 + CODE_BYTES + POOL_BYTES + at;
    if (half) draft.record.writeUInt16LE(this.random.below(256), entryAt);
    draft.targets.push(draft.pc + 4 + draft.record[entryAt] * 2);
    return true;
  }

  place(draft, bits, wide) {
    draft.starts.add(draft.pc);
    const at = IN_WORDS * 4 + draft.pc - CODE;
    if (wide) {
      draft.record.writeUInt16LE(bits >>> 16, at);
      draft.record.writeUInt16LE(bits & 0xffff, at + 2);
    } else draft.record.writeUInt16LE(bits & 0xffff, at);
    draft.pc += wide ? 4 : 2;
  }

  /** The exception frame lies below sp from the start, and sp's bit 2 is told in the xPSR. */
  finish(draft) {
    finishFrame(draft.record);
    if (draft.used[0]?.mnemonic === 'wfi') draft.record.writeInt32LE(1, IN.pend * 4);
  }
}

/** Puts the frame that the harness will build into the window, and the filler's bit. */
export function finishFrame(record) {
  const sp = record.readInt32LE(IN.sp * 4);
  const odd = (sp & 4) !== 0;
  const xpsr = record.readInt32LE(IN.xpsr * 4) & ~(1 << 9);
  record.writeInt32LE(xpsr | (odd ? 1 << 9 : 0), IN.xpsr * 4);
  const at = IN_WORDS * 4 + CODE_BYTES + POOL_BYTES + (sp - 32 - (odd ? 4 : 0) - WINDOW);
  record.copy(record, at, 0, 32);
}
