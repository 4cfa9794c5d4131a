/**
 * x87 as a unit that executes one instruction at a time on FXSAVE's image: what an instruction does
 * to the stack, the status word and memory. Arithmetic is in x87-arithmetic.ts, formats are in
 * x87-convert.ts, transcendental functions in x87-transcendental.ts.
 */

import {
  add,
  compare,
  divide,
  extract,
  multiply,
  type Order,
  remainder,
  roundToInteger,
  scale,
  squareRoot,
  subtract,
} from './x87-arithmetic.ts';
import {
  constantOf,
  DOUBLE,
  fromBinary,
  fromDecimal,
  fromInteger,
  indefinite,
  SINGLE,
  toBinary,
  toDecimal,
  toInteger,
} from './x87-convert.ts';
import { initialise } from './x87-environment.ts';
import {
  classOf,
  DE,
  X87Environment as Environment,
  type Extended,
  IE,
  INDEFINITE,
  ROUND_ZERO,
  type X87Environment,
  ZE,
} from './x87-number.ts';
import { C0, C1, C2, C3, CONDITIONS, STACK_FAULT, type X87State } from './x87-state.ts';
import {
  arcTangentOf,
  exponential,
  isAngleTooLarge,
  logarithm,
  logarithmPlusOne,
  ofAngle,
} from './x87-transcendental.ts';

/** An instruction for the unit. */
export interface X87Request {
  readonly mnemonic: string;
  /** Numbers of the stack registers that it names, in order. */
  readonly registers: readonly number[];
  /** Its memory operand as read; null when it has none. Stores ignore the contents. */
  readonly memory: Uint8Array | null;
  /** RFLAGS, for FCMOVcc. */
  readonly flags: number;
}

export interface X87Result {
  /** An exception of an earlier instruction was pending: #MF, and nothing was done. */
  isPending: boolean;
  /** Bytes for the memory operand, or null when nothing is stored. */
  store: Uint8Array | null;
  /** ZF, PF and CF of FCOMI and its kin, else -1. */
  flags: number;
  /** The status word for AX, else -1. */
  ax: number;
}

const CF = 1;
const PF = 4;
const ZF = 0x40;

type Handler = (unit: X87Unit, request: X87Request) => void;
type Binary = (env: X87Environment, a: Extended, b: Extended) => Extended;

/** C3, C2, C0 and ZF, PF, CF of a comparison. */
const ORDERS: Readonly<Record<Order, readonly [conditions: number, flags: number]>> = {
  greater: [0, 0],
  less: [C0, CF],
  equal: [C3, ZF],
  unordered: [C0 | C2 | C3, ZF | PF | CF],
};

const MOVE_CONDITIONS: Readonly<Record<string, (flags: number) => boolean>> = {
  fcmovb: (f) => (f & CF) !== 0,
  fcmove: (f) => (f & ZF) !== 0,
  fcmovbe: (f) => (f & (CF | ZF)) !== 0,
  fcmovu: (f) => (f & PF) !== 0,
  fcmovnb: (f) => (f & CF) === 0,
  fcmovne: (f) => (f & ZF) === 0,
  fcmovnbe: (f) => (f & (CF | ZF)) === 0,
  fcmovnu: (f) => (f & PF) === 0,
};

const CLASS_CONDITIONS = {
  unsupported: 0,
  quiet: C0,
  signalling: C0,
  normal: C2,
  infinity: C2 | C0,
  zero: C3,
  denormal: C3 | C2,
} as const;

const reversed =
  (operation: Binary): Binary =>
  (env, a, b) =>
    operation(env, b, a);

const BINARY: Readonly<Record<string, Binary>> = {
  add,
  mul: multiply,
  sub: subtract,
  subr: reversed(subtract),
  div: divide,
  divr: reversed(divide),
};

/** Bytes on their way to and from numbers: making a view costs more than copying them. */
const PASSAGE = new Uint8Array(16);
const PASSAGE_VIEW = new DataView(PASSAGE.buffer);

