// @table
/**
 * F and D: single- and double-precision floating point (Unprivileged ISA, chapters 11 and 12), one
 * set of rows made for each format.
 */
import {
  add,
  and,
  constant,
  constant64,
  type Expression,
  operate,
  or,
  or64,
  select,
  shl64,
  shrU64,
  widenU,
  wrap,
} from '../../ir/expression.ts';
import type { OperationName } from '../../ir/operation.ts';
import {
  arithmetic,
  chooseResult,
  floatValue,
  fusedArithmetic,
  namedValue,
  rounding,
} from './float-arithmetic.ts';
import { DOUBLE, type FloatFormat, SINGLE } from './float-format.ts';
import {
  both,
  callRoutine,
  floatBits,
  inexactIsUp,
  lowWord,
  numberOf,
  raise,
  resultBits,
  setFloatBits,
} from './float-lifting.ts';
import { floatRoutine } from './float-routine.ts';
import { type Extension, type Lift, type Row, row } from './row.ts';
import { NV, RTZ } from './soft-float.ts';

const isSingle = (format: FloatFormat): boolean => format === SINGLE;
/** The operation of WebAssembly by format. */
function of(format: FloatFormat, single: OperationName, double: OperationName): OperationName {
  return isSingle(format) ? single : double;
}

/** An instruction that does not round, and is illegal while the unit is off. */
function unrounded(lift: Lift): Lift {
  return (c, f) => {
    c.requireFloat();
    lift(c, f);
  };
}

// Loads and stores move bits; a double is two words.

export function loadFloat(format: FloatFormat): Lift {
  return unrounded((c, f) => {
    const address = add(c.get(f.rs1), constant(f.imm));
    const [low, high] = c.block.loadMany(address, isSingle(format) ? 1 : 2, 4, false, 'any');
    const bits =
      high === undefined ? low! : or64(widenU(low!), shl64(widenU(high), constant64(32n)));
    setFloatBits(c, f.rd, bits, format);
  });
}

export function storeFloat(format: FloatFormat): Lift {
  return unrounded((c, f) => {
    const address = add(c.get(f.rs1), constant(f.imm));
    const low = lowWord(c, f.rs2);
    if (isSingle(format)) return c.block.store(address, 4, low, 'any');
    const high = wrap(shrU64(floatBits(c, f.rs2, format), constant64(32n)));
    c.block.storeMany(address, 4, [low, high], 'any');
  });
}

// Signs, as bits.

type SignRule = (a: Expression, b: Expression, sign: Expression) => Expression;

function signInjection(format: FloatFormat, rule: SignRule): Lift {
  const sign = isSingle(format) ? constant(0x80000000) : constant64(1n << 63n);
  const magnitude = isSingle(format) ? constant(0x7fffffff) : constant64((1n << 63n) - 1n);
  const andName = of(format, 'and', 'and64');
  return unrounded((c, f) => {
    const a = floatBits(c, f.rs1, format);
    const signBit = operate(andName, rule(a, floatBits(c, f.rs2, format), sign), sign);
    const bits = operate(of(format, 'or', 'or64'), operate(andName, a, magnitude), signBit);
    setFloatBits(c, f.rd, bits, format);
  });
}

function signRules(format: FloatFormat): Readonly<Record<string, SignRule>> {
  const exclusive = of(format, 'xor', 'xor64');
  return {
    fsgnj: (_a, b) => b,
    fsgnjn: (_a, b, sign) => operate(exclusive, b, sign),
    fsgnjx: (a, b) => operate(exclusive, a, b),
  };
}

// Comparisons.

/** FMIN and FMAX; zeros of different signs and unordered operands are the routine's. */
function extreme(name: 'min' | 'max', format: FloatFormat): Lift {
  const less = of(format, 'ltF32', 'ltF64');
  return unrounded((c, f) => {
    const { block } = c;
    const a = floatValue(c, f.rs1, format);
    const b = floatValue(c, f.rs2, format);
    const aIsLess = block.let(operate(less, a.number, b.number));
    const bIsLess = operate(less, b.number, a.number);
    const areSame = and(
      operate(of(format, 'eqF32', 'eqF64'), a.number, b.number),
      operate(of(format, 'eq', 'eq64'), a.bits, b.bits),
    );
    block.if(
      or(or(aIsLess, bIsLess), areSame),
      () => {
        const [first, second] = name === 'min' ? [a, b] : [b, a];
        setFloatBits(c, f.rd, select(aIsLess, first.bits, second.bits), format);
      },
      () => {
        const value = callRoutine(c, name, format, [a.bits, b.bits], null);
        setFloatBits(c, f.rd, resultBits(value, format), format);
      },
    );
  });
}

