// @table
/**
 * Integer and system instructions of the maps 0F, 0F 38 and 0F 3A, and those under VEX
 * (SDM volume 2, tables ).
 */
import { ARITHMETIC, MULTIPLY, SHIFT } from './flag-effect.ts';
import { type Row, row } from './row.ts';

/** BT and its kin set CF alone; SDM leaves ZF as it was and calls the others undefined. */
const BIT_TEST = 'uu-uum';

const BIT_TESTS: readonly Row[] = (
  [
    ['bt', 'A3', 4, ''],
    ['bts', 'AB', 5, 'lock'],
    ['btr', 'B3', 6, 'lock'],
    ['btc', 'BB', 7, 'lock'],
  ] as const
).flatMap(([name, opcode, digit, lock]) => [
  row('base', `0F ${opcode} /r`, name, 'Ev,Gv', BIT_TEST, lock),
  row('base', `0F BA /${digit}`, name, 'Ev,Ib', BIT_TEST, lock),
]);

const INTEGER: readonly Row[] = [
  row('base', '0F A4 /r', 'shld', 'Ev,Gv,Ib', SHIFT),
  row('base', '0F A5 /r', 'shld', 'Ev,Gv,CL', SHIFT),
  row('base', '0F AC /r', 'shrd', 'Ev,Gv,Ib', SHIFT),
  row('base', '0F AD /r', 'shrd', 'Ev,Gv,CL', SHIFT),
  row('base', '0F AF /r', 'imul', 'Gv,Ev', MULTIPLY),
  row('base', '0F B0 /r', 'cmpxchg', 'Eb,Gb', ARITHMETIC, 'lock'),
  row('base', '0F B1 /r', 'cmpxchg', 'Ev,Gv', ARITHMETIC, 'lock'),
  row('base', '0F B6 /r', 'movzx', 'Gv,Eb'),
  row('base', '0F B7 /r', 'movzx', 'Gv,Ew'),
  row('base', '0F BE /r', 'movsx', 'Gv,Eb'),
  row('base', '0F BF /r', 'movsx', 'Gv,Ew'),
  row('popcnt', 'F3 0F B8 /r', 'popcnt', 'Gv,Ev', '00m000'),
  row('bmi1', 'F3 0F BC /r', 'tzcnt', 'Gv,Ev', 'uumuum'),
  row('lzcnt', 'F3 0F BD /r', 'lzcnt', 'Gv,Ev', 'uumuum'),
  row('base', '0F BC /r', 'bsf', 'Gv,Ev', 'uumuuu'),
  row('base', '0F BD /r', 'bsr', 'Gv,Ev', 'uumuuu'),
  row('base', '0F C0 /r', 'xadd', 'Eb,Gb', ARITHMETIC, 'lock'),
  row('base', '0F C1 /r', 'xadd', 'Ev,Gv', ARITHMETIC, 'lock'),
  row('sse2', 'NP 0F C3 /r', 'movnti', 'My,Gy'),
  row('cx16', 'W1 0F C7 /1:m', 'cmpxchg16b', 'Mx', '--m---', 'lock'),
  row('base', '0F C7 /1:m', 'cmpxchg8b', 'Mq', '--m---', 'lock'),
  row('base', '0F C8+r', 'bswap', 'Zv'),
  row('base', '0F A0', 'push', 'FS', '------', 'd64'),
  row('base', '0F A1', 'pop', 'FS', '------', 'd64'),
  row('base', '0F A8', 'push', 'GS', '------', 'd64'),
  row('base', '0F A9', 'pop', 'GS', '------', 'd64'),
  row('base', '0F B2 /r', 'lss', 'Gv,Mp'),
  row('base', '0F B4 /r', 'lfs', 'Gv,Mp'),
  row('base', '0F B5 /r', 'lgs', 'Gv,Mp'),
];

const HINTS: readonly Row[] = [
  row('prefetchw', '0F 0D /1:m', 'prefetchw', 'Mb'),
  row('prefetchw', '0F 0D /2:m', 'prefetchwt1', 'Mb'),
  ...[0, 3, 4, 5, 6, 7].map((n) => row('prefetchw', `0F 0D /${n}:m`, 'prefetch', 'Mb')),
  row('sse', '0F 18 /0:m', 'prefetchnta', 'Mb'),
  row('sse', '0F 18 /1:m', 'prefetcht0', 'Mb'),
  row('sse', '0F 18 /2:m', 'prefetcht1', 'Mb'),
  row('sse', '0F 18 /3:m', 'prefetcht2', 'Mb'),
  row('cet', 'F3 0F 1E FA', 'endbr64'),
  row('cet', 'F3 0F 1E FB', 'endbr32'),
  row('cet', 'W1 F3 0F 1E /1:3', 'rdsspq', 'Ry'),
  row('cet', 'F3 0F 1E /1:3', 'rdsspd', 'Ry'),
  ...['18', '19', '1A', '1B', '1C', '1D', '1E', '1F'].map((opcode) =>
    row('base', `0F ${opcode} /r`, 'nop', 'Ev'),
  ),
  row('clflushopt', '66 0F AE /7:m', 'clflushopt', 'Mb'),
  row('clwb', '66 0F AE /6:m', 'clwb', 'Mb'),
  row('sse2', 'NP 0F AE /7:m', 'clflush', 'Mb'),
  row('sse2', 'NP 0F AE /5:3', 'lfence'),
  row('sse2', 'NP 0F AE /6:3', 'mfence'),
  row('sse', 'NP 0F AE /7:3', 'sfence'),
];