function viewOf(bytes: Uint8Array): DataView {
  PASSAGE.set(bytes);
  return PASSAGE_VIEW;
}

function signedOf(bytes: Uint8Array): bigint {
  const view = viewOf(bytes);
  if (bytes.length === 2) return BigInt(view.getInt16(0, true));
  return bytes.length === 4 ? BigInt(view.getInt32(0, true)) : view.getBigInt64(0, true);
}

/** The low `size` bytes of a number. */
function bytesOf(value: bigint, size: number): Uint8Array {
  PASSAGE_VIEW.setBigUint64(0, BigInt.asUintN(64, value), true);
  return PASSAGE.slice(0, size);
}

function extendedBytes({ sign, exponent, significand }: Extended): Uint8Array {
  PASSAGE_VIEW.setBigUint64(0, significand, true);
  PASSAGE_VIEW.setUint16(8, (sign << 15) | exponent, true);
  return PASSAGE.slice(0, 10);
}

function fromExtendedBytes(bytes: Uint8Array): Extended {
  const view = viewOf(bytes);
  const high = view.getUint16(8, true);
  return {
    sign: high & 0x8000 ? 1 : 0,
    exponent: high & 0x7fff,
    significand: view.getBigUint64(0, true),
  };
}

const formatOf = (bytes: Uint8Array) => (bytes.length === 4 ? SINGLE : DOUBLE);
const bitsOf = (bytes: Uint8Array): bigint => BigInt.asUintN(bytes.length * 8, signedOf(bytes));

export class X87Unit {
  readonly state: X87State;
  readonly env: X87Environment = new Environment();
  readonly result: X87Result = { isPending: false, store: null, flags: -1, ax: -1 };

  constructor(state: X87State) {
    this.state = state;
  }

  /** Whether the unit executes instructions of this name. */
  static executes(mnemonic: string): boolean {
    return HANDLERS[mnemonic] !== undefined;
  }

  /** Executes one instruction; the result is reused. */
  execute(request: X87Request): X87Result {
    const { state, env, result } = this;
    result.isPending = state.isPending && !NO_WAIT.test(request.mnemonic);
    result.store = null;
    result.flags = -1;
    result.ax = -1;
    if (result.isPending) return result;
    env.begin(state.control);
    HANDLERS[request.mnemonic]!(this, request);
    return result;
  }

  /** Ends an instruction that computes: C1 and the exceptions it raised. */
  conclude(): void {
    const { env, state } = this;
    // What stops the operation keeps later exceptions from being found.
    if (env.isStopped && (env.raised & IE) === 0) env.raised &= DE | ZE;
    state.setConditions(C1, env.roundedUp ? C1 : 0);
    state.raise(env.raised);
  }

  /** Notes a stack fault when one of the registers is empty; whether there was one. */
  underflows(...registers: number[]): boolean {
    if (!registers.some((n) => this.state.isEmpty(n))) return false;
    this.state.stackFault(this.env, false);
    return true;
  }

  /** Writes a result, and pops, unless an unmasked exception keeps both from happening. */
  finish(register: number, value: Extended, pops: number): void {
    if (!this.env.isStopped) {
      this.state.write(register, value);
      for (let n = 0; n < pops; n++) this.state.pop();
    } else {
      this.env.roundedUp = false;
    }
    this.conclude();
  }

  /** Pushes a value unless the stack is full or an unmasked exception keeps it from being. */
  push(value: Extended): void {
    const { state, env } = this;
    if (!state.isEmpty(7)) {
      env.raised = 0;
      if (state.stackFault(env, true)) state.push(INDEFINITE);
    } else if ((env.raised & ~env.control & IE) === 0) {
      // A denormal is loaded even when that is an unmasked exception.
      state.push(value);
    }
    this.conclude();
  }
}

/** Instructions that do not look at pending exceptions; FNOP does, whatever its name. */
const NO_WAIT = /^fn(?!op)/;

