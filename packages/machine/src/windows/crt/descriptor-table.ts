/** File descriptors of the C library, which handles of the system are behind. */
import type { FileObject } from '../process/kernel-object.ts';

export interface Descriptor {
  readonly handle: number;
  readonly object: FileObject;
  /** Whether line ends are translated. */
  isText: boolean;
  readonly appends: boolean;
}

/** As documented of _setmaxstdio's lower level. */
export const MOST_DESCRIPTORS = 2048;

export class DescriptorTable {
  private readonly descriptors = new Map<number, Descriptor>();

  /** The first free number; -1 when there are too many. */
  open(descriptor: Descriptor): number {
    let number = 0;
    while (this.descriptors.has(number)) number++;
    if (number >= MOST_DESCRIPTORS) return -1;
    this.descriptors.set(number, descriptor);
    return number;
  }

  get(number: number): Descriptor | null {
    return this.descriptors.get(number) ?? null;
  }

  set(number: number, descriptor: Descriptor): void {
    this.descriptors.set(number, descriptor);
  }

  close(number: number): Descriptor | null {
    const known = this.get(number);
    this.descriptors.delete(number);
    return known;
  }
}
