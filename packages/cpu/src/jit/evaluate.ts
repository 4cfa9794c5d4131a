/**
 * The interpreter tier: runs the statements of a translation block directly. It serves cold code,
 * single steps and the last instructions of a budget; the meaning of each operation is the table's.
 */
import { assert } from '../assert.ts';
import type { SystemPort, TrapKind } from '../cpu.ts';
import type { Expression } from '../ir/expression.ts';
import { OPERATIONS, type Value, type ValueType } from '../ir/operation.ts';
import type { Statement } from '../ir/statement.ts';
import type { Instruction } from '../ir/translation-block.ts';
import type { Routine } from '../isa.ts';
import type { CpuState } from './cpu-state.ts';
import type { GuestAccess } from './guest-access.ts';
import { REGISTER_BYTES, REGISTERS, ROUTINE_BYTES, SCRATCH } from './state-layout.ts';
import {
  ARITHMETIC_CODES,
  COMPARISON_CODES,
  wideArithmetic,
  wideComparison,
} from './wide-operation.ts';

/** How the evaluation of an instruction ended. */
export const EVALUATED = 0;
export const FAULTED = 1;
export const TRAPPED = 2;
export type Outcome = 0 | 1 | 2;

const FIRST_WORD = REGISTERS >> 2;
const REGISTER_WORDS = REGISTER_BYTES >> 2;

const EVALUATE = OPERATIONS.map((operation) => operation.evaluate as (a: Value, b: Value) => Value);

/** Whether an operation's operands, by its number, are i32. */
const IS_OF_WORDS: readonly boolean[] = OPERATIONS.map(({ operands }) => operands[0] === 'i32');

const HIGH_UNIT = 2 ** 32;
/** Temporaries that there is room for at first. */
const TEMPORARIES = 256;

/** Takes 64-bit values apart, and joins them, without making others. */
const wide = new BigInt64Array(1);
const halves = new Int32Array(wide.buffer);

type Operated = Extract<Expression, { kind: 'operation' }>;

function shuffled(lanes: readonly number[], a: Value, b: Value): bigint {
  const bytes = ((b as bigint) << 128n) | (a as bigint);
  return lanes.reduceRight((all, lane) => (all << 8n) | ((bytes >> BigInt(lane * 8)) & 0xffn), 0n);
}

export class Evaluator {
  private readonly state: CpuState;
  private readonly access: GuestAccess;
  private readonly system: SystemPort;
  private readonly routines: readonly Routine[];
  /** Temporaries that are floating-point numbers and vectors; the others lie in halves. */
  private readonly temporaries: Value[] = [];
  private lows = new Int32Array(TEMPORARIES);
  private highs = new Int32Array(TEMPORARIES);
  /** The 64-bit value computed last. */
  low = 0;
  high = 0;
  /** Loads and stores so far. */
  accesses = 0;
  /** What the last trap statement said; valid after {@link TRAPPED}. */
  trap: TrapKind = 'undefined-instruction';
  trapValue = 0;
  trapRetired = false;

  constructor(
    state: CpuState,
    access: GuestAccess,
    system: SystemPort,
    routines: readonly Routine[] = [],
  ) {
    this.routines = routines;
    this.state = state;
    this.access = access;
    this.system = system;
  }

  /** Runs one instruction's statements; its exit, if it has one, is the caller's. */
  instruction(instruction: Instruction): Outcome {
    return this.statements(instruction.statements);
  }

  /** The value of an expression now. */
  value(e: Expression): Value {
    if (e.type === 'i32') return this.word(e);
    if (e.type !== 'i64') return this.other(e);
    this.wide(e);
    halves[0] = this.low;
    halves[1] = this.high;
    return wide[0]!;
  }

  /** The value of an i32 expression. */
  private word(e: Expression): number {
    switch (e.kind) {
      case 'constant':
        return e.value as number;
      case 'register':
        return this.state.i32[FIRST_WORD + e.register * REGISTER_WORDS]!;
      case 'temporary':
        return this.lows[e.temporary]!;
      case 'operation':
        return this.wordOperation(e);
      case 'select':
        return this.word(this.word(e.condition) !== 0 ? e.a : e.b);
      case 'shuffle':
        assert(false, 'a shuffle gives a vector');
    }
  }

