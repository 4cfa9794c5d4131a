// @table
/** Integer MMX and SSE to SSE4.2, AES and PCLMULQDQ (SDM volume 2, tables ). */
import { type Feature, type Row, row } from './row.ts';

/** One operation on mm registers and, with 66, on xmm registers. */
type Pair = readonly [opcode: string, mnemonic: string, feature: Feature];

/** In the map 0F: the xmm form is SSE2, the mm form of the feature named. */
const PAIRS: readonly Pair[] = [
  ['63', 'packsswb', 'mmx'],
  ['64', 'pcmpgtb', 'mmx'],
  ['65', 'pcmpgtw', 'mmx'],
  ['66', 'pcmpgtd', 'mmx'],
  ['67', 'packuswb', 'mmx'],
  ['68', 'punpckhbw', 'mmx'],
  ['69', 'punpckhwd', 'mmx'],
  ['6A', 'punpckhdq', 'mmx'],
  ['6B', 'packssdw', 'mmx'],
  ['74', 'pcmpeqb', 'mmx'],
  ['75', 'pcmpeqw', 'mmx'],
  ['76', 'pcmpeqd', 'mmx'],
  ['D1', 'psrlw', 'mmx'],
  ['D2', 'psrld', 'mmx'],
  ['D3', 'psrlq', 'mmx'],
  ['D4', 'paddq', 'sse2'],
  ['D5', 'pmullw', 'mmx'],
  ['D8', 'psubusb', 'mmx'],
  ['D9', 'psubusw', 'mmx'],
  ['DA', 'pminub', 'sse'],
  ['DB', 'pand', 'mmx'],
  ['DC', 'paddusb', 'mmx'],
  ['DD', 'paddusw', 'mmx'],
  ['DE', 'pmaxub', 'sse'],
  ['DF', 'pandn', 'mmx'],
  ['E0', 'pavgb', 'sse'],
  ['E1', 'psraw', 'mmx'],
  ['E2', 'psrad', 'mmx'],
  ['E3', 'pavgw', 'sse'],
  ['E4', 'pmulhuw', 'sse'],
  ['E5', 'pmulhw', 'mmx'],
  ['E8', 'psubsb', 'mmx'],
  ['E9', 'psubsw', 'mmx'],
  ['EA', 'pminsw', 'sse'],
  ['EB', 'por', 'mmx'],
  ['EC', 'paddsb', 'mmx'],
  ['ED', 'paddsw', 'mmx'],
  ['EE', 'pmaxsw', 'sse'],
  ['EF', 'pxor', 'mmx'],
  ['F1', 'psllw', 'mmx'],
  ['F2', 'pslld', 'mmx'],
  ['F3', 'psllq', 'mmx'],
  ['F4', 'pmuludq', 'sse2'],
  ['F5', 'pmaddwd', 'mmx'],
  ['F6', 'psadbw', 'sse'],
  ['F8', 'psubb', 'mmx'],
  ['F9', 'psubw', 'mmx'],
  ['FA', 'psubd', 'mmx'],
  ['FB', 'psubq', 'sse2'],
  ['FC', 'paddb', 'mmx'],
  ['FD', 'paddw', 'mmx'],
  ['FE', 'paddd', 'mmx'],
  ['38 00', 'pshufb', 'ssse3'],
  ['38 01', 'phaddw', 'ssse3'],
  ['38 02', 'phaddd', 'ssse3'],
  ['38 03', 'phaddsw', 'ssse3'],
  ['38 04', 'pmaddubsw', 'ssse3'],
  ['38 05', 'phsubw', 'ssse3'],
  ['38 06', 'phsubd', 'ssse3'],
  ['38 07', 'phsubsw', 'ssse3'],
  ['38 08', 'psignb', 'ssse3'],
  ['38 09', 'psignw', 'ssse3'],
  ['38 0A', 'psignd', 'ssse3'],
  ['38 0B', 'pmulhrsw', 'ssse3'],
  ['38 1C', 'pabsb', 'ssse3'],
  ['38 1D', 'pabsw', 'ssse3'],
  ['38 1E', 'pabsd', 'ssse3'],
];

const PAIR_ROWS: readonly Row[] = PAIRS.flatMap(([opcode, name, feature]) => [
  row(feature, `NP 0F ${opcode} /r`, name, 'Pq,Qq'),
  row(feature === 'ssse3' ? 'ssse3' : 'sse2', `66 0F ${opcode} /r`, name, 'Vx,Wx'),
]);

/** The low halves: the mm form reads four bytes. */
const UNPACK_LOW: readonly Row[] = (
  [
    ['60', 'punpcklbw'],
    ['61', 'punpcklwd'],
    ['62', 'punpckldq'],
  ] as const
).flatMap(([opcode, name]) => [
  row('mmx', `NP 0F ${opcode} /r`, name, 'Pq,Qd'),
  row('sse2', `66 0F ${opcode} /r`, name, 'Vx,Wx'),
]);

