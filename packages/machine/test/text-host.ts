/** A host for tests: files in memory, consoles that are kept. */
import type { FilePort, FileResult, HostPort, OpenFlags } from '../src/host-port.ts';

const ENOENT = 2;

interface OpenFile {
  readonly path: string;
  at: number;
}

export class TextHost implements HostPort {
  readonly stored: Map<string, Uint8Array> = new Map<string, Uint8Array>();
  readonly written: { 1: number[]; 2: number[] } = { 1: [], 2: [] };
  private input: Uint8Array;
  private readonly open: OpenFile[] = [];

  constructor(input = '') {
    this.input = Uint8Array.from(input, (letter) => letter.charCodeAt(0));
  }

  writeConsole(stream: 1 | 2, bytes: Uint8Array): void {
    for (const byte of bytes) this.written[stream].push(byte);
  }

  readConsole(maxBytes: number): Uint8Array | null {
    const part = this.input.subarray(0, maxBytes);
    this.input = this.input.subarray(part.length);
    return part.length === 0 ? null : part;
  }

  isConsoleTerminal(): boolean {
    return false;
  }

  text(stream: 1 | 2): string {
    return this.written[stream].map((byte) => String.fromCharCode(byte)).join('');
  }

  readonly files: FilePort = {
    open: (path, flags) => this.openFile(path, flags),
    read: (file, length) => {
      const one = this.open[file]!;
      const bytes = this.bytes(file).slice(one.at, one.at + length);
      one.at += bytes.length;
      return { ok: true, value: bytes };
    },
    write: (file, bytes) => {
      const one = this.open[file]!;
      const before = this.bytes(file);
      const after = new Uint8Array(Math.max(before.length, one.at + bytes.length));
      after.set(before);
      after.set(bytes, one.at);
      this.stored.set(one.path, after);
      one.at += bytes.length;
      return { ok: true, value: bytes.length };
    },
    seek: (file, position) => {
      this.open[file]!.at = position;
      return { ok: true, value: position };
    },
    length: (file) => ({ ok: true, value: this.bytes(file).length }),
    close: () => ({ ok: true, value: 0 }),
    remove: (path) =>
      this.stored.delete(path) ? { ok: true, value: 0 } : { ok: false, errno: ENOENT },
    rename: (from, to) => {
      const bytes = this.stored.get(from);
      if (bytes === undefined) return { ok: false, errno: ENOENT };
      this.stored.delete(from);
      this.stored.set(to, bytes);
      return { ok: true, value: 0 };
    },
    isTty: () => false,
  };

  private bytes(file: number): Uint8Array {
    return this.stored.get(this.open[file]!.path) ?? new Uint8Array(0);
  }

  private openFile(path: string, flags: OpenFlags): FileResult<number> {
    if (!this.stored.has(path) && !flags.create) return { ok: false, errno: ENOENT };
    if (!this.stored.has(path) || flags.truncate) this.stored.set(path, new Uint8Array(0));
    this.open.push({ path, at: 0 });
    return { ok: true, value: this.open.length - 1 };
  }
}
