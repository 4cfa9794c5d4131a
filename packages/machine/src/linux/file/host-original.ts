/** A file of the host's behind one of the guest's: opened when first used. */
import type { HostFile, HostTree } from './host-tree.ts';

/** What of the host's tree a file needs. */
export type OriginalSource = Pick<HostTree, 'open' | 'writesThrough' | 'setMode'>;

export class HostOriginal {
  /** Bytes when it was found. */
  readonly size: number;
  readonly writesThrough: boolean;
  private readonly tree: OriginalSource;
  private path: string;
  private file: HostFile | null = null;

  constructor(tree: OriginalSource, path: string, size: number) {
    this.tree = tree;
    this.path = path;
    this.size = size;
    this.writesThrough = tree.writesThrough(path);
  }

  /** Opens the file: 0 or a negative error number. */
  open(): number {
    if (this.file !== null) return 0;
    const file = this.tree.open(this.path);
    if (typeof file === 'number') return file;
    this.file = file;
    return 0;
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

  /** 0 or a negative error number. */
  setMode(mode: number): number {
    return this.tree.setMode(this.path, mode);
  }

  /** The file is elsewhere now. */
  moved(path: string): void {
    this.path = path;
  }

  close(): void {
    this.file?.close();
    this.file = null;
  }
}
