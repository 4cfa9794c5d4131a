/**
 * /proc/cpuinfo: what CPUID answers, in the words of the kernel.
 * @table
 * @see arch/x86/kernel/cpu/proc.c, arch/x86/include/asm/cpufeatures.h of Linux 6.18
 */

/** The answers of CPUID by leaf and subleaf: EAX, EBX, ECX, EDX. */
export type Cpuid = (leaf: number, subleaf: number) => readonly number[];

const [EAX, EBX, ECX, EDX] = [0, 1, 2, 3];
const EXTENDED = 0x80000000;
/** The time stamp counts the guest's nanoseconds. */
const MEGAHERTZ = 1000;

/** A register whose bits are features: their names from bit 0 on, `-` where there is none here. */
interface FeatureWord {
  readonly leaf: number;
  readonly register: number;
  readonly names: string;
}

/** In the order in which the kernel shows them. */
const WORDS: readonly FeatureWord[] = [
  {
    leaf: 1,
    register: EDX,
    names:
      'fpu vme de pse tsc msr pae mce cx8 apic - sep mtrr pge mca cmov pat pse36 pn clflush - dts ' +
      'acpi mmx fxsr sse sse2 ss ht tm ia64 pbe',
  },
  {
    leaf: EXTENDED + 1,
    register: EDX,
    names:
      '- - - - - - - - - - - syscall - - - - - - - mp nx - mmxext - - fxsr_opt pdpe1gb rdtscp - lm ' +
      '3dnowext 3dnow',
  },
  { leaf: EXTENDED + 7, register: EDX, names: '- - - - - - - - constant_tsc' },
  {
    leaf: 1,
    register: ECX,
    names:
      'pni pclmulqdq dtes64 monitor ds_cpl vmx smx est tm2 ssse3 cid sdbg fma cx16 xtpr pdcm - pcid ' +
      'dca sse4_1 sse4_2 x2apic movbe popcnt tsc_deadline_timer aes xsave - avx f16c rdrand hypervisor',
  },
  {
    leaf: EXTENDED + 1,
    register: ECX,
    names: 'lahf_lm cmp_legacy svm extapic cr8_legacy abm sse4a misalignsse 3dnowprefetch',
  },
  {
    leaf: 7,
    register: EBX,
    names:
      'fsgsbase tsc_adjust sgx bmi1 hle avx2 - smep bmi2 erms invpcid rtm - - mpx - avx512f avx512dq ' +
      'rdseed adx smap avx512ifma - clflushopt clwb intel_pt avx512pf avx512er avx512cd sha_ni ' +
      'avx512bw avx512vl',
  },
  {
    leaf: 7,
    register: ECX,
    names: '- avx512vbmi umip pku ospke - - - gfni vaes vpclmulqdq - - - - - - - - - - - rdpid',
  },
];

function flags(cpuid: Cpuid): string {
  return WORDS.flatMap(({ leaf, register, names }) => {
    const bits = cpuid(leaf, 0)[register]!;
    return names.split(' ').filter((name, bit) => name !== '-' && ((bits >>> bit) & 1) !== 0);
  }).join(' ');
}

/** Bytes of registers as text, up to a NUL. */
function textOf(words: readonly number[]): string {
  const bytes = words.flatMap((word) => [0, 8, 16, 24].map((shift) => (word >>> shift) & 0xff));
  const text = String.fromCharCode(...bytes);
  return text.split('\0')[0]!.trim();
}

/** KiB of the last cache that leaf 4 tells of. */
function cacheKib(cpuid: Cpuid): number {
  let bytes = 0;
  for (let index = 0; (cpuid(4, index)[EAX]! & 31) !== 0; index++) {
    const [, sizes, sets] = cpuid(4, index) as readonly [number, number, number];
    bytes = ((sizes >>> 22) + 1) * (((sizes >>> 12) & 0x3ff) + 1) * ((sizes & 0xfff) + 1);
    bytes *= sets + 1;
  }
  return bytes / 1024;
}

/** The text about the one processor. */
export function processorText(cpuid: Cpuid): string {
  const [levels, maker, makerEnd, makerMiddle] = cpuid(0, 0);
  const [signature, line] = cpuid(1, 0) as readonly [number, number];
  const bits = cpuid(EXTENDED + 8, 0)[EAX]!;
  const family = (signature >>> 8) & 15;
  const model = ((signature >>> 4) & 15) | ((signature >>> 12) & 0xf0);
  const clflush = ((line >>> 8) & 0xff) * 8;
  const name = [2, 3, 4].flatMap((leaf) => cpuid(EXTENDED + leaf, 0));
  const rows: readonly (readonly [string, string | number])[] = [
    ['processor', 0],
    ['vendor_id', textOf([maker!, makerMiddle!, makerEnd!])],
    ['cpu family', family],
    ['model', model],
    ['model name', textOf(name)],
    ['stepping', signature & 15],
    ['cpu MHz', MEGAHERTZ.toFixed(3)],
    ['cache size', `${cacheKib(cpuid)} KB`],
    ['physical id', 0],
    ['siblings', 1],
    ['core id', 0],
    ['cpu cores', 1],
    ['apicid', 0],
    ['initial apicid', 0],
    ['fpu', 'yes'],
    ['fpu_exception', 'yes'],
    ['cpuid level', levels!],
    ['wp', 'yes'],
    ['flags', flags(cpuid)],
    ['bugs', ''],
    ['bogomips', (2 * MEGAHERTZ).toFixed(2)],
    ['clflush size', clflush],
    ['cache_alignment', clflush],
    ['address sizes', `${bits & 0xff} bits physical, ${(bits >>> 8) & 0xff} bits virtual`],
    ['power management', ''],
  ];
  // A name of seven letters or less has two tabs behind it.
  const lines = rows.map(([label, value]) => {
    const tabs = label.length < 8 ? '\t\t' : '\t';
    return `${label}${label === 'power management' ? '' : tabs}: ${value}`.trimEnd();
  });
  return `${lines.join('\n')}\n\n`;
}
