/**
 * What an access to a page that is not resident, or may not be accessed so, does: fill the page,
 * grow a stack, or give the program a signal.
 *
 * @see arch/x86/mm/fault.c and mm/memory.c of Linux 6.18
 */
import {
  type AccessKind,
  type Fault,
  NO_FRAME,
  PAGE_BYTES,
  PROT_EXECUTE,
  PROT_NONE,
  PROT_WRITE,
} from '@bareheap/mmu';
import type { AddressSpace, GuestSignal } from './address-space.ts';
import { pageFloor } from './address-word.ts';
import {
  BUS_ADRERR,
  RLIMIT_MEMLOCK,
  RLIMIT_STACK,
  SEGV_ACCERR,
  SEGV_MAPERR,
  SI_KERNEL,
  SIGBUS,
  SIGSEGV,
} from './linux-constants.ts';
import {
  hardwareProtection,
  has,
  isAnonymous,
  type LinuxVma,
  lendsAnonVma,
  pageOffsetAt,
  VM_GROWSDOWN,
  VM_LOCKED,
  VM_SHARED,
  withMapping,
} from './linux-vma.ts';

/** How an access to a page came out: it may be done, or the signal and code it gives. */
export type PageOutcome = 'filled' | 'unmapped' | 'denied' | 'bus';

const SIGNALS: Readonly<Record<Exclude<PageOutcome, 'filled'>, readonly [number, number]>> = {
  unmapped: [SIGSEGV, SEGV_MAPERR],
  denied: [SIGSEGV, SEGV_ACCERR],
  bus: [SIGBUS, BUS_ADRERR],
};
const CANONICAL_END = 2 ** 47;

/** The MMU's fault hook: fills the page, or leaves the signal in `space.signal`. */
export function handleFault(space: AddressSpace, fault: Readonly<Fault>): 'retry' | 'raise' {
  const { signal } = space;
  const outside = fault.address >= CANONICAL_END;
  const outcome = outside ? 'unmapped' : touch(space, fault.address, fault.access);
  if (outcome === 'filled') return 'retry';
  [signal.signal, signal.code] = SIGNALS[outcome];
  signal.address = fault.address;
  return 'raise';
}

/**
 * The signal of the access that faulted last. Faults that no platform can mend never reach the
 * hook: an address that is none, and the end of the machine's memory.
 */
export function signalOfFault(space: AddressSpace): GuestSignal {
  const { fault } = space.mmu;
  if (fault.kind === 'non-canonical') return { signal: SIGSEGV, code: SI_KERNEL, address: 0 };
  if (fault.kind === 'bus') return { signal: SIGBUS, code: BUS_ADRERR, address: fault.address };
  if (fault.address >= 0) return { ...space.signal };
  return { signal: SIGSEGV, code: SEGV_MAPERR, address: fault.address };
}

/** Makes the page of an address ready for an access, as a fault does. */
export function touch(space: AddressSpace, address: number, access: AccessKind): PageOutcome {
  const page = pageFloor(address);
  let vma = space.vmas.firstEndingAfter(page);
  if (vma === null) return 'unmapped';
  if (vma.start > page) {
    vma = growDown(space, vma, page);
    if (vma === null) return 'unmapped';
  }
  if (!permits(vma, access)) return 'denied';
  if (space.guards.has(page)) return 'unmapped';
  return fill(space, vma, page, access === 'write');
}

function permits(vma: LinuxVma, access: AccessKind): boolean {
  if (access === 'read') return vma.protection !== PROT_NONE;
  return (vma.protection & (access === 'write' ? PROT_WRITE : PROT_EXECUTE)) !== 0;
}

function fill(space: AddressSpace, vma: LinuxVma, page: number, write: boolean): PageOutcome {
  const { pages } = space;
  const resident = pages.isResident(page);
  if (has(vma, VM_SHARED)) return fillShared(space, vma, page, write, resident);
  if (resident && (!write || pages.isOwned(page))) return 'filled';
  const protection = hardwareProtection(vma.protection);
  const source = isAnonymous(vma) ? NO_FRAME : vma.backing.object!.frame(pageOffsetAt(vma, page));
  if (!isAnonymous(vma) && source === NO_FRAME) return 'bus';
  if (!write) {
    const { object } = vma.backing;
    if (object !== null) {
      pages.show(page, object.view, pageOffsetAt(vma, page), protection & ~PROT_WRITE);
    } else if (!pages.showZeros(page, protection)) {
      return 'bus';
    }
    return 'filled';
  }
  if (vma.backing.anonVma === 0) giveAnonVma(space, vma);
  if (resident) pages.drop(page, page + PAGE_BYTES);
  return pages.own(page, source, protection) ? 'filled' : 'bus';
}

function fillShared(
  space: AddressSpace,
  vma: LinuxVma,
  page: number,
  write: boolean,
  resident: boolean,
): PageOutcome {
  const { pages } = space;
  const object = vma.backing.object!;
  const index = pageOffsetAt(vma, page);
  const frame = object.frame(index);
  if (frame === NO_FRAME) return 'bus';
  const protection = hardwareProtection(vma.protection);
  if (write) object.markChanged(index);
  const allowed = write ? protection : protection & ~PROT_WRITE;
  if (!resident) pages.show(page, object.view, index, allowed);
  else if (write) pages.allowWrites(page, protection);
  return 'filled';
}

/** Gives a VMA an anon_vma before its first page is written: its neighbours' anon_vma when it could be merged with them. */
export function giveAnonVma(space: AddressSpace, vma: LinuxVma): LinuxVma {
  const high = space.vmas.find(vma.end);
  const low = vma.start > 0 ? space.vmas.find(vma.start - 1) : null;
  const lent =
    high !== null && lendsAnonVma(high, vma, high)
      ? high
      : low !== null && lendsAnonVma(low, low, vma)
        ? low
        : null;
  const anonVma = lent === null ? space.newAnonVma() : lent.backing.anonVma;
  return space.replace(vma, withMapping(vma, { anonVma }));
}

/** Extends a VMA that grows down to a page below it; null when it does not or may not. */
function growDown(space: AddressSpace, vma: LinuxVma, page: number): LinuxVma | null {
  if (!has(vma, VM_GROWSDOWN) || page < space.profile.mmapMinAddress) return null;
  const low = space.vmas.lastStartingBefore(page);
  const near = low !== null && page - low.end < space.profile.stackGuardGapBytes;
  if (near && !has(low, VM_GROWSDOWN) && low.protection !== PROT_NONE) return null;
  const pages = (vma.start - page) / PAGE_BYTES;
  // The kernel sees to this before it looks at limits: a failed growth shows in what merges.
  if (vma.backing.anonVma === 0) vma = giveAnonVma(space, vma);
  if (!space.mayExpand(vma.protection, vma.backing.flags, pages)) return null;
  if (vma.end - page > space.limits.soft(RLIMIT_STACK)) return null;
  const locked = (space.lockedPages + pages) * PAGE_BYTES;
  if (has(vma, VM_LOCKED) && locked > space.limits.soft(RLIMIT_MEMLOCK)) return null;
  if (!space.enoughMemory(pages)) return null;
  const pageOffset = vma.backing.pageOffset - pages;
  return space.replace(vma, withMapping({ ...vma, start: page }, { pageOffset }));
}
