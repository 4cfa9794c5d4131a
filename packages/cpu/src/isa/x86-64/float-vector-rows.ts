// @table
/** Floating-point SSE, SSE2, SSE3 and SSE4.1 (SDM volume 2, tables ). */
import { COMPARE_FLOAT } from './flag-effect.ts';
import { type Feature, type Row, row } from './row.ts';

/** The same operation on packed single, packed double, one single, one double. */
function four(opcode: string, stem: string, immediate: string = ''): Row[] {
  return [
    row('sse', `NP 0F ${opcode} /r`, `${stem}ps`, `Vx,Wx${immediate}`),
    row('sse2', `66 0F ${opcode} /r`, `${stem}pd`, `Vx,Wx${immediate}`),
    row('sse', `F3 0F ${opcode} /r`, `${stem}ss`, `Vx,Wd${immediate}`),
    row('sse2', `F2 0F ${opcode} /r`, `${stem}sd`, `Vx,Wq${immediate}`),
  ];
}

function packed(opcode: string, stem: string, operands: string, attributes: string = ''): Row[] {
  return [
    row('sse', `NP 0F ${opcode}`, `${stem}ps`, operands, '------', attributes),
    row('sse2', `66 0F ${opcode}`, `${stem}pd`, operands, '------', attributes),
  ];
}

const move = (
  feature: Feature,
  encoding: string,
  mnemonic: string,
  operands: string,
  attributes: string = '',
): Row => row(feature, encoding, mnemonic, operands, '------', attributes);

const MOVES: readonly Row[] = [
  ...packed('10 /r', 'movu', 'Vx,Wx', 'unaligned'),
  move('sse', 'F3 0F 10 /r', 'movss', 'Vx,Wd'),
  move('sse2', 'F2 0F 10 /r', 'movsd', 'Vx,Wq'),
  ...packed('11 /r', 'movu', 'Wx,Vx', 'unaligned'),
  move('sse', 'F3 0F 11 /r', 'movss', 'Wd,Vx'),
  move('sse2', 'F2 0F 11 /r', 'movsd', 'Wq,Vx'),
  ...packed('12 /r', 'movl', 'Vx,Mq'),
  move('sse', 'NP 0F 12 /r', 'movhlps', 'Vx,Ux'),
  move('sse3', 'F3 0F 12 /r', 'movsldup', 'Vx,Wx'),
  move('sse3', 'F2 0F 12 /r', 'movddup', 'Vx,Wq'),
  ...packed('13 /r', 'movl', 'Mq,Vx'),
  ...packed('14 /r', 'unpckl', 'Vx,Wx'),
  ...packed('15 /r', 'unpckh', 'Vx,Wx'),
  ...packed('16 /r', 'movh', 'Vx,Mq'),
  move('sse', 'NP 0F 16 /r', 'movlhps', 'Vx,Ux'),
  move('sse3', 'F3 0F 16 /r', 'movshdup', 'Vx,Wx'),
  ...packed('17 /r', 'movh', 'Mq,Vx'),
  ...packed('28 /r', 'mova', 'Vx,Wx'),
  ...packed('29 /r', 'mova', 'Wx,Vx'),
  ...packed('2B /r', 'movnt', 'Mx,Vx'),
  ...packed('50 /r', 'movmsk', 'Gy,Ux'),
  ...packed('C6 /r', 'shuf', 'Vx,Wx,Ib'),
];

const CONVERSIONS: readonly Row[] = [
  row('sse', 'NP 0F 2A /r', 'cvtpi2ps', 'Vx,Qq'),
  row('sse2', '66 0F 2A /r', 'cvtpi2pd', 'Vx,Qq'),
  row('sse', 'F3 0F 2A /r', 'cvtsi2ss', 'Vx,Ey'),
  row('sse2', 'F2 0F 2A /r', 'cvtsi2sd', 'Vx,Ey'),
  row('sse', 'NP 0F 2C /r', 'cvttps2pi', 'Pq,Wq'),
  row('sse2', '66 0F 2C /r', 'cvttpd2pi', 'Pq,Wx'),
  row('sse', 'F3 0F 2C /r', 'cvttss2si', 'Gy,Wd'),
  row('sse2', 'F2 0F 2C /r', 'cvttsd2si', 'Gy,Wq'),
  row('sse', 'NP 0F 2D /r', 'cvtps2pi', 'Pq,Wq'),
  row('sse2', '66 0F 2D /r', 'cvtpd2pi', 'Pq,Wx'),
  row('sse', 'F3 0F 2D /r', 'cvtss2si', 'Gy,Wd'),
  row('sse2', 'F2 0F 2D /r', 'cvtsd2si', 'Gy,Wq'),
  row('sse2', 'NP 0F 5A /r', 'cvtps2pd', 'Vx,Wq'),
  row('sse2', '66 0F 5A /r', 'cvtpd2ps', 'Vx,Wx'),
  row('sse2', 'F3 0F 5A /r', 'cvtss2sd', 'Vx,Wd'),
  row('sse2', 'F2 0F 5A /r', 'cvtsd2ss', 'Vx,Wq'),
  row('sse2', 'NP 0F 5B /r', 'cvtdq2ps', 'Vx,Wx'),
  row('sse2', '66 0F 5B /r', 'cvtps2dq', 'Vx,Wx'),
  row('sse2', 'F3 0F 5B /r', 'cvttps2dq', 'Vx,Wx'),
  row('sse2', '66 0F E6 /r', 'cvttpd2dq', 'Vx,Wx'),
  row('sse2', 'F3 0F E6 /r', 'cvtdq2pd', 'Vx,Wq'),
  row('sse2', 'F2 0F E6 /r', 'cvtpd2dq', 'Vx,Wx'),
];

