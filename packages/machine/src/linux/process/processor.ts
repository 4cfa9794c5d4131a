/** What CPUID answers: the features that the engine has, and no more. @see Intel SDM 2A, CPUID */

type Answer = readonly [eax: number, ebx: number, ecx: number, edx: number];

/** FPU, TSC, CX8, CMOV, FXSR, SSE, SSE2. */
export const HARDWARE_CAPABILITIES: number =
  (1 << 0) | (1 << 4) | (1 << 8) | (1 << 15) | (1 << 24) | (1 << 25) | (1 << 26);
/** SSE3, SSSE3, CX16, SSE4.1, SSE4.2, MOVBE, POPCNT. */
const FEATURES = (1 << 0) | (1 << 9) | (1 << 13) | (1 << 19) | (1 << 22) | (1 << 23);
const NOTHING: Answer = [0, 0, 0, 0];
/** `GenuineIntel`, in the order EBX, ECX, EDX. */
const VENDOR = [0x756e6547, 0x6c65746e, 0x49656e69] as const;
const SIGNATURE = 0x000306c0;
const LONG_MODE = 1 << 29;
const SYSCALL = 1 << 11;
const NO_EXECUTE = 1 << 20;
const LAHF = 1;

const LEAVES: Readonly<Record<number, Answer>> = {
  0: [1, VENDOR[0], VENDOR[1], VENDOR[2]],
  1: [SIGNATURE, 0x00010800, FEATURES, HARDWARE_CAPABILITIES],
  2147483648: [0x80000001, 0, 0, 0],
  2147483649: [0, 0, LAHF, LONG_MODE | SYSCALL | NO_EXECUTE],
};

export const CPUID = (leaf: number): Answer => LEAVES[leaf >>> 0] ?? NOTHING;
