/** Where operations of the probe have the words that calls point to, and how these are printed. */
import { loadDword, loadWord, storeWord } from '../guest-pointer.ts';
import { hexText, SCRATCH } from './probe-layout.ts';
import type { ProbePort } from './probe-port.ts';

/** Performs an operation and prints; its value. */
export type Perform = (run: ProbePort, a: readonly number[]) => number;

export const SELF = -1;
/** Places for pointers of calls. */
export const BASE: number = SCRATCH;
export const SIZE: number = SCRATCH + 8;
export const OLD: number = SCRATCH + 16;
export const BUFFER: number = SCRATCH + 0x100;

export function peek64(run: ProbePort, at: number): number {
  return loadWord(run.process, at);
}

export function poke64(run: ProbePort, at: number, value: number): void {
  storeWord(run.process, at, value);
}

export function peek32(run: ProbePort, at: number): number {
  return loadDword(run.process, at);
}

/** Hexadecimal digits of 32 bits. */
export function hex32(value: number): string {
  return `0x${(value >>> 0).toString(16)}`;
}

export function setRange(run: ProbePort, base: number, size: number): void {
  poke64(run, BASE, base);
  poke64(run, SIZE, size);
}

/** The range behind the pointers, placed by the call or not. */
export function printRange(run: ProbePort, status: number): number {
  const base = peek64(run, BASE);
  run.print(`${hex32(status)} `);
  if (status === 0) run.printPlaced(base);
  else run.print(base === 0 ? '0' : run.addressText(base));
  run.print(` ${hexText(peek64(run, SIZE))}`);
  return base;
}
