// @table
/** x87: D8…DF and WAIT (SDM volume 2, tables ). */
import { COMPARE_FLOAT } from './flag-effect.ts';
import { type Row, row } from './row.ts';

const x87 = (encoding: string, mnemonic: string, operands?: string, flags?: string): Row =>
  row('fpu', encoding, mnemonic, operands, flags);

/** The eight of D8, DA, DC and DE with memory, by ModRM.reg. */
const ARITHMETIC = ['add', 'mul', 'com', 'comp', 'sub', 'subr', 'div', 'divr'] as const;

const ARITHMETIC_ROWS: readonly Row[] = ARITHMETIC.flatMap((name, n) => [
  x87(`D8 /${n}:m`, `f${name}`, 'Md'),
  x87(`DA /${n}:m`, `fi${name}`, 'Md'),
  x87(`DC /${n}:m`, `f${name}`, 'Mq'),
  x87(`DE /${n}:m`, `fi${name}`, 'Mw'),
]);

/**
 * Register forms: ModRM C0 + 8 n + i. DC and DE have the two subtractions, and divisions, swapped.
 */
const REGISTER_ROWS: readonly Row[] = [
  x87('D8 C0+i', 'fadd', 'ST0,STi'),
  x87('D8 C8+i', 'fmul', 'ST0,STi'),
  x87('D8 D0+i', 'fcom', 'STi'),
  x87('D8 D8+i', 'fcomp', 'STi'),
  x87('D8 E0+i', 'fsub', 'ST0,STi'),
  x87('D8 E8+i', 'fsubr', 'ST0,STi'),
  x87('D8 F0+i', 'fdiv', 'ST0,STi'),
  x87('D8 F8+i', 'fdivr', 'ST0,STi'),
  x87('DC C0+i', 'fadd', 'STi,ST0'),
  x87('DC C8+i', 'fmul', 'STi,ST0'),
  x87('DC E0+i', 'fsubr', 'STi,ST0'),
  x87('DC E8+i', 'fsub', 'STi,ST0'),
  x87('DC F0+i', 'fdivr', 'STi,ST0'),
  x87('DC F8+i', 'fdiv', 'STi,ST0'),
  x87('DE C0+i', 'faddp', 'STi,ST0'),
  x87('DE C8+i', 'fmulp', 'STi,ST0'),
  x87('DE D9', 'fcompp'),
  x87('DE E0+i', 'fsubrp', 'STi,ST0'),
  x87('DE E8+i', 'fsubp', 'STi,ST0'),
  x87('DE F0+i', 'fdivrp', 'STi,ST0'),
  x87('DE F8+i', 'fdivp', 'STi,ST0'),
];

const CONDITIONAL_MOVES: readonly Row[] = [
  x87('DA C0+i', 'fcmovb', 'ST0,STi', '-----t'),
  x87('DA C8+i', 'fcmove', 'ST0,STi', '--t---'),
  x87('DA D0+i', 'fcmovbe', 'ST0,STi', '--t--t'),
  x87('DA D8+i', 'fcmovu', 'ST0,STi', '----t-'),
  x87('DB C0+i', 'fcmovnb', 'ST0,STi', '-----t'),
  x87('DB C8+i', 'fcmovne', 'ST0,STi', '--t---'),
  x87('DB D0+i', 'fcmovnbe', 'ST0,STi', '--t--t'),
  x87('DB D8+i', 'fcmovnu', 'ST0,STi', '----t-'),
];

const COMPARISONS: readonly Row[] = [
  x87('D9 E4', 'ftst'),
  x87('D9 E5', 'fxam'),
  x87('DA E9', 'fucompp'),
  x87('DD E0+i', 'fucom', 'STi'),
  x87('DD E8+i', 'fucomp', 'STi'),
  x87('DB E8+i', 'fucomi', 'ST0,STi', COMPARE_FLOAT),
  x87('DB F0+i', 'fcomi', 'ST0,STi', COMPARE_FLOAT),
  x87('DF E8+i', 'fucomip', 'ST0,STi', COMPARE_FLOAT),
  x87('DF F0+i', 'fcomip', 'ST0,STi', COMPARE_FLOAT),
];

