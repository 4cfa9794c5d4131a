/**
 * What an engine asks of guest memory: the TLB that generated code reads, and the slow path behind
 * a miss. The software MMU satisfies it; nothing else of the MMU is known here.
 */
import type { Fault } from '@bareheap/mmu';

export interface CpuMemory {
  readonly memory: WebAssembly.Memory;
  readonly tlb: { readonly base: number; readonly entries: number; readonly entryBytes: number };
  /** Set by a slow access that faulted; {@link fault} then says how. The engine clears it. */
  faulted: boolean;
  readonly fault: Fault;
  loadSlow(address: number, size: number): number;
  storeSlow(address: number, size: number, value: number): void;
  fetchSlow(address: number, size: number): number;
  /** Asks to be told of stores into [address, address + length), where translated code lies. */
  watchCode(address: number, length: number): void;
  /** Takes back one {@link watchCode} of the same range: its translation is gone. */
  unwatchCode(address: number, length: number): void;
  /** Lets stores to the page go the fast way again, untold; see {@link onCodeWrite}. */
  trustPage(address: number): void;
  onCodeWrite: ((address: number, size: number) => void) | null;
  /** A mapping or protection of a page with watched code changed. */
  onCodeChange: ((start: number, length: number) => void) | null;
}

/** What guests with 64-bit addresses ask for on top: addresses and 8-byte values as halves. */
export interface WideCpuMemory extends CpuMemory {
  /** Upper half of the last 8-byte load. */
  readonly high: number;
  loadSlowAt(low: number, high: number, size: number): number;
  storeSlowAt(low: number, high: number, size: number, value: number, valueHigh: number): void;
  fetchSlowAt(low: number, high: number, size: number): number;
}
