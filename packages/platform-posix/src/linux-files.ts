/** What the memory calls need of open files: a port that the personality's files fill. */
import { EMFILE } from './errno.ts';
import type { MemoryObject } from './memory-object.ts';

/** One open file: descriptors that were duplicated give the same record. */
export interface MappableFile {
  /** The file's pages; null when it cannot be mapped, as a pipe. */
  readonly object: MemoryObject | null;
  readonly readable: boolean;
  readonly writable: boolean;
  /** The file's append-only attribute; O_APPEND is none. */
  readonly appends: boolean;
  /** On a file system without execution. */
  readonly noExecute: boolean;
  /** The caller may write the file or owns it: mincore then tells which pages are in memory. */
  readonly tellsResidency: boolean;
  /** What F_ADD_SEALS forbade of a file in memory, F_SEAL_*; none by default. */
  readonly seals?: number;
  /** Bytes of a page where the file is of huge pages, of which none is reserved; else absent or 0. */
  readonly hugePageBytes?: number;
}

export interface FileTable {
  /** The file of a descriptor, or null. */
  file(descriptor: number): MappableFile | null;
  /** Opens a file at the lowest free descriptor: that, or -EMFILE. */
  open(file: MappableFile): number;
}

/** No files at all: every descriptor is bad. */
export const NO_FILES: FileTable = {
  file: (): MappableFile | null => null,
  open: (): number => -EMFILE,
};
