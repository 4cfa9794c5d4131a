/**
 * signalfd: signals that wait because they are blocked, read as records. Whoever reads gets its own,
 * also through a descriptor that its parent made.
 *
 * @see fs/signalfd.c of Linux 6.18; struct signalfd_siginfo of include/uapi/linux/signalfd.h
 */
import type { WaitQueue } from '../process/wait-queue.ts';
import type { PendingSignals } from '../signal/pending-signals.ts';
import type { SignalInfo } from '../signal/signal-info.ts';
import { SI_TIMER, SIGCHLD } from '../signal/signal-numbers.ts';
import { SignalSet } from '../signal/signal-set.ts';
import { EAGAIN, EINVAL } from './errno.ts';
import { O_RDWR, POLLIN, POLLRDNORM } from './file-constants.ts';
import { FileDescription, type ReadResult } from './file-description.ts';
import type { Inode } from './inode.ts';

const RECORD_BYTES = 128;

/** Where a field of siginfo goes in the record: from, to, bytes. */
type Field = readonly [number, number, number];

const COMMON: readonly Field[] = [
  [0, 0, 4],
  [4, 4, 4],
  [8, 8, 4],
];
/** Process, user and the value, as an int and as a pointer. */
const SENT: readonly Field[] = [
  [16, 12, 4],
  [20, 16, 4],
  [24, 44, 4],
  [24, 48, 8],
];
/** Process, user, status, and the times of its ticks. */
const CHILD: readonly Field[] = [
  [16, 12, 4],
  [20, 16, 4],
  [24, 40, 4],
  [32, 56, 8],
  [40, 64, 8],
];
/** Timer, overrun and the value. */
const TIMER: readonly Field[] = [
  [16, 24, 4],
  [20, 32, 4],
  [24, 44, 4],
  [24, 48, 8],
];

function recordOf(info: SignalInfo): Uint8Array {
  const record = new Uint8Array(RECORD_BYTES);
  const isChild = info.signal === SIGCHLD && info.code > 0;
  const fields = isChild ? CHILD : info.code === SI_TIMER ? TIMER : SENT;
  for (const [from, to, length] of [...COMMON, ...fields]) {
    record.set(info.bytes.subarray(from, from + length), to);
  }
  return record;
}

export class SignalFile extends FileDescription {
  readonly inode: Inode;
  override readonly queues: readonly WaitQueue[];
  /** Signals that are read here. */
  mask: SignalSet;
  private readonly pending: () => readonly PendingSignals[];

  /** @param pending  what waits for the thread that runs, and for its process */
  constructor(
    inode: Inode,
    flags: number,
    mask: SignalSet,
    arrived: WaitQueue,
    pending: () => readonly PendingSignals[],
  ) {
    super(O_RDWR | flags);
    this.inode = inode;
    this.mask = mask;
    this.pending = pending;
    this.queues = [arrived];
  }

  override get name(): string {
    return 'anon_inode:[signalfd]';
  }

  override read(length: number): ReadResult {
    const most = Math.floor(length / RECORD_BYTES);
    if (most === 0) return -EINVAL;
    const records: Uint8Array[] = [];
    const others = new SignalSet(~this.mask.low, ~this.mask.high);
    for (const pending of this.pending()) {
      let info = records.length < most ? pending.take(others) : null;
      while (info !== null) {
        records.push(recordOf(info));
        info = records.length < most ? pending.take(others) : null;
      }
    }
    if (records.length === 0) return -EAGAIN;
    const bytes = new Uint8Array(records.length * RECORD_BYTES);
    records.forEach((record, index) => {
      bytes.set(record, index * RECORD_BYTES);
    });
    return bytes;
  }

  override poll(): number {
    const isThere = this.pending().some(({ set }) => set.meets(this.mask));
    return isThere ? POLLIN | POLLRDNORM : 0;
  }

  override seek(): number {
    return 0;
  }
}
