/**
 * The futex call: waiting on a word of memory until somebody wakes it.
 *
 * @see futex(2); kernel/futex/syscalls.c and waitwake.c of Linux 6.18
 */
import { PROT_NONE, PROT_WRITE } from '@bareheap/mmu';
import { type LinuxVma, TASK_SIZE } from '@bareheap/platform-posix';
import { EAGAIN, EFAULT, EINVAL, ENOSYS } from '../file/errno.ts';
import { START_SECONDS } from '../process/kernel.ts';
import type { Thread } from '../process/thread.ts';
import { readDuration } from '../signal/signal-calls.ts';
import type { SystemCall, Words } from '../system-call.ts';
import { ALL_BITS, type FutexKey, type FutexWaiter } from './futex-table.ts';
import { lockPi, tryLockPi, unlockPi } from './priority-futex.ts';

const ETIMEDOUT = 110;
const PRIVATE = 128;
const CLOCK_REALTIME = 256;
const SECOND = 1e9;
const WORD_BYTES = 4;

const WAIT = 0;
const WAKE = 1;
const REQUEUE = 3;
const CMP_REQUEUE = 4;
const WAKE_OP = 5;
const LOCK_PI = 6;
const UNLOCK_PI = 7;
const TRYLOCK_PI = 8;
const WAIT_BITSET = 9;
const WAKE_BITSET = 10;
const LOCK_PI2 = 13;
/** Operations that may say which clock their timeout is of. */
const MAY_HAVE_CLOCK: ReadonlySet<number> = new Set([WAIT, WAIT_BITSET, LOCK_PI2]);
const HAS_TIMEOUT: ReadonlySet<number> = new Set([WAIT, WAIT_BITSET, LOCK_PI, LOCK_PI2]);

interface FutexRequest {
  readonly thread: Thread;
  readonly operation: number;
  readonly isPrivate: boolean;
  readonly isRealTime: boolean;
  readonly address: number;
  readonly value: number;
  /** The fourth argument where it is a number. */
  readonly count: number;
  /** When to give up, ns of the guest's clock. */
  readonly deadline: number;
  readonly second: number;
  readonly third: number;
}

function keyOf({ thread, isPrivate }: FutexRequest, address: number): FutexKey | number {
  if (address % WORD_BYTES !== 0) return -EINVAL;
  if (address < 0 || address >= TASK_SIZE) return -EFAULT;
  const { space, process } = thread;
  // What might be shared is looked for; who says that it is not is believed.
  if (!isPrivate && !isFutexMemory(space.vmas.find(address))) return -EFAULT;
  return process.kernel.futexes.keyOf(space, address, isPrivate);
}

/** Whether a page can hold a futex that others may know: an anonymous one has to be writable. */
function isFutexMemory(vma: LinuxVma | null): boolean {
  if (vma === null || vma.protection === PROT_NONE) return false;
  return vma.backing.object !== null || (vma.protection & PROT_WRITE) !== 0;
}

function wait(request: FutexRequest, bits: number): number {
  const { thread, address, value, deadline } = request;
  const { futexes } = thread.process.kernel;
  const waiting = thread.kept as FutexWaiter | null;
  if (waiting?.isWoken) return 0;
  if (thread.timedOut) return -ETIMEDOUT;
  if (waiting === null) {
    if (bits === 0) return -EINVAL;
    const key = keyOf(request, address);
    if (typeof key === 'number') return key;
    const word = thread.memory.i32(address);
    if (word === null) return -EFAULT;
    if (word !== value) return -EAGAIN;
    const waiter: FutexWaiter = { thread, bits, key, isWoken: false };
    futexes.add(waiter);
    thread.kept = waiter;
    thread.onFinish = () => futexes.remove(waiter);
  }
  thread.interruption = deadline === Number.POSITIVE_INFINITY ? 'restart' : 'handler';
  return thread.block([], deadline);
}

function wake(request: FutexRequest, bits: number): number {
  if (bits === 0) return -EINVAL;
  const key = keyOf(request, request.address);
  if (typeof key === 'number') return key;
  // A count of 0 wakes one all the same.
  return request.thread.process.kernel.futexes.wake(key, Math.max(1, request.value), bits);
}

function requeue(request: FutexRequest): number {
  const { thread, address, value, count, second, operation, third } = request;
  if (value < 0 || count < 0) return -EINVAL;
  const from = keyOf(request, address);
  const to = keyOf(request, second);
  if (typeof from === 'number') return from;
  if (typeof to === 'number') return to;
  if (operation === CMP_REQUEUE) {
    const word = thread.memory.i32(address);
    if (word === null) return -EFAULT;
    if (word !== third) return -EAGAIN;
  }
  const { futexes } = thread.process.kernel;
  const woken = futexes.wake(from, value);
  const same = from.owner === to.owner && from.offset === to.offset;
  return woken + (same ? 0 : futexes.requeue(from, to, count));
}

