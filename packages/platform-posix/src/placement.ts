/**
 * Where a mapping goes: at the fixed address, at the hint when it is free, else as high as it fits
 * below the mmap base, else as low as it fits above a third of the space.
 *
 * @see mm/mmap.c of Linux 6.18: __get_unmapped_area, arch/x86/kernel/sys_x86_64.c
 */
import { PAGE_BYTES } from '@bareheap/mmu';
import type { AddressSpace } from './address-space.ts';
import { isPageAligned, pageAlign, pageFloor, TASK_SIZE, unsigned } from './address-word.ts';
import { EINVAL, ENOMEM, EPERM } from './errno.ts';
import { MAP_32BIT, MAP_FIXED, MAP_SHARED } from './linux-constants.ts';
import { has, type LinuxVma, VM_GROWSDOWN } from './linux-vma.ts';

export const HUGE_PAGE_BYTES: number = 2 << 20;
const NO_PLACE = -1;
/** Where the search upwards begins when there is no place below the mmap base. */
const UNMAPPED_BASE = pageAlign(Math.floor(TASK_SIZE / 3));
/** Range of MAP_32BIT. */
const LOW_RANGE = { low: 0x40000000, high: 0x80000000 } as const;

export interface PlaceRequest {
  /** Page-aligned unless MAP_FIXED. */
  readonly address: number;
  /** Bytes, a page multiple above 0. */
  readonly length: number;
  readonly flags: number;
  readonly hasObject: boolean;
}

/** Lowest address that something may end at below a VMA: VMAs that grow keep a gap. */
export function gapStart(space: AddressSpace, vma: LinuxVma): number {
  if (!has(vma, VM_GROWSDOWN)) return vma.start;
  return Math.max(0, vma.start - space.profile.stackGuardGapBytes);
}

/** The address for a mapping, or -ENOMEM, -EINVAL or -EPERM. */
export function place(space: AddressSpace, request: PlaceRequest): number {
  const { length } = request;
  if (unsigned(length) > TASK_SIZE) return -ENOMEM;
  const address = candidate(space, request);
  if (address === NO_PLACE) return -ENOMEM;
  if (unsigned(address) > TASK_SIZE - length) return -ENOMEM;
  if (!isPageAligned(address)) return -EINVAL;
  return address < space.profile.mmapMinAddress ? -EPERM : address;
}

/** A hint as mmap takes it: rounded down, and up to the lowest address that may be mapped. */
export function roundHint(space: AddressSpace, address: number): number {
  const hint = pageFloor(address);
  const { mmapMinAddress } = space.profile;
  return hint > 0 && hint < mmapMinAddress ? mmapMinAddress : hint;
}

function candidate(space: AddressSpace, request: PlaceRequest): number {
  const { address, length, flags } = request;
  if ((flags & MAP_FIXED) !== 0) return address;
  if ((flags & MAP_32BIT) !== 0) return atHintOrUp(space, address, length, LOW_RANGE);
  const anonymous = !request.hasObject && (flags & MAP_SHARED) === 0;
  if (anonymous && address === 0 && length % HUGE_PAGE_BYTES === 0) {
    const aligned = hugeAligned(space, length);
    if (aligned !== NO_PLACE) return aligned;
  }
  return atHintOrDown(space, address, length);
}

function hugeAligned(space: AddressSpace, length: number): number {
  if (!space.profile.alignsHugePages) return NO_PLACE;
  const padded = atHintOrDown(space, 0, length + HUGE_PAGE_BYTES);
  if (padded === NO_PLACE) return NO_PLACE;
  return Math.floor(padded / HUGE_PAGE_BYTES + 1) * HUGE_PAGE_BYTES;
}

function isFree(space: AddressSpace, address: number, length: number): boolean {
  const next = space.vmas.firstEndingAfter(address);
  return next === null || address + length <= gapStart(space, next);
}

function atHintOrDown(space: AddressSpace, hint: number, length: number): number {
  const valid = hint > 0 && hint <= TASK_SIZE - length;
  if (valid && isFree(space, hint, length)) return hint;
  const high = highest(space, length);
  return high === NO_PLACE ? lowest(space, length, UNMAPPED_BASE, TASK_SIZE) : high;
}

function atHintOrUp(
  space: AddressSpace,
  hint: number,
  length: number,
  range: { readonly low: number; readonly high: number },
): number {
  const valid = hint > 0 && hint <= range.high - length;
  if (valid && isFree(space, hint, length)) return hint;
  return lowest(space, length, range.low, range.high);
}

function highest(space: AddressSpace, length: number): number {
  for (let high = space.mmapBase; ; ) {
    const start = space.vmas.highestGap(PAGE_BYTES, high, length);
    if (start < 0) return NO_PLACE;
    const next = space.vmas.firstEndingAfter(start + length);
    if (next === null || gapStart(space, next) >= start + length) return start;
    high = gapStart(space, next);
  }
}

function lowest(space: AddressSpace, length: number, from: number, high: number): number {
  for (let low = from; ; ) {
    const start = space.vmas.lowestGap(low, high, length);
    if (start < 0) return NO_PLACE;
    const next = space.vmas.firstEndingAfter(start + length);
    if (next === null || gapStart(space, next) >= start + length) return start;
    low = next.end;
  }
}
