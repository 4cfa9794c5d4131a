/**
 * Random x86-64 cases for the real processor: one instruction of the table, or one and a few that
 * use its flags and results, with registers, flags, x87 and SSE state and memory. Addresses are
 * steered to where the case has memory, now and then to where an access faults.
 */
import { Decoder } from '../../packages/cpu/dist/isa/x86-64/decoder.js';
import { describeInstruction } from '../../packages/cpu/dist/isa/x86-64/describe.js';
import { DecodedInstruction, NONE } from '../../packages/cpu/dist/isa/x86-64/instruction.js';
import { X86_ROWS } from '../../packages/cpu/dist/isa/x86-64/table.js';
import * as undefinedState from '../../packages/cpu/dist/isa/x86-64/undefined-state.js';
import { Random } from './random.mjs';
import { pickAddress, steer } from './x86-address.mjs';
import { randomEncoding } from './x86-encode.mjs';
import {
  CODE,
  CODE_BYTES,
  DATA,
  DATA_BYTES,
  DATA_END,
  PAGE,
  PATCH_BYTES,
  WRITABLE,
} from './x86-layout.mjs';
import { leftOut } from './x86-left-out.mjs';
import { fxState, integer, vector } from './x86-operands.mjs';

const { STATUS_FLAGS } = undefinedState;
const DIRECTION = 0x400;
/** Always set; and interrupts are on. */
const FIXED_FLAGS = 0x202;
const [RAX, RCX, RDX, RSP, RBP, RSI, RDI, RBX] = [0, 1, 2, 4, 5, 6, 7, 3];
const FS = 4;
const STACK = /^(push|pop|pushf|popf|call|ret|enter|leave)$/;
const JUMPS = /^(j\w+|call|loop\w*)$/;
const BIT_TESTS = /^bt[src]?$/;
const FLOATING = /^(?!p|movd|movq|mask).*(ps|ss|pd|sd)$/;
/** Memory of instructions whose operand has no size of its own. */
const AREAS = { fxrstor: 512, fxrstor64: 512, fldenv: 28, frstor: 108 };
/** Offset of MXCSR in FXSAVE's image. */
const FX_MXCSR = 24;
/** Of MXCSR: whether misaligned vectors do not fault. */
const MISALIGNED_MASK = 1 << 17;
const SIZE_OF_LINE = 64;
const FOLLOW_UPS = 4;

/** The values a row works on. */
export function kindOf(row) {
  if (row.feature === 'fpu') return 'extended';
  if (!FLOATING.test(row.mnemonic) && !row.mnemonic.startsWith('cvt')) return 'integer';
  return /(ss|ps)$|ps2|ss2/.test(row.mnemonic) ? 'single' : 'double';
}

function alignmentOf(row, size) {
  if (row.mnemonic.startsWith('fx')) return 16;
  if (size !== 16 || row.form.attributes.has('unaligned')) return 1;
  return 16;
}

export class CaseMaker {
  /**
   * @param features  of the processor
   * @param only      mnemonics to make cases of; null: all
   * @param except    mnemonics to leave out
   * @param admits    which rows may be used at all
   * @param reason    why a row is left out, or null
   */
  constructor(features, only = null, except = new Set(), admits = () => true, reason = leftOut) {
    const isThere = (row) => (row.feature === 'base' || features.has(row.feature)) && admits(row);
    this.rows = X86_ROWS.filter((row) => isThere(row) && reason(row) === null).filter(
      ({ mnemonic }) => (only === null || only.has(mnemonic)) && !except.has(mnemonic),
    );
    if (this.rows.length === 0) throw new Error('no such instruction');
    this.followUps = this.rows.filter(
      (row) =>
        row.feature === 'base' &&
        row.form.operands.length > 0 &&
        row.form.operands.every(
          ({ place, allows }) => place !== 'relative' && allows !== 'memory',
        ) &&
        /^[-tTmu01]*[tT]|^m/.test(row.flags) &&
        !/^(cmps|scas|div|idiv|ins|outs)$/.test(row.mnemonic),
    );
    this.decoder = new Decoder(X86_ROWS);
    this.instruction = new DecodedInstruction();
  }

  /** Contents of the data pages, the same for all cases of a seed. */
  static data(seed) {
    const random = new Random(seed, -1);
    const bytes = new Uint8Array(DATA_BYTES);
    for (let at = 0; at < bytes.length; at += PATCH_BYTES) {
      bytes.set(vector(random, random.pick(['integer', 'single', 'double', 'extended'])), at);
    }
    return bytes;
  }

