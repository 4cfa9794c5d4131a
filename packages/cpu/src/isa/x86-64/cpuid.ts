/**
 * CPUID (SDM volume 2): what it answers follows from the features that there are, each at its bit.
 * The maker's name is the one for which C libraries know what to choose; the caches are those of
 * no processor in particular, since sizes of copies are tuned by them.
 */
import type { CpuidTable } from './routine.ts';
import type { Feature } from './row.ts';

/** EAX, EBX, ECX, EDX. */
type Answer = readonly [number, number, number, number];

const [EBX, ECX, EDX] = [1, 2, 3];
const NOTHING: Answer = [0, 0, 0, 0];
const BASIC_LEAVES = 0xd;
const EXTENDED = 0x80000000;
const EXTENDED_LEAVES = 0x80000008;
/** `GenuineIntel`, in the order EBX, EDX, ECX. */
const MAKER: Answer = [BASIC_LEAVES, 0x756e6547, 0x6c65746e, 0x49656e69];
const NAME = 'bareheap x86-64';
/** Family 6, model 0x3c, stepping 0. */
const SIGNATURE = 0x306c0;
/** One processor, lines of 64 bytes. */
const PROCESSOR = 0x10800;
/** Physical and virtual addresses have 48 bits. */
const ADDRESS_BITS = 0x3030;
const INVARIANT_TIME = 1 << 8;
const OSXSAVE = 1 << 27;
/** XCR0's bits: x87 and SSE; and the bytes that XSAVE writes for them. */
const XSAVE_STATE: Answer = [3, 576, 576, 0];
/** Descriptor FF: see leaf 4. */
const SEE_LEAF_4: Answer = [0x00ff0001, 0, 0, 0];

type Place = readonly [leaf: number, register: number, bit: number];

/** Where CPUID tells of a feature. */
const PLACES: Readonly<Partial<Record<Feature, Place>>> = {
  fpu: [1, EDX, 0],
  mmx: [1, EDX, 23],
  sse: [1, EDX, 25],
  sse2: [1, EDX, 26],
  sse3: [1, ECX, 0],
  pclmulqdq: [1, ECX, 1],
  ssse3: [1, ECX, 9],
  cx16: [1, ECX, 13],
  sse4_1: [1, ECX, 19],
  sse4_2: [1, ECX, 20],
  movbe: [1, ECX, 22],
  popcnt: [1, ECX, 23],
  aes: [1, ECX, 25],
  xsave: [1, ECX, 26],
  rdrand: [1, ECX, 30],
  fsgsbase: [7, EBX, 0],
  bmi1: [7, EBX, 3],
  bmi2: [7, EBX, 8],
  rdseed: [7, EBX, 18],
  adx: [7, EBX, 19],
  clflushopt: [7, EBX, 23],
  clwb: [7, EBX, 24],
  pku: [7, ECX, 3],
  rdpid: [7, ECX, 22],
  lzcnt: [EXTENDED + 1, ECX, 5],
  prefetchw: [EXTENDED + 1, ECX, 8],
  rdtscp: [EXTENDED + 1, EDX, 27],
};

/** Bits of what every x86-64 has: TSC, CX8, CMOV, CLFSH, FXSR; LAHF; SYSCALL, NX, long mode. */
const ALWAYS: Readonly<Record<number, Answer>> = {
  1: [SIGNATURE, PROCESSOR, 0, (1 << 4) | (1 << 8) | (1 << 15) | (1 << 19) | (1 << 24)],
  [EXTENDED + 1]: [0, 0, 1 << 0, (1 << 11) | (1 << 20) | (1 << 29)],
};

/** Leaf 4: a cache's kind (1 data, 2 instructions, 3 both), level, ways and sets; lines of 64. */
function cache(kind: number, level: number, ways: number, sets: number): Answer {
  const SELF_INITIALISING = 1 << 8;
  return [kind | (level << 5) | SELF_INITIALISING, ((ways - 1) << 22) | 63, sets - 1, 0];
}

/** 32 KiB twice, 256 KiB, 8 MiB. */
const CACHES: readonly Answer[] = [
  cache(1, 1, 8, 64),
  cache(2, 1, 8, 64),
  cache(3, 2, 8, 512),
  cache(3, 3, 16, 8192),
];

/** Sixteen bytes of the processor's name. */
function nameAt(from: number): Answer {
  const word = (n: number): number =>
    [0, 1, 2, 3].reduce(
      (all, byte) => all | ((NAME.charCodeAt(from + n * 4 + byte) || 0) << (byte * 8)),
      0,
    );
  return [word(0), word(1), word(2), word(3)];
}

function withFeatures(leaf: number, features: ReadonlySet<Feature>): Answer {
  const answer: [number, number, number, number] = [...(ALWAYS[leaf] ?? NOTHING)];
  for (const [feature, [at, register, bit]] of Object.entries(PLACES)) {
    if (at === leaf && features.has(feature as Feature)) answer[register as 1]! |= 1 << bit;
  }
  if (leaf === 1 && features.has('xsave')) answer[2] |= OSXSAVE;
  return answer;
}

/** The table for a CPU with these features. */
export function x86Cpuid(features: ReadonlySet<Feature>): CpuidTable {
  const plain: Readonly<Record<number, Answer>> = {
    0: MAKER,
    1: withFeatures(1, features),
    2: SEE_LEAF_4,
    [EXTENDED]: [EXTENDED_LEAVES, 0, 0, 0],
    [EXTENDED + 1]: withFeatures(EXTENDED + 1, features),
    [EXTENDED + 2]: nameAt(0),
    [EXTENDED + 7]: [0, 0, 0, INVARIANT_TIME],
    [EXTENDED + 8]: [ADDRESS_BITS, 0, 0, 0],
  };
  const bySubleaf: Readonly<Record<number, readonly Answer[]>> = {
    4: CACHES,
    7: [withFeatures(7, features)],
    [0xd]: features.has('xsave') ? [XSAVE_STATE] : [],
  };
  return (leaf, subleaf) => bySubleaf[leaf]?.[subleaf] ?? plain[leaf] ?? NOTHING;
}
