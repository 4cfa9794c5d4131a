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
import { pageFloor, TASK_SIZE } from './address-word.ts';
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
  partOf,
  VM_GROWSDOWN,
  VM_LOCKED,
  VM_SHARED,
  withMapping,
} from './linux-vma.ts';

/** How an access to a page came out: it may be done, or the signal and code it gives. */
export type PageOutcome = 'filled' | 'unmapped' | 'denied' | 'bus' | 'awaited';

const SIGNALS: Readonly<Record<Exclude<PageOutcome, 'filled'>, readonly [number, number]>> = {
  unmapped: [SIGSEGV, SEGV_MAPERR],
  denied: [SIGSEGV, SEGV_ACCERR],
  bus: [SIGBUS, BUS_ADRERR],
  // What the kernel itself touches does not wait.
  awaited: [SIGBUS, BUS_ADRERR],
};
/** fault_around_bytes, and the bytes that one table of PTEs maps. */
const AROUND_BYTES = 64 << 10;
const TABLE_BYTES = 2 << 20;
const CANONICAL_END = 2 ** 47;
/** Numbers of x86 exceptions, and bits of the page fault's error code (Intel SDM 3A, 6.15). */
const PROTECTION_TRAP = 13;
const PAGE_FAULT_TRAP = 14;
const ERROR_PRESENT = 1;
const ERROR_USER = 4;
const ERROR_BITS: Readonly<Record<AccessKind, number>> = { read: 0, write: 2, execute: 16 };

/** The MMU's fault hook: fills the page, or leaves the signal in `space.signal`. */
export function handleFault(space: AddressSpace, fault: Readonly<Fault>): 'retry' | 'raise' {
  const { signal } = space;
  const outside = fault.address >= CANONICAL_END;
  const outcome = outside ? 'unmapped' : touch(space, fault.address, fault.access);
  if (outcome === 'filled') return 'retry';
  const { userFaults } = space;
  userFaults.awaited = outcome === 'awaited' ? userFaults.bringerOf(fault.address) : null;
  [signal.signal, signal.code] = SIGNALS[outcome];
  signal.address = fault.address;
  signal.trap = PAGE_FAULT_TRAP;
  signal.error = errorCode(fault.access, isPresent(space, fault.address));
  return 'raise';
}

/**
 * Whether the error code says that the page is present: not where nothing may be accessed, and
 * always beyond the program's addresses, where the kernel tells nothing.
 */
function isPresent(space: AddressSpace, address: number): boolean {
  if (address >= TASK_SIZE) return true;
  const page = pageFloor(address);
  return space.pages.isResident(page) && space.vmas.find(page)?.protection !== PROT_NONE;
}

function errorCode(access: AccessKind, present: boolean): number {
  return ERROR_BITS[access] | ERROR_USER | (present ? ERROR_PRESENT : 0);
}

/**
 * The signal of the access that faulted last. Faults that no platform can mend never reach the
 * hook: an address that is none, and the end of the machine's memory.
 */
export function signalOfFault(space: AddressSpace): GuestSignal {
  const { access, address, kind } = space.mmu.fault;
  if (kind === 'non-canonical') {
    return { signal: SIGSEGV, code: SI_KERNEL, address: 0, trap: PROTECTION_TRAP, error: 0 };
  }
  const [signal, code] = SIGNALS[kind === 'bus' ? 'bus' : 'unmapped'];
  const error = errorCode(access, address < 0);
  const unasked = { signal, code, address, trap: PAGE_FAULT_TRAP, error };
  return kind !== 'bus' && address >= 0 ? { ...space.signal } : unasked;
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
  if (space.guards.at(page) === true) return 'unmapped';
  const isBrought = space.userFaults.bringerOf(page) !== null;
  if (isBrought && !space.pages.isResident(page)) return 'awaited';
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
  const isObject = !isAnonymous(vma);
  if (isObject && !write) showAround(space, vma, page);
  // The kernel sees to the anon_vma before it looks for the page.
  if (write && vma.backing.anonVma === 0) giveAnonVma(space, vma);
  if (isObject && source === NO_FRAME) return 'bus';
  if (!write) {
    if (!isObject && !pages.showZeros(page, protection)) {
      return 'bus';
    }
    return 'filled';
  }
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
  if (!resident && !write) showAround(space, vma, page);
  if (frame === NO_FRAME) return 'bus';
  if (!write) return 'filled';
  const protection = hardwareProtection(vma.protection);
  object.markChanged(index);
  if (resident) pages.allowWrites(page, protection);
  else pages.show(page, object.view, index, protection);
  return 'filled';
}

/**
 * Shows the pages around one of an object that are in memory, itself among them if it is: of 16
 * aligned pages, inside the VMA and one table of PTEs. One past the end brings its neighbours too.
 *
 * @see mm/memory.c: do_fault_around
 */
function showAround(space: AddressSpace, vma: LinuxVma, page: number): void {
  const object = vma.backing.object!;
  const protection = hardwareProtection(vma.protection) & ~PROT_WRITE;
  const table = Math.floor(page / TABLE_BYTES) * TABLE_BYTES;
  const from = Math.max(Math.floor(page / AROUND_BYTES) * AROUND_BYTES, vma.start);
  const to = Math.min(from + AROUND_BYTES, table + TABLE_BYTES, vma.end);
  for (let at = from; at < to; at += PAGE_BYTES) {
    const index = pageOffsetAt(vma, at);
    const isWanted =
      object.holds(index) && object.isResident(index) && space.guards.at(at) === undefined;
    if (isWanted && !space.pages.isResident(at)) {
      space.pages.show(at, object.view, index, protection);
    }
  }
}

/**
 * Gives a VMA an anon_vma before its first page is written: a neighbour's, when it could be merged
 * with it.
 */
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
  return space.replace(vma, partOf(vma, page, vma.end));
}