  /** Case `number` of a seed; it does not depend on the others. */
  make(seed, number) {
    const random = new Random(seed, number);
    const row = this.rows[number % this.rows.length];
    for (;;) {
      const made = this.attempt(row, random);
      if (made !== null) return { ...made, number };
    }
  }

  begin(row, random) {
    this.random = random;
    this.test = {
      mnemonic: row.mnemonic,
      texts: [],
      codeOffset: random.chance(0.05) ? PAGE - random.below(16) : 256 + random.below(64),
      code: new Uint8Array(0),
      registers: Array.from({ length: 16 }, () => integer(random)),
      flags: FIXED_FLAGS | (random.word() & STATUS_FLAGS) | (random.chance(0.3) ? DIRECTION : 0),
      fsBase: BigInt(WRITABLE + random.below(64) * 8),
      gsBase: BigInt(random.word() >>> 0),
      fx: fxState(random, kindOf(row)),
      patches: [],
      undefinedFlags: 0,
      /** SHLD and SHRD of 2 bytes by more than 16: no two makers of processors agree. */
      undefinedResult: false,
      /** Those that some instruction of the case leaves undefined, though a later one may not. */
      undefinedFlagsAlong: 0,
      undefinedConditions: 0,
      /** A destination that is undefined when ZF is set. */
      undefinedWhenZero: false,
    };
    if (random.chance(0.02)) this.test.codeOffset = CODE_BYTES - 1 - random.below(8);
  }

  /** A case of this row, or null when this encoding will not do. */
  attempt(row, random) {
    this.begin(row, random);
    const { test, instruction } = this;
    const bytes = this.encode(row);
    if (bytes === null) return null;
    const stackSet = this.memory(bytes);
    if (stackSet === null) return null;
    this.implied(stackSet);
    if (!this.control(bytes)) return null;
    this.note(bytes);
    const isPlain = !JUMPS.test(row.mnemonic) && !STACK.test(row.mnemonic);
    if (isPlain && instruction.repeat === 0 && random.chance(0.4)) this.follow();
    test.start = CODE + test.codeOffset;
    return test.code.length <= 32 ? test : null;
  }

  encode(row) {
    const bytes = randomEncoding(row, this.random);
    const { decoder, instruction } = this;
    if (decoder.decode(bytes, 0, bytes.length, instruction) !== 'decoded') return null;
    if (instruction.row.mnemonic !== row.mnemonic) return null;
    const count = this.count();
    if (undefinedState.undefinedResult(instruction, count, false) !== null) return null;
    // Room for a frame below the stack that there is.
    if (row.mnemonic === 'enter' && this.random.chance(0.9)) bytes[instruction.length - 2] = 0;
    return bytes.slice(0, instruction.length);
  }

  /** A shift's count: of CL, the immediate, or 1. */
  count() {
    const { row, operands, operandCount } = this.instruction;
    if (!undefinedState.isCounted(row.mnemonic)) return 0;
    const last = operands[operandCount - 1];
    return last.kind === 'register' ? Number(this.test.registers[RCX] & 0xffn) : last.low;
  }

  segmentBase() {
    const { segment } = this.instruction;
    if (segment === NONE) return 0n;
    return segment === FS ? this.test.fsBase : this.test.gsBase;
  }

  /** Steers the memory operand; returns the registers that are taken, or null. */
  memory(bytes) {
    const { instruction, random, test } = this;
    const { row, operands, operandCount, addressSize } = instruction;
    const operand = operands.slice(0, operandCount).find(({ kind }) => kind === 'memory');
    if (operand === undefined) return [];
    const size = operand.size || AREAS[row.mnemonic] || (row.mnemonic === 'lea' ? 1 : SIZE_OF_LINE);
    const target = pickAddress(random, size, alignmentOf(row, size), addressSize === 8);
    if (BIT_TESTS.test(row.mnemonic) && operands[1].kind === 'register') {
      const offset = BigInt(random.below(4096) - 2048);
      if (random.chance(0.9)) test.registers[operands[1].register] = BigInt.asUintN(64, offset);
    }
    const state = {
      registers: test.registers,
      codeAddress: CODE + test.codeOffset,
      segmentBase: this.segmentBase(),
    };
    const set = steer(instruction, bytes, state, target, random);
    if (set === null) return null;
    this.patch(target, this.memoryValue(row, size));
    if (row.mnemonic.startsWith('fxrstor') && random.chance(0.8)) this.patchMxcsr(target);
    if (row.mnemonic === 'ldmxcsr' && !this.patchControl(target)) return null;
    return set;
  }