const COMPARISONS: readonly Row[] = [
  row('sse', 'NP 0F 2E /r', 'ucomiss', 'Vx,Wd', COMPARE_FLOAT),
  row('sse2', '66 0F 2E /r', 'ucomisd', 'Vx,Wq', COMPARE_FLOAT),
  row('sse', 'NP 0F 2F /r', 'comiss', 'Vx,Wd', COMPARE_FLOAT),
  row('sse2', '66 0F 2F /r', 'comisd', 'Vx,Wq', COMPARE_FLOAT),
  ...four('C2', 'cmp', ',Ib'),
];

const ARITHMETIC: readonly Row[] = [
  ...four('51', 'sqrt'),
  row('sse', 'NP 0F 52 /r', 'rsqrtps', 'Vx,Wx'),
  row('sse', 'F3 0F 52 /r', 'rsqrtss', 'Vx,Wd'),
  row('sse', 'NP 0F 53 /r', 'rcpps', 'Vx,Wx'),
  row('sse', 'F3 0F 53 /r', 'rcpss', 'Vx,Wd'),
  ...packed('54 /r', 'and', 'Vx,Wx'),
  ...packed('55 /r', 'andn', 'Vx,Wx'),
  ...packed('56 /r', 'or', 'Vx,Wx'),
  ...packed('57 /r', 'xor', 'Vx,Wx'),
  ...four('58', 'add'),
  ...four('59', 'mul'),
  ...four('5C', 'sub'),
  ...four('5D', 'min'),
  ...four('5E', 'div'),
  ...four('5F', 'max'),
  row('sse3', '66 0F 7C /r', 'haddpd', 'Vx,Wx'),
  row('sse3', 'F2 0F 7C /r', 'haddps', 'Vx,Wx'),
  row('sse3', '66 0F 7D /r', 'hsubpd', 'Vx,Wx'),
  row('sse3', 'F2 0F 7D /r', 'hsubps', 'Vx,Wx'),
  row('sse3', '66 0F D0 /r', 'addsubpd', 'Vx,Wx'),
  row('sse3', 'F2 0F D0 /r', 'addsubps', 'Vx,Wx'),
];

const SSE4: readonly Row[] = [
  row('sse4_1', '66 0F 38 14 /r', 'blendvps', 'Vx,Wx,XMM0'),
  row('sse4_1', '66 0F 38 15 /r', 'blendvpd', 'Vx,Wx,XMM0'),
  row('sse4_1', '66 0F 3A 08 /r', 'roundps', 'Vx,Wx,Ib'),
  row('sse4_1', '66 0F 3A 09 /r', 'roundpd', 'Vx,Wx,Ib'),
  row('sse4_1', '66 0F 3A 0A /r', 'roundss', 'Vx,Wd,Ib'),
  row('sse4_1', '66 0F 3A 0B /r', 'roundsd', 'Vx,Wq,Ib'),
  row('sse4_1', '66 0F 3A 0C /r', 'blendps', 'Vx,Wx,Ib'),
  row('sse4_1', '66 0F 3A 0D /r', 'blendpd', 'Vx,Wx,Ib'),
  row('sse4_1', '66 0F 3A 17 /r', 'extractps', 'Ed,Vx,Ib'),
  row('sse4_1', '66 0F 3A 21 /r', 'insertps', 'Vx,Wd,Ib'),
  row('sse4_1', '66 0F 3A 40 /r', 'dpps', 'Vx,Wx,Ib'),
  row('sse4_1', '66 0F 3A 41 /r', 'dppd', 'Vx,Wx,Ib'),
];

export const FLOAT_VECTOR_ROWS: readonly Row[] = [
  ...MOVES,
  ...CONVERSIONS,
  ...COMPARISONS,
  ...ARITHMETIC,
  ...SSE4,
];