const SYSTEM: readonly Row[] = [
  row('base', '0F 05', 'syscall'),
  row('base', '0F 0B', 'ud2', '', '------', 'undefined'),
  row('base', '0F B9 /r', 'ud1', 'Gv,Ev', '------', 'undefined'),
  row('base', '0F FF /r', 'ud0', 'Gv,Ev', '------', 'undefined'),
  row('base', '0F A2', 'cpuid'),
  row('base', '0F 31', 'rdtsc'),
  row('rdtscp', '0F 01 F9', 'rdtscp'),
  row('xsave', 'NP 0F 01 D0', 'xgetbv'),
  row('pku', 'NP 0F 01 EE', 'rdpkru'),
  row('pku', 'NP 0F 01 EF', 'wrpkru'),
  row('rdpid', 'F3 0F C7 /7:3', 'rdpid', 'Rq'),
  row('rdrand', 'NP 0F C7 /6:3', 'rdrand', 'Rv', '00000m'),
  row('rdrand', '66 0F C7 /6:3', 'rdrand', 'Rv', '00000m'),
  row('rdseed', 'NP 0F C7 /7:3', 'rdseed', 'Rv', '00000m'),
  row('rdseed', '66 0F C7 /7:3', 'rdseed', 'Rv', '00000m'),
  row('fsgsbase', 'F3 0F AE /0:3', 'rdfsbase', 'Ry'),
  row('fsgsbase', 'F3 0F AE /1:3', 'rdgsbase', 'Ry'),
  row('fsgsbase', 'F3 0F AE /2:3', 'wrfsbase', 'Ry'),
  row('fsgsbase', 'F3 0F AE /3:3', 'wrgsbase', 'Ry'),
  row('fpu', 'W1 NP 0F AE /0:m', 'fxsave64', 'M'),
  row('fpu', 'NP 0F AE /0:m', 'fxsave', 'M'),
  row('fpu', 'W1 NP 0F AE /1:m', 'fxrstor64', 'M'),
  row('fpu', 'NP 0F AE /1:m', 'fxrstor', 'M'),
  row('sse', 'NP 0F AE /2:m', 'ldmxcsr', 'Md'),
  row('sse', 'NP 0F AE /3:m', 'stmxcsr', 'Md'),
  row('xsave', 'W1 NP 0F AE /4:m', 'xsave64', 'M'),
  row('xsave', 'NP 0F AE /4:m', 'xsave', 'M'),
  row('xsave', 'W1 NP 0F AE /5:m', 'xrstor64', 'M'),
  row('xsave', 'NP 0F AE /5:m', 'xrstor', 'M'),
  row('xsaveopt', 'W1 NP 0F AE /6:m', 'xsaveopt64', 'M'),
  row('xsaveopt', 'NP 0F AE /6:m', 'xsaveopt', 'M'),
  row('xsavec', 'W1 NP 0F C7 /4:m', 'xsavec64', 'M'),
  row('xsavec', 'NP 0F C7 /4:m', 'xsavec', 'M'),
  row('base', '0F 00 /0', 'sldt', 'Ev/Mw'),
  row('base', '0F 00 /1', 'str', 'Ev/Mw'),
  row('base', '0F 00 /4', 'verr', 'Ew', '--m---'),
  row('base', '0F 00 /5', 'verw', 'Ew', '--m---'),
  row('base', '0F 01 /0:m', 'sgdt', 'M'),
  row('base', '0F 01 /1:m', 'sidt', 'M'),
  row('base', '0F 01 /4', 'smsw', 'Ev/Mw'),
  row('base', '0F 02 /r', 'lar', 'Gv,Ew', '--m---'),
  row('base', '0F 03 /r', 'lsl', 'Gv,Ew', '--m---'),
];

