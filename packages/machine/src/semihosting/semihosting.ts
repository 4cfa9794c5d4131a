/**
 * Semihosting: the operations by number, their parameter blocks and results, the same for Arm and
 * RISC-V. Parameters lie in guest memory; an operation whose block cannot be read fails with
 * EFAULT and the run goes on, as under QEMU.
 *
 * @see Arm, "Semihosting for AArch32 and AArch64", 2.0; RISC-V Semihosting Specification
 */
import { type Mmu, Supervisor } from '@bareheap/mmu';
import type { Clock } from '../clock.ts';
import type { FileResult, HostPort, OpenFlags } from '../host-port.ts';

export interface SemihostingHost {
  readonly mmu: Mmu;
  readonly clock: Clock;
  readonly host: HostPort;
  readonly commandLine: string;
  /** Heap base, heap limit, stack base, stack limit, as SYS_HEAPINFO gives them. */
  readonly heapInfo: () => readonly [number, number, number, number];
  /** The program ends with this status. */
  readonly exit: (code: number) => void;
}

const EBADF = 9;
const EFAULT = 14;
const EINVAL = 22;
const FAILED = -1;
/** ADP_Stopped_ApplicationExit: the reason that means a normal end. */
const APPLICATION_EXIT = 0x20026;
const TRANSFER_LIMIT = 1 << 24;
const FEATURES = new Uint8Array([0x53, 0x48, 0x46, 0x42, 0x03]);
/** 1 January 2000, 00:00:00 UTC: the wall clock starts there, so that runs repeat. */
const EPOCH_SECONDS = 946_684_800;

type File =
  | { readonly kind: 'console'; readonly stream: 0 | 1 | 2 }
  | { readonly kind: 'features'; position: number }
  | { readonly kind: 'file'; readonly port: number };

/** fopen's modes, by the number that SYS_OPEN takes: r rb r+ r+b w wb … a+b. */
function openFlags(mode: number): OpenFlags {
  const kind = mode >> 2;
  const plus = (mode & 2) !== 0;
  return {
    read: kind === 0 || plus,
    write: kind !== 0 || plus,
    create: kind !== 0,
    truncate: kind === 1,
    append: kind === 2,
  };
}

export class Semihosting {
  /** Calls so far, by name. */
  readonly counts: Map<string, number> = new Map<string, number>();
  private readonly parts: SemihostingHost;
  private readonly supervisor: Supervisor;
  private readonly files = new Map<number, File>();
  private errno = 0;
  private readonly operations: ReadonlyMap<number, readonly [string, (block: number) => number]>;

  constructor(parts: SemihostingHost) {
    this.parts = parts;
    this.supervisor = new Supervisor(parts.mmu);
    this.operations = new Map<number, readonly [string, (block: number) => number]>([
      [0x01, ['SYS_OPEN', (block) => this.open(block)]],
      [0x02, ['SYS_CLOSE', (block) => this.close(this.word(block, 0))]],
      [0x03, ['SYS_WRITEC', (block) => this.writeCharacter(block)]],
      [0x04, ['SYS_WRITE0', (block) => this.writeString(block)]],
      [0x05, ['SYS_WRITE', (block) => this.write(block)]],
      [0x06, ['SYS_READ', (block) => this.read(block)]],
      [0x07, ['SYS_READC', () => this.readCharacter()]],
      [0x08, ['SYS_ISERROR', (block) => (this.word(block, 0) < 0 ? 1 : 0)]],
      [0x09, ['SYS_ISTTY', (block) => this.isTty(this.word(block, 0))]],
      [0x0a, ['SYS_SEEK', (block) => this.seek(this.word(block, 0), this.word(block, 1) >>> 0)]],
      [0x0c, ['SYS_FLEN', (block) => this.length(this.word(block, 0))]],
      [0x0d, ['SYS_TMPNAM', (block) => this.temporaryName(block)]],
      [0x0e, ['SYS_REMOVE', (block) => this.remove(block)]],
      [0x0f, ['SYS_RENAME', (block) => this.rename(block)]],
      [0x10, ['SYS_CLOCK', () => Math.floor(this.seconds() * 100) | 0]],
      [0x11, ['SYS_TIME', () => (EPOCH_SECONDS + Math.floor(this.seconds())) | 0]],
      [0x12, ['SYS_SYSTEM', () => this.fail(EINVAL)]],
      [0x13, ['SYS_ERRNO', () => this.errno]],
      [0x15, ['SYS_GET_CMDLINE', (block) => this.getCommandLine(block)]],
      [0x16, ['SYS_HEAPINFO', (block) => this.heapInfo(block)]],
      [0x18, ['SYS_EXIT', (block) => this.exit(block, 0)]],
      [0x20, ['SYS_EXIT_EXTENDED', (block) => this.exit(this.word(block, 0), this.word(block, 1))]],
      [0x30, ['SYS_ELAPSED', (block) => this.elapsed(block)]],
      [0x31, ['SYS_TICKFREQ', () => this.parts.clock.ticksPerSecond]],
    ]);
  }

