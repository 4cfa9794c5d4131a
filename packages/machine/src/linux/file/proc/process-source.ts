/** What /proc asks of processes: a port that the kernel's processes fill. */
import type { AddressSpace } from '@bareheap/platform-posix';
import type { DescriptorTable } from '../descriptor-table.ts';
import type { Place } from '../place.ts';
import type { Cpuid } from './processor-text.ts';

export interface ShownThread {
  readonly id: number;
  name: string;
  /** `R`, `S`, `Z` as stat has them. */
  readonly stateLetter: string;
}

export interface ShownProcess {
  readonly id: number;
  readonly parentId: number;
  readonly groupId: number;
  readonly sessionId: number;
  readonly umask: number;
  oomScore: number;
  /** Nanoseconds that it ran. */
  readonly cpuTime: number;
  readonly space: AddressSpace;
  readonly files: DescriptorTable;
  readonly directory: Place;
  /** The program's path. */
  readonly executable: string;
  readonly shownThreads: readonly ShownThread[];
  /** Where argv and the environment lie: [start, end) of each. */
  readonly argumentRange: readonly [number, number];
  readonly environmentRange: readonly [number, number];
  /** The auxiliary vector's bytes. */
  readonly auxiliaryVector: Uint8Array;
}

export interface ProcessSource {
  /** The process of an id, or null. */
  shown(id: number): ShownProcess | null;
  /** Ids of all processes, lowest first. */
  ids(): readonly number[];
  /** What the processor says of itself. */
  readonly cpuid: Cpuid;
  /** Nanoseconds since the guest began. */
  uptime(): number;
}
