/** How a firmware is to be run. */
import { ALL_STRATEGIES, type SpecialStrategyName, type StrategyName } from '@bareheap/core';
import type { Cpu, Isa, SystemPort } from '@bareheap/cpu';
import type { HeapCall } from '@bareheap/inspect';
import type { Mmu } from '@bareheap/mmu';

/** `guest`: the program's own heap is observed; the others serve its calls. */
export type HeapChoice = 'guest' | StrategyName | SpecialStrategyName;

export const HEAP_CHOICES: readonly HeapChoice[] = [
  'guest',
  ...(Object.keys(ALL_STRATEGIES) as (StrategyName | SpecialStrategyName)[]),
];

export interface CpuParts {
  readonly isa: Isa;
  readonly memory: Mmu;
  readonly system: SystemPort;
}

/** Makes an engine for a machine. */
export interface CpuFactory {
  /** As reports name it. */
  readonly engine: string;
  make(parts: CpuParts): Cpu;
}

export interface FirmwareOptions {
  /** Name of the program, as reports show it. */
  readonly program?: string;
  /** Name of a board; default: chosen by the file's attributes. */
  readonly board?: string;
  readonly heap: HeapChoice;
  /** Bytes of the heap region, when no linker symbol gives it or to override them. */
  readonly heapSizeBytes?: number;
  /** Most bytes of guest memory that may be in use at once. */
  readonly memoryBytes: number;
  /** What SYS_GET_CMDLINE answers. */
  readonly commandLine: string;
  /** Seed of everything that would differ from run to run. */
  readonly seed: number;
  /** Default: the JIT. */
  readonly cpu?: CpuFactory;
  /** Called for each heap call of the program, after it returned. */
  readonly onHeapCall?: (call: HeapCall) => void;
}
