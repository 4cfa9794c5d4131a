/** struct rusage: 144 bytes. Time in the kernel is none; each instruction takes a nanosecond. */
import type { Process } from './process.ts';
import type { ResourceUsage } from './task.ts';

export const RUSAGE_BYTES = 144;

const HIGH = 2 ** 32;
const SECOND = 1e9;
const MICROSECOND = 1e3;
const MAX_RESIDENT_AT = 32;
const MINOR_FAULTS_AT = 64;
const KIB = 1024;

/** Of the process alone, through execve. */
export function ownUsage(process: Process): ResourceUsage {
  const { cpuTime, space, before } = process;
  return {
    nanoseconds: cpuTime,
    residentBytes: Math.max(before.residentBytes, space.pages.peakBytes()),
    faults: before.faults + space.mmu.faults,
  };
}

/** Of two together. */
export function bothUsages(one: ResourceUsage, other: ResourceUsage): ResourceUsage {
  return {
    nanoseconds: one.nanoseconds + other.nanoseconds,
    residentBytes: Math.max(one.residentBytes, other.residentBytes),
    faults: one.faults + other.faults,
  };
}

/** Of a process and of its children that it has waited for. */
export function wholeUsage(process: Process): ResourceUsage {
  return bothUsages(ownUsage(process), process.childrenUsage);
}

export function usageBytes(usage: ResourceUsage): Uint8Array<ArrayBuffer> {
  const { nanoseconds, residentBytes, faults } = usage;
  const bytes = new Uint8Array(RUSAGE_BYTES);
  const view = new DataView(bytes.buffer);
  const setWord = (at: number, value: number): void => {
    view.setUint32(at, value % HIGH, true);
    view.setUint32(at + 4, Math.floor(value / HIGH), true);
  };
  setWord(0, Math.floor(nanoseconds / SECOND));
  setWord(8, Math.floor((nanoseconds % SECOND) / MICROSECOND));
  setWord(MAX_RESIDENT_AT, residentBytes / KIB);
  setWord(MINOR_FAULTS_AT, faults);
  return bytes;
}