/** What WAKE_OP does to the second word; the number is in bits 28 … 30 of the third argument. */
const CHANGES: readonly ((old: number, by: number) => number)[] = [
  (_, by) => by,
  (old, by) => old + by,
  (old, by) => old | by,
  (old, by) => old & ~by,
  (old, by) => old ^ by,
];
/** How the second word's old value is compared; the number is in bits 24 … 27. */
const COMPARISONS: readonly ((old: number, to: number) => boolean)[] = [
  (old, to) => old === to,
  (old, to) => old !== to,
  (old, to) => old < to,
  (old, to) => old <= to,
  (old, to) => old > to,
  (old, to) => old >= to,
];
const SHIFT_OPERAND = 8;

function wakeOperation(request: FutexRequest): number {
  const { thread, address, value, count, second, third } = request;
  const first = keyOf(request, address);
  const other = keyOf(request, second);
  if (typeof first === 'number') return first;
  if (typeof other === 'number') return other;
  const kind = (third >>> 28) & 15;
  const operand = (third << 8) >> 20;
  const by = (kind & SHIFT_OPERAND) === 0 ? operand : 1 << (operand & 31);
  const change = CHANGES[kind & 7];
  const compare = COMPARISONS[(third >>> 24) & 15];
  if (change === undefined) return -ENOSYS;
  const old = thread.memory.i32(second);
  if (old === null || !thread.memory.storeU32(second, change(old, by))) return -EFAULT;
  if (compare === undefined) return -ENOSYS;
  const { futexes } = thread.process.kernel;
  const woken = futexes.wake(first, Math.max(1, value));
  if (!compare(old, (third << 20) >> 20)) return woken;
  return woken + futexes.wake(other, Math.max(1, count));
}

const OPERATIONS: Readonly<Record<number, (request: FutexRequest) => number>> = {
  [WAIT]: (request) => wait(request, ALL_BITS),
  [WAKE]: (request) => wake(request, ALL_BITS),
  [REQUEUE]: requeue,
  [CMP_REQUEUE]: requeue,
  [WAKE_OP]: wakeOperation,
  [LOCK_PI]: (request) => withKey(request, lockPi),
  [LOCK_PI2]: (request) => withKey(request, lockPi),
  [UNLOCK_PI]: (request) => withKey(request, unlockPi),
  [TRYLOCK_PI]: (request) => withKey(request, tryLockPi),
  [WAIT_BITSET]: (request) => wait(request, request.third),
  [WAKE_BITSET]: (request) => wake(request, request.third),
};

function withKey(
  request: FutexRequest,
  operate: (thread: Thread, address: number, key: FutexKey, deadline: number) => number,
): number {
  const key = keyOf(request, request.address);
  if (typeof key === 'number') return key;
  return operate(request.thread, request.address, key, request.deadline);
}

/** When a request gives up: WAIT's time counts from now, the others' is of a clock. */
function deadlineOf(thread: Thread, command: number, words: Words): number {
  const operation = command & ~(PRIVATE | CLOCK_REALTIME);
  if (words[3] === 0 || !HAS_TIMEOUT.has(operation)) return Number.POSITIVE_INFINITY;
  const time = readDuration(thread, words[3]!);
  if (time < 0) return time;
  if (operation === WAIT) return thread.process.kernel.now + time;
  const isRealTime = operation === LOCK_PI || (command & CLOCK_REALTIME) !== 0;
  return Math.max(0, isRealTime ? time - START_SECONDS * SECOND : time);
}

function futex(thread: Thread, words: Words): number {
  const command = words[1]! | 0;
  const operation = command & ~(PRIVATE | CLOCK_REALTIME);
  const operate = OPERATIONS[operation];
  if (operate === undefined) return -ENOSYS;
  const isRealTime = (command & CLOCK_REALTIME) !== 0;
  if (isRealTime && !MAY_HAVE_CLOCK.has(operation)) return -ENOSYS;
  const deadline = deadlineOf(thread, command, words);
  if (deadline < 0) return deadline;
  return operate({
    thread,
    operation,
    isPrivate: (command & PRIVATE) !== 0,
    isRealTime,
    address: words[0]!,
    value: words[2]! | 0,
    count: words[3]! | 0,
    deadline,
    second: words[4]!,
    third: words[5]! | 0,
  });
}

export const FUTEX_CALLS: readonly SystemCall[] = [
  {
    name: 'futex',
    number: 202,
    arguments: ['address', 'futex-operation', 'unsigned', 'futex-value', 'address', 'unsigned'],
    result: 'int',
    call: futex,
  },
];