function isUnordered(a: Expression, b: Expression, format: FloatFormat): Expression {
  const differs = of(format, 'neF32', 'neF64');
  return or(operate(differs, a, a), operate(differs, b, b));
}

/** FLT and FLE: a NaN is invalid. FEQ: only a signalling one is, as the routine of FMIN knows. */
function comparison(single: OperationName, double: OperationName, isQuiet: boolean): FormatLift {
  return (format) =>
    unrounded((c, f) => {
      const { block } = c;
      const a = floatValue(c, f.rs1, format);
      const b = floatValue(c, f.rs2, format);
      block.if(isUnordered(a.number, b.number, format), () => {
        if (isQuiet) callRoutine(c, 'min', format, [a.bits, b.bits], null);
        else raise(c, constant(NV));
      });
      c.set(f.rd, operate(of(format, single, double), a.number, b.number));
    });
}

type FormatLift = (format: FloatFormat) => Lift;

// Conversions.

/** To an integer: natively when it rounds to nearest even or towards zero and fits. */
function toInteger(format: FloatFormat, isSigned: boolean): Lift {
  const [low, high] = isSigned ? [-(2 ** 31), 2 ** 31 - 1] : [0, 2 ** 32 - 1];
  return rounding((c, f, mode) => {
    const { block } = c;
    const bits = block.let(floatBits(c, f.rs1, format));
    const number = numberOf(bits, format);
    const wide = block.let(isSingle(format) ? operate('promote', number) : number);
    const isTruncating = f.rm === RTZ;
    const whole = block.let(operate(isTruncating ? 'truncF64' : 'nearestF64', wide));
    const limit = (value: number): Expression => ({ kind: 'constant', type: 'f64', value });
    const fits = and(operate('leF64', limit(low), whole), operate('leF64', whole, limit(high)));
    const isNative = isTruncating ? constant(1) : mode.isNative;
    block.if(
      both(isNative, fits),
      () => {
        // NX is bit 0, as what a comparison gives.
        raise(c, operate('neF64', whole, wide));
        c.setWhen(f.rd, operate(isSigned ? 'f64ToI32' : 'f64ToU32', whole));
      },
      () => {
        const name = isSigned ? 'toSigned' : 'toUnsigned';
        c.setWhen(f.rd, callRoutine(c, name, format, [bits], mode, 'i32'));
      },
    );
  });
}

function fromInteger(format: FloatFormat, isSigned: boolean): Lift {
  const toDouble: OperationName = isSigned ? 'i32ToF64' : 'u32ToF64';
  const native = of(format, isSigned ? 'i32ToF32' : 'u32ToF32', toDouble);
  return rounding((c, f, mode) => {
    const { block } = c;
    const integer = block.let(c.get(f.rs1));
    const r = namedValue(c, operate(native, integer), format);
    const isExact = isSingle(format)
      ? operate('eqF64', operate('promote', r.number), operate(toDouble, integer))
      : constant(1);
    block.if(
      both(mode.isNative, either(isExact, inexactIsUp(c))),
      () => setFloatBits(c, f.rd, r.bits, format),
      () => {
        const name = isSigned ? 'fromSigned' : 'fromUnsigned';
        const value = callRoutine(c, name, format, [integer], mode);
        setFloatBits(c, f.rd, resultBits(value, format), format);
      },
    );
  });
}

function either(a: Expression, b: Expression): Expression {
  return a.kind === 'constant' && a.value !== 0 ? a : or(a, b);
}

const toSingle: Lift = rounding((c, f, mode) => {
  const a = floatValue(c, f.rs1, DOUBLE);
  const r = namedValue(c, operate('demote', a.number), SINGLE);
  const isExact = (): Expression => operate('eqF64', operate('promote', r.number), a.number);
  chooseResult(c, mode, r, SINGLE, isExact, {
    native: () => setFloatBits(c, f.rd, r.bits, SINGLE),
    routine: () => {
      const value = callRoutine(c, 'convert', DOUBLE, [a.bits], mode);
      setFloatBits(c, f.rd, resultBits(value, SINGLE), SINGLE);
    },
  });
});

/** Always exact; only a NaN, or a rounding mode that does not exist, needs the routine. */
const toDouble: Lift = rounding((c, f, mode) => {
  const a = floatValue(c, f.rs1, SINGLE);
  const isNumber = operate('eqF32', a.number, a.number);
  const isGood = mode.isDynamic ? both(mode.isNative, isNumber) : isNumber;
  c.block.if(
    isGood,
    () => {
      const bits = operate('f64Bits', operate('promote', a.number));
      setFloatBits(c, f.rd, bits, DOUBLE);
    },
    () => setFloatBits(c, f.rd, callRoutine(c, 'convert', SINGLE, [a.bits], mode), DOUBLE),
  );
});

