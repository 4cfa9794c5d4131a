/**
 * The arithmetic flags, lazily: an instruction leaves what it computed, and whoever asks for a flag
 * works it out of that. Two words and a kind:
 *
 *   kind      result                          operand
 *   ADD       a + b, left-aligned             a, left-aligned
 *   SUB       a - b, left-aligned             a, left-aligned
 *   LOGIC     the result, left-aligned        -             CF = OF = AF = 0
 *   MIXED     the result, left-aligned        CF, AF and OF at their places in RFLAGS
 *   IMAGE     -                               all six at their places in RFLAGS
 *
 * Left-aligned means shifted up so that the operation's top bit is bit 63: sign, carry and overflow
 * are then those of a 64-bit operation, whatever the size. The kind's second byte is that shift,
 * for PF and AF, which look at low bits. Within a block kind and operands are known when code is
 * lifted, so that CMP and Jcc become one comparison.
 *
 * @see Intel SDM volume 1, 3.4.3.1 and appendix A
 */
import {
  and,
  and64,
  constant,
  constant64,
  type Expression,
  eq,
  eqz,
  eqz64,
  ltS64,
  ltU64,
  operate,
  or,
  select,
  shl,
  shrU,
  shrU64,
  sub64,
  widenU,
  wrap,
  xor,
  xor64,
} from '../../ir/expression.ts';
import type { BlockBuilder } from '../../ir/translation-block.ts';
import { FLAG_KIND, FLAG_OPERAND, FLAG_RESULT } from './state.ts';

export const KIND_IMAGE = 0;
export const KIND_ADD = 1;
export const KIND_SUB = 2;
export const KIND_LOGIC = 3;
export const KIND_MIXED = 4;

/** Bits of RFLAGS. */
export const CF = 0;
export const PF = 2;
export const AF = 4;
export const ZF = 6;
export const SF = 7;
export const OF = 11;
export const ARITHMETIC_FLAGS = 0x8d5;

/** What is known of the flags when code is lifted: the values are temporaries or constants. */
interface Known {
  readonly kind: number;
  readonly shift: number;
  readonly result: Expression;
  readonly operand: Expression;
  /** The second operand of ADD and SUB. */
  readonly second: Expression;
}

type Comparison = (a: Expression, b: Expression) => Expression;

const compare =
  (name: Parameters<typeof operate>[0]): Comparison =>
  (a, b) =>
    operate(name, a, b);

/** What Jcc, SETcc and CMOVcc ask after a subtraction, by the condition's number without bit 0. */
const AFTER_SUB: Readonly<Record<number, Comparison>> = {
  1: compare('ltU64'),
  2: compare('eq64'),
  3: compare('leU64'),
  6: compare('ltS64'),
  7: compare('leS64'),
};

const ZERO = constant64(0n);

export class Flags {
  private readonly block: BlockBuilder;
  private known: Known | null = null;

  constructor(block: BlockBuilder) {
    this.block = block;
  }

  /** Leaves an addition of left-aligned operands; all three are temporaries. */
  addition(shift: number, a: Expression, b: Expression, result: Expression): void {
    this.leave({ kind: KIND_ADD, shift, result, operand: a, second: b });
  }

  /** Leaves a subtraction of left-aligned operands; all three are temporaries. */
  subtraction(shift: number, a: Expression, b: Expression, result: Expression): void {
    this.leave({ kind: KIND_SUB, shift, result, operand: a, second: b });
  }

  /** Leaves a left-aligned result that has neither carry nor overflow. */
  logic(shift: number, result: Expression): void {
    this.leave({ kind: KIND_LOGIC, shift, result, operand: ZERO, second: ZERO });
  }

  /** Leaves a left-aligned result, with CF, AF and OF as an i32 image. */
  mixed(shift: number, result: Expression, image: Expression): void {
    const operand = this.block.let(widenU(image));
    this.leave({ kind: KIND_MIXED, shift, result, operand, second: ZERO });
  }

  /** Leaves all six as an i32 image. */
  image(image: Expression): void {
    const operand = this.block.let(widenU(image));
    this.leave({ kind: KIND_IMAGE, shift: 0, result: ZERO, operand, second: ZERO });
  }

  /** What is left may be one of two: from here on it is known at run time only. */
  forget(): void {
    this.known = null;
  }

  /** Whether a condition (0 … 15, as opcodes have it) holds: an i32, 0 or not. */
  condition(number: number): Expression {
    const holds = this.positive(number >> 1);
    return (number & 1) === 0 ? holds : eqz(holds);
  }