  /** Does an operation; its result for the guest. An unknown operation answers -1 and is counted. */
  call(operation: number, parameter: number): number {
    const row = this.operations.get(operation);
    const name = row?.[0] ?? `operation 0x${operation.toString(16)}`;
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
    if (row === undefined) return this.fail(EINVAL);
    const result = row[1](parameter >>> 0);
    if (!this.parts.mmu.faulted) return result | 0;
    this.parts.mmu.faulted = false;
    return this.fail(EFAULT);
  }

  private word(block: number, index: number): number {
    return this.parts.mmu.loadSlow((block + index * 4) >>> 0, 4) | 0;
  }

  private fail(errno: number): number {
    this.errno = errno;
    return FAILED;
  }

  private result(outcome: FileResult<number>): number {
    return outcome.ok ? outcome.value : this.fail(outcome.errno);
  }

  private seconds(): number {
    return this.parts.clock.now / this.parts.clock.ticksPerSecond;
  }

  private text(address: number, length: number): string {
    return new TextDecoder().decode(
      this.supervisor.copyOut(address >>> 0, Math.min(length >>> 0, 4096)),
    );
  }

  private open(block: number): number {
    const name = this.text(this.word(block, 0), this.word(block, 2));
    const mode = this.word(block, 1);
    if (this.parts.mmu.faulted || mode < 0 || mode > 11) return this.fail(EINVAL);
    if (name === ':tt')
      return this.enter({ kind: 'console', stream: mode < 4 ? 0 : mode < 8 ? 1 : 2 });
    if (name === ':semihosting-features') return this.enter({ kind: 'features', position: 0 });
    const opened = this.parts.host.files.open(name, openFlags(mode));
    return opened.ok ? this.enter({ kind: 'file', port: opened.value }) : this.fail(opened.errno);
  }

  private enter(file: File): number {
    let handle = 1;
    while (this.files.has(handle)) handle++;
    this.files.set(handle, file);
    return handle;
  }

  private close(handle: number): number {
    const file = this.files.get(handle);
    if (file === undefined) return this.fail(EBADF);
    this.files.delete(handle);
    return file.kind === 'file' ? this.result(this.parts.host.files.close(file.port)) : 0;
  }

  private writeCharacter(address: number): number {
    const byte = this.parts.mmu.loadSlow(address, 1);
    if (!this.parts.mmu.faulted) this.parts.host.writeConsole(1, new Uint8Array([byte]));
    return 0;
  }

  private writeString(address: number): number {
    this.parts.host.writeConsole(1, this.supervisor.cString(address, TRANSFER_LIMIT));
    return 0;
  }

  /** Returns the number of bytes not written. */
  private write(block: number): number {
    const file = this.files.get(this.word(block, 0));
    const length = this.word(block, 2) >>> 0;
    if (file === undefined || file.kind === 'features') {
      this.fail(EBADF);
      return length;
    }
    const bytes = this.supervisor.copyOut(
      this.word(block, 1) >>> 0,
      Math.min(length, TRANSFER_LIMIT),
    );
    if (file.kind === 'console') {
      this.parts.host.writeConsole(file.stream === 2 ? 2 : 1, bytes);
      return length - bytes.length;
    }
    const written = this.parts.host.files.write(file.port, bytes);
    if (written.ok) return length - written.value;
    this.fail(written.errno);
    return length;
  }