  private wordOperation(e: Operated): number {
    const { operation, a, b } = e;
    if (IS_OF_WORDS[operation]) {
      const left = this.word(a);
      return EVALUATE[operation]!(left, b === null ? 0 : this.word(b)) as number;
    }
    const code = COMPARISON_CODES[operation]!;
    if (code === 0) return this.computed(e) as number;
    this.wide(a);
    if (b === null) return wideComparison(code, this.low, this.high, 0, 0);
    const { low, high } = this;
    this.wide(b);
    return wideComparison(code, low, high, this.low, this.high);
  }

  /** Computes an i64 expression into {@link low} and {@link high}. */
  private wide(e: Expression): void {
    switch (e.kind) {
      case 'constant':
        this.takeApart(e.value);
        break;
      case 'register': {
        const at = FIRST_WORD + e.register * REGISTER_WORDS;
        this.low = this.state.i32[at]!;
        this.high = this.state.i32[at + 1]!;
        break;
      }
      case 'temporary':
        this.low = this.lows[e.temporary]!;
        this.high = this.highs[e.temporary]!;
        break;
      case 'operation':
        this.wideOperation(e);
        break;
      case 'select':
        this.wide(this.word(e.condition) !== 0 ? e.a : e.b);
        break;
      case 'shuffle':
        assert(false, 'a shuffle gives a vector');
    }
  }

  private wideOperation(e: Operated): void {
    const { operation, a, b } = e;
    const code = ARITHMETIC_CODES[operation]!;
    if (code === 0) {
      this.takeApart(this.computed(e));
      return;
    }
    this.wide(a);
    const { low, high } = this;
    if (b !== null) this.wide(b);
    wideArithmetic(code, low, high, this.low, this.high, this);
  }

  private takeApart(value: Value): void {
    wide[0] = value as bigint;
    this.low = halves[0]!;
    this.high = halves[1]!;
  }

  /** The value of an expression that is neither i32 nor i64. */
  private other(e: Expression): Value {
    switch (e.kind) {
      case 'constant':
        return e.value;
      case 'register':
        return this.state.value(e.register);
      case 'temporary':
        return this.temporaries[e.temporary]!;
      case 'operation':
        return this.computed(e);
      case 'shuffle':
        return shuffled(e.lanes, this.value(e.a), this.value(e.b));
      case 'select':
        return this.other(this.word(e.condition) !== 0 ? e.a : e.b);
    }
  }

  /** As the table says. */
  private computed({ operation, a, b }: Operated): Value {
    const left = this.value(a);
    return EVALUATE[operation]!(left, b === null ? 0 : this.value(b));
  }

  /** Computes an i32 or i64 into {@link low} and {@link high}; of 32 bits, the latter is 0. */
  private integer(e: Expression): void {
    if (e.type === 'i64') {
      this.wide(e);
    } else {
      this.low = this.word(e);
      this.high = 0;
    }
  }

  private keep(temporary: number, low: number, high: number): void {
    if (temporary >= this.lows.length) this.makeRoom(temporary);
    this.lows[temporary] = low;
    this.highs[temporary] = high;
  }

  private makeRoom(temporary: number): void {
    const { lows, highs } = this;
    this.lows = new Int32Array(temporary * 2);
    this.highs = new Int32Array(temporary * 2);
    this.lows.set(lows);
    this.highs.set(highs);
  }

  private keepValue(temporary: number, type: ValueType, value: Value): void {
    if (type === 'i32') {
      this.keep(temporary, value as number, 0);
    } else if (type === 'i64') {
      this.takeApart(value);
      this.keep(temporary, this.low, this.high);
    } else {
      this.temporaries[temporary] = value;
    }
  }

  private statements(list: readonly Statement[]): Outcome {
    for (let index = 0; index < list.length; index++) {
      const outcome = this.statement(list[index]!);
      if (outcome !== EVALUATED) return outcome;
    }
    return EVALUATED;
  }

  private statement(statement: Statement): Outcome {
    switch (statement.kind) {
      case 'set':
        this.set(statement.register, statement.value);
        return EVALUATED;
      case 'let':
        this.let(statement.temporary, statement.value);
        return EVALUATED;
      case 'load':
        return this.load(statement) === EVALUATED ? EVALUATED : this.faultOf(statement);
      case 'store':
        return this.store(statement);
      case 'if':
        return this.word(statement.condition) !== 0
          ? this.statements(statement.whenTrue)
          : this.statements(statement.whenFalse);
      case 'read-system':
        this.keep(statement.temporary, this.system.readSystem(statement.id), 0);
        return this.refusal();
      case 'write-system':
        this.system.writeSystem(statement.id, this.word(statement.value));
        return this.refusal();
      case 'routine':
        this.routine(statement);
        return EVALUATED;
      case 'trap':
        this.trap = statement.trap;
        this.trapValue = this.word(statement.value);
        this.trapRetired = statement.retired;
        return TRAPPED;
    }
  }

