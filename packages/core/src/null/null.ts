/** The null allocator: there is never any memory. It shows what a program does without. */
import { type Heap, type HeapStats, MISUSE_INVALID, type Misuse, printStats } from '../heap.ts';

export class NullHeap implements Heap {
  readonly name: string = 'null';
  readonly steps: number = 0;
  readonly worstSteps: number = 0;
  private readonly regionBytes: number;

  constructor(regionBytes: number) {
    this.regionBytes = regionBytes;
  }

  allocate(): number {
    return 0;
  }

  allocateZeroed(): number {
    return 0;
  }

  /** Nothing was ever allocated, so nothing can be given back. */
  deallocate(): Misuse {
    return MISUSE_INVALID;
  }

  reallocate(): number {
    return 0;
  }

  reallocateInPlace(): boolean {
    return false;
  }

  usableSize(): number {
    return 0;
  }

  stats(): HeapStats {
    return {
      regionBytes: this.regionBytes,
      liveBytes: 0,
      liveBlocks: 0,
      freeBytes: 0,
      freeBlocks: 0,
      largestFreeBytes: 0,
      overheadBytes: this.regionBytes,
    };
  }

  statsPrint(print: (line: string) => void): void {
    printStats(this.name, this.stats(), print);
  }

  check(): string[] {
    return [];
  }
}
