/**
 * mmap and munmap. The order of the checks is the kernel's: a call that is wrong in two ways gives
 * the first one's error.
 *
 * @see mm/mmap.c: ksys_mmap_pgoff, do_mmap; mm/vma.c: mmap_region (Linux 6.18)
 */
import { PAGE_BYTES, PROT_EXECUTE, PROT_READ, PROT_WRITE } from '@bareheap/mmu';
import type { AddressSpace } from './address-space.ts';
import { isPageAligned, pageAlign, TASK_SIZE, unsigned } from './address-word.ts';
import {
  EACCES,
  EAGAIN,
  EBADF,
  EEXIST,
  EINVAL,
  ENODEV,
  ENOMEM,
  EOPNOTSUPP,
  EOVERFLOW,
  EPERM,
} from './errno.ts';
import { hugePageOf } from './huge-page.ts';
import {
  F_SEAL_FUTURE_WRITE,
  F_SEAL_WRITE,
  LEGACY_MAP_MASK,
  MAP_ANONYMOUS,
  MAP_DROPPABLE,
  MAP_FIXED,
  MAP_FIXED_NOREPLACE,
  MAP_GROWSDOWN,
  MAP_HUGETLB,
  MAP_LOCKED,
  MAP_NONBLOCK,
  MAP_NORESERVE,
  MAP_POPULATE,
  MAP_PRIVATE,
  MAP_SHARED,
  MAP_SHARED_VALIDATE,
  MAP_STACK,
  MAP_TYPE,
  RLIMIT_MEMLOCK,
} from './linux-constants.ts';
import type { FileTable, MappableFile } from './linux-files.ts';
import {
  isAccountable,
  type LinuxVma,
  makeVma,
  VM_ACCOUNT,
  VM_DONTDUMP,
  VM_DROPPABLE,
  VM_GROWSDOWN,
  VM_LOCKED,
  VM_LOCKONFAULT,
  VM_MAYEXEC,
  VM_MAYSHARE,
  VM_MAYWRITE,
  VM_NOHUGEPAGE,
  VM_NORESERVE,
  VM_SHARED,
  VM_WIPEONFORK,
} from './linux-vma.ts';
import { MemoryObject } from './memory-object.ts';
import { place, roundHint } from './placement.ts';
import { populate } from './populate.ts';

const PROT_ALL = PROT_READ | PROT_WRITE | PROT_EXECUTE;
const LARGEST_FILE = 2 ** 63;

/** A request as it goes from check to check. */
interface Request {
  readonly address: number;
  readonly length: number;
  readonly protection: number;
  readonly flags: number;
  readonly file: MappableFile | null;
  readonly offset: number;
}

/** Maps memory or a file: the address, or a negative error number. */
export function mmap(
  space: AddressSpace,
  files: FileTable,
  address: number,
  length: number,
  prot: number,
  mapFlags: number,
  descriptor: number,
  offset: number,
): number {
  if (!isPageAligned(offset)) return -EINVAL;
  const anonymous = (mapFlags & MAP_ANONYMOUS) !== 0;
  const file = anonymous ? null : files.file(descriptor | 0);
  if (!anonymous && file === null) return -EBADF;
  if ((mapFlags & MAP_HUGETLB) !== 0) {
    const isKnown = anonymous && hugePageOf(mapFlags) !== 0;
    return isKnown ? hugeResult(length) : -EINVAL;
  }
  if (length === 0) return -EINVAL;
  if ((file?.hugePageBytes ?? 0) !== 0) return hugeResult(length);
  const noReplace = (mapFlags & MAP_FIXED_NOREPLACE) !== 0;
  const flags = noReplace ? mapFlags | MAP_FIXED : mapFlags;
  const request: Request = {
    address: (flags & MAP_FIXED) === 0 ? roundHint(space, address) : address,
    length: pageAlign(length),
    protection: prot & PROT_ALL,
    flags,
    file,
    offset,
  };
  if (request.length === 0) return -ENOMEM;
  if (space.vmas.size > space.profile.maxMapCount) return -ENOMEM;
  return mapAt(space, request);
}

