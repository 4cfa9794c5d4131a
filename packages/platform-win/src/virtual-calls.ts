/** VirtualAlloc and its kin: Win32's calls on memory, over the system's. */
import { dword, unsigned } from './address-word.ts';
import { loadWord, storeDword, storeWord, storeWords, takesFault } from './guest-pointer.ts';
import { allocateVirtualMemory } from './nt-allocate.ts';
import { type CallWords, REGION_INFORMATION_BYTES, SELF_PROCESS, storeRegion } from './nt-calls.ts';
import { freeVirtualMemory } from './nt-free.ts';
import { lockVirtualMemory, protectVirtualMemory, unlockVirtualMemory } from './nt-protect.ts';
import { queryRegion } from './nt-query.ts';
import { NT_STATUS } from './nt-status.ts';
import { MEM_RELEASE } from './win-constants.ts';
import type { WinProcess } from './win-process.ts';
import { WIN32_ERROR } from './win32-error.ts';
import { resetWriteWatch, writtenPages } from './write-watch.ts';

/** What GetWriteWatch and ResetWriteWatch return for a failure. */
const WATCH_FAILED = 0xffffffff;
const PAGE_GRANULARITY = 4096;

/** (address, size, type, protection) */
export function virtualAlloc(p: WinProcess, a: CallWords): number {
  const [address, size] = [unsigned(a[0]!), unsigned(a[1]!)];
  const done = allocateVirtualMemory(p.space, address, 0, size, dword(a[2]!), dword(a[3]!));
  return p.succeeds(done.status) ? done.base : 0;
}

/** (address, size, type) */
export function virtualFree(p: WinProcess, a: CallWords): number {
  const [size, type] = [unsigned(a[1]!), dword(a[2]!)];
  if (type === MEM_RELEASE && size !== 0) return p.fails(WIN32_ERROR.INVALID_PARAMETER);
  return p.succeeds(freeVirtualMemory(p.space, unsigned(a[0]!), size, type).status) ? 1 : 0;
}

/** (address, size, protection, old protection pointer) */
export function virtualProtect(p: WinProcess, a: CallWords): number {
  if (a[3] === 0) return p.fails(WIN32_ERROR.NOACCESS);
  const [address, size] = [unsigned(a[0]!), unsigned(a[1]!)];
  const done = protectVirtualMemory(p.space, address, size, dword(a[2]!));
  if (!p.succeeds(done.status)) return 0;
  storeDword(p, a[3]!, done.old);
  return takesFault(p) ? p.fails(WIN32_ERROR.NOACCESS) : 1;
}

/** (address, buffer, length): bytes of the answer, or 0. */
export function virtualQuery(p: WinProcess, a: CallWords): number {
  if (unsigned(a[2]!) < REGION_INFORMATION_BYTES) return p.fails(WIN32_ERROR.BAD_LENGTH);
  const region = queryRegion(p.space, unsigned(a[0]!));
  if (region === null) return p.fails(WIN32_ERROR.INVALID_PARAMETER);
  storeRegion(p, a[1]!, region);
  return takesFault(p) ? p.fails(WIN32_ERROR.NOACCESS) : REGION_INFORMATION_BYTES;
}

/** (address, size) */
export function virtualLock(p: WinProcess, a: CallWords): number {
  return p.succeeds(lockVirtualMemory(p.space, unsigned(a[0]!), unsigned(a[1]!)).status) ? 1 : 0;
}

/** (address, size) */
export function virtualUnlock(p: WinProcess, a: CallWords): number {
  return p.succeeds(unlockVirtualMemory(p.space, unsigned(a[0]!), unsigned(a[1]!)).status) ? 1 : 0;
}

/** (flags, address, size, addresses, count pointer, granularity pointer) */
export function getWriteWatch(p: WinProcess, a: CallWords): number {
  const room = unsigned(loadWord(p, a[4]!));
  const pages = writtenPages(p.space, dword(a[0]!), unsigned(a[1]!), unsigned(a[2]!), room);
  if (takesFault(p) || pages === null || a[3] === 0) {
    p.fails(WIN32_ERROR.INVALID_PARAMETER);
    return WATCH_FAILED;
  }
  storeWords(p, a[3]!, pages);
  storeWord(p, a[4]!, pages.length);
  storeDword(p, a[5]!, PAGE_GRANULARITY);
  p.raiseFault();
  return 0;
}

/** (address, size) */
export function resetWriteWatchCall(p: WinProcess, a: CallWords): number {
  const status = resetWriteWatch(p.space, unsigned(a[0]!), unsigned(a[1]!));
  if (status === NT_STATUS.SUCCESS) return 0;
  p.succeeds(status);
  return WATCH_FAILED;
}

/** The same calls with the handle of a process before their arguments: this process's alone. */
function onSelf(
  call: (p: WinProcess, a: CallWords) => number,
): (p: WinProcess, a: CallWords) => number {
  return (p, a) => {
    if (a[0] !== SELF_PROCESS) return p.fails(WIN32_ERROR.INVALID_HANDLE);
    return call(p, Array.from(a).slice(1));
  };
}

export const virtualAllocEx: (p: WinProcess, a: CallWords) => number = onSelf(virtualAlloc);
export const virtualFreeEx: (p: WinProcess, a: CallWords) => number = onSelf(virtualFree);
export const virtualProtectEx: (p: WinProcess, a: CallWords) => number = onSelf(virtualProtect);
export const virtualQueryEx: (p: WinProcess, a: CallWords) => number = onSelf(virtualQuery);

/** () */
export function getLastError(p: WinProcess): number {
  return p.lastError;
}

/** (error) */
export function setLastError(p: WinProcess, a: CallWords): number {
  p.lastError = dword(a[0]!);
  return 0;
}
