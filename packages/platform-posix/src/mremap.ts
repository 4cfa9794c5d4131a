/**
 * mremap: resizes a mapping where it is, or moves it. Since Linux 6.17 a move that keeps the size
 * may take several VMAs along, with the gaps between them.
 *
 * @see mm/mremap.c of Linux 6.18: check_mremap_params, check_prep_vma, mremap_at, mremap_to
 */
import { PAGE_BYTES } from '@bareheap/mmu';
import type { AddressSpace } from './address-space.ts';
import { isPageAligned, pageAlign, TASK_SIZE, unsigned } from './address-word.ts';
import { EAGAIN, EFAULT, EINVAL, ENOMEM, EPERM } from './errno.ts';
import {
  MAP_FIXED,
  MAP_SHARED,
  MREMAP_DONTUNMAP,
  MREMAP_FIXED,
  MREMAP_MAYMOVE,
} from './linux-constants.ts';
import {
  has,
  isAnonymous,
  type LinuxVma,
  makeVma,
  pageOffsetAt,
  pagesOf,
  VM_ACCOUNT,
  VM_LOCKED,
  VM_LOCKONFAULT,
  VM_MAYSHARE,
  VM_SEALED,
  VM_SHARED,
  withMapping,
} from './linux-vma.ts';
import { mayLock } from './mmap.ts';
import { place } from './placement.ts';
import { populate } from './populate.ts';

const KNOWN_FLAGS = MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP;

interface Remap {
  readonly address: number;
  readonly oldLength: number;
  readonly newLength: number;
  readonly flags: number;
  readonly target: number;
}

/** Resizes or moves a mapping: its address, or a negative error number. */
export function mremap(
  space: AddressSpace,
  address: number,
  oldLength: number,
  newLength: number,
  flags: number,
  target: number,
): number {
  const remap: Remap = {
    address,
    oldLength: pageAlign(oldLength),
    newLength: pageAlign(newLength),
    flags,
    target,
  };
  const wrong = checkArguments(space, remap);
  if (wrong !== 0) return wrong;
  const moveOnly = (flags & MREMAP_FIXED) !== 0 && remap.oldLength === remap.newLength;
  if (moveOnly && space.profile.movesSeveralVmas) return moveVmas(space, remap);
  const unfit = checkVma(space, remap);
  if (unfit !== 0) return unfit;
  return impliesTarget(remap) ? moveTo(space, remap) : resize(space, remap);
}

function impliesTarget(remap: Remap): boolean {
  return (remap.flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)) !== 0;
}

function checkArguments(space: AddressSpace, remap: Remap): number {
  const { address, flags, newLength, oldLength, target } = remap;
  if (flags !== (flags & KNOWN_FLAGS) || !isPageAligned(address) || newLength === 0) {
    return -EINVAL;
  }
  if (unsigned(newLength) > TASK_SIZE) return -EINVAL;
  if (!impliesTarget(remap)) return 0;
  if (unsigned(target) > TASK_SIZE - newLength || !isPageAligned(target)) return -EINVAL;
  if ((flags & MREMAP_MAYMOVE) === 0) return -EINVAL;
  if ((flags & MREMAP_DONTUNMAP) !== 0 && oldLength !== newLength) return -EINVAL;
  if (address + oldLength > target && target + newLength > address) return -EINVAL;
  // A move needs up to four VMAs more for a while.
  return space.vmas.size + 2 >= space.profile.maxMapCount - 3 ? -ENOMEM : 0;
}

/** Whether the mapping at the address can be resized or moved so: 0 or a negative error number. */
function checkVma(space: AddressSpace, remap: Remap): number {
  const { address, newLength, oldLength, flags } = remap;
  const vma = space.vmas.find(address);
  if (vma === null) return -EFAULT;
  if (has(vma, VM_SEALED)) return -EPERM;
  const grows = newLength > oldLength;
  if (!grows && !impliesTarget(remap)) return 0;
  if (oldLength === 0 && !has(vma, VM_SHARED | VM_MAYSHARE)) return -EINVAL;
  // What a shrinking move does not take along is unmapped, whatever it is.
  if (Math.min(unsigned(oldLength), newLength) > vma.end - address) return -EFAULT;
  if (newLength === oldLength || (flags & MREMAP_DONTUNMAP) !== 0) return 0;
  if (!grows) return 0;
  const delta = newLength - oldLength;
  if (!mayLock(space, vma.backing.flags, delta)) return -EAGAIN;
  return space.mayExpand(vma.protection, vma.backing.flags, delta / PAGE_BYTES) ? 0 : -ENOMEM;
}

/** Resizes in place, or moves when it must and may. */
function resize(space: AddressSpace, remap: Remap): number {
  const { address, oldLength, newLength, flags } = remap;
  if (newLength === oldLength) return address;
  if (newLength < oldLength) {
    const failed = shrink(space, remap);
    return failed === 0 ? address : failed;
  }
  const vma = space.vmas.find(address)!;
  const delta = newLength - oldLength;
  if (oldLength === vma.end - address && isRoomAfter(space, vma, delta)) {
    return expand(space, vma, delta) ? address : -ENOMEM;
  }
  if ((flags & MREMAP_MAYMOVE) === 0) return -ENOMEM;
  return move(space, remap, 0);
}

function shrink(space: AddressSpace, remap: Remap): number {
  const start = remap.address + remap.newLength;
  const end = remap.address + remap.oldLength;
  if (unsigned(remap.oldLength) > TASK_SIZE || end > TASK_SIZE) return -EINVAL;
  return space.unmap(start, end);
}