/** No huge pages are reserved: no pool gives any, as on a system that did not set some aside. */
function hugeResult(length: number): number {
  return length === 0 ? -EINVAL : -ENOMEM;
}

function mapAt(space: AddressSpace, request: Request): number {
  const { length, flags, protection, file } = request;
  const start = place(space, {
    address: request.address,
    length,
    flags,
    hasObject: file !== null,
  });
  if (start < 0) return start;
  const noReplace = (flags & MAP_FIXED_NOREPLACE) !== 0;
  if (noReplace && space.vmas.overlapping(start, start + length).length > 0) return -EEXIST;
  let vmFlags = space.defaultFlags | VM_MAYWRITE | VM_MAYEXEC;
  if ((flags & MAP_LOCKED) !== 0) {
    if (space.limits.soft(RLIMIT_MEMLOCK) === 0) return -EPERM;
    vmFlags |= VM_LOCKED;
  }
  if ((flags & MAP_GROWSDOWN) !== 0) vmFlags |= VM_GROWSDOWN;
  const isStack = (flags & MAP_STACK) !== 0;
  if (isStack && space.profile.stackAvoidsHugePages) vmFlags |= VM_NOHUGEPAGE;
  if (!mayLock(space, vmFlags, length)) return -EAGAIN;
  const kind =
    file === null ? anonymousFlags(space, flags, vmFlags) : fileFlags(request, file, vmFlags);
  if (kind < 0) return kind;
  vmFlags = kind;
  // MAP_NORESERVE means nothing where overcommitting is forbidden.
  if ((flags & MAP_NORESERVE) !== 0 && space.profile.overcommit !== 2) vmFlags |= VM_NORESERVE;
  const failed = enter(space, request, start, vmFlags);
  if (failed !== 0) return failed;
  const eager = (flags & (MAP_POPULATE | MAP_NONBLOCK)) === MAP_POPULATE;
  const locked = (vmFlags & VM_LOCKED) !== 0 && (protection & PROT_ALL) !== 0;
  if (eager || locked) populate(space, start, start + length);
  return start;
}

/** Whether RLIMIT_MEMLOCK allows `bytes` more of a mapping with these flags. */
export function mayLock(space: AddressSpace, flags: number, bytes: number): boolean {
  if ((flags & VM_LOCKED) === 0) return true;
  const pages = space.lockedPages + bytes / PAGE_BYTES;
  return pages <= Math.floor(space.limits.soft(RLIMIT_MEMLOCK) / PAGE_BYTES);
}

/** VM_* flags of a mapping without a file, or a negative error number. */
function anonymousFlags(space: AddressSpace, flags: number, vmFlags: number): number {
  const grows = (vmFlags & VM_GROWSDOWN) !== 0;
  switch (flags & MAP_TYPE) {
    case MAP_SHARED:
      return grows ? -EINVAL : vmFlags | VM_SHARED | VM_MAYSHARE;
    case MAP_DROPPABLE:
      if (!space.profile.hasDroppable || grows || (flags & MAP_LOCKED) !== 0) return -EINVAL;
      return vmFlags | VM_DROPPABLE | VM_NORESERVE | VM_WIPEONFORK | VM_DONTDUMP;
    case MAP_PRIVATE:
      return vmFlags;
    default:
      return -EINVAL;
  }
}

