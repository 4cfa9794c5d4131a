/** The descriptors of a process: small numbers for open files. */
import type { FileTable, MappableFile } from '@bareheap/platform-posix';
import { assert } from '../../assert.ts';
import { EBADF, EMFILE, ENFILE } from './errno.ts';
import { FileDescription } from './file-description.ts';

/** Descriptors that a process starts with may have at most, and most that it can be given. */
export const DEFAULT_OPEN_FILES = 1024;
const MOST_OPEN_FILES = 1 << 16;
/**
 * Descriptors of all processes, /proc/sys/fs/file-max: they are not in the guest's memory. A socket
 * was measured to take 2 KiB of the host's, so they are 256 MiB.
 */
export const MOST_DESCRIPTORS: number = 1 << 17;

interface Slot {
  readonly description: FileDescription;
  closesOnExec: boolean;
}

export class DescriptorTable implements FileTable {
  private readonly slots: (Slot | null)[] = [];
  /** No descriptor below it is free. */
  private lowest = 0;
  private mostOpen = DEFAULT_OPEN_FILES;
  /** Descriptors of all tables that were copied from one. */
  private readonly all: { used: number };

  constructor(all: { used: number } = { used: 0 }) {
    this.all = all;
  }

  /** Descriptors are below this number: the soft limit of RLIMIT_NOFILE. */
  get limit(): number {
    return this.mostOpen;
  }

  set limit(limit: number) {
    this.mostOpen = Math.min(limit, MOST_OPEN_FILES);
  }

  /** Why nothing can be opened: 0, -EMFILE or -ENFILE. */
  get refusal(): number {
    if (this.free(0) >= this.mostOpen) return -EMFILE;
    return this.all.used >= MOST_DESCRIPTORS ? -ENFILE : 0;
  }

  /** Whether all processes may have as many descriptors as these once more. */
  get hasRoomForCopy(): boolean {
    return this.all.used + this.numbers().length <= MOST_DESCRIPTORS;
  }

  /** The open file of a descriptor, or null. */
  get(descriptor: number): FileDescription | null {
    return this.slots[descriptor]?.description ?? null;
  }

  file(descriptor: number): MappableFile | null {
    const description = this.get(descriptor);
    return description === null || description.isPathOnly ? null : description;
  }

  /** As {@link add}, for files of this folder. */
  open(file: MappableFile): number {
    assert(file instanceof FileDescription, 'a file that is none of the tree’s');
    return this.add(file);
  }

  /**
   * Gives a file the lowest free descriptor from `from` up, and takes over one hold: that, -EMFILE or
   * -ENFILE.
   */
  add(description: FileDescription, closesOnExec = false, from = 0): number {
    const descriptor = this.free(from);
    if (descriptor >= this.mostOpen) return -EMFILE;
    return this.fill(descriptor, { description, closesOnExec });
  }

  /** Makes a descriptor refer to a file, closing what it was: the descriptor, -EBADF or -ENFILE. */
  put(descriptor: number, description: FileDescription, closesOnExec: boolean): number {
    if (descriptor < 0 || descriptor >= this.mostOpen) return -EBADF;
    this.close(descriptor);
    for (let hole = this.slots.length; hole < descriptor; hole++) this.slots[hole] = null;
    return this.fill(descriptor, { description, closesOnExec });
  }

  /** Fills a free slot: its number or -ENFILE. */
  private fill(descriptor: number, slot: Slot): number {
    if (this.all.used >= MOST_DESCRIPTORS) return -ENFILE;
    this.all.used++;
    this.slots[descriptor] = slot;
    if (descriptor === this.lowest) this.lowest = descriptor + 1;
    return descriptor;
  }

  /** 0 or -EBADF. */
  close(descriptor: number): number {
    const slot = this.slots[descriptor];
    if (slot === null || slot === undefined) return -EBADF;
    this.slots[descriptor] = null;
    this.all.used--;
    this.lowest = Math.min(this.lowest, descriptor);
    slot.description.inode.unlock(this);
    slot.description.release();
    return 0;
  }

  closesOnExec(descriptor: number): boolean {
    return this.slots[descriptor]?.closesOnExec ?? false;
  }

  setClosesOnExec(descriptor: number, closes: boolean): void {
    const slot = this.slots[descriptor];
    if (slot) slot.closesOnExec = closes;
  }

  /** Descriptors in use, lowest first. */
  numbers(): number[] {
    return this.slots.flatMap((slot, descriptor) => (slot === null ? [] : [descriptor]));
  }

  /** A forked child's: it refers to the same open files. */
  copy(): DescriptorTable {
    const copy = new DescriptorTable(this.all);
    copy.mostOpen = this.mostOpen;
    copy.lowest = this.lowest;
    for (const slot of this.slots) {
      if (slot !== null) this.all.used++;
      slot?.description.retain();
      copy.slots.push(slot === null ? null : { ...slot });
    }
    return copy;
  }

  /** What execve closes. */
  closeOnExec(): void {
    for (const descriptor of this.numbers()) {
      if (this.closesOnExec(descriptor)) this.close(descriptor);
    }
  }

  closeAll(): void {
    for (const descriptor of this.numbers()) this.close(descriptor);
  }

  private free(from: number): number {
    let descriptor = Math.max(from, this.lowest);
    while (this.slots[descriptor]) descriptor++;
    for (let hole = this.slots.length; hole < descriptor; hole++) {
      if (hole >= this.mostOpen) break;
      this.slots[hole] = null;
    }
    return descriptor;
  }
}
