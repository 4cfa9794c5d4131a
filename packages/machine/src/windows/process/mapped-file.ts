/**
 * The bytes of a file as sections show them: one memory object for all handles and views of it, for
 * as long as any of them is there. A view outlives the handle that it was made through.
 */
import { MemoryObject, type Mmu, type PageFile } from '@bareheap/mmu';
import type { FileContent } from './file-content.ts';
import type { FileNode } from './file-node.ts';

/** What keeps the files that sections show. */
export interface MappedFileOwner {
  readonly mmu: Mmu;
  /** By the file's number. */
  readonly mappedFiles: Map<number, MappedFile>;
}

export class MappedFile implements PageFile {
  readonly object: MemoryObject;
  private readonly process: MappedFileOwner;
  private readonly content: FileContent;

  constructor(process: MappedFileOwner, content: FileContent) {
    this.process = process;
    this.content = content;
    this.object = new MemoryObject(process.mmu.pool, this);
  }

  /** Whether a handle or a view still holds it. */
  get isHeld(): boolean {
    return this.process.mmu.pool.holders.has(this.object);
  }

  get size(): number {
    return this.content.size;
  }

  read(offset: number, bytes: Uint8Array): void {
    this.content.read(offset, bytes);
  }

  write(offset: number, bytes: Uint8Array): void {
    this.content.write(offset, bytes);
  }

  /** Makes the file larger; false when that cannot be. */
  grow(bytes: number): boolean {
    return bytes <= this.size || this.content.resize(bytes) === 0;
  }
}

/** The bytes of a file, with one more reference to their object. */
export function holdMappedFile(process: MappedFileOwner, node: FileNode): MappedFile {
  const { mappedFiles } = process;
  const known = heldFile(process, node);
  if (known !== null) {
    known.object.retain();
    return known;
  }
  for (const [index, file] of mappedFiles) {
    if (!file.isHeld) mappedFiles.delete(index);
  }
  const file = new MappedFile(process, node.content!);
  mappedFiles.set(node.index, file);
  return file;
}

/** The bytes of a file if a handle or a view holds them. */
export function heldFile(process: MappedFileOwner, node: FileNode): MappedFile | null {
  const known = process.mappedFiles.get(node.index);
  return known?.isHeld ? known : null;
}

/** Writes back what views stored, as the end of a process does. */
export function writeBackFiles(process: MappedFileOwner): void {
  for (const file of process.mappedFiles.values()) {
    if (file.isHeld) file.object.writeBack();
  }
}
