/**
 * The interpreter tier: runs the statements of a translation block directly. It serves cold code,
 * single steps and the last instructions of a budget; the meaning of each operation is the table's.
 */
import type { SystemPort, TrapKind } from '../cpu.ts';
import type { Expression } from '../ir/expression.ts';
import { OPERATIONS, type Value } from '../ir/operation.ts';
import type { Statement } from '../ir/statement.ts';
import type { Instruction } from '../ir/translation-block.ts';
import type { Routine } from '../isa.ts';
import type { CpuState } from './cpu-state.ts';
import type { GuestAccess } from './guest-access.ts';
import { REGISTER_BYTES, REGISTERS, ROUTINE_BYTES, SCRATCH } from './state-layout.ts';

/** How the evaluation of an instruction ended. */
export const EVALUATED = 0;
export const FAULTED = 1;
export const TRAPPED = 2;
export type Outcome = 0 | 1 | 2;

const FIRST_WORD = REGISTERS >> 2;
const REGISTER_WORDS = REGISTER_BYTES >> 2;

const EVALUATE = OPERATIONS.map((operation) => operation.evaluate as (a: Value, b: Value) => Value);

const HIGH_UNIT = 2 ** 32;

/** Takes 64-bit values apart without making others. */
const wide = new BigInt64Array(1);
const halves = new Int32Array(wide.buffer);

function lowHalf(value: Value): number {
  if (typeof value === 'number') return value;
  wide[0] = value;
  return halves[0]!;
}

function highHalf(value: Value): number {
  if (typeof value === 'number') return 0;
  wide[0] = value;
  return halves[1]!;
}

function joined(low: number, high: number): bigint {
  halves[0] = low;
  halves[1] = high;
  return wide[0]!;
}

function shuffled(lanes: readonly number[], a: Value, b: Value): bigint {
  const bytes = ((b as bigint) << 128n) | (a as bigint);
  return lanes.reduceRight((all, lane) => (all << 8n) | ((bytes >> BigInt(lane * 8)) & 0xffn), 0n);
}

export class Evaluator {
  private readonly state: CpuState;
  private readonly access: GuestAccess;
  private readonly system: SystemPort;
  private readonly routines: readonly Routine[];
  private readonly temporaries: Value[] = [];
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
  value(expression: Expression): Value {
    switch (expression.kind) {
      case 'constant':
        return expression.value;
      case 'register': {
        const { register, type } = expression;
        if (type === 'i32') return this.state.i32[FIRST_WORD + register * REGISTER_WORDS]!;
        return this.state.value(register);
      }
      case 'temporary':
        return this.temporaries[expression.temporary]!;
      case 'operation': {
        const a = this.value(expression.a);
        const b = expression.b === null ? 0 : this.value(expression.b);
        return EVALUATE[expression.operation]!(a, b);
      }
      case 'shuffle':
        return shuffled(expression.lanes, this.value(expression.a), this.value(expression.b));
      case 'select': {
        const a = this.value(expression.a);
        const b = this.value(expression.b);
        return this.value(expression.condition) !== 0 ? a : b;
      }
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
      case 'set': {
        const { register, value } = statement;
        const result = this.value(value);
        if (value.type === 'i32')
          this.state.i32[FIRST_WORD + register * REGISTER_WORDS] = result as number;
        else this.state.setValue(register, result);
        return EVALUATED;
      }
      case 'let':
        this.temporaries[statement.temporary] = this.value(statement.value);
        return EVALUATED;
      case 'load':
        return this.load(statement) === EVALUATED ? EVALUATED : this.faultOf(statement);
      case 'store':
        return this.store(statement);
      case 'if':
        return this.value(statement.condition) !== 0
          ? this.statements(statement.whenTrue)
          : this.statements(statement.whenFalse);
      case 'read-system':
        this.temporaries[statement.temporary] = this.system.readSystem(statement.id);
        return this.refusal();
      case 'write-system':
        this.system.writeSystem(statement.id, this.value(statement.value) as number);
        return this.refusal();
      case 'routine':
        this.routine(statement);
        return EVALUATED;
      case 'trap':
        this.trap = statement.trap;
        this.trapValue = this.value(statement.value) as number;
        this.trapRetired = statement.retired;
        return TRAPPED;
    }
  }

  private faultOf({ beforeStore }: Extract<Statement, { kind: 'load' }>): Outcome {
    if (beforeStore) this.access.memory.fault.access = 'write';
    return FAULTED;
  }

  private load(statement: Extract<Statement, { kind: 'load' }>): Outcome {
    const { size, alignment, signed, temporaries } = statement;
    const address = this.value(statement.address);
    const low = lowHalf(address);
    const high = highHalf(address);
    if (size === 16) return this.loadVector(low, high, temporaries[0]!);
    const shift = signed && size < 4 ? 32 - size * 8 : 0;
    this.accesses += temporaries.length;
    for (let index = 0; index < temporaries.length; index++) {
      const at = (low >>> 0) + index * size;
      const value = this.access.load(at | 0, high + (at >= HIGH_UNIT ? 1 : 0), size, alignment);
      if (this.access.memory.faulted) return FAULTED;
      const loaded = size === 8 ? joined(value, this.access.high) : (value << shift) >> shift;
      this.temporaries[temporaries[index]!] = loaded;
    }
    return EVALUATED;
  }

  private store(statement: Extract<Statement, { kind: 'store' }>): Outcome {
    const { size, alignment, values } = statement;
    this.accesses += values.length;
    const address = this.value(statement.address);
    const low = lowHalf(address);
    const high = highHalf(address);
    if (size === 16) return this.storeVector(low, high, this.value(values[0]!) as bigint);
    for (let index = 0; index < values.length; index++) {
      const value = this.value(values[index]!);
      const at = (low >>> 0) + index * size;
      const atHigh = high + (at >= HIGH_UNIT ? 1 : 0);
      this.access.store(at | 0, atHigh, size, lowHalf(value), highHalf(value), alignment);
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
      this.temporaries[temporary] = state.valueAt(at, type);
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
