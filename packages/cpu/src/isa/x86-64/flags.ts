/**
 * The arithmetic flags, lazily: an instruction leaves what it computed, and whoever asks for a flag
 * works it out of that. Two words and a kind:
 *
 *   kind      result        operand
 *   ADD       a + b         a
 *   SUB       a - b         a
 *   LOGIC     the result    -                                     CF = OF = AF = 0
 *   INC, DEC  the result    CF
 *   MIXED     the result    CF, AF and OF at their places in RFLAGS
 *   IMAGE     -             all six at their places in RFLAGS
 *
 * Words of operations on fewer than 8 bytes have anything above them. The kind's second byte says
 * how far up they are shifted to be rid of that: sign, carry and overflow are then those of a
 * 64-bit operation. Within a block kind and operands are known when code is lifted, so that CMP and
 * Jcc become one comparison, of 32 bits where the operands have as many.
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
  operate,
  or,
  select,
  shl,
  shl64,
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
export const KIND_INC = 5;
export const KIND_DEC = 6;

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

type ComparisonName = 'eq' | 'ltU' | 'leU' | 'ltS' | 'leS';

/** What Jcc, SETcc and CMOVcc ask after a subtraction, by the condition's number without bit 0. */
const AFTER_SUB: Readonly<Record<number, ComparisonName>> = {
  1: 'ltU',
  2: 'eq',
  3: 'leU',
  6: 'ltS',
  7: 'leS',
};

/** Shift of operations on 4 bytes. */
const HALF = 32;
const SIGN = 1n << 63n;
/** Shifts of operations on 8, 4, 2 and 1 bytes, by themselves. */
const SHIFTS: Readonly<Record<number, Expression>> = Object.fromEntries(
  [0, 32, 48, 56].map((shift) => [shift, constant64(BigInt(shift))]),
);
const ONE = constant64(1n);

/** A flag of an operation's first operand, its result and its second operand. */
type OfOperands = (a: Expression, result: Expression, b: Expression) => Expression;

const ZERO = constant64(0n);

export class Flags {
  private readonly block: BlockBuilder;
  private known: Known | null = null;

  constructor(block: BlockBuilder) {
    this.block = block;
  }

  /** Leaves an addition; operands and result are temporaries or constants. */
  addition(shift: number, a: Expression, b: Expression, result: Expression): void {
    this.leave({ kind: KIND_ADD, shift, result, operand: a, second: b });
  }

  /** Leaves a subtraction; operands and result are temporaries or constants. */
  subtraction(shift: number, a: Expression, b: Expression, result: Expression): void {
    this.leave({ kind: KIND_SUB, shift, result, operand: a, second: b });
  }

  /** Leaves a result that has neither carry nor overflow. */
  logic(shift: number, result: Expression): void {
    this.leave({ kind: KIND_LOGIC, shift, result, operand: ZERO, second: ZERO });
  }

  /** Leaves a result by 1 more or less than its operand, and CF, an i32, as it was. */
  step(shift: number, isDecrement: boolean, result: Expression, carry: Expression): void {
    const operand = this.block.let(widenU(carry));
    const kind = isDecrement ? KIND_DEC : KIND_INC;
    this.leave({ kind, shift, result, operand, second: ZERO });
  }

  /** Leaves a result, with CF, AF and OF as an i32 image. */
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
        return this.ofResult(ZF, (result) => this.compared('eq', result, ZERO));
      case SF:
        return this.ofResult(SF, (result) => this.compared('ltS', result, ZERO));
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
    if (known?.kind === KIND_SUB && after !== undefined) {
      return this.compared(after, known.operand, known.second);
    }
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
    if (known !== null) return SHIFTS[known.shift]!;
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
    if (this.known !== null && this.known.kind !== KIND_IMAGE) return of(this.known.result);
    return select(this.is(KIND_IMAGE), this.imaged(bit), of(this.result));
  }

  /** Words of the operation shifted up until nothing else is in them. */
  private aligned(e: Expression): Expression {
    return shl64(e, this.shift);
  }

  /** Compares words of the operation, a constant 0 among them as it is. */
  private compared(name: ComparisonName, a: Expression, b: Expression): Expression {
    if (this.known?.shift === HALF) return operate(name, wrap(a), wrap(b));
    return operate(`${name}64`, this.aligned(a), this.aligned(b));
  }

  /** The top bit of a word of the operation, 0 or 1. */
  private signOf(e: Expression): Expression {
    return wrap(shrU64(this.aligned(e), constant64(63n)));
  }

  /** After an addition: whether the result is below an operand. After a subtraction: a below b. */
  private carry(): Expression {
    return this.byKind(
      CF,
      (a, r) => this.compared('ltU', r, a),
      (a, _, b) => this.compared('ltU', a, b),
    );
  }

  private overflow(): Expression {
    return this.byKind(
      OF,
      (a, r, b) => this.signOf(and64(xor64(r, a), xor64(r, b))),
      (a, r, b) => this.signOf(and64(xor64(a, r), xor64(a, b))),
    );
  }

  private adjust(): Expression {
    const carried: OfOperands = (a, r, b) =>
      and(shrU(wrap(xor64(xor64(a, b), r)), constant(4)), constant(1));
    return this.byKind(AF, carried, carried);
  }

  private parity(): Expression {
    return this.ofResult(PF, (result) => {
      const low = and(wrap(result), constant(0xff));
      return xor(and(operate('popcnt', low), constant(1)), constant(1));
    });
  }

  /** CF, OF or AF: of an addition, of a subtraction, from the image, or 0 after LOGIC. */
  private byKind(bit: number, ofSum: OfOperands, ofDifference: OfOperands): Expression {
    const { known, operand, result } = this;
    if (known !== null) return this.byKnownKind(known, bit, ofSum, ofDifference);
    const added = ofSum(operand, result, sub64(result, operand));
    const subtracted = ofDifference(operand, result, sub64(operand, result));
    const imaged = select(this.is(KIND_LOGIC), constant(0), this.imaged(bit));
    const stepped = (isDecrement: boolean, other: Expression): Expression =>
      bit === CF
        ? other
        : select(
            this.is(isDecrement ? KIND_DEC : KIND_INC),
            this.afterStep(bit, isDecrement),
            other,
          );
    const other = stepped(false, stepped(true, imaged));
    return select(this.is(KIND_ADD), added, select(this.is(KIND_SUB), subtracted, other));
  }

  private byKnownKind(
    { kind, operand, result, second }: Known,
    bit: number,
    ofSum: OfOperands,
    ofDifference: OfOperands,
  ): Expression {
    switch (kind) {
      case KIND_ADD:
        return ofSum(operand, result, second);
      case KIND_SUB:
        return ofDifference(operand, result, second);
      case KIND_LOGIC:
        return constant(0);
      case KIND_INC:
      case KIND_DEC:
        return bit === CF ? this.imaged(bit) : this.afterStep(bit, kind === KIND_DEC);
      default:
        return this.imaged(bit);
    }
  }

  /** OF and AF after INC and DEC follow from the result; CF lies where an image has it. */
  private afterStep(bit: number, isDecrement: boolean): Expression {
    const { result } = this;
    if (bit === AF) return eq(and(wrap(result), constant(0xf)), constant(isDecrement ? 0xf : 0));
    const aligned = this.aligned(result);
    const edge = isDecrement ? operate('add64', aligned, this.aligned(ONE)) : aligned;
    return operate('eq64', edge, constant64(SIGN));
  }
}
