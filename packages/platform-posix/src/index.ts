export {
  AddressSpace,
  type AddressSpaceOptions,
  type GuestSignal,
} from './address-space.ts';
export { TASK_SIZE, unsigned, wordFromHalves } from './address-word.ts';
export { awaitPages, bringPage, leavePages } from './bring-page.ts';
export { brk } from './brk.ts';
export { ERRORS, type ErrorNumber, errorName, errorText, isError } from './errno.ts';
export { type KernelProfile, LINUX_6_18, linuxProfile } from './kernel-profile.ts';
export { type FileTable, type MappableFile, NO_FILES } from './linux-files.ts';
export { forkAddressSpace, type LinuxProcess, makeAddressSpace } from './linux-memory.ts';
export type { LinuxVma, Mapping } from './linux-vma.ts';
export { ADVICE, madvise } from './madvise.ts';
export { MemoryFileTable, memfdCreate, memoryFile } from './memfd.ts';
export { type FileContents, MemoryObject, type MemoryObjectOptions } from './memory-object.ts';
export { MemoryProbe } from './memory-probe.ts';
export { mincore } from './mincore.ts';
export { mmap, munmap } from './mmap.ts';
export { mprotect } from './mprotect.ts';
export { mremap } from './mremap.ts';
export { msync } from './msync.ts';
export { handleFault, signalOfFault } from './page-fault.ts';
export { PAGE_MAP_WORD_BYTES, pageMapWords } from './page-map.ts';
export {
  BreakPageSource,
  DEFAULT_MMAP_THRESHOLD,
  MmapPageSource,
  ThresholdPageSource,
} from './posix-page-source.ts';
export { mapsLine, mapsText, nameOf, protectionText } from './process-maps.ts';
export {
  MOST_TASKS,
  type ResourceLimit,
  ResourceLimits,
  RLIMIT_NPROC,
} from './resource-limits.ts';
export {
  allResidentCounts,
  type ResidentCounts,
  residentCounts,
  residentPages,
  smapsRollupText,
  smapsText,
  statmText,
  vmFlagsText,
} from './smaps.ts';
export { checkSpace } from './space-check.ts';
export { type ArgumentType, MEMORY_CALLS, type MemoryCall } from './system-calls.ts';
