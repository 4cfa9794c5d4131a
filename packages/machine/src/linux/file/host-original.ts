/** A file of the host's behind one of the guest's: opened when first used. */

import type { HostFile, HostTree } from '../../host-tree.ts';
import { ENOENT } from './errno.ts';

/** What of the host's tree a file needs. */
export type OriginalSource = Pick<HostTree, 'open' | 'writesThrough'>;

export class HostOriginal {
  /** Bytes when it was found. */
  readonly size: number;
  readonly writesThrough: boolean;
  private readonly tree: OriginalSource;
  /** Its names; those that it no longer has may be among them when a folder was renamed. */
  private readonly paths: Set<string>;
  private file: HostFile | null = null;

  constructor(tree: OriginalSource, path: string, size: number) {
    this.tree = tree;
    this.paths = new Set([path]);
    this.size = size;
    this.writesThrough = tree.writesThrough(path);
  }

  /** Opens the file: 0 or a negative error number. */
  open(): number {
    if (this.file !== null) return 0;
    let failed = -ENOENT;
    for (const path of this.paths) {
      const file = this.tree.open(path);
      if (typeof file !== 'number') {
        this.file = file;
        return 0;
      }
      failed = file;
    }
    return failed;
  }

  /** Fills `bytes` from an offset; what cannot be read stays as it is. */
  read(offset: number, bytes: Uint8Array): void {
    if (this.open() === 0) this.file!.read(offset, bytes);
  }

  /** How many bytes were written, or a negative error number. */
  write(offset: number, bytes: Uint8Array): number {
    const failed = this.open();
    return failed === 0 ? this.file!.write!(offset, bytes) : failed;
  }

  /** 0 or a negative error number. */
  resize(bytes: number): number {
    const failed = this.open();
    return failed === 0 ? this.file!.resize!(bytes) : failed;
  }

  /** The file has one more name. */
  gained(path: string): void {
    this.paths.add(path);
  }

  /** The file has lost a name. */
  lost(path: string): void {
    this.paths.delete(path);
  }

  close(): void {
    this.file?.close();
    this.file = null;
  }
}
