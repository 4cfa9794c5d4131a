/**
 * Build attributes of an Arm object, section `.ARM.attributes`.
 * @see Addenda to the ABI for the Arm Architecture, 3.3.5 to 3.3.7
 */
import { readBuildAttributes } from './build-attributes.ts';

export interface ArmAttributes {
  /** What the compiler was told, such as `Cortex-M4` or `7E-M`. */
  readonly cpuName: string | null;
  /** Tag_CPU_arch: 10 v7, 11 v6-M, 12 v6S-M, 13 v7E-M, 16 v8-M.base, 17 v8-M.main. */
  readonly cpuArch: number | null;
  /** The architecture with its profile, such as `v7E-M`; null when the number is not known. */
  readonly architecture: string | null;
  /** Tag_CPU_arch_profile as a letter: A, R, M, S. */
  readonly profile: string | null;
  /** Tag_ARM_ISA_use: 0 or absent, no Arm instructions. */
  readonly armIsa: number;
  /** Tag_THUMB_ISA_use: 0 none, 1 the 16-bit ones, 2 Thumb-2, 3 as the architecture has. */
  readonly thumbIsa: number;
  /** Tag_FP_arch; 0 or absent: no floating-point instructions. 6: VFPv4-D16, 8: FPv5-D16. */
  readonly fpArch: number;
  /** Tag_ABI_VFP_args: 1 when floating-point arguments are passed in VFP registers. */
  readonly vfpArguments: number;
  /** Tag_DSP_extension, only for v8-M. */
  readonly dsp: number;
}

const TAG = {
  cpuRawName: 4,
  cpuName: 5,
  cpuArch: 6,
  profile: 7,
  armIsa: 8,
  thumbIsa: 9,
  fpArch: 10,
  vfpArguments: 28,
  compatibility: 32,
  dsp: 46,
} as const;

/** Tag_CPU_arch by number. */
const ARCHITECTURES: readonly string[] = [
  'pre-v4',
  'v4',
  'v4T',
  'v5T',
  'v5TE',
  'v5TEJ',
  'v6',
  'v6KZ',
  'v6T2',
  'v6K',
  'v7',
  'v6-M',
  'v6S-M',
  'v7E-M',
  'v8-A',
  'v8-R',
  'v8-M.baseline',
  'v8-M.mainline',
  'v8.1-A',
  'v8.2-A',
  'v8.3-A',
  'v8.1-M.mainline',
  'v9-A',
];

/** Parses the section; unknown tags are skipped. */
export function parseArmAttributes(bytes: Uint8Array): ArmAttributes {
  const { numbers, texts } = readBuildAttributes(bytes, 'aeabi', (tag) => {
    if (tag === TAG.compatibility) return 'both';
    if (tag === TAG.cpuRawName || tag === TAG.cpuName) return 'text';
    return tag > 32 && tag % 2 === 1 ? 'text' : 'number';
  });
  const code = numbers.get(TAG.profile) ?? 0;
  const profile = code >= 0x41 && code <= 0x5a ? String.fromCharCode(code) : null;
  const cpuArch = numbers.get(TAG.cpuArch) ?? null;
  const name = ARCHITECTURES[cpuArch ?? -1] ?? null;
  return {
    cpuName: texts.get(TAG.cpuName) ?? null,
    cpuArch,
    architecture: name === 'v7' && profile !== null ? `v7-${profile}` : name,
    profile,
    armIsa: numbers.get(TAG.armIsa) ?? 0,
    thumbIsa: numbers.get(TAG.thumbIsa) ?? 0,
    fpArch: numbers.get(TAG.fpArch) ?? 0,
    vfpArguments: numbers.get(TAG.vfpArguments) ?? 0,
    dsp: numbers.get(TAG.dsp) ?? 0,
  };
}
