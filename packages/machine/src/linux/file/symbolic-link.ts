/** Symbolic links: text, or a way to a file that no path leads to, as those in /proc/self/fd. */
import { S_IFLNK } from './file-constants.ts';
import { Inode, type InodeParts } from './inode.ts';
import type { Place } from './place.ts';

export class SymbolicLink extends Inode {
  /** What readlink gives. */
  readonly target: string;

  constructor(parts: Omit<InodeParts, 'mode'>, target: string) {
    super({ ...parts, mode: S_IFLNK | 0o777 });
    this.target = target;
  }

  override get size(): number {
    return this.target.length;
  }
}

/** A link whose target is a file itself. */
export class DirectLink extends Inode {
  private readonly find: () => Place | null;
  private readonly text: () => string;
  private readonly shownSize: number;

  constructor(
    parts: Omit<InodeParts, 'mode'>,
    find: () => Place | null,
    text: () => string,
    status: { readonly permission?: number; readonly size?: number } = {},
  ) {
    super({ ...parts, mode: S_IFLNK | (status.permission ?? 0o777) });
    this.find = find;
    this.text = text;
    this.shownSize = status.size ?? 0;
  }

  /** Not the text's length: /proc does not know it before it is asked. */
  override get size(): number {
    return this.shownSize;
  }

  /** The file; null when it is gone. */
  get place(): Place | null {
    return this.find();
  }

  get target(): string {
    return this.text();
  }
}
