/** What a process must offer for programs of memory calls to run in it; results are words. */

export interface PosixSignal {
  readonly signal: number;
  readonly code: number;
  readonly address: number;
  /** Number of the processor's trap, and its error code. */
  readonly trap: number;
  readonly error: number;
}

export interface PosixMapping {
  readonly start: number;
  readonly end: number;
  /** `rwxp` */
  readonly protection: string;
  /** Bytes into the file, as /proc/self/maps has it. */
  readonly offset: number;
  readonly name: string;
  /** As VmFlags of smaps has them. */
  readonly flags: string;
  /** What is in memory, KiB. */
  readonly memory: { readonly rss: number; readonly anonymous: number };
}

export interface PosixUnderTest {
  /** End of what mmap hands out from the top down; a multiple of 2 MiB, with nothing near above. */
  readonly mmapEnd: number;
  readonly breakStart: number;
  /** Performs a call by the kernel's name: the result or a negative error number; null: none such. */
  call(name: string, words: readonly number[]): number | null;
  /** Accesses as the program: 1, 2 or 4 bytes. A fault leaves its signal; else it is null. */
  load(address: number, size: number): number;
  store(address: number, size: number, value: number): void;
  execute(address: number): void;
  readonly signal: PosixSignal | null;
  mappings(): readonly PosixMapping[];
  /** A digit for each page of the range, 1 when it is in memory, or a negative error number. */
  residency(address: number, length: number): string | number;
  /** Pages in all, and pages of data and stack, as statm has them. */
  sizes(): { readonly total: number; readonly data: number };
  /** Pages that RLIMIT_DATA counts. */
  dataPages(): number;
  lockedKib(): number;
  setLimit(resource: number, soft: number, hard: number): number;
  /** Soft and hard limit, -1 for none; or a negative error number. */
  limit(resource: number): readonly [number, number] | number;
  /** Opens a file in memory, a descriptor of a file anew, a pipe: the descriptor. */
  openMemory(): number;
  reopen(descriptor: number, flags: number): number;
  openPipe(): number;
  /** The child of a fork. */
  fork(): PosixUnderTest;
  errorName(result: number): string;
  /** What is wrong in the model itself, this process and those forked from it; a line each. */
  check(): readonly string[];
  /** Gives back the memory of this process and of those forked from it. */
  dispose(): void;
}