/** A memory operand of an arithmetic instruction, and whether it is a denormal. */
function memoryOperand(
  request: X87Request,
  isInteger: boolean,
): { readonly value: Extended; readonly isDenormal: boolean } {
  const bytes = request.memory!;
  if (isInteger) return { value: fromInteger(signedOf(bytes)), isDenormal: false };
  const env = new Environment();
  const value = fromBinary(env, formatOf(bytes), bitsOf(bytes));
  if ((env.raised & IE) === 0) return { value, isDenormal: (env.raised & DE) !== 0 };
  // A signalling NaN stays one: which NaN the operation gives depends on it.
  return { value: { ...value, significand: value.significand & ~(1n << 62n) }, isDenormal: false };
}

function isNumber(value: Extended): boolean {
  const kind = classOf(value);
  return kind !== 'quiet' && kind !== 'signalling' && kind !== 'unsupported';
}

function arithmetic(operation: Binary, isInteger: boolean, pops: number): Handler {
  return (unit, request) => {
    const { state, env } = unit;
    const [to, from] = request.memory === null ? request.registers : [0];
    const touched = from === undefined ? [to!] : [to!, from];
    if (unit.underflows(...touched)) {
      unit.finish(to!, INDEFINITE, pops);
      return;
    }
    const { value, isDenormal } =
      from === undefined
        ? memoryOperand(request, isInteger)
        : { value: state.read(from), isDenormal: false };
    const result = operation(env, state.read(to!), value);
    if (isDenormal && isNumber(state.read(to!)) && (env.raised & (IE | ZE)) === 0) env.raise(DE);
    unit.finish(to!, result, pops);
  };
}

function comparison(isQuiet: boolean, isInteger: boolean, pops: number): Handler {
  return (unit, request) => {
    const { state, env } = unit;
    const from = request.memory === null ? (request.registers.at(-1) ?? 1) : null;
    let order: Order = 'unordered';
    if (!unit.underflows(...(from === null ? [0] : [0, from]))) {
      const { value, isDenormal } =
        from === null
          ? memoryOperand(request, isInteger)
          : { value: state.read(from), isDenormal: false };
      order = compare(env, state.read(0), value, isQuiet);
      if (isDenormal && order !== 'unordered') env.raise(DE);
    }
    unit.conclude();
    // The conditions are set even when an unmasked exception keeps the stack as it was.
    state.setConditions(C0 | C2 | C3, ORDERS[order][0]);
    if (env.isStopped) return;
    for (let n = 0; n < pops; n++) state.pop();
  };
}

/** FCOMI and its kin: the order goes to RFLAGS. */
function flagComparison(isQuiet: boolean, pops: number): Handler {
  return (unit, { registers }) => {
    const { state, env, result } = unit;
    const isEmpty = unit.underflows(0, registers[1]!);
    const order = isEmpty
      ? 'unordered'
      : compare(env, state.read(0), state.read(registers[1]!), isQuiet);
    unit.conclude();
    // The flags are set even when an unmasked exception keeps the stack as it was.
    result.flags = ORDERS[order][1];
    if (env.isStopped) return;
    for (let n = 0; n < pops; n++) state.pop();
  };
}

function store(pops: number): Handler {
  return (unit, request) => {
    const { state, env, result } = unit;
    const { memory } = request;
    if (memory === null) {
      const isEmpty = unit.underflows(0);
      unit.finish(request.registers[0]!, isEmpty ? INDEFINITE : state.read(0), pops);
      return;
    }
    const isEmpty = unit.underflows(0);
    if (memory.length === 10) {
      if (!env.isStopped) result.store = extendedBytes(state.readOrIndefinite(0));
    } else {
      const format = formatOf(memory);
      const bits = isEmpty
        ? env.isStopped
          ? null
          : indefinite(format)
        : toBinary(env, format, state.read(0));
      if (bits !== null) result.store = bytesOf(bits, memory.length);
    }
    concludeStore(unit, pops);
  };
}

function concludeStore(unit: X87Unit, pops: number): void {
  if (unit.result.store === null) unit.env.roundedUp = false;
  else for (let n = 0; n < pops; n++) unit.state.pop();
  unit.conclude();
}

