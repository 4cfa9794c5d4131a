/**
 * Standard input, output and error over the host's console: a terminal, or else one end of a pipe.
 */
import type { ConsoleStream, HostPort } from '../../host-port.ts';
import { WaitQueue } from '../process/wait-queue.ts';
import { EACCES, EAGAIN, EBADF, EFAULT, ENOTTY } from './errno.ts';
import {
  O_ACCMODE,
  O_RDONLY,
  O_RDWR,
  O_WRONLY,
  POLLHUP,
  POLLIN,
  POLLOUT,
  POLLRDNORM,
  POLLWRNORM,
  S_IFCHR,
  S_IFIFO,
} from './file-constants.ts';
import { FileDescription, type IoctlCaller, type ReadResult } from './file-description.ts';
import { PIPE_DEVICE, TERMINALS_DEVICE } from './file-system-kind.ts';
import { deviceNumber, Inode, type InodeParts } from './inode.ts';
import type { Terminal } from './terminal.ts';

const FIONREAD = 0x541b;
/** Bytes that are asked of the host at once to learn whether there are any. */
const LOOK_AHEAD = 4096;

/** What the host's standard input has and nobody read yet; one for all descriptors of it. */
export class ConsoleInput {
  /** Who waits for input: the scheduler wakes them, see {@link await}. */
  readonly arrived: WaitQueue = new WaitQueue();
  private readonly host: HostPort;
  private pending: Uint8Array = new Uint8Array(0);
  private isOver = false;

  constructor(host: HostPort) {
    this.host = host;
  }

  /** Bytes that can be had without waiting. */
  get available(): number {
    this.look(false);
    return this.pending.length;
  }

  get isAtEnd(): boolean {
    this.look(false);
    return this.isOver && this.pending.length === 0;
  }

  /**
   * Asks the host for those who wait, if any: for so many milliseconds, for good, or only for what
   * is there now. Whether somebody was woken; those who wait have seen what was there before.
   */
  await(wait: boolean | number): boolean {
    return !this.arrived.isEmpty && this.look(wait);
  }

  /** Bytes, none at the end; null when there are none now. */
  read(length: number): Uint8Array | null {
    if (length === 0) return new Uint8Array(0);
    if (this.pending.length === 0) {
      if (this.isOver) return new Uint8Array(0);
      const bytes = this.host.readConsole(length, false);
      this.isOver = bytes === null;
      if (this.isOver) this.arrived.wake();
      return bytes === null ? new Uint8Array(0) : bytes.length === 0 ? null : bytes;
    }
    const bytes = this.pending.subarray(0, length);
    this.pending = this.pending.subarray(length);
    return bytes;
  }

  /** Asks the host, if nothing is left of what it gave; whether there is more now, or the end. */
  private look(wait: boolean | number): boolean {
    if (this.isOver || this.pending.length > 0) return false;
    const bytes = this.host.readConsole(LOOK_AHEAD, wait);
    this.isOver = bytes === null;
    this.pending = bytes ?? this.pending;
    if (!this.isOver && this.pending.length === 0) return false;
    this.arrived.wake();
    return true;
  }
}

export interface ConsoleParts {
  readonly host: HostPort;
  readonly stream: 0 | ConsoleStream;
  readonly input: ConsoleInput;
  /** Null where the host has no terminal. */
  readonly terminal: Terminal | null;
  readonly inode: Inode;
}

export class ConsoleFile extends FileDescription {
  readonly inode: Inode;
  readonly input: ConsoleInput;
  override readonly queues: readonly WaitQueue[];
  private readonly host: HostPort;
  private readonly terminal: Terminal | null;
  private readonly output: ConsoleStream;

  private readonly parts: ConsoleParts;

  constructor(parts: ConsoleParts, flags: number = flagsOf(parts)) {
    super(flags);
    this.parts = parts;
    this.inode = parts.inode;
    this.input = parts.input;
    this.host = parts.host;
    this.terminal = parts.terminal;
    this.output = parts.stream === 2 ? 2 : 1;
    this.queues = this.readable ? [this.input.arrived] : [];
  }

  override get isWatchable(): boolean {
    return true;
  }

  override get name(): string {
    return this.terminal === null ? `pipe:[${this.inode.number}]` : '/dev/pts/0';
  }

  override read(length: number): ReadResult {
    return this.input.read(length) ?? -EAGAIN;
  }

  override write(bytes: Uint8Array): number {
    if (!this.writable) return -EBADF;
    if (bytes.length > 0) this.host.writeConsole(this.output, bytes);
    return bytes.length;
  }

  override poll(): number {
    const output = this.writable ? POLLOUT | POLLWRNORM : 0;
    if (!this.readable) return output;
    const events = this.input.available > 0 ? POLLIN | POLLRDNORM : 0;
    return output | events | (this.input.isAtEnd ? POLLHUP : 0);
  }

  override reopen(flags: number): FileDescription | number {
    const oneWay = flagsOf(this.parts);
    const isFit = oneWay === O_RDWR || (flags & O_ACCMODE) === oneWay;
    return isFit ? new ConsoleFile(this.parts, flags) : -EACCES;
  }

  override ioctl(request: number, argument: number, caller: IoctlCaller): number {
    if (request >>> 0 === FIONREAD) {
      const count = this.readable ? this.input.available : 0;
      return caller.memory.storeU32(argument, count) ? 0 : -EFAULT;
    }
    return this.terminal?.ioctl(request, argument, caller) ?? -ENOTTY;
  }
}

function flagsOf({ stream, terminal }: ConsoleParts): number {
  if (terminal !== null) return O_RDWR;
  return stream === 0 ? O_RDONLY : O_WRONLY;
}

/** What stat tells of a standard stream: a terminal's other end, or a pipe. */
export function consoleInode(
  isTerminal: boolean,
  stream: number,
  parts: Pick<InodeParts, 'time'>,
): Inode {
  return isTerminal
    ? new Inode({
        ...parts,
        number: 3,
        device: TERMINALS_DEVICE,
        mode: S_IFCHR | 0o620,
        gid: 5,
        special: deviceNumber(136, 0),
      })
    : new Inode({
        ...parts,
        number: 1 + stream,
        device: PIPE_DEVICE,
        mode: S_IFIFO | 0o600,
      });
}
