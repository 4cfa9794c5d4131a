/**
 * A section: memory that views show, of the paging file or of a file. Pages of a SEC_RESERVE section
 * are committed through any view, for all of them.
 */
import { type FramePool, MemoryObject, PAGE_BYTES } from '@bareheap/mmu';
import { pageCeil } from './address-word.ts';
import { PAGE_STATE_COMMITTED, PageStates } from './page-states.ts';
import { SEC_COMMIT, SEC_RESERVE } from './win-constants.ts';

/** One file as sections see it: all handles of it share its object. */
export interface MappableFile {
  readonly kind: 'file';
  readonly object: MemoryObject;
  /** False for what has no bytes to show: a console, a pipe. */
  readonly isMappable: boolean;
  readonly isReadable: boolean;
  readonly isWritable: boolean;
  /** Bytes. */
  readonly size: number;
  /** Makes the file larger or smaller; false when that cannot be. */
  resize(bytes: number): boolean;
}

export interface SectionOptions {
  /** Bytes; of the paging file rounded up to pages. */
  readonly size: number;
  readonly protection: number;
  /** SEC_COMMIT or SEC_RESERVE. */
  readonly attributes: number;
  readonly file: MappableFile | null;
}

export class Section {
  readonly object: MemoryObject;
  readonly size: number;
  readonly protection: number;
  readonly attributes: number;
  readonly file: MappableFile | null;
  /** Of a SEC_RESERVE section. */
  readonly committed: PageStates;

  constructor(pool: FramePool, options: SectionOptions) {
    const { file, size } = options;
    this.file = file;
    this.size = file === null ? pageCeil(size) : size;
    this.protection = options.protection;
    this.attributes = options.attributes;
    this.object = file === null ? new MemoryObject(pool, this.size) : file.object;
    if (file !== null) this.object.retain();
    this.committed = new PageStates(this.isReserved ? 0 : PAGE_STATE_COMMITTED);
  }

  /** Whether pages have to be committed before they can be used; those of a file never have. */
  get isReserved(): boolean {
    if (this.file !== null) return false;
    return (this.attributes & (SEC_RESERVE | SEC_COMMIT)) === SEC_RESERVE;
  }

  get pageCount(): number {
    return pageCeil(this.size) / PAGE_BYTES;
  }

  /** One more handle holds it. */
  open(): void {
    this.object.retain();
  }

  /** Lets go of what a handle held; views hold the pages themselves. */
  close(): void {
    this.object.release();
  }
}
