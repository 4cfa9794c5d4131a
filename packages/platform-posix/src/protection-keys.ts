/**
 * The calls on memory protection keys, of a processor that has none. Linux takes key 0 of a process
 * at its first request, cannot set what it allows, and cannot free it again: later ones find none.
 *
 * @see mm/mprotect.c and arch/x86/include/asm/pkeys.h of Linux 6.18, CPUID without PKU
 */
import type { AddressSpace } from './address-space.ts';
import { EINVAL, ENOSPC } from './errno.ts';

/** PKEY_DISABLE_ACCESS and PKEY_DISABLE_WRITE. */
const RIGHTS = 3;

/** Asks for a key: -EINVAL, or -ENOSPC from the second request of its process, or a fork, on. */
export function pkeyAlloc(space: AddressSpace, flags: number, rights: number): number {
  if (flags !== 0 || (rights & ~RIGHTS) !== 0) return -EINVAL;
  if (space.isProtectionKeyTaken) return -ENOSPC;
  space.isProtectionKeyTaken = true;
  return -EINVAL;
}

/** Gives a key back: -EINVAL, as nobody has one. */
export function pkeyFree(): number {
  return -EINVAL;
}