  memoryValue(row, size) {
    const { random } = this;
    const kind = kindOf(row);
    if (kind !== 'extended' || row.mnemonic.startsWith('fi')) return vector(random, kind);
    if (size === 4) return vector(random, 'single');
    return vector(random, size === 8 ? 'double' : size === 10 ? 'extended' : 'integer');
  }

  /** A good MXCSR in the image at `target`, else FXRSTOR raises #GP. */
  patchMxcsr(target) {
    const bytes = vector(this.random, 'integer');
    new DataView(bytes.buffer).setUint32(0, 0x1f80, true);
    this.patch(target + BigInt(FX_MXCSR), bytes);
  }

  /**
   * An MXCSR at `target`, mostly a good one, never with bit 17, which only one maker's processors
   * have; false when memory there has another one that cannot be replaced.
   */
  patchControl(target) {
    const { random } = this;
    if (target < BigInt(WRITABLE) || target > BigInt(DATA_END - PATCH_BYTES)) {
      return target < BigInt(DATA) || target > BigInt(DATA_END);
    }
    const bytes = vector(random, 'integer');
    const view = new DataView(bytes.buffer);
    const control = random.chance(0.8) ? view.getUint16(0, true) : view.getUint32(0, true);
    view.setUint32(0, (control & ~MISALIGNED_MASK) >>> 0, true);
    this.patch(target, bytes);
    return true;
  }

  /** Puts bytes where they lie in writable memory; else the case goes without. */
  patch(address, bytes) {
    if (address < BigInt(WRITABLE) || address > BigInt(DATA_END - PATCH_BYTES)) return;
    this.test.patches.push({ address: Number(address), bytes });
  }

  /** Registers that the instruction uses without naming them. */
  implied(taken) {
    const { instruction, random, test } = this;
    const { row, operands, operandCount, addressSize, operandSize } = instruction;
    const { registers } = test;
    const place = (register, size) => {
      if (taken.includes(register)) return;
      registers[register] = pickAddress(random, size, 1, addressSize === 8);
      if (addressSize === 4 && random.chance(0.3)) {
        registers[register] |= BigInt(random.word() >>> 0) << 32n;
      }
    };
    for (const { kind, size } of operands.slice(0, operandCount)) {
      if (kind === 'source') place(RSI, size);
      if (kind === 'destination') place(RDI, size);
    }
    if (instruction.repeat !== 0) registers[RCX] = this.repeatCount();
    if (STACK.test(row.mnemonic) && !taken.includes(RSP)) {
      registers[RSP] = pickAddress(random, 8, 8, true);
      this.patch(registers[RSP], vector(random, 'integer'));
    }
    if (/^(leave|enter)$/.test(row.mnemonic)) registers[RBP] = pickAddress(random, 8, 8, true);
    if (row.mnemonic === 'xlat') {
      registers[RBX] = pickAddress(random, 256, 1, true) - (registers[RAX] & 0xffn);
    }
    if (row.mnemonic.startsWith('maskmov')) place(RDI, 16);
    if (/^i?div$/.test(row.mnemonic)) this.dividend(taken, operandSize);
    if (/^(loop|j[er]cxz)/.test(row.mnemonic)) registers[RCX] = BigInt(random.below(3));
    registers.forEach((value, n) => {
      registers[n] = BigInt.asUintN(64, value);
    });
  }

  repeatCount() {
    const { random, instruction } = this;
    const count = BigInt(random.chance(0.9) ? random.below(24) : random.below(2000));
    return instruction.addressSize === 4 && random.chance(0.3) ? count | (1n << 40n) : count;
  }

  /** High half so small that most quotients fit. */
  dividend(taken, size) {
    const { random, instruction, test } = this;
    const { registers } = test;
    if (random.chance(0.2)) return;
    if (instruction.operands[0].size === 1) {
      if (!taken.includes(RAX)) registers[RAX] = BigInt(random.below(0x2000));
      return;
    }
    if (taken.includes(RDX)) return;
    const top = (registers[RAX] >> BigInt(size * 8 - 1)) & 1n;
    const isSigned = instruction.row.mnemonic === 'idiv';
    registers[RDX] = isSigned && top === 1n ? 0xffffffffffffffffn : 0n;
  }

