/**
 * The system calls on memory as programs make them: arguments are words, ranges lie behind pointers.
 * Only the process itself is one that they know.
 */
import { PAGE_BYTES } from '@bareheap/mmu';
import { dword, unsigned } from './address-word.ts';
import { loadWord, storeDword, storeWord, storeWords, takesFault } from './guest-pointer.ts';
import { allocateVirtualMemory, type RangeResult } from './nt-allocate.ts';
import { freeVirtualMemory } from './nt-free.ts';
import { lockVirtualMemory, protectVirtualMemory, unlockVirtualMemory } from './nt-protect.ts';
import { queryRegion, type RegionInformation } from './nt-query.ts';
import { flushView } from './nt-section.ts';
import { NT_STATUS } from './nt-status.ts';
import type { Reservation } from './reservation.ts';
import type { WinProcess } from './win-process.ts';
import { resetWriteWatch, writtenPages } from './write-watch.ts';

/** Words of registers and of the stack. */
export type CallWords = ArrayLike<number>;

/** The handle that stands for the process itself. */
export const SELF_PROCESS = -1;
/** MEMORY_BASIC_INFORMATION of 64-bit programs, bytes. */
export const REGION_INFORMATION_BYTES = 48;
const BASIC_CLASS = 0;
const REGION_CLASS = 3;
const PAGE_GRANULARITY = 4096;
/** MEMORY_REGION_INFORMATION: with what was known in each version of the system. */
const REGION = { protection: 8, flags: 12, size: 16, committed: 24, partition: 32, node: 40 };
const LEAST_REGION_BYTES = 24;

type RangeCall = (base: number, size: number) => RangeResult;

/** Performs a call on a range behind pointers, and gives it back rounded when it succeeded. */
function onRange(p: WinProcess, a: CallWords, call: RangeCall): number {
  if (a[0] !== SELF_PROCESS) return NT_STATUS.INVALID_HANDLE;
  const base = unsigned(loadWord(p, a[1]!));
  const size = unsigned(loadWord(p, a[2]!));
  if (takesFault(p)) return NT_STATUS.ACCESS_VIOLATION;
  const done = call(base, size);
  if (done.status !== NT_STATUS.SUCCESS) return done.status;
  storeWord(p, a[1]!, done.base);
  storeWord(p, a[2]!, done.size);
  return takesFault(p) ? NT_STATUS.ACCESS_VIOLATION : NT_STATUS.SUCCESS;
}

/** (process, base pointer, zero bits, size pointer, type, protection) */
export function ntAllocateVirtualMemory(p: WinProcess, a: CallWords): number {
  return onRange(p, [a[0]!, a[1]!, a[3]!], (base, size) =>
    allocateVirtualMemory(p.space, base, unsigned(a[2]!), size, dword(a[4]!), dword(a[5]!)),
  );
}

/** (process, base pointer, size pointer, type) */
export function ntFreeVirtualMemory(p: WinProcess, a: CallWords): number {
  return onRange(p, a, (base, size) => freeVirtualMemory(p.space, base, size, dword(a[3]!)));
}

/** (process, base pointer, size pointer, protection, old protection pointer) */
export function ntProtectVirtualMemory(p: WinProcess, a: CallWords): number {
  if (a[4] === 0) return NT_STATUS.ACCESS_VIOLATION;
  let old = 0;
  const status = onRange(p, a, (base, size) => {
    const done = protectVirtualMemory(p.space, base, size, dword(a[3]!));
    old = done.old;
    return done;
  });
  if (status !== NT_STATUS.SUCCESS) return status;
  storeDword(p, a[4]!, old);
  return takesFault(p) ? NT_STATUS.ACCESS_VIOLATION : status;
}

/** (process, base pointer, size pointer, kind of lock) */
export function ntLockVirtualMemory(p: WinProcess, a: CallWords): number {
  return onRange(p, a, (base, size) => lockVirtualMemory(p.space, base, size));
}

export function ntUnlockVirtualMemory(p: WinProcess, a: CallWords): number {
  return onRange(p, a, (base, size) => unlockVirtualMemory(p.space, base, size));
}

/** (process, base pointer, size pointer, status block pointer) */
export function ntFlushVirtualMemory(p: WinProcess, a: CallWords): number {
  return onRange(p, a, (base, size) => ({
    status: flushView(p.space, base, size),
    base,
    size,
  }));
}