const SHIFT_ROWS: readonly Row[] = (
  [
    ['71 /2', 'psrlw'],
    ['71 /4', 'psraw'],
    ['71 /6', 'psllw'],
    ['72 /2', 'psrld'],
    ['72 /4', 'psrad'],
    ['72 /6', 'pslld'],
    ['73 /2', 'psrlq'],
    ['73 /6', 'psllq'],
  ] as const
).flatMap(([encoding, name]) => [
  row('mmx', `NP 0F ${encoding}`, name, 'Nq,Ib'),
  row('sse2', `66 0F ${encoding}`, name, 'Ux,Ib'),
]);

const MOVES: readonly Row[] = [
  row('mmx', 'W1 NP 0F 6E /r', 'movq', 'Pq,Ey'),
  row('mmx', 'NP 0F 6E /r', 'movd', 'Pq,Ey'),
  row('sse2', 'W1 66 0F 6E /r', 'movq', 'Vx,Ey'),
  row('sse2', '66 0F 6E /r', 'movd', 'Vx,Ey'),
  row('mmx', 'W1 NP 0F 7E /r', 'movq', 'Ey,Pq'),
  row('mmx', 'NP 0F 7E /r', 'movd', 'Ey,Pq'),
  row('sse2', 'W1 66 0F 7E /r', 'movq', 'Ey,Vx'),
  row('sse2', '66 0F 7E /r', 'movd', 'Ey,Vx'),
  row('sse2', 'F3 0F 7E /r', 'movq', 'Vx,Wq'),
  row('mmx', 'NP 0F 6F /r', 'movq', 'Pq,Qq'),
  row('sse2', '66 0F 6F /r', 'movdqa', 'Vx,Wx'),
  row('sse2', 'F3 0F 6F /r', 'movdqu', 'Vx,Wx', '------', 'unaligned'),
  row('mmx', 'NP 0F 7F /r', 'movq', 'Qq,Pq'),
  row('sse2', '66 0F 7F /r', 'movdqa', 'Wx,Vx'),
  row('sse2', 'F3 0F 7F /r', 'movdqu', 'Wx,Vx', '------', 'unaligned'),
  row('sse2', '66 0F D6 /r', 'movq', 'Wq,Vx'),
  row('sse2', 'F3 0F D6 /r', 'movq2dq', 'Vx,Nq'),
  row('sse2', 'F2 0F D6 /r', 'movdq2q', 'Pq,Ux'),
  row('sse', 'NP 0F E7 /r', 'movntq', 'Mq,Pq'),
  row('sse2', '66 0F E7 /r', 'movntdq', 'Mx,Vx'),
  row('sse3', 'F2 0F F0 /r', 'lddqu', 'Vx,Mx', '------', 'unaligned'),
  row('sse', 'NP 0F D7 /r', 'pmovmskb', 'Gy,Nq'),
  row('sse2', '66 0F D7 /r', 'pmovmskb', 'Gy,Ux'),
  row('sse', 'NP 0F F7 /r', 'maskmovq', 'Pq,Nq'),
  row('sse2', '66 0F F7 /r', 'maskmovdqu', 'Vx,Ux', '------', 'unaligned'),
  row('sse4_1', '66 0F 38 2A /r', 'movntdqa', 'Vx,Mx'),
  row('mmx', 'NP 0F 77', 'emms'),
];

const SHUFFLES: readonly Row[] = [
  row('sse2', '66 0F 6C /r', 'punpcklqdq', 'Vx,Wx'),
  row('sse2', '66 0F 6D /r', 'punpckhqdq', 'Vx,Wx'),
  row('sse', 'NP 0F 70 /r', 'pshufw', 'Pq,Qq,Ib'),
  row('sse2', '66 0F 70 /r', 'pshufd', 'Vx,Wx,Ib'),
  row('sse2', 'F3 0F 70 /r', 'pshufhw', 'Vx,Wx,Ib'),
  row('sse2', 'F2 0F 70 /r', 'pshuflw', 'Vx,Wx,Ib'),
  row('sse2', '66 0F 73 /3', 'psrldq', 'Ux,Ib'),
  row('sse2', '66 0F 73 /7', 'pslldq', 'Ux,Ib'),
  row('sse', 'NP 0F C4 /r', 'pinsrw', 'Pq,Ed/Mw,Ib'),
  row('sse2', '66 0F C4 /r', 'pinsrw', 'Vx,Ed/Mw,Ib'),
  row('sse', 'NP 0F C5 /r', 'pextrw', 'Gd,Nq,Ib'),
  row('sse2', '66 0F C5 /r', 'pextrw', 'Gd,Ux,Ib'),
  row('ssse3', 'NP 0F 3A 0F /r', 'palignr', 'Pq,Qq,Ib'),
  row('ssse3', '66 0F 3A 0F /r', 'palignr', 'Vx,Wx,Ib'),
  row('sse4_1', '66 0F 3A 0E /r', 'pblendw', 'Vx,Wx,Ib'),
  row('sse4_1', '66 0F 38 10 /r', 'pblendvb', 'Vx,Wx,XMM0'),
  row('sse4_1', '66 0F 3A 14 /r', 'pextrb', 'Ed/Mb,Vx,Ib'),
  row('sse4_1', '66 0F 3A 15 /r', 'pextrw', 'Ed/Mw,Vx,Ib'),
  row('sse4_1', 'W1 66 0F 3A 16 /r', 'pextrq', 'Ey,Vx,Ib'),
  row('sse4_1', '66 0F 3A 16 /r', 'pextrd', 'Ey,Vx,Ib'),
  row('sse4_1', '66 0F 3A 20 /r', 'pinsrb', 'Vx,Ed/Mb,Ib'),
  row('sse4_1', 'W1 66 0F 3A 22 /r', 'pinsrq', 'Vx,Ey,Ib'),
  row('sse4_1', '66 0F 3A 22 /r', 'pinsrd', 'Vx,Ey,Ib'),
];