function isRoomAfter(space: AddressSpace, vma: LinuxVma, bytes: number): boolean {
  const next = space.vmas.firstEndingAfter(vma.end);
  return vma.end + bytes <= TASK_SIZE && (next === null || next.start >= vma.end + bytes);
}

/** Extends a VMA at its end, over what was found free. */
function expand(space: AddressSpace, vma: LinuxVma, bytes: number): boolean {
  if (has(vma, VM_ACCOUNT) && !space.enoughMemory(bytes / PAGE_BYTES)) return false;
  const { end } = vma;
  const pageOffset = pageOffsetAt(vma, end);
  space.insertNew(
    makeVma(end, end + bytes, vma.protection, { ...vma.backing, pageOffset }, vma.name),
  );
  if (has(vma, VM_LOCKED)) populate(space, end, end + bytes);
  return true;
}

/** A move to an address that the caller gave, exactly or as a hint. */
function moveTo(space: AddressSpace, remap: Remap): number {
  const { flags, newLength, oldLength, target } = remap;
  if ((flags & MREMAP_FIXED) !== 0) {
    const failed = space.unmap(target, target + newLength);
    if (failed !== 0) return failed;
    if (space.vmas.find(remap.address) === null) return -EFAULT;
  }
  let moved = remap;
  if (newLength < oldLength) {
    const failed = shrink(space, remap);
    if (failed !== 0) return failed;
    moved = { ...remap, oldLength: newLength };
  }
  if ((flags & MREMAP_DONTUNMAP) !== 0) {
    const vma = space.vmas.find(remap.address)!;
    const pages = oldLength / PAGE_BYTES;
    if (!space.mayExpand(vma.protection, vma.backing.flags, pages)) return -ENOMEM;
  }
  return move(space, moved, target);
}

/** Moves the part of one VMA to where it is placed: the new address or a negative error number. */
function move(space: AddressSpace, remap: Remap, target: number): number {
  const { address, newLength, oldLength, flags } = remap;
  const vma = space.vmas.find(address)!;
  const to = place(space, {
    address: target,
    length: newLength,
    flags:
      ((flags & MREMAP_FIXED) !== 0 ? MAP_FIXED : 0) | (has(vma, VM_MAYSHARE) ? MAP_SHARED : 0),
    hasObject: !isAnonymous(vma),
  });
  if (to < 0) return to;
  if (space.vmas.size >= space.profile.maxMapCount - 3) return -ENOMEM;
  const keeps = (flags & MREMAP_DONTUNMAP) !== 0;
  const charged = (keeps ? newLength : newLength - oldLength) / PAGE_BYTES;
  if (has(vma, VM_ACCOUNT) && !space.enoughMemory(charged)) return -ENOMEM;
  // Memory that was never written takes the page numbers of its new place, so that it can merge.
  const fresh = isAnonymous(vma) && vma.backing.anonVma === 0;
  const pageOffset = fresh ? to / PAGE_BYTES : pageOffsetAt(vma, address);
  const copy = makeVma(
    to,
    to + newLength,
    vma.protection,
    { ...vma.backing, pageOffset },
    vma.name,
  );
  space.insertNew(copy);
  space.pages.move(address, to, Math.min(oldLength, newLength));
  space.guards.move(address, to, oldLength);
  const source = space.vmas.find(address)!;
  if (keeps) keepSource(space, source, address, oldLength);
  else if (oldLength > 0) {
    space.cut(source, address, address + oldLength);
    space.userFaults.remove(address, address + oldLength);
  }
  const grows = newLength > oldLength;
  if (grows && has(vma, VM_LOCKED)) populate(space, to + oldLength, to + newLength);
  return to;
}

/** What MREMAP_DONTUNMAP leaves: the old mapping, empty, and not locked any more. */
function keepSource(space: AddressSpace, vma: LinuxVma, start: number, length: number): void {
  const whole = vma.start === start && vma.end === start + length;
  const flags = vma.backing.flags & ~(VM_LOCKED | VM_LOCKONFAULT);
  const anonVma = whole ? 0 : vma.backing.anonVma;
  // The kernel does not take them off its count of locked pages.
  if (has(vma, VM_LOCKED)) space.lockedPages += pagesOf(vma);
  if (flags !== vma.backing.flags || anonVma !== vma.backing.anonVma) {
    space.replace(vma, withMapping(vma, { flags, anonVma }));
  }
}

/** A move that keeps the size, of all VMAs in the range, with the gaps between them. */
function moveVmas(space: AddressSpace, remap: Remap): number {
  const { address, oldLength, flags } = remap;
  const end = address + oldLength;
  let result = -EFAULT;
  let target = remap.target;
  let lastEnd = -1;
  for (let at = address; at < end || lastEnd < 0; ) {
    const vma = space.vmas.firstEndingAfter(at);
    if (vma === null || (vma.start >= end && oldLength > 0)) break;
    const start = Math.max(vma.start, address);
    if (lastEnd < 0 && start > address) return -EFAULT;
    const length = Math.min(end, vma.end) - start;
    if (lastEnd >= 0) target += start - lastEnd;
    const part = { address: start, oldLength: length, newLength: length, flags, target };
    const unfit = checkVma(space, part);
    const moved = unfit === 0 ? moveTo(space, part) : unfit;
    if (moved < 0) return moved;
    if (lastEnd < 0) result = moved;
    lastEnd = start + length;
    target = moved + length;
    at = lastEnd;
  }
  return result;
}
