/**
 * userfaultfd: tells of pages that threads wait for, and takes those pages.
 *
 * Pages of private memory without a file only; not there: write protection, minor faults, and
 * events of fork, mremap and unmapping.
 *
 * @see fs/userfaultfd.c of Linux 6.18; ioctl_userfaultfd(2)
 */
import { PAGE_BYTES } from '@bareheap/mmu';
import { type AddressSpace, awaitPages, bringPage, leavePages } from '@bareheap/platform-posix';
import { WaitQueue } from '../process/wait-queue.ts';
import { EAGAIN, EFAULT, EINVAL, ENOENT, ESRCH } from './errno.ts';
import { O_NONBLOCK, O_RDWR, POLLERR, POLLIN } from './file-constants.ts';
import { FileDescription, type IoctlCaller, type ReadResult } from './file-description.ts';
import type { Inode } from './inode.ts';

const MESSAGE_BYTES = 32;
const UFFD_API = 0xaa;
const UFFD_EVENT_PAGEFAULT = 0x12;
const FLAG_WRITE = 1;
/** UFFD_FEATURE_EXACT_ADDRESS: the address itself, not its page's. */
const EXACT_ADDRESS = 1 << 11;
const MODE_MISSING = 1;
const DONT_WAKE = 1;
/** Bits of the calls that a file, and a range, know: REGISTER, UNREGISTER, API; WAKE, COPY, ZERO. */
const FILE_CALLS = (1n << 0n) | (1n << 1n) | (1n << 63n);
const RANGE_CALLS = (1n << 2n) | (1n << 3n) | (1n << 4n);
const LEAST_ADDRESS = 65536;
const MOST_ADDRESS = 2 ** 47 - PAGE_BYTES;

const UFFDIO_API = 0xc018aa3f | 0;
const UFFDIO_REGISTER = 0xc020aa00 | 0;
const UFFDIO_UNREGISTER = 0x8010aa01 | 0;
const UFFDIO_WAKE = 0x8010aa02 | 0;
const UFFDIO_COPY = 0xc028aa03 | 0;
const UFFDIO_ZEROPAGE = 0xc020aa04 | 0;

/** A thread that waits for a page; one that a signal or the page has woken waits no more. */
interface Waiting {
  readonly address: number;
  readonly isWrite: boolean;
  readonly brought: WaitQueue;
  /** A message of it was read. */
  isTold: boolean;
}

export class UserFaultFile extends FileDescription {
  readonly inode: Inode;
  override readonly queues: readonly WaitQueue[];
  private readonly space: AddressSpace;
  private readonly asked = new WaitQueue();
  private waiting: readonly Waiting[] = [];
  private isReady = false;
  private features = 0;

  constructor(inode: Inode, flags: number, space: AddressSpace) {
    super(O_RDWR | (flags & O_NONBLOCK));
    this.inode = inode;
    this.space = space;
    this.queues = [this.asked];
  }

  override get name(): string {
    return 'anon_inode:[userfaultfd]';
  }

  /** Asks for the page of an address; the queue is for the thread that cannot go on without it. */
  ask(address: number, isWrite: boolean): WaitQueue {
    const brought = new WaitQueue();
    const still = this.waiting.filter((other) => !other.brought.isEmpty);
    this.waiting = [...still, { address, isWrite, brought, isTold: false }];
    this.asked.wake();
    return brought;
  }

  private get untold(): readonly Waiting[] {
    return this.waiting.filter(({ brought, isTold }) => !isTold && !brought.isEmpty);
  }

  override read(length: number): ReadResult {
    if (!this.isReady || length < MESSAGE_BYTES) return -EINVAL;
    const told = this.untold.slice(0, Math.floor(length / MESSAGE_BYTES));
    if (told.length === 0) return -EAGAIN;
    const bytes = new Uint8Array(told.length * MESSAGE_BYTES);
    const view = new DataView(bytes.buffer);
    const isExact = (this.features & EXACT_ADDRESS) !== 0;
    told.forEach((one, index) => {
      const { address, isWrite } = one;
      const at = index * MESSAGE_BYTES;
      const page = address - (address % PAGE_BYTES);
      view.setUint8(at, UFFD_EVENT_PAGEFAULT);
      view.setUint32(at + 8, isWrite ? FLAG_WRITE : 0, true);
      view.setBigUint64(at + 16, BigInt(isExact ? address : page), true);
      one.isTold = true;
    });
    return bytes;
  }

  override poll(): number {
    if (!this.isReady || !this.isNonblocking) return POLLERR;
    return this.untold.length > 0 ? POLLIN : 0;
  }