  /** Returns the number of bytes not read. */
  private read(block: number): number {
    const file = this.files.get(this.word(block, 0));
    const address = this.word(block, 1) >>> 0;
    const length = this.word(block, 2) >>> 0;
    if (file === undefined) {
      this.fail(EBADF);
      return length;
    }
    const bytes = this.bytesOf(file, Math.min(length, TRANSFER_LIMIT));
    if (bytes === null) return length;
    return length - this.supervisor.copyIn(address, bytes);
  }

  private bytesOf(file: File, length: number): Uint8Array | null {
    if (file.kind === 'console') return this.parts.host.readConsole(length, true);
    if (file.kind === 'features') {
      const bytes = FEATURES.slice(file.position, file.position + length);
      file.position += bytes.length;
      return bytes;
    }
    const read = this.parts.host.files.read(file.port, length);
    if (read.ok) return read.value;
    this.fail(read.errno);
    return null;
  }

  private readCharacter(): number {
    const bytes = this.parts.host.readConsole(1, true);
    return bytes === null || bytes.length === 0 ? FAILED : bytes[0]!;
  }

  private isTty(handle: number): number {
    const file = this.files.get(handle);
    if (file === undefined) return this.fail(EBADF);
    if (file.kind === 'file') return this.parts.host.files.isTty(file.port) ? 1 : 0;
    if (file.kind === 'features') return 0;
    return this.parts.host.isConsoleTerminal?.(file.stream) === false ? 0 : 1;
  }

  private seek(handle: number, position: number): number {
    const file = this.files.get(handle);
    if (file === undefined) return this.fail(EBADF);
    if (file.kind === 'console') return this.fail(EINVAL);
    if (file.kind === 'features') {
      file.position = Math.min(position, FEATURES.length);
      return 0;
    }
    const sought = this.parts.host.files.seek(file.port, position);
    return sought.ok ? 0 : this.fail(sought.errno);
  }

  private length(handle: number): number {
    const file = this.files.get(handle);
    if (file === undefined) return this.fail(EBADF);
    if (file.kind === 'features') return FEATURES.length;
    return file.kind === 'console' ? 0 : this.result(this.parts.host.files.length(file.port));
  }

  /** In the program's own folder, which there is for certain. */
  private temporaryName(block: number): number {
    const buffer = this.word(block, 0) >>> 0;
    const name = new TextEncoder().encode(`sh${this.word(block, 1) & 0xff}.tmp\0`);
    if (this.word(block, 2) >>> 0 < name.length) return this.fail(EINVAL);
    this.supervisor.copyIn(buffer, name);
    return 0;
  }

  private remove(block: number): number {
    const removed = this.parts.host.files.remove(
      this.text(this.word(block, 0), this.word(block, 1)),
    );
    return removed.ok ? 0 : this.fail(removed.errno);
  }

  private rename(block: number): number {
    const from = this.text(this.word(block, 0), this.word(block, 1));
    const to = this.text(this.word(block, 2), this.word(block, 3));
    const renamed = this.parts.host.files.rename(from, to);
    return renamed.ok ? 0 : this.fail(renamed.errno);
  }

  private getCommandLine(block: number): number {
    const bytes = new TextEncoder().encode(`${this.parts.commandLine}\0`);
    if (this.word(block, 1) >>> 0 < bytes.length) return FAILED;
    this.supervisor.copyIn(this.word(block, 0) >>> 0, bytes);
    this.parts.mmu.storeSlow(block + 4, 4, bytes.length - 1);
    return 0;
  }

  private heapInfo(block: number): number {
    const address = this.word(block, 0) >>> 0;
    this.parts.heapInfo().forEach((value, index) => {
      this.parts.mmu.storeSlow(address + index * 4, 4, value);
    });
    return 0;
  }

  private exit(reason: number, code: number): number {
    if (this.parts.mmu.faulted) return FAILED;
    if (reason === APPLICATION_EXIT) this.parts.exit(code & 0xff);
    else this.parts.exit(1);
    return 0;
  }

  private elapsed(block: number): number {
    const { now } = this.parts.clock;
    this.parts.mmu.storeSlow(block, 4, now % 2 ** 32);
    this.parts.mmu.storeSlow(block + 4, 4, Math.floor(now / 2 ** 32));
    return 0;
  }
}
