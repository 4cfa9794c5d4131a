/**
 * Shared memory of System V: segments that have numbers and keys, and stay until they are removed.
 *
 * Attaching through fork and detaching through munmap, execve and exit count in `attachments`, but
 * are not noted in the times and in `lastUser`.
 *
 * @see ipc/shm.c, ipc/util.c of Linux 6.18
 */

import type { FramePool } from '@bareheap/mmu';
import { type MappableFile, MemoryObject } from '@bareheap/platform-posix';
import { IPC_PRIVATE, IpcObject, type IpcOptions, IpcTable } from './ipc-object.ts';

/** SHMMNI: most segments that there may be. */
const MOST_SEGMENTS = 4096;

export interface SegmentOptions extends IpcOptions {
  readonly sizeBytes: number;
  /** The process that makes it. */
  readonly maker: number;
}

/** One that is removed goes when nobody has it attached any more. */
export class SharedSegment extends IpcObject {
  readonly sizeBytes: number;
  readonly maker: number;
  readonly object: MemoryObject;
  isLocked = false;
  lastUser = 0;
  attachTime = 0;
  detachTime = 0;

  constructor(id: number, pool: FramePool, options: SegmentOptions) {
    super(id, options);
    const { key, sizeBytes } = options;
    this.sizeBytes = sizeBytes;
    this.maker = options.maker;
    const name = `/SYSV${(key >>> 0).toString(16).padStart(8, '0')} (deleted)`;
    this.object = new MemoryObject(pool, { name, sizeBytes, inode: id, device: '00:01' });
  }

  /** Mappings of it, of all processes. */
  get attachments(): number {
    return this.object.mappings;
  }

  /** Whether it was removed, and nobody has it attached any more. */
  get isGone(): boolean {
    return this.isRemoved && this.attachments === 0;
  }
}

/** What shmat maps: a file of its own each time, so that attachments stay apart. */
export class Attachment implements MappableFile {
  readonly segment: SharedSegment;
  readonly readable = true;
  readonly writable: boolean;
  readonly appends = false;
  readonly noExecute = false;
  readonly tellsResidency = true;

  constructor(segment: SharedSegment, writable: boolean) {
    this.segment = segment;
    this.writable = writable;
  }

  get object(): MemoryObject {
    return this.segment.object;
  }
}

export class SharedSegments extends IpcTable<SharedSegment> {
  constructor() {
    super(MOST_SEGMENTS);
  }

  override get(id: number): SharedSegment | null {
    const segment = super.get(id);
    if (segment === null || !segment.isGone) return segment;
    this.delete(segment);
    return null;
  }

  /** Makes a segment: its number, or -ENOSPC. */
  make(pool: FramePool, options: SegmentOptions): number {
    if (this.count >= MOST_SEGMENTS) this.forgetGone();
    return this.add((id) => new SharedSegment(id, pool, options));
  }

  /** From now on only mappings hold its memory, and no key finds it. */
  remove(segment: SharedSegment): void {
    if (segment.isRemoved) return;
    segment.isRemoved = true;
    segment.key = IPC_PRIVATE;
    if (segment.isGone) this.delete(segment);
    segment.object.release();
  }

  private forgetGone(): void {
    for (const segment of [...this.all()]) if (segment.isGone) this.delete(segment);
  }
}
