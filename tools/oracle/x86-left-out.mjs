/**
 * Rows that are not compared with the real processor, each with the reason. Everything else of the
 * table is.
 */
const LEFT_OUT = [
  [/^(syscall|int|int1|iret|retf|sysret[qd])$/, 'enters the kernel or needs its selectors'],
  [/^(l[sfg]s)$/, 'loads a segment register'],
  [/^(cpuid|rdtscp?|rdrand|rdseed|rdpid|xgetbv|rdpkru|wrpkru)$/, 'its result is the machine’s own'],
  [/^(lar|lsl|verr|verw|sldt|str|smsw|sgdt|sidt)$/, 'its result is the operating system’s'],
  [/^(monitor|mwait|invlpg|clac|stac|xsetbv|rdpmc)$/, 'its fault depends on the machine'],
  [/^(xsave|xrstor)/, 'its image depends on what the processor has beyond SSE'],
  [/^(rdsspq|rdsspd)$/, 'a NOP or not, as the operating system chose'],
  [/^wr[fg]sbase$/, 'the runner keeps its own base there'],
  [/^(rcp|rsqrt)(ps|ss)$/, 'an approximation that each processor makes differently'],
  [
    /^(f2xm1|fyl2x|fyl2xp1|fptan|fpatan|fsin|fcos|fsincos)$/,
    'transcendental: the last bits are each processor’s own',
  ],
  [/^fn?s(ave|tenv)$|^fxsave/, 'stores the addresses of the last x87 instruction, or not'],
];

const SEGMENT_MOVES = new Set(['Sw,Ev/Mw', 'FS', 'GS']);
const FAR_POINTER = 'Mp';
const SPECIAL_REGISTERS = /[CD]q/;

/** What our engine does as the processors of this maker do, and others may not. */
const OBSERVED_MAKER = 'AuthenticAMD';
const OBSERVED = [
  [/^maskmov/, 'which faults it has without a byte to store'],
  [/^cvt(pi2p[sd]|t?p[sd]2pi)$/, 'when x87’s registers become MMX’s'],
  [/^fxrstor/, 'the order of its faults'],
  [/^f(ldenv|rstor)$/, 'the order of its faults'],
];

/** Why a row is left out on a processor of that maker, or null. */
export function leftOutBy(maker) {
  return (row) => {
    const observed = OBSERVED.find(([pattern]) => pattern.test(row.mnemonic));
    if (observed !== undefined && maker !== OBSERVED_MAKER) return observed[1];
    return leftOut(row);
  };
}

/** Why a row is left out, or null. */
export function leftOut({ mnemonic, operandText, encoding }) {
  const found = LEFT_OUT.find(([pattern]) => pattern.test(mnemonic));
  if (found !== undefined) return found[1];
  if (SEGMENT_MOVES.has(operandText)) return 'loads or stores a segment register';
  if (operandText === 'Ev/Mw,Sw') return 'its result is the operating system’s';
  if (operandText === FAR_POINTER) return 'needs the kernel’s selectors';
  if (SPECIAL_REGISTERS.test(operandText)) return 'its fault depends on the machine';
  if (encoding === '0F FF /r') return 'vendors differ on its length';
  return null;
}