  /** Makes branches go where INT3 waits; false when that cannot be. */
  control(bytes) {
    const { instruction, random, test } = this;
    const { row, operands } = instruction;
    const operand = operands[0];
    const target = BigInt(CODE + 1024 + random.below(2048));
    const start = CODE + test.codeOffset;
    if (JUMPS.test(row.mnemonic) && operand.kind === 'relative') {
      return this.branch(bytes, start, target);
    }
    if (/^(jmp|call)$/.test(row.mnemonic) && random.chance(0.9)) {
      if (operand.kind === 'register') test.registers[operand.register] = target;
      else if (test.patches.length > 0) {
        new DataView(test.patches[0].bytes.buffer).setBigUint64(0, target, true);
      }
    }
    if (row.mnemonic === 'ret' && test.patches.length > 0 && random.chance(0.9)) {
      new DataView(test.patches[0].bytes.buffer).setBigUint64(0, target, true);
    }
    if (row.mnemonic === 'popf' && test.patches.length > 0) {
      const flags = BigInt(FIXED_FLAGS | (random.word() & (STATUS_FLAGS | DIRECTION)));
      new DataView(test.patches[0].bytes.buffer).setBigUint64(0, flags, true);
    }
    // Other flags than these, single stepping above all, have effects of their own.
    return row.mnemonic !== 'popf' || test.patches.length > 0;
  }

  branch(bytes, start, target) {
    const { instruction, random } = this;
    const end = start + instruction.length;
    const isShort = instruction.row.operandText === 'Jb';
    if (!isShort && random.chance(0.9)) {
      new DataView(bytes.buffer).setInt32(bytes.length - 4, Number(target) - end, true);
      return true;
    }
    const reached = end + instruction.operands[0].low;
    return reached < start || reached >= end;
  }

  /** Takes the instruction into the case, with what it leaves undefined. */
  note(bytes) {
    const { decoder, instruction, test } = this;
    decoder.decode(bytes, 0, bytes.length, instruction);
    const { row } = instruction;
    const address = CODE + test.codeOffset + test.code.length;
    test.texts.push(describeInstruction(instruction, address));
    const code = new Uint8Array(test.code.length + bytes.length);
    code.set(test.code);
    code.set(bytes, test.code.length);
    test.code = code;
    const count = this.count();
    const isShiftOfZero =
      undefinedState.isCounted(row.mnemonic) &&
      undefinedState.maskedCount(instruction, count) === 0;
    const written = isShiftOfZero ? 0 : undefinedState.flagMask(row.flags, 'mT01');
    test.undefinedFlags &= ~written;
    test.undefinedFlags |= undefinedState.undefinedFlags(instruction, count);
    test.undefinedFlagsAlong |= test.undefinedFlags;
    const isDouble = row.mnemonic === 'shld' || row.mnemonic === 'shrd';
    if (isDouble && instruction.operandSize === 2) {
      test.undefinedResult ||= undefinedState.maskedCount(instruction, count) > 16;
    }
    test.undefinedConditions |= undefinedState.undefinedConditions(instruction);
    if (row.mnemonic === 'bsf' || row.mnemonic === 'bsr') {
      test.undefinedWhenZero = true;
      test.destination = instruction.operands[0].register;
    }
  }

  /** Up to four instructions on registers that read and write flags. */
  follow() {
    const { random, test } = this;
    if (this.followUps.length === 0) return;
    if (test.undefinedWhenZero || undefinedState.isCounted(test.mnemonic)) return;
    const length = random.below(FOLLOW_UPS + 1);
    for (let n = 0; n < length && test.code.length <= 20; n++) {
      const row = random.pick(this.followUps);
      if (undefinedState.isCounted(row.mnemonic)) continue;
      if ((undefinedState.flagMask(row.flags, 'tT') & test.undefinedFlags) !== 0) continue;
      if (/^(bsf|bsr|cmpxchg|xadd)$/.test(row.mnemonic)) continue;
      const bytes = randomEncoding(row, random, { mod: 3 });
      const { decoder, instruction } = this;
      if (decoder.decode(bytes, 0, bytes.length, instruction) !== 'decoded') continue;
      const isOnRegisters = instruction.operands
        .slice(0, instruction.operandCount)
        .every(({ kind }) => kind === 'register' || kind === 'immediate');
      if (isOnRegisters) this.note(bytes.slice(0, instruction.length));
    }
  }
}
