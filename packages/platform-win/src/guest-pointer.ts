/**
 * What system functions read and write behind their pointers. An access faults as the program's own
 * would; `mmu.faulted` tells, and whoever called looks.
 */
import type { WinProcess } from './win-process.ts';

/** A 64-bit word, signed; exact below 2^53. */
export function loadWord({ space: { mmu } }: WinProcess, address: number): number {
  const low = mmu.load(address, 8);
  return (mmu.high | 0) * 2 ** 32 + low;
}

export function storeWord({ space: { mmu } }: WinProcess, address: number, value: number): void {
  mmu.store(address, 8, value >>> 0, Math.floor(value / 2 ** 32) >>> 0);
}

/** Words one after another. */
export function storeWords(process: WinProcess, address: number, values: readonly number[]): void {
  let at = address;
  for (const value of values) {
    storeWord(process, at, value);
    at += 8;
  }
}

export function storeDword({ space: { mmu } }: WinProcess, address: number, value: number): void {
  mmu.store(address, 4, value >>> 0);
}

export function loadDword({ space: { mmu } }: WinProcess, address: number): number {
  return mmu.load(address, 4) >>> 0;
}

/** Whether the accesses of a call faulted; the fault is then forgotten. */
export function takesFault(process: WinProcess): boolean {
  const { mmu } = process.space;
  const { faulted } = mmu;
  mmu.faulted = false;
  return faulted;
}
