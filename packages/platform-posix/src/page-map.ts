/**
 * /proc/self/pagemap: a word of 64 bits for each page, as a process without privileges sees it:
 * without frame numbers.
 *
 * A page of an object is called exclusive where the object is mapped once; the kernel looks whether
 * the page is.
 *
 * @see fs/proc/task_mmu.c of Linux 6.18: pte_to_pagemap_entry
 */
import { PAGE_BYTES } from '@bareheap/mmu';
import type { AddressSpace } from './address-space.ts';
import { isAnonymous, type LinuxVma } from './linux-vma.ts';

export const PAGE_MAP_WORD_BYTES = 8;
/** Bits of the word's upper half. */
const PRESENT = 0x80000000;
const OF_OBJECT = 0x20000000;
const EXCLUSIVE = 0x01000000;
/** A guard of MADV_GUARD_INSTALL: PM_GUARD_REGION, and PM_SWAP as its marker counts as swapped. */
const GUARD = 0x44000000;

/** The words of `count` pages from page number `first` on, little-endian. */
export function pageMapWords(space: AddressSpace, first: number, count: number): Uint8Array {
  const bytes = new Uint8Array(count * PAGE_MAP_WORD_BYTES);
  const words = new DataView(bytes.buffer);
  const [start, end] = [first * PAGE_BYTES, (first + count) * PAGE_BYTES];
  const put = (page: number, upper: number): void =>
    words.setUint32((page / PAGE_BYTES - first) * PAGE_MAP_WORD_BYTES + 4, upper, true);
  for (const vma of space.vmas.overlapping(start, end)) {
    const [from, to] = [Math.max(start, vma.start), Math.min(end, vma.end)];
    const shown = shownBits(vma);
    for (const span of space.pages.spans(from, to)) {
      for (let page = span.start; page < span.end; page += PAGE_BYTES) {
        put(page, span.owned ? ownedBits(space, page) : shown);
      }
    }
  }
  for (const guard of space.guards.within(start, end)) {
    for (let page = guard.start; page < guard.end; page += PAGE_BYTES) put(page, GUARD);
  }
  return bytes;
}

/** A page with memory of its own, which a forked process may have, too. */
function ownedBits(space: AddressSpace, page: number): number {
  const { present, shared } = space.mmu.usage(page, PAGE_BYTES);
  if (present === 0) return 0;
  return shared === 0 ? PRESENT + EXCLUSIVE : PRESENT;
}

/** A page of an object, or the page of zeros. */
function shownBits(vma: LinuxVma): number {
  if (isAnonymous(vma)) return PRESENT;
  const isAlone = vma.backing.object?.mappings === 1;
  return PRESENT + OF_OBJECT + (isAlone ? EXCLUSIVE : 0);
}
