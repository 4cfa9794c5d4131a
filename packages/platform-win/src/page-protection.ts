/** What PAGE_* protections are worth: whether they are one at all, and what accesses they allow. */
import { PROT_EXECUTE, PROT_READ, PROT_WRITE } from '@bareheap/mmu';
import {
  PAGE_EXECUTE,
  PAGE_EXECUTE_READ,
  PAGE_EXECUTE_READWRITE,
  PAGE_EXECUTE_WRITECOPY,
  PAGE_GUARD,
  PAGE_NOACCESS,
  PAGE_NOCACHE,
  PAGE_READONLY,
  PAGE_READWRITE,
  PAGE_WRITECOMBINE,
  PAGE_WRITECOPY,
} from './win-constants.ts';

/** The bits that say what may be accessed; exactly one of them is set. */
export const BASE_PROTECTION = 0xff;
const MODIFIERS = PAGE_GUARD | PAGE_NOCACHE | PAGE_WRITECOMBINE;

/** Accesses of each base protection. On x86 what can be executed can be read. */
const ACCESS: ReadonlyMap<number, number> = new Map([
  [PAGE_NOACCESS, 0],
  [PAGE_READONLY, PROT_READ],
  [PAGE_READWRITE, PROT_READ | PROT_WRITE],
  [PAGE_WRITECOPY, PROT_READ | PROT_WRITE],
  [PAGE_EXECUTE, PROT_READ | PROT_EXECUTE],
  [PAGE_EXECUTE_READ, PROT_READ | PROT_EXECUTE],
  [PAGE_EXECUTE_READWRITE, PROT_READ | PROT_WRITE | PROT_EXECUTE],
  [PAGE_EXECUTE_WRITECOPY, PROT_READ | PROT_WRITE | PROT_EXECUTE],
]);

/**
 * Whether a protection has exactly one base, and modifiers that go with it: a page without access
 * has none, and a guard page cannot be uncached.
 *
 * @see Microsoft, Memory Protection Constants
 */
export function isProtection(protection: number): boolean {
  if (!ACCESS.has(protection & BASE_PROTECTION)) return false;
  const modifiers = protection & MODIFIERS;
  return (protection & PAGE_NOACCESS) === 0 || modifiers === 0;
}

/** Whether the first store to a page with this protection makes a copy of it. */
export function isWriteCopy(protection: number): boolean {
  return (protection & (PAGE_WRITECOPY | PAGE_EXECUTE_WRITECOPY)) !== 0;
}

/** What is left of write copy when the page was copied. */
export function copiedProtection(protection: number): number {
  const copying = protection & (PAGE_WRITECOPY | PAGE_EXECUTE_WRITECOPY);
  return (protection & ~copying) | (copying >> 1);
}

/** Pages of a program's image are never written but by copying. */
export function imageProtection(protection: number): number {
  const written = protection & (PAGE_READWRITE | PAGE_EXECUTE_READWRITE);
  return written === 0 ? protection : (protection & ~written) | (written << 1);
}

/** The MMU's protection. */
export function accessOf(protection: number): number {
  return ACCESS.get(protection & BASE_PROTECTION) ?? 0;
}

/** Accesses to the thing behind a view that a protection needs: write copy only reads it. */
export function sharedAccessOf(protection: number): number {
  return accessOf(protection) & (isWriteCopy(protection) ? ~PROT_WRITE : -1);
}