  private set(register: number, e: Expression): void {
    const at = FIRST_WORD + register * REGISTER_WORDS;
    if (e.type === 'i32') {
      this.state.i32[at] = this.word(e);
    } else if (e.type === 'i64') {
      this.wide(e);
      this.state.i32[at] = this.low;
      this.state.i32[at + 1] = this.high;
    } else {
      this.state.setValue(register, this.other(e));
    }
  }

  private let(temporary: number, e: Expression): void {
    if (e.type === 'i32') {
      this.keep(temporary, this.word(e), 0);
    } else if (e.type === 'i64') {
      this.wide(e);
      this.keep(temporary, this.low, this.high);
    } else {
      this.temporaries[temporary] = this.other(e);
    }
  }

  private faultOf({ beforeStore }: Extract<Statement, { kind: 'load' }>): Outcome {
    if (beforeStore) this.access.memory.fault.access = 'write';
    return FAULTED;
  }

  private load(statement: Extract<Statement, { kind: 'load' }>): Outcome {
    const { size, alignment, signed, temporaries } = statement;
    this.integer(statement.address);
    const { low, high } = this;
    if (size === 16) return this.loadVector(low, high, temporaries[0]!);
    const shift = signed && size < 4 ? 32 - size * 8 : 0;
    this.accesses += temporaries.length;
    for (let index = 0; index < temporaries.length; index++) {
      const at = (low >>> 0) + index * size;
      const value = this.access.load(at | 0, high + (at >= HIGH_UNIT ? 1 : 0), size, alignment);
      if (this.access.memory.faulted) return FAULTED;
      const upper = size === 8 ? this.access.high : 0;
      this.keep(temporaries[index]!, (value << shift) >> shift, upper);
    }
    return EVALUATED;
  }

  private store(statement: Extract<Statement, { kind: 'store' }>): Outcome {
    const { size, alignment, values } = statement;
    this.accesses += values.length;
    this.integer(statement.address);
    const { low, high } = this;
    if (size === 16) return this.storeVector(low, high, this.other(values[0]!) as bigint);
    for (let index = 0; index < values.length; index++) {
      this.integer(values[index]!);
      const at = (low >>> 0) + index * size;
      const atHigh = high + (at >= HIGH_UNIT ? 1 : 0);
      this.access.store(at | 0, atHigh, size, this.low, this.high, alignment);
      if (this.access.memory.faulted) return FAULTED;
    }
    return EVALUATED;
  }

  private loadVector(low: number, high: number, temporary: number): Outcome {
    if (this.access.loadToScratch(low, high, 16, 1, 'any') !== 0) return FAULTED;
    this.temporaries[temporary] = this.state.valueAt(SCRATCH, 'v128');
    return EVALUATED;
  }

  private storeVector(low: number, high: number, value: bigint): Outcome {
    this.state.setValueAt(SCRATCH, 'v128', value);
    return this.access.storeFromScratch(low, high, 16, 1, 'any') === 0 ? EVALUATED : FAULTED;
  }

  private routine(statement: Extract<Statement, { kind: 'routine' }>): void {
    const { state } = this;
    const { routine, operands, results, resultTypes } = statement;
    const values = operands.map((operand) => this.value(operand));
    let at = SCRATCH;
    values.forEach((value, index) => {
      const { type } = operands[index]!;
      state.setValueAt(at, type, value);
      at += ROUTINE_BYTES[type];
    });
    this.routines[routine]!(state.view, SCRATCH);
    at = SCRATCH;
    results.forEach((temporary, index) => {
      const type = resultTypes[index]!;
      this.keepValue(temporary, type, state.valueAt(at, type));
      at += ROUTINE_BYTES[type];
    });
  }

  private refusal(): Outcome {
    this.state.refresh();
    if (!this.system.refused) return EVALUATED;
    this.system.refused = false;
    this.trap = 'undefined-instruction';
    this.trapValue = 0;
    this.trapRetired = false;
    return TRAPPED;
  }
}