function classify(format: FloatFormat): Lift {
  return unrounded((c, f) => {
    const bits = c.block.let(floatBits(c, f.rs1, format));
    const operand = bits.type === 'i32' ? widenU(bits) : bits;
    c.set(f.rd, c.block.routine(floatRoutine('class', format), [operand], ['i32'])[0]!);
  });
}

// The table.

const FORMAT_BITS = { s: '00', d: '01' } as const;
const FUSED_OPCODES = { madd: '1000011', msub: '1000111', nmsub: '1001011', nmadd: '1001111' };

function formatRows(format: FloatFormat, extension: Extension): Row[] {
  const code = FORMAT_BITS[format.name];
  const width = isSingle(format) ? '010' : '011';
  const word = isSingle(format) ? 'w' : 'd';
  const { name: suffix } = format;
  const operation = (funct5: string, middle: string, name: string, operands: string, lift: Lift) =>
    row(extension, `${funct5} ${code} ${middle} rd 1010011`, `${name}.${suffix}`, operands, lift);
  const toWord = (which: string, name: string, isSigned: boolean) =>
    operation('11000', `${which} rs1 rm`, name, 'rd, fs1', toInteger(format, isSigned));
  const ofWord = (which: string, name: string, isSigned: boolean) =>
    row(
      extension,
      `11010 ${code} ${which} rs1 rm rd 1010011`,
      `fcvt.${suffix}.${name}`,
      'fd, rs1',
      fromInteger(format, isSigned),
    );
  const binary = (funct5: string, name: string) =>
    operation(funct5, 'rs2 rs1 rm', `f${name}`, 'fd, fs1, fs2', arithmetic(name, format));
  const compare = (funct3: string, name: string, lift: FormatLift) =>
    operation('10100', `rs2 rs1 ${funct3}`, name, 'rd, fs1, fs2', lift(format));
  return [
    row(
      extension,
      `imm[11:0] rs1 ${width} rd 0000111`,
      `fl${word}`,
      'fd, imm(rs1)',
      loadFloat(format),
    ),
    row(
      extension,
      `imm[11:5] rs2 rs1 ${width} imm[4:0] 0100111`,
      `fs${word}`,
      'fs2, imm(rs1)',
      storeFloat(format),
    ),
    ...Object.entries(FUSED_OPCODES).map(([name, opcode]) =>
      row(
        extension,
        `rs3 ${code} rs2 rs1 rm rd ${opcode}`,
        `f${name}.${suffix}`,
        'fd, fs1, fs2, fs3',
        fusedArithmetic(name, format),
      ),
    ),
    binary('00000', 'add'),
    binary('00001', 'sub'),
    binary('00010', 'mul'),
    binary('00011', 'div'),
    operation('01011', '00000 rs1 rm', 'fsqrt', 'fd, fs1', arithmetic('sqrt', format)),
    ...Object.entries(signRules(format)).map(([name, rule], funct3) =>
      operation(
        '00100',
        `rs2 rs1 ${funct3.toString(2).padStart(3, '0')}`,
        name,
        'fd, fs1, fs2',
        signInjection(format, rule),
      ),
    ),
    operation('00101', 'rs2 rs1 000', 'fmin', 'fd, fs1, fs2', extreme('min', format)),
    operation('00101', 'rs2 rs1 001', 'fmax', 'fd, fs1, fs2', extreme('max', format)),
    compare('010', 'feq', comparison('eqF32', 'eqF64', true)),
    compare('001', 'flt', comparison('ltF32', 'ltF64', false)),
    compare('000', 'fle', comparison('leF32', 'leF64', false)),
    toWord('00000', 'fcvt.w', true),
    toWord('00001', 'fcvt.wu', false),
    ofWord('00000', 'w', true),
    ofWord('00001', 'wu', false),
    operation('11100', '00000 rs1 001', 'fclass', 'rd, fs1', classify(format)),
  ];
}

export const FLOAT: readonly Row[] = [
  ...formatRows(SINGLE, 'f'),
  row(
    'f',
    '11100 00 00000 rs1 000 rd 1010011',
    'fmv.x.w',
    'rd, fs1',
    unrounded((c, f) => c.set(f.rd, lowWord(c, f.rs1))),
  ),
  row(
    'f',
    '11110 00 00000 rs1 000 rd 1010011',
    'fmv.w.x',
    'fd, rs1',
    unrounded((c, f) => setFloatBits(c, f.rd, c.get(f.rs1), SINGLE)),
  ),
  ...formatRows(DOUBLE, 'd'),
  row('d', '01000 00 00001 rs1 rm rd 1010011', 'fcvt.s.d', 'fd, fs1', toSingle),
  row('d', '01000 01 00000 rs1 rm rd 1010011', 'fcvt.d.s', 'fd, fs1', toDouble),
];
