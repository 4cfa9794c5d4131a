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
import { ENOSPC } from '../file/errno.ts';

export const IPC_PRIVATE = 0;
/** SHMMNI: most segments that there may be. */
const MOST_SEGMENTS = 4096;

export interface SegmentOptions {
  readonly key: number;
  readonly sizeBytes: number;
  /** Permission bits. */
  readonly mode: number;
  readonly user: number;
  readonly group: number;
  /** The process that makes it. */
  readonly maker: number;
  /** Seconds since 1970. */
  readonly time: number;
}

export class SharedSegment {
  readonly id: number;
  readonly sizeBytes: number;
  readonly maker: number;
  readonly makerUser: number;
  readonly makerGroup: number;
  readonly object: MemoryObject;
  key: number;
  user: number;
  group: number;
  mode: number;
  isLocked = false;
  /** It goes when nobody has it attached any more. */
  isRemoved = false;
  lastUser = 0;
  attachTime = 0;
  detachTime = 0;
  changeTime: number;

  constructor(id: number, pool: FramePool, options: SegmentOptions) {
    const { key, sizeBytes } = options;
    this.id = id;
    this.sizeBytes = sizeBytes;
    this.maker = options.maker;
    this.makerUser = options.user;
    this.makerGroup = options.group;
    this.key = key;
    this.user = options.user;
    this.group = options.group;
    this.mode = options.mode;
    this.changeTime = options.time;
    const name = `/SYSV${(key >>> 0).toString(16).padStart(8, '0')} (deleted)`;
    this.object = new MemoryObject(pool, { name, sizeBytes, inode: id, device: '00:01' });
  }

  /** Mappings of it, of all processes. */
  get attachments(): number {
    return this.object.mappings;
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

export class SharedSegments {
  private readonly segments = new Map<number, SharedSegment>();
  private lastId = -1;

  /** The segment of a number, or null. */
  get(id: number): SharedSegment | null {
    this.forgetRemoved();
    return this.segments.get(id) ?? null;
  }

  withKey(key: number): SharedSegment | null {
    if (key === IPC_PRIVATE) return null;
    for (const segment of this.segments.values()) if (segment.key === key) return segment;
    return null;
  }

  /** Makes a segment: its number, or -ENOSPC. */
  add(pool: FramePool, options: SegmentOptions): number {
    this.forgetRemoved();
    if (this.segments.size >= MOST_SEGMENTS) return -ENOSPC;
    const id = ++this.lastId;
    this.segments.set(id, new SharedSegment(id, pool, options));
    return id;
  }

  /** From now on only mappings hold its memory, and no key finds it. */
  remove(segment: SharedSegment): void {
    if (segment.isRemoved) return;
    segment.isRemoved = true;
    segment.key = IPC_PRIVATE;
    if (segment.attachments === 0) this.segments.delete(segment.id);
    segment.object.release();
  }

  private forgetRemoved(): void {
    for (const segment of this.segments.values()) {
      if (segment.isRemoved && segment.attachments === 0) this.segments.delete(segment.id);
    }
  }
}
