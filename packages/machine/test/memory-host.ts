/** A host port in memory: console output is kept, files are byte arrays by path. */
import type { FileResult, HostPort, OpenFlags } from '../src/host-port.ts';

const ENOENT = 2;
const EBADF = 9;

interface OpenFile {
  readonly path: string;
  readonly flags: OpenFlags;
  position: number;
}

const fail = (errno: number): { readonly ok: false; readonly errno: number } => ({
  ok: false,
  errno,
});

export class MemoryHost implements HostPort {
  readonly written: Record<1 | 2, number[]> = { 1: [], 2: [] };
  readonly contents: Map<string, Uint8Array> = new Map<string, Uint8Array>();
  /** What standard input still has. */
  input: number[] = [];
  readonly files: HostPort['files'] = {
    open: (path, flags) => this.open(path, flags),
    read: (file, length) =>
      this.with(file, (open, bytes) => {
        const read = bytes.slice(open.position, open.position + length);
        open.position += read.length;
        return read;
      }),
    write: (file, bytes) => this.with(file, (open, before) => this.write(open, before, bytes)),
    seek: (file, position) =>
      this.with(file, (open) => {
        open.position = position;
        return 0;
      }),
    length: (file) => this.with(file, (_, bytes) => bytes.length),
    close: (file) => (this.opened.delete(file) ? { ok: true, value: 0 } : fail(EBADF)),
    remove: (path) => (this.contents.delete(path) ? { ok: true, value: 0 } : fail(ENOENT)),
    rename: (from, to) => {
      const bytes = this.contents.get(from);
      if (bytes === undefined) return fail(ENOENT);
      this.contents.delete(from);
      this.contents.set(to, bytes);
      return { ok: true, value: 0 };
    },
    isTty: () => false,
  };
  private readonly opened = new Map<number, OpenFile>();
  private handles = 100;

  text(stream: 1 | 2): string {
    return new TextDecoder().decode(new Uint8Array(this.written[stream]));
  }

  writeConsole(stream: 1 | 2, bytes: Uint8Array): void {
    this.written[stream].push(...bytes);
  }

  readConsole(maxBytes: number): Uint8Array | null {
    return this.input.length === 0 ? null : new Uint8Array(this.input.splice(0, maxBytes));
  }

  isConsoleTerminal(): boolean {
    return false;
  }

  private open(path: string, flags: OpenFlags): FileResult<number> {
    if (!this.contents.has(path) && !flags.create) return fail(ENOENT);
    if (!this.contents.has(path) || flags.truncate) this.contents.set(path, new Uint8Array());
    this.opened.set(++this.handles, { path, flags, position: 0 });
    return { ok: true, value: this.handles };
  }

  private write(open: OpenFile, before: Uint8Array, bytes: Uint8Array): number {
    const position = open.flags.append ? before.length : open.position;
    const after = new Uint8Array(Math.max(before.length, position + bytes.length));
    after.set(before);
    after.set(bytes, position);
    this.contents.set(open.path, after);
    open.position = position + bytes.length;
    return bytes.length;
  }

  private with<T>(file: number, action: (open: OpenFile, bytes: Uint8Array) => T): FileResult<T> {
    const open = this.opened.get(file);
    if (open === undefined) return fail(EBADF);
    return { ok: true, value: action(open, this.contents.get(open.path) ?? new Uint8Array()) };
  }
}