/** VM_* flags of a mapping of a file, or a negative error number. */
function fileFlags(request: Request, file: MappableFile, vmFlags: number): number {
  const { flags, length, offset, protection } = request;
  if (offset < 0 || offset + length >= LARGEST_FILE) return -EOVERFLOW;
  const type = flags & MAP_TYPE;
  if (type !== MAP_SHARED && type !== MAP_SHARED_VALIDATE && type !== MAP_PRIVATE) return -EINVAL;
  if (type === MAP_SHARED_VALIDATE && (flags & ~LEGACY_MAP_MASK) !== 0) return -EOPNOTSUPP;
  if (type !== MAP_PRIVATE) {
    if ((protection & PROT_WRITE) !== 0 && !file.writable) return -EACCES;
    if (file.appends && file.writable) return -EACCES;
    vmFlags |= VM_SHARED | VM_MAYSHARE;
    if (!file.writable) vmFlags &= ~(VM_MAYWRITE | VM_SHARED);
  }
  if (!file.readable) return -EACCES;
  if (file.noExecute) {
    if ((protection & PROT_EXECUTE) !== 0) return -EPERM;
    vmFlags &= ~VM_MAYEXEC;
  }
  if (file.object === null) return -ENODEV;
  if ((vmFlags & VM_GROWSDOWN) !== 0) return -EINVAL;
  const isSealed = ((file.seals ?? 0) & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)) !== 0;
  return isSealed ? sealedFlags(vmFlags, protection) : vmFlags;
}

/** As mm/memfd.c's check_write_seal: what is shared is not writable, and never will be. */
function sealedFlags(vmFlags: number, protection: number): number {
  if ((vmFlags & VM_SHARED) === 0) return vmFlags;
  return (protection & PROT_WRITE) !== 0 ? -EPERM : vmFlags & ~VM_MAYWRITE;
}

/** Replaces what is mapped in the range by the new mapping: 0, or a negative error number. */
function enter(space: AddressSpace, request: Request, start: number, flags: number): number {
  const { length, protection, file } = request;
  const end = start + length;
  const replaced = space.vmas.overlapping(start, end);
  let replacedPages = 0;
  let replacedAccounted = 0;
  for (const vma of replaced) {
    const pages = (Math.min(end, vma.end) - Math.max(start, vma.start)) / PAGE_BYTES;
    replacedPages += pages;
    if ((vma.backing.flags & VM_ACCOUNT) !== 0) replacedAccounted += pages;
  }
  const pages = length / PAGE_BYTES;
  const accountable = isAccountable(protection, flags);
  const charged = accountable ? pages - replacedAccounted : 0;
  const anonymousShared = file === null && (flags & VM_SHARED) !== 0;
  const reserved = anonymousShared && (flags & VM_NORESERVE) === 0;
  const fits =
    space.mayExpand(protection, flags, pages - replacedPages) &&
    (charged <= 0 || space.enoughMemory(charged)) &&
    (!reserved || space.enoughMemory(pages));
  if (!fits) return space.refuseUnmap(start, end) || -ENOMEM;
  const failed = space.unmap(start, end);
  if (failed !== 0) return failed;
  // What may be dropped is not locked, also after mlockall.
  if ((flags & VM_DROPPABLE) !== 0) flags &= ~(VM_LOCKED | VM_LOCKONFAULT);
  const vma = newVma(space, request, start, accountable ? flags | VM_ACCOUNT : flags);
  space.insertNew(vma);
  // Shared memory without a file is held by its mappings alone.
  if (anonymousShared) vma.backing.object?.release();
  return 0;
}

function newVma(space: AddressSpace, request: Request, start: number, flags: number): LinuxVma {
  const { length, protection, file, offset } = request;
  const shared = file === null && (flags & VM_SHARED) !== 0;
  const object = shared
    ? new MemoryObject(space.mmu.pool, { name: '/dev/zero (deleted)', sizeBytes: length })
    : (file?.object ?? null);
  const pageOffset = object === null ? start / PAGE_BYTES : shared ? 0 : offset / PAGE_BYTES;
  const mapping = { flags, object, file, pageOffset, anonVma: 0, forked: false };
  return makeVma(start, start + length, protection, mapping);
}

/** Unmaps a range; holes in it are no error: 0, -EINVAL, -ENOMEM or -EPERM. */
export function munmap(space: AddressSpace, start: number, length: number): number {
  if (!isPageAligned(start) || unsigned(start) > TASK_SIZE) return -EINVAL;
  if (unsigned(length) > TASK_SIZE - start) return -EINVAL;
  const bytes = pageAlign(length);
  if (bytes === 0) return -EINVAL;
  return space.unmap(start, start + bytes);
}