  /** One flag by its bit in RFLAGS: an i32, 0 or 1. */
  flag(bit: number): Expression {
    switch (bit) {
      case CF:
        return this.carry();
      case PF:
        return this.parity();
      case AF:
        return this.adjust();
      case ZF:
        return this.ofResult(ZF, (result) => eqz64(result));
      case SF:
        return this.ofResult(SF, (result) => ltS64(result, ZERO));
      default:
        return this.overflow();
    }
  }

  /** The six flags at their places in RFLAGS, an i32. */
  toImage(): Expression {
    const { known } = this;
    if (known?.kind === KIND_IMAGE) return wrap(known.operand);
    return [CF, PF, AF, ZF, SF, OF]
      .map((bit) => shl(this.flag(bit), constant(bit)))
      .reduce((image, bits) => or(image, bits));
  }

  private leave(known: Known): void {
    const { block } = this;
    this.known = known;
    block.set(FLAG_KIND, constant(known.kind | (known.shift << 8)));
    block.set(FLAG_RESULT, known.result);
    block.set(FLAG_OPERAND, known.operand);
  }

  private positive(number: number): Expression {
    const { known } = this;
    const after = AFTER_SUB[number];
    if (known?.kind === KIND_SUB && after !== undefined) return after(known.operand, known.second);
    const flag = (bit: number): Expression => this.flag(bit);
    switch (number) {
      case 0:
        return flag(OF);
      case 1:
        return flag(CF);
      case 2:
        return flag(ZF);
      case 3:
        return or(flag(CF), flag(ZF));
      case 4:
        return flag(SF);
      case 5:
        return flag(PF);
      case 6:
        return xor(flag(SF), flag(OF));
      default:
        return or(flag(ZF), xor(flag(SF), flag(OF)));
    }
  }

  private get kind(): Expression {
    const { known } = this;
    return known === null ? and(this.block.get(FLAG_KIND), constant(0xff)) : constant(known.kind);
  }

  private get shift(): Expression {
    const { known } = this;
    if (known !== null) return constant64(BigInt(known.shift));
    return widenU(shrU(this.block.get(FLAG_KIND), constant(8)));
  }

  private get result(): Expression {
    return this.known === null ? this.block.get(FLAG_RESULT) : this.known.result;
  }

  private get operand(): Expression {
    return this.known === null ? this.block.get(FLAG_OPERAND) : this.known.operand;
  }

  private is(kind: number): Expression {
    return eq(this.kind, constant(kind));
  }

  /** The bit of the image, of kinds that have it there. */
  private imaged(bit: number): Expression {
    return and(shrU(wrap(this.operand), constant(bit)), constant(1));
  }

  /** A flag that follows from the result, but for IMAGE. */
  private ofResult(bit: number, of: (result: Expression) => Expression): Expression {
    return select(this.is(KIND_IMAGE), this.imaged(bit), of(this.result));
  }

  private carry(): Expression {
    const { known } = this;
    const a = this.operand;
    const added = ltU64(this.result, a);
    const subtracted = known === null ? ltU64(a, sub64(a, this.result)) : ltU64(a, known.second);
    return this.byKind(added, subtracted, CF);
  }

  private overflow(): Expression {
    const a = this.operand;
    const r = this.result;
    // ADD: the operands agree and the result does not; b is r - a. SUB: b is a - r.
    const signOf = (e: Expression): Expression => wrap(shrU64(e, constant64(63n)));
    const added = signOf(and64(xor64(r, a), xor64(r, sub64(r, a))));
    const subtracted = signOf(and64(xor64(a, r), xor64(a, sub64(a, r))));
    return this.byKind(added, subtracted, OF);
  }

  private adjust(): Expression {
    const a = this.operand;
    const r = this.result;
    const bit4 = (e: Expression): Expression =>
      and(wrap(shrU64(shrU64(e, this.shift), constant64(4n))), constant(1));
    const added = bit4(xor64(xor64(a, sub64(r, a)), r));
    const subtracted = bit4(xor64(xor64(a, sub64(a, r)), r));
    return this.byKind(added, subtracted, AF);
  }

  private parity(): Expression {
    return this.ofResult(PF, (result) => {
      const low = and(wrap(shrU64(result, this.shift)), constant(0xff));
      return xor(and(operate('popcnt', low), constant(1)), constant(1));
    });
  }

  /** CF, OF or AF: of an addition, of a subtraction, from the image, or 0 after LOGIC. */
  private byKind(added: Expression, subtracted: Expression, bit: number): Expression {
    const other = select(this.is(KIND_LOGIC), constant(0), this.imaged(bit));
    return select(this.is(KIND_ADD), added, select(this.is(KIND_SUB), subtracted, other));
  }
}