function storeInteger(pops: number, isTruncating: boolean): Handler {
  return (unit, { memory }) => {
    const { state, env, result } = unit;
    const size = memory!.length;
    const rounding = isTruncating ? ROUND_ZERO : env.rounding;
    const isEmpty = unit.underflows(0);
    const masked = env.isStopped ? null : -(1n << BigInt(size * 8 - 1));
    const value = isEmpty ? masked : toInteger(env, state.read(0), size * 8, rounding);
    if (value !== null) result.store = bytesOf(value, size);
    concludeStore(unit, pops);
  };
}

function storeDecimal(unit: X87Unit): void {
  const { state, env, result } = unit;
  unit.underflows(0);
  if (!env.isStopped) result.store = toDecimal(env, state.readOrIndefinite(0));
  concludeStore(unit, 1);
}

function load(unit: X87Unit, { memory, registers }: X87Request): void {
  const { state, env } = unit;
  if (memory === null) {
    if (unit.underflows(registers[0]!)) {
      if (!env.isStopped) state.push(INDEFINITE);
      unit.conclude();
    } else {
      unit.push(state.read(registers[0]!));
    }
  } else if (memory.length === 10) {
    unit.push(fromExtendedBytes(memory));
  } else {
    unit.push(fromBinary(env, formatOf(memory), bitsOf(memory)));
  }
}

function unary(operation: (env: X87Environment, a: Extended) => Extended): Handler {
  return (unit) => {
    const isEmpty = unit.underflows(0);
    unit.finish(0, isEmpty ? INDEFINITE : operation(unit.env, unit.state.read(0)), 0);
  };
}

function signChange(sign: (before: 0 | 1) => 0 | 1): Handler {
  return unary((_, a) => ({ ...a, sign: sign(a.sign) }));
}

function exchange(unit: X87Unit, { registers }: X87Request): void {
  const { state, env } = unit;
  const [from] = registers;
  unit.underflows(0, from!);
  if (!env.isStopped) {
    const [a, b] = [state.readOrIndefinite(0), state.readOrIndefinite(from!)];
    state.write(0, b);
    state.write(from!, a);
  }
  unit.conclude();
}

function conditionalMove(unit: X87Unit, { mnemonic, registers, flags }: X87Request): void {
  const { state, env } = unit;
  const isEmpty = unit.underflows(0, registers[1]!);
  if (isEmpty && !env.isStopped) state.write(0, INDEFINITE);
  else if (!isEmpty && MOVE_CONDITIONS[mnemonic]!(flags)) state.write(0, state.read(registers[1]!));
  // Without a stack fault C1 stays.
  if (isEmpty) unit.conclude();
}

function examine(unit: X87Unit): void {
  const { state } = unit;
  const value = state.read(0);
  const kind = state.isEmpty(0) ? C3 | C0 : CLASS_CONDITIONS[classOf(value)];
  state.setConditions(CONDITIONS, kind | (value.sign === 1 ? C1 : 0));
}

function extractParts(unit: X87Unit): void {
  const { state, env } = unit;
  if (unit.underflows(0) || !state.isEmpty(7)) {
    const isOverflow = !state.isEmpty(0);
    if (isOverflow) state.stackFault(env, true);
    if (!env.isStopped) {
      state.write(0, INDEFINITE);
      state.push(INDEFINITE);
    }
  } else {
    const { exponent, significand } = extract(env, state.read(0));
    if (!env.isStopped) {
      state.write(0, exponent);
      state.push(significand);
    }
  }
  unit.conclude();
}

function partialRemainder(isNearest: boolean): Handler {
  return (unit) => {
    const { state, env } = unit;
    if (unit.underflows(0, 1)) {
      unit.finish(0, INDEFINITE, 0);
      state.setConditions(C2, 0);
      return;
    }
    const { value, quotient, isComplete } = remainder(env, state.read(0), state.read(1), isNearest);
    unit.finish(0, value, 0);
    if (env.isStopped || !isNumber(value)) {
      state.setConditions(C2, 0);
      return;
    }
    const low = (quotient & 4 ? C0 : 0) | (quotient & 2 ? C3 : 0) | (quotient & 1 ? C1 : 0);
    state.setConditions(CONDITIONS, isComplete ? low : C2);
  };
}

