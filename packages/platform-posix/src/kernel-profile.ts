/**
 * What the memory calls depend on beside their arguments: the kernel's version, its configuration
 * and its sysctls, and the size of the machine. One record a kind of system, so that a rule that
 * changed with a version is a field and not a condition in the code.
 */
import { MADV_HWPOISON, MADV_SOFT_OFFLINE } from './linux-constants.ts';

export interface KernelProfile {
  /** As `uname -r` has it, for messages. */
  readonly release: string;
  /** vm.mmap_min_addr, bytes: no unprivileged mapping below it. */
  readonly mmapMinAddress: number;
  /** vm.max_map_count: VMAs of a process. */
  readonly maxMapCount: number;
  /** vm.overcommit_memory: 0 refuses what the machine has not, 1 nothing, 2 beyond the limit. */
  readonly overcommit: 0 | 1 | 2;
  /** vm.overcommit_ratio, percent of the memory that may be committed in mode 2. */
  readonly overcommitRatio: number;
  /** vm.admin_reserve_kbytes and vm.user_reserve_kbytes, bytes: kept free in mode 2. */
  readonly adminReserveBytes: number;
  readonly userReserveBytes: number;
  /** Memory and swap together, bytes. */
  readonly memoryBytes: number;
  /** stack_guard_gap, bytes below a VMA that grows down where nothing else is put. */
  readonly stackGuardGapBytes: number;
  /** Anonymous mappings of whole huge pages are aligned to them (since 6.7). */
  readonly alignsHugePages: boolean;
  /** MAP_STACK keeps huge pages away, which is a difference to other mappings (since 6.7). */
  readonly stackAvoidsHugePages: boolean;
  /** mremap moves several VMAs at once (since 6.17); before it was EFAULT. */
  readonly movesSeveralVmas: boolean;
  /** MADV_GUARD_INSTALL and MADV_GUARD_REMOVE (since 6.13). */
  readonly hasGuardRegions: boolean;
  /** Guard pages mark their VMA (since 6.19, and in late releases of 6.18). */
  readonly marksGuards: boolean;
  /** mseal (since 6.10). */
  readonly hasSealing: boolean;
  /** MAP_DROPPABLE (since 6.11). */
  readonly hasDroppable: boolean;
  /** Pieces of advice that this configuration does not know although the version does. */
  readonly unknownAdvice: readonly number[];
  /** What membarrier's query answers. */
  readonly membarrierCommands: number;
}

/** The system that the recorded truth comes from. */
export const LINUX_6_18: KernelProfile = {
  release: '6.18',
  mmapMinAddress: 4096,
  maxMapCount: 65530,
  overcommit: 0,
  overcommitRatio: 50,
  adminReserveBytes: 8192 * 1024,
  userReserveBytes: 100405 * 1024,
  memoryBytes: 24 * 2 ** 30,
  stackGuardGapBytes: 256 * 4096,
  alignsHugePages: true,
  stackAvoidsHugePages: true,
  movesSeveralVmas: true,
  hasGuardRegions: true,
  marksGuards: true,
  hasSealing: true,
  hasDroppable: true,
  unknownAdvice: [MADV_HWPOISON, MADV_SOFT_OFFLINE],
  membarrierCommands: 0x3ff,
};

/** The fields that came with a version: `major * 100 + minor`. */
const SINCE = {
  alignsHugePages: 607,
  stackAvoidsHugePages: 607,
  hasSealing: 610,
  hasDroppable: 611,
  hasGuardRegions: 613,
  movesSeveralVmas: 617,
  marksGuards: 618,
} as const satisfies Partial<Record<keyof KernelProfile, number>>;

/** What a kernel of a release (`uname -r`) has; all else as on the system of the recorded truth. */
export function linuxProfile(release: string): KernelProfile {
  const [major = 0, minor = 0] = release.split(/[.-]/).map(Number);
  const version = major * 100 + minor;
  const entries = Object.entries(SINCE).map(([field, since]) => [field, version >= since] as const);
  return { ...LINUX_6_18, ...Object.fromEntries(entries), release };
}