/** (process, address, class, buffer, length, length pointer) */
export function ntQueryVirtualMemory(p: WinProcess, a: CallWords): number {
  if (a[0] !== SELF_PROCESS) return NT_STATUS.INVALID_HANDLE;
  if (dword(a[2]!) === REGION_CLASS) return storeReservation(p, a);
  if (dword(a[2]!) !== BASIC_CLASS) return NT_STATUS.INVALID_INFO_CLASS;
  if (unsigned(a[4]!) < REGION_INFORMATION_BYTES) return NT_STATUS.INFO_LENGTH_MISMATCH;
  const region = queryRegion(p.space, unsigned(a[1]!));
  if (region === null) return NT_STATUS.INVALID_PARAMETER;
  storeRegion(p, a[3]!, region);
  if (a[5] !== 0) storeWord(p, a[5]!, REGION_INFORMATION_BYTES);
  return takesFault(p) ? NT_STATUS.ACCESS_VIOLATION : NT_STATUS.SUCCESS;
}

/** Writes MEMORY_BASIC_INFORMATION. */
export function storeRegion(p: WinProcess, at: number, region: RegionInformation): void {
  storeWord(p, at, region.base);
  storeWord(p, at + 8, region.allocationBase);
  storeDword(p, at + 16, region.allocationProtection);
  storeDword(p, at + 20, 0);
  storeWord(p, at + 24, region.size);
  storeDword(p, at + 32, region.state);
  storeDword(p, at + 36, region.protection);
  storeDword(p, at + 40, region.type);
  storeDword(p, at + 44, 0);
}

/** MEMORY_REGION_INFORMATION of the reservation at an address, as much of it as there is room for. */
function storeReservation(p: WinProcess, a: CallWords): number {
  const room = unsigned(a[4]!);
  if (room < LEAST_REGION_BYTES) return NT_STATUS.INFO_LENGTH_MISMATCH;
  const found = p.space.find(unsigned(a[1]!));
  if (found === null) return NT_STATUS.INVALID_ADDRESS;
  const at = a[3]!;
  storeWord(p, at, found.base);
  storeDword(p, at + REGION.protection, found.protection);
  // Of what kind it is, MemoryRegionInformationEx alone tells, as Wine's tests have it of Windows.
  storeDword(p, at + REGION.flags, 0);
  storeWord(p, at + REGION.size, found.size);
  let end: number = LEAST_REGION_BYTES;
  for (const [place, value] of [
    [REGION.committed, committedBytes(p, found)],
    [REGION.partition, 0],
    [REGION.node, 0],
  ] as const) {
    if (room < place + 8) break;
    storeWord(p, at + place, value);
    end = place + 8;
  }
  if (a[5] !== 0) storeWord(p, a[5]!, end);
  return takesFault(p) ? NT_STATUS.ACCESS_VIOLATION : NT_STATUS.SUCCESS;
}

function committedBytes({ space }: WinProcess, reservation: Reservation): number {
  return reservation.size - space.uncommittedBytes(reservation, 0, reservation.size / PAGE_BYTES);
}

/** (process, flags, address, size, addresses, count pointer, granularity pointer) */
export function ntGetWriteWatch(p: WinProcess, a: CallWords): number {
  if (a[0] !== SELF_PROCESS) return NT_STATUS.INVALID_HANDLE;
  const room = unsigned(loadWord(p, a[5]!));
  if (takesFault(p)) return NT_STATUS.ACCESS_VIOLATION;
  const pages = writtenPages(p.space, dword(a[1]!), unsigned(a[2]!), unsigned(a[3]!), room);
  if (pages === null || a[4] === 0) return NT_STATUS.INVALID_PARAMETER;
  storeWords(p, a[4]!, pages);
  storeWord(p, a[5]!, pages.length);
  storeDword(p, a[6]!, PAGE_GRANULARITY);
  return takesFault(p) ? NT_STATUS.ACCESS_VIOLATION : NT_STATUS.SUCCESS;
}

/** (process, address, size) */
export function ntResetWriteWatch(p: WinProcess, a: CallWords): number {
  if (a[0] !== SELF_PROCESS) return NT_STATUS.INVALID_HANDLE;
  return resetWriteWatch(p.space, unsigned(a[1]!), unsigned(a[2]!));
}