const LOADS_AND_STORES: readonly Row[] = [
  x87('D9 /0:m', 'fld', 'Md'),
  x87('D9 /2:m', 'fst', 'Md'),
  x87('D9 /3:m', 'fstp', 'Md'),
  x87('DB /0:m', 'fild', 'Md'),
  row('sse3', 'DB /1:m', 'fisttp', 'Md'),
  x87('DB /2:m', 'fist', 'Md'),
  x87('DB /3:m', 'fistp', 'Md'),
  x87('DB /5:m', 'fld', 'Mt'),
  x87('DB /7:m', 'fstp', 'Mt'),
  x87('DD /0:m', 'fld', 'Mq'),
  row('sse3', 'DD /1:m', 'fisttp', 'Mq'),
  x87('DD /2:m', 'fst', 'Mq'),
  x87('DD /3:m', 'fstp', 'Mq'),
  x87('DF /0:m', 'fild', 'Mw'),
  row('sse3', 'DF /1:m', 'fisttp', 'Mw'),
  x87('DF /2:m', 'fist', 'Mw'),
  x87('DF /3:m', 'fistp', 'Mw'),
  x87('DF /4:m', 'fbld', 'Mt'),
  x87('DF /5:m', 'fild', 'Mq'),
  x87('DF /6:m', 'fbstp', 'Mt'),
  x87('DF /7:m', 'fistp', 'Mq'),
  x87('D9 C0+i', 'fld', 'STi'),
  x87('D9 C8+i', 'fxch', 'STi'),
  x87('DD D0+i', 'fst', 'STi'),
  x87('DD D8+i', 'fstp', 'STi'),
];

const CONSTANTS: readonly Row[] = [
  x87('D9 E8', 'fld1'),
  x87('D9 E9', 'fldl2t'),
  x87('D9 EA', 'fldl2e'),
  x87('D9 EB', 'fldpi'),
  x87('D9 EC', 'fldlg2'),
  x87('D9 ED', 'fldln2'),
  x87('D9 EE', 'fldz'),
];

const UNARY: readonly Row[] = [
  x87('D9 E0', 'fchs'),
  x87('D9 E1', 'fabs'),
  x87('D9 F0', 'f2xm1'),
  x87('D9 F1', 'fyl2x'),
  x87('D9 F2', 'fptan'),
  x87('D9 F3', 'fpatan'),
  x87('D9 F4', 'fxtract'),
  x87('D9 F5', 'fprem1'),
  x87('D9 F8', 'fprem'),
  x87('D9 F9', 'fyl2xp1'),
  x87('D9 FA', 'fsqrt'),
  x87('D9 FB', 'fsincos'),
  x87('D9 FC', 'frndint'),
  x87('D9 FD', 'fscale'),
  x87('D9 FE', 'fsin'),
  x87('D9 FF', 'fcos'),
];

const CONTROL: readonly Row[] = [
  x87('9B', 'fwait'),
  x87('D9 /4:m', 'fldenv', 'M'),
  x87('D9 /5:m', 'fldcw', 'Mw'),
  x87('D9 /6:m', 'fnstenv', 'M'),
  x87('D9 /7:m', 'fnstcw', 'Mw'),
  x87('D9 D0', 'fnop'),
  x87('D9 F6', 'fdecstp'),
  x87('D9 F7', 'fincstp'),
  x87('DB E0', 'fneni'),
  x87('DB E1', 'fndisi'),
  x87('DB E2', 'fnclex'),
  x87('DB E3', 'fninit'),
  x87('DB E4', 'fnsetpm'),
  x87('DD /4:m', 'frstor', 'M'),
  x87('DD /6:m', 'fnsave', 'M'),
  x87('DD /7:m', 'fnstsw', 'Mw'),
  x87('DD C0+i', 'ffree', 'STi'),
  x87('DF C0+i', 'ffreep', 'STi'),
  x87('DF E0', 'fnstsw', 'AX'),
];

export const X87_ROWS: readonly Row[] = [
  ...ARITHMETIC_ROWS,
  ...REGISTER_ROWS,
  ...CONDITIONAL_MOVES,
  ...COMPARISONS,
  ...LOADS_AND_STORES,
  ...CONSTANTS,
  ...UNARY,
  ...CONTROL,
];
