/**
 * The bytes of a file as sections show them: one memory object for all handles and views of it, for
 * as long as any of them is there. The file is opened by its path for each piece that is read or
 * written, so that a view outlives the handle that it was made through.
 */
import { MemoryObject, type PageFile } from '@bareheap/mmu';
import type { OpenFlags } from '../../host-port.ts';
import type { WindowsProcess } from './windows-process.ts';

const READ: OpenFlags = { read: true, write: false, create: false, truncate: false, append: false };
const WRITE: OpenFlags = { ...READ, write: true };

export class MappedFile implements PageFile {
  readonly object: MemoryObject;
  private readonly process: WindowsProcess;
  private readonly path: string;

  constructor(process: WindowsProcess, path: string) {
    this.process = process;
    this.path = path;
    this.object = new MemoryObject(process.mmu.pool, this);
  }

  /** Whether a handle or a view still holds it. */
  get isHeld(): boolean {
    return this.process.mmu.pool.holders.has(this.object);
  }

  get size(): number {
    return this.onFile(READ, (file) => {
      const length = this.process.host.files.length(file);
      return length.ok ? length.value : 0;
    });
  }

  read(offset: number, bytes: Uint8Array): void {
    const { files } = this.process.host;
    this.onFile(READ, (file) => {
      let done = 0;
      while (done < bytes.length) {
        files.seek(file, offset + done);
        const piece = files.read(file, bytes.length - done);
        if (!piece.ok || piece.value.length === 0) break;
        bytes.set(piece.value, done);
        done += piece.value.length;
      }
      return done;
    });
  }

  write(offset: number, bytes: Uint8Array): void {
    const { files } = this.process.host;
    this.onFile(WRITE, (file) => {
      files.seek(file, offset);
      const written = files.write(file, bytes);
      return written.ok ? written.value : 0;
    });
  }

  /** Makes the file larger; false when that cannot be. */
  grow(bytes: number): boolean {
    if (bytes > this.size) this.write(bytes - 1, new Uint8Array(1));
    return this.size >= bytes;
  }

  private onFile(flags: OpenFlags, action: (file: number) => number): number {
    const { files } = this.process.host;
    const opened = files.open(this.path, flags);
    if (!opened.ok) return 0;
    const value = action(opened.value);
    files.close(opened.value);
    return value;
  }
}

/** The bytes behind a path, below the root, with one more reference to their object. */
export function holdMappedFile(process: WindowsProcess, path: string): MappedFile {
  const { mappedFiles } = process;
  const known = heldFile(process, path);
  if (known !== null) {
    known.object.retain();
    return known;
  }
  for (const [name, file] of mappedFiles) {
    if (!file.isHeld) mappedFiles.delete(name);
  }
  const file = new MappedFile(process, path);
  mappedFiles.set(path, file);
  return file;
}

/** The bytes behind a path if a handle or a view holds them. */
export function heldFile(process: WindowsProcess, path: string): MappedFile | null {
  const known = process.mappedFiles.get(path);
  return known?.isHeld ? known : null;
}

/** Writes back what views stored, as the end of a process does. */
export function writeBackFiles(process: WindowsProcess): void {
  for (const file of process.mappedFiles.values()) {
    if (file.isHeld) file.object.writeBack();
  }
}
