/** A file that is to be executed: what execve needs of it. */
import { type LoadPlan, parseImage } from '@bareheap/image';
import type { MappableFile, MemoryObject } from '@bareheap/platform-posix';

export interface ProgramFile {
  /** An absolute path of the guest's, without links. */
  readonly path: string;
  readonly file: MappableFile & { readonly object: MemoryObject };
}

/** Bytes that a program may claim in memory: a segment is mapped, and takes frames when touched. */
const CLAIM_LIMIT = 2 ** 46;

/** Parses a program's file. @throws ImageError as parseImage does */
export function parseProgram({ file }: ProgramFile): LoadPlan {
  const { object } = file;
  return parseImage(object.read(0, object.sizeBytes), { memoryLimit: CLAIM_LIMIT });
}