const WIDENING: readonly Row[] = (
  [
    ['0', 'bw', 'Wq'],
    ['1', 'bd', 'Wd'],
    ['2', 'bq', 'Ww'],
    ['3', 'wd', 'Wq'],
    ['4', 'wq', 'Wd'],
    ['5', 'dq', 'Wq'],
  ] as const
).flatMap(([digit, suffix, source]) => [
  row('sse4_1', `66 0F 38 2${digit} /r`, `pmovsx${suffix}`, `Vx,${source}`),
  row('sse4_1', `66 0F 38 3${digit} /r`, `pmovzx${suffix}`, `Vx,${source}`),
]);

const SSE4: readonly Row[] = (
  [
    ['28', 'pmuldq', 'sse4_1'],
    ['29', 'pcmpeqq', 'sse4_1'],
    ['2B', 'packusdw', 'sse4_1'],
    ['37', 'pcmpgtq', 'sse4_2'],
    ['38', 'pminsb', 'sse4_1'],
    ['39', 'pminsd', 'sse4_1'],
    ['3A', 'pminuw', 'sse4_1'],
    ['3B', 'pminud', 'sse4_1'],
    ['3C', 'pmaxsb', 'sse4_1'],
    ['3D', 'pmaxsd', 'sse4_1'],
    ['3E', 'pmaxuw', 'sse4_1'],
    ['3F', 'pmaxud', 'sse4_1'],
    ['40', 'pmulld', 'sse4_1'],
    ['41', 'phminposuw', 'sse4_1'],
    ['DB', 'aesimc', 'aes'],
    ['DC', 'aesenc', 'aes'],
    ['DD', 'aesenclast', 'aes'],
    ['DE', 'aesdec', 'aes'],
    ['DF', 'aesdeclast', 'aes'],
  ] as const
).map(([opcode, name, feature]) => row(feature, `66 0F 38 ${opcode} /r`, name, 'Vx,Wx'));

/** CF ZF SF OF are results; AF and PF are cleared. */
const STRING_FLAGS = 'mmm00m';

const OTHERS: readonly Row[] = [
  row('sse4_1', '66 0F 38 17 /r', 'ptest', 'Vx,Wx', '00m00m'),
  row('sse4_1', '66 0F 3A 42 /r', 'mpsadbw', 'Vx,Wx,Ib'),
  row('pclmulqdq', '66 0F 3A 44 /r', 'pclmulqdq', 'Vx,Wx,Ib'),
  row('sse4_2', '66 0F 3A 60 /r', 'pcmpestrm', 'Vx,Wx,Ib', STRING_FLAGS, 'unaligned'),
  row('sse4_2', '66 0F 3A 61 /r', 'pcmpestri', 'Vx,Wx,Ib', STRING_FLAGS, 'unaligned'),
  row('sse4_2', '66 0F 3A 62 /r', 'pcmpistrm', 'Vx,Wx,Ib', STRING_FLAGS, 'unaligned'),
  row('sse4_2', '66 0F 3A 63 /r', 'pcmpistri', 'Vx,Wx,Ib', STRING_FLAGS, 'unaligned'),
  row('aes', '66 0F 3A DF /r', 'aeskeygenassist', 'Vx,Wx,Ib'),
];

export const INTEGER_VECTOR_ROWS: readonly Row[] = [
  ...PAIR_ROWS,
  ...UNPACK_LOW,
  ...SHIFT_ROWS,
  ...MOVES,
  ...SHUFFLES,
  ...WIDENING,
  ...SSE4,
  ...OTHERS,
];