function scaleTop(unit: X87Unit): void {
  const { state, env } = unit;
  const isEmpty = unit.underflows(0, 1);
  unit.finish(0, isEmpty ? INDEFINITE : scale(env, state.read(0), state.read(1)), 0);
}

function test(unit: X87Unit): void {
  const { state, env } = unit;
  const zero: Extended = { sign: 0, exponent: 0, significand: 0n };
  const order = unit.underflows(0) ? 'unordered' : compare(env, state.read(0), zero, false);
  unit.conclude();
  state.setConditions(C0 | C2 | C3, ORDERS[order][0]);
}

/** Moves TOP and clears C1. */
function turn(by: number): Handler {
  return ({ state }) => {
    state.rotate(by);
    state.setConditions(C1, 0);
  };
}

function clearExceptions({ state }: X87Unit): void {
  state.status &= ~(0x3f | STACK_FAULT);
  state.summarise();
}

/** The tag word as FLDENV has it: two bits each, 3 for empty. */
function tagsOf(word: number): number {
  let tags = 0;
  for (let n = 0; n < 8; n++) if (((word >> (2 * n)) & 3) !== 3) tags |= 1 << n;
  return tags;
}

/** Loads control, status and tags; the registers keep their places. */
function loadEnvironment(unit: X87Unit, { memory }: X87Request): number {
  const { state } = unit;
  const step = memory!.length === 14 || memory!.length === 94 ? 2 : 4;
  const view = viewOf(memory!.subarray(0, 3 * step));
  const status = view.getUint16(step, true);
  state.rotate(((status >> 11) & 7) - state.top);
  state.status = status;
  state.tags = tagsOf(view.getUint16(2 * step, true));
  state.control = view.getUint16(0, true);
  return step * 7;
}

function restore(unit: X87Unit, request: X87Request): void {
  const at = loadEnvironment(unit, request);
  const { tags } = unit.state;
  for (let n = 0; n < 8; n++) {
    unit.state.write(n, fromExtendedBytes(request.memory!.subarray(at + n * 10, at + n * 10 + 10)));
  }
  unit.state.tags = tags;
}

/** FYL2X, FYL2XP1, FPATAN: ST1 becomes the result, then ST0 goes. */
function ofTwo(operation: Binary): Handler {
  return (unit) => {
    const { state, env } = unit;
    const isEmpty = unit.underflows(0, 1);
    unit.finish(1, isEmpty ? INDEFINITE : operation(env, state.read(0), state.read(1)), 1);
  };
}

/** FSIN and FCOS. */
function angleFunction(name: 'sine' | 'cosine'): Handler {
  return (unit) => {
    const { state, env } = unit;
    const isEmpty = unit.underflows(0);
    if (!isEmpty && isAngleTooLarge(state.read(0))) {
      state.setConditions(C1 | C2, C2);
      return;
    }
    state.setConditions(C2, 0);
    unit.finish(0, isEmpty ? INDEFINITE : ofAngle(env, state.read(0), name), 0);
  };
}

const ONE: Extended = { sign: 0, exponent: 0x3fff, significand: 1n << 63n };

/** FSINCOS and FPTAN: ST0 is replaced, and a second number pushed. */
function angleFunctions(isTangent: boolean): Handler {
  return (unit) => {
    const { state, env } = unit;
    const isEmpty = unit.underflows(0);
    const isFault = isEmpty || !state.isEmpty(7);
    if (!isFault && isAngleTooLarge(state.read(0))) {
      state.setConditions(C1 | C2, C2);
      return;
    }
    state.setConditions(C2, 0);
    if (!isEmpty && isFault) state.stackFault(env, true);
    const angle = state.read(0);
    const second = isFault ? INDEFINITE : isTangent ? ONE : ofAngle(env, angle, 'cosine');
    const first = isFault ? INDEFINITE : ofAngle(env, angle, isTangent ? 'tangent' : 'sine');
    if (!env.isStopped) {
      state.write(0, first);
      state.push(isTangent && classOf(first) === 'quiet' ? first : second);
    }
    unit.conclude();
  };
}