const PRIVILEGED: readonly Row[] = (
  [
    ['0F 00 /2', 'lldt', 'Ew'],
    ['0F 00 /3', 'ltr', 'Ew'],
    ['0F 01 /2:m', 'lgdt', 'M'],
    ['0F 01 /3:m', 'lidt', 'M'],
    ['0F 01 /6', 'lmsw', 'Ew'],
    ['0F 01 /7:m', 'invlpg', 'Mb'],
    ['0F 01 F8', 'swapgs', ''],
    ['NP 0F 01 C8', 'monitor', ''],
    ['NP 0F 01 C9', 'mwait', ''],
    ['NP 0F 01 CA', 'clac', ''],
    ['NP 0F 01 CB', 'stac', ''],
    ['NP 0F 01 D1', 'xsetbv', ''],
    ['0F 06', 'clts', ''],
    ['W1 0F 07', 'sysretq', ''],
    ['0F 07', 'sysretd', ''],
    ['0F 08', 'invd', ''],
    ['NP 0F 09', 'wbinvd', ''],
    ['0F 20 /r', 'mov', 'Rq,Cq'],
    ['0F 21 /r', 'mov', 'Rq,Dq'],
    ['0F 22 /r', 'mov', 'Cq,Rq'],
    ['0F 23 /r', 'mov', 'Dq,Rq'],
    ['0F 30', 'wrmsr', ''],
    ['0F 32', 'rdmsr', ''],
    ['0F 33', 'rdpmc', ''],
    ['W1 NP 0F C7 /3:m', 'xrstors64', 'M'],
    ['NP 0F C7 /3:m', 'xrstors', 'M'],
    ['W1 NP 0F C7 /5:m', 'xsaves64', 'M'],
    ['NP 0F C7 /5:m', 'xsaves', 'M'],
  ] as const
).map(([encoding, name, operands]) =>
  row('base', encoding, name, operands, '------', 'privileged'),
);

const BYTE_MAPS: readonly Row[] = [
  row('movbe', 'NP 0F 38 F0 /r', 'movbe', 'Gv,Mv'),
  row('movbe', '66 0F 38 F0 /r', 'movbe', 'Gv,Mv'),
  row('movbe', 'NP 0F 38 F1 /r', 'movbe', 'Mv,Gv'),
  row('movbe', '66 0F 38 F1 /r', 'movbe', 'Mv,Gv'),
  row('sse4_2', 'F2 0F 38 F0 /r', 'crc32', 'Gy,Eb'),
  row('sse4_2', 'F2 0F 38 F1 /r', 'crc32', 'Gy,Ev'),
  row('adx', '66 0F 38 F6 /r', 'adcx', 'Gy,Ey', '-----T'),
  row('adx', 'F3 0F 38 F6 /r', 'adox', 'Gy,Ey', 'T-----'),
];

const VECTOR_PREFIX: readonly Row[] = [
  row('bmi1', 'VEX NP 0F 38 F2 /r', 'andn', 'Gy,By,Ey', '0mmuu0'),
  row('bmi1', 'VEX NP 0F 38 F3 /1', 'blsr', 'By,Ey', '0mmuum'),
  row('bmi1', 'VEX NP 0F 38 F3 /2', 'blsmsk', 'By,Ey', '0m0uum'),
  row('bmi1', 'VEX NP 0F 38 F3 /3', 'blsi', 'By,Ey', '0mmuum'),
  row('bmi1', 'VEX NP 0F 38 F7 /r', 'bextr', 'Gy,Ey,By', '0umuu0'),
  row('bmi2', 'VEX NP 0F 38 F5 /r', 'bzhi', 'Gy,Ey,By', '0mmuum'),
  row('bmi2', 'VEX F2 0F 38 F5 /r', 'pdep', 'Gy,By,Ey'),
  row('bmi2', 'VEX F3 0F 38 F5 /r', 'pext', 'Gy,By,Ey'),
  row('bmi2', 'VEX F2 0F 38 F6 /r', 'mulx', 'Gy,By,Ey'),
  row('bmi2', 'VEX 66 0F 38 F7 /r', 'shlx', 'Gy,Ey,By'),
  row('bmi2', 'VEX F3 0F 38 F7 /r', 'sarx', 'Gy,Ey,By'),
  row('bmi2', 'VEX F2 0F 38 F7 /r', 'shrx', 'Gy,Ey,By'),
  row('bmi2', 'VEX F2 0F 3A F0 /r', 'rorx', 'Gy,Ey,Ib'),
];

export const EXTENDED_ROWS: readonly Row[] = [
  ...BIT_TESTS,
  ...INTEGER,
  ...HINTS,
  ...SYSTEM,
  ...PRIVILEGED,
  ...BYTE_MAPS,
  ...VECTOR_PREFIX,
];
