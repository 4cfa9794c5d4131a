/** Character devices that every program expects in /dev. @see drivers/char/mem.c, random.c */

import type { FramePool } from '@bareheap/mmu';
import { MemoryObject } from '@bareheap/platform-posix';
import { EINVAL, ENOSPC } from './errno.ts';
import { MAX_FILE_BYTES, S_IFCHR, SEEK_CUR, SEEK_SET } from './file-constants.ts';
import { FileDescription, type ReadResult } from './file-description.ts';
import { deviceNumber, Inode, type InodeParts } from './inode.ts';
import type { Place } from './place.ts';

/** What opening a device gives, or a negative error number. */
export type DeviceOpener = (inode: Inode, flags: number, place: Place) => FileDescription | number;

export class DeviceFile extends Inode {
  readonly opener: DeviceOpener;

  constructor(parts: InodeParts, opener: DeviceOpener) {
    super({ ...parts, mode: S_IFCHR | (parts.mode & 0o7777) });
    this.opener = opener;
  }
}

/** What a memory device does with reads and writes. */
interface DeviceBehaviour {
  readonly minor: number;
  readonly read: (length: number) => Uint8Array;
  /** Bytes taken, or a negative error number. */
  readonly write: (bytes: Uint8Array) => number;
  readonly isMappable?: boolean;
}

const NOTHING = new Uint8Array(0);
const takeAll = (bytes: Uint8Array): number => bytes.length;
const zeros = (length: number): Uint8Array => new Uint8Array(length);

class MemoryDevice extends FileDescription {
  readonly inode: Inode;
  override readonly place: Place;
  private readonly behaviour: DeviceBehaviour;
  private readonly pool: FramePool;
  private zeros: MemoryObject | null = null;

  constructor(
    parts: { readonly inode: Inode; readonly place: Place; readonly pool: FramePool },
    flags: number,
    behaviour: DeviceBehaviour,
  ) {
    super(flags);
    this.inode = parts.inode;
    this.place = parts.place;
    this.pool = parts.pool;
    this.behaviour = behaviour;
  }

  override get isStream(): boolean {
    return false;
  }

  override get object(): MemoryObject | null {
    if (this.behaviour.isMappable !== true) return null;
    this.zeros ??= new MemoryObject(this.pool, { name: '/dev/zero', sizeBytes: MAX_FILE_BYTES });
    return this.zeros;
  }

  override read(length: number): ReadResult {
    return this.behaviour.read(length);
  }

  override readAt(length: number): ReadResult {
    return this.behaviour.read(length);
  }

  override write(bytes: Uint8Array): number {
    return this.behaviour.write(bytes);
  }

  override writeAt(bytes: Uint8Array): number {
    return this.behaviour.write(bytes);
  }

  override seek(_offset: number, whence: number): number {
    return whence === SEEK_SET || whence === SEEK_CUR ? 0 : -EINVAL;
  }

  protected override close(): void {
    this.zeros?.release();
  }
}

/** The devices of major number 1 by name. */
export function memoryDevices(
  pool: FramePool,
  random: (bytes: Uint8Array) => void,
  parts: (number: number) => InodeParts,
): ReadonlyMap<string, DeviceFile> {
  const fill = (length: number): Uint8Array => {
    const bytes = new Uint8Array(length);
    random(bytes);
    return bytes;
  };
  const behaviours: readonly (readonly [string, DeviceBehaviour])[] = [
    ['null', { minor: 3, read: () => NOTHING, write: takeAll }],
    ['zero', { minor: 5, read: zeros, write: takeAll, isMappable: true }],
    ['full', { minor: 7, read: zeros, write: () => -ENOSPC }],
    ['random', { minor: 8, read: fill, write: takeAll }],
    ['urandom', { minor: 9, read: fill, write: takeAll }],
  ];
  return new Map(
    behaviours.map(([name, behaviour]) => {
      const special = deviceNumber(1, behaviour.minor);
      const opener: DeviceOpener = (inode, flags, place) =>
        new MemoryDevice({ inode, place, pool }, flags, behaviour);
      return [name, new DeviceFile({ ...parts(behaviour.minor + 1), special }, opener)];
    }),
  );
}