  override ioctl(request: number, argument: number, caller: IoctlCaller): number {
    if (request === UFFDIO_API) return this.begin(argument, caller);
    if (!this.isReady) return -EINVAL;
    switch (request) {
      case UFFDIO_REGISTER:
        return this.register(argument, caller);
      case UFFDIO_UNREGISTER:
      case UFFDIO_WAKE: {
        const range = readRange(argument, caller);
        if (typeof range === 'number') return range;
        return request === UFFDIO_WAKE ? this.wake(range.start, range.end) : this.leave(range);
      }
      case UFFDIO_COPY:
        return this.bring(argument, caller, true);
      case UFFDIO_ZEROPAGE:
        return this.bring(argument, caller, false);
      default:
        return -EINVAL;
    }
  }

  protected override close(): void {
    this.space.userFaults.leave(this);
    this.wake(0, Number.POSITIVE_INFINITY);
  }

  /** Lets those go on that wait for a page of [start, end); 0. */
  private wake(start: number, end: number): number {
    for (const { address, brought } of this.waiting) {
      if (start <= address && address < end) brought.wake();
    }
    return 0;
  }

  private leave({ start, end }: GuestRange): number {
    return leavePages(this.space, start, end, this) || this.wake(start, end);
  }

  /** struct uffdio_api: the version, features wanted and there, and calls. */
  private begin(argument: number, { memory }: IoctlCaller): number {
    const version = memory.word(argument);
    const features = memory.word(argument + 8);
    if (version === null || features === null) return -EFAULT;
    const isKnown = version === UFFD_API && (features === 0 || features === EXACT_ADDRESS);
    if (this.isReady || !isKnown) {
      return memory.write(argument, new Uint8Array(24)) ? -EINVAL : -EFAULT;
    }
    const answer = BigUint64Array.of(BigInt(UFFD_API), BigInt(EXACT_ADDRESS), FILE_CALLS);
    if (!memory.write(argument, new Uint8Array(answer.buffer))) return -EFAULT;
    this.isReady = true;
    this.features = features;
    return 0;
  }

  /** struct uffdio_register: a range, a mode, and calls that the range knows. */
  private register(argument: number, caller: IoctlCaller): number {
    const range = readRange(argument, caller);
    const mode = caller.memory.word(argument + 16);
    if (mode === null) return -EFAULT;
    if (typeof range === 'number') return range;
    if (mode !== MODE_MISSING) return -EINVAL;
    const refused = awaitPages(this.space, range.start, range.end, this);
    if (refused !== 0) return refused;
    const calls = new Uint8Array(BigUint64Array.of(RANGE_CALLS).buffer);
    return caller.memory.write(argument + 24, calls) ? 0 : -EFAULT;
  }

  /**
   * struct uffdio_copy or uffdio_zeropage: puts pages; how many bytes, or the error, is stored. All
   * of them: 0; some: -EAGAIN.
   */
  private bring(argument: number, { memory }: IoctlCaller, copies: boolean): number {
    const at = copies ? [0, 8, 16, 24, 32] : [0, 0, 8, 16, 24];
    const [to, from, length, mode] = at.slice(0, 4).map((offset) => memory.word(argument + offset));
    if (to == null || from == null || length == null || mode == null) return -EFAULT;
    if (objection(to, length) || (mode & ~DONT_WAKE) !== 0 || mode < 0) return -EINVAL;
    if (this.space.isDisposed) return -ESRCH;
    let done = 0;
    let error = isOneMapping(this.space, to, to + length) ? 0 : -ENOENT;
    for (; done < length && error === 0; done += error === 0 ? PAGE_BYTES : 0) {
      const bytes = copies ? memory.read(from + done, PAGE_BYTES) : null;
      error = copies && bytes === null ? -EFAULT : bringPage(this.space, to + done, this, bytes);
    }
    if (!memory.storeWord(argument + at[4]!, done > 0 ? done : error)) return -EFAULT;
    if (done > 0 && (mode & DONT_WAKE) === 0) this.wake(to, to + done);
    if (done === 0) return error;
    return done === length ? 0 : -EAGAIN;
  }
}

/** Whether a range is of one mapping. */
function isOneMapping({ vmas }: AddressSpace, start: number, end: number): boolean {
  const vma = vmas.find(start);
  return vma !== null && end <= vma.end;
}

const objection = (start: number, length: number): boolean =>
  start % PAGE_BYTES !== 0 ||
  length % PAGE_BYTES !== 0 ||
  length <= 0 ||
  start < LEAST_ADDRESS ||
  start + length > MOST_ADDRESS;

interface GuestRange {
  readonly start: number;
  readonly end: number;
}

/** struct uffdio_range. */
function readRange(argument: number, { memory }: IoctlCaller): GuestRange | number {
  const start = memory.word(argument);
  const length = memory.word(argument + 8);
  if (start === null || length === null) return -EFAULT;
  return objection(start, length) ? -EINVAL : { start, end: start + length };
}