const nothing: Handler = () => {};
const constant: Handler = (unit, { mnemonic }) =>
  unit.push(constantOf(mnemonic, unit.env.rounding));

const ARITHMETIC_HANDLERS = Object.fromEntries(
  Object.entries(BINARY).flatMap(([name, operation]) => [
    [`f${name}`, arithmetic(operation, false, 0)],
    [`f${name}p`, arithmetic(operation, false, 1)],
    [`fi${name}`, arithmetic(operation, true, 0)],
  ]),
);

const HANDLERS: Readonly<Record<string, Handler>> = {
  ...ARITHMETIC_HANDLERS,
  ...Object.fromEntries(Object.keys(MOVE_CONDITIONS).map((name) => [name, conditionalMove])),
  fcom: comparison(false, false, 0),
  fcomp: comparison(false, false, 1),
  fcompp: comparison(false, false, 2),
  ficom: comparison(false, true, 0),
  ficomp: comparison(false, true, 1),
  fucom: comparison(true, false, 0),
  fucomp: comparison(true, false, 1),
  fucompp: comparison(true, false, 2),
  fcomi: flagComparison(false, 0),
  fcomip: flagComparison(false, 1),
  fucomi: flagComparison(true, 0),
  fucomip: flagComparison(true, 1),
  ftst: test,
  fxam: examine,
  fld: load,
  fild: (unit, { memory }) => unit.push(fromInteger(signedOf(memory!))),
  fbld: (unit, { memory }) => unit.push(fromDecimal(memory!)),
  fst: store(0),
  fstp: store(1),
  fist: storeInteger(0, false),
  fistp: storeInteger(1, false),
  fisttp: storeInteger(1, true),
  fbstp: storeDecimal,
  fxch: exchange,
  fld1: constant,
  fldl2t: constant,
  fldl2e: constant,
  fldpi: constant,
  fldlg2: constant,
  fldln2: constant,
  fldz: constant,
  fchs: signChange((before) => (before === 0 ? 1 : 0)),
  fabs: signChange(() => 0),
  fsqrt: unary(squareRoot),
  frndint: unary(roundToInteger),
  fxtract: extractParts,
  fscale: scaleTop,
  fprem: partialRemainder(false),
  fprem1: partialRemainder(true),
  f2xm1: unary(exponential),
  fyl2x: ofTwo(logarithm),
  fyl2xp1: ofTwo(logarithmPlusOne),
  fpatan: ofTwo((env, x, y) => arcTangentOf(env, y, x)),
  fsin: angleFunction('sine'),
  fcos: angleFunction('cosine'),
  fsincos: angleFunctions(false),
  fptan: angleFunctions(true),
  fincstp: turn(1),
  fdecstp: turn(-1),
  ffree: ({ state }, { registers }) => state.setEmpty(registers[0]!, true),
  ffreep: ({ state }, { registers }) => {
    state.setEmpty(registers[0]!, true);
    state.pop();
    state.setConditions(C1, 0);
  },
  fninit: ({ state }) => initialise(state),
  fnclex: clearExceptions,
  fldcw: ({ state }, { memory }) => {
    state.control = viewOf(memory!).getUint16(0, true);
  },
  fnstcw: ({ state, result }) => {
    result.store = bytesOf(BigInt(state.control), 2);
  },
  fnstsw: ({ state, result }, { memory }) => {
    if (memory === null) result.ax = state.status;
    else result.store = bytesOf(BigInt(state.status), 2);
  },
  fldenv: loadEnvironment,
  frstor: restore,
  fwait: nothing,
  fnop: nothing,
  fneni: nothing,
  fndisi: nothing,
  fnsetpm: nothing,
};
