/**
 * Waiting for children: wait4 and waitid.
 *
 * @see wait(2); kernel/exit.c of Linux 6.18: do_wait
 */
import { EFAULT, EINVAL, ESRCH } from '../file/errno.ts';
import { infoOfChild } from '../signal/send-signal.ts';
import {
  CLD_CONTINUED,
  CLD_EXITED,
  CLD_KILLED,
  CLD_STOPPED,
  SIGCHLD,
  SIGCONT,
} from '../signal/signal-numbers.ts';
import type { SystemCall, Words } from '../system-call.ts';
import type { Process } from './process.ts';
import { reap } from './process-end.ts';
import { RUSAGE_BYTES, usageBytes, wholeUsage } from './resource-usage.ts';
import type { Thread } from './thread.ts';

const ECHILD = 10;
const WNOHANG = 1;
const WSTOPPED = 2;
const WEXITED = 4;
const WCONTINUED = 8;
const WNOWAIT = 0x01000000;
const WNOTHREAD = 0x20000000;
const WALL = 0x40000000;
const WCLONE = 0x80000000 | 0;
const WAIT4_OPTIONS = WNOHANG | WSTOPPED | WCONTINUED | WNOTHREAD | WALL | WCLONE;
const WAITID_OPTIONS = WAIT4_OPTIONS | WEXITED | WNOWAIT;
const LEAST_INT = -(2 ** 31);
/** Which children waitid means. */
const [P_ALL, P_PID, P_PGID] = [0, 1, 2];

/** What became of a child. */
interface ChildEvent {
  readonly child: Process;
  readonly code: number;
  /** The exit code or the signal. */
  readonly status: number;
}

interface WaitRequest {
  readonly isMeant: (child: Process) => boolean;
  readonly options: number;
}

/** The event of a child that a request asks for, if there is one. */
function eventOf(child: Process, options: number): ChildEvent | null {
  const { end, stop } = child;
  if (end !== null) {
    if ((options & WEXITED) === 0) return null;
    return end.kind === 'exit'
      ? { child, code: CLD_EXITED, status: end.code }
      : { child, code: CLD_KILLED, status: end.signal };
  }
  if (stop?.kind === 'stopped' && !stop.isTold && (options & WSTOPPED) !== 0) {
    return { child, code: CLD_STOPPED, status: stop.signal };
  }
  if (stop?.kind === 'continued' && (options & WCONTINUED) !== 0) {
    return { child, code: CLD_CONTINUED, status: SIGCONT };
  }
  return null;
}

/** Takes an event: it is not told again. */
function consume({ child, code, status }: ChildEvent): void {
  if (child.end !== null) reap(child);
  else child.stop = code === CLD_STOPPED ? { kind: 'stopped', signal: status, isTold: true } : null;
}

/** Children that clone made with another signal than SIGCHLD are waited for with __WCLONE only. */
function isOfKind(child: Process, options: number): boolean {
  if ((options & WALL) !== 0) return true;
  return (child.exitSignal !== SIGCHLD) === ((options & WCLONE) !== 0);
}

/** The event that a wait is for: that, null when there is none now, or -ECHILD. */
function look(thread: Thread, { isMeant, options }: WaitRequest): ChildEvent | null | number {
  const children = thread.process.children.filter(
    (child) => isMeant(child) && isOfKind(child, options),
  );
  if (children.length === 0) return -ECHILD;
  for (const child of children) {
    const event = eventOf(child, options);
    if (event !== null) return event;
  }
  return null;
}

/** The status word of wait4. */
function statusWord({ code, status }: ChildEvent): number {
  switch (code) {
    case CLD_EXITED:
      return status << 8;
    case CLD_STOPPED:
      return (status << 8) | 0x7f;
    case CLD_CONTINUED:
      return 0xffff;
    default:
      return status;
  }
}

function meantBy(thread: Thread, id: number): (child: Process) => boolean {
  if (id === -1) return () => true;
  if (id > 0) return (child) => child.id === id;
  const group = id === 0 ? thread.process.groupId : -id;
  return (child) => child.groupId === group;
}

function wait4(thread: Thread, words: Words): number {
  const id = words[0]! | 0;
  const options = words[2]! | 0;
  if ((options & ~WAIT4_OPTIONS) !== 0) return -EINVAL;
  if (id === LEAST_INT) return -ESRCH;
  const event = look(thread, { isMeant: meantBy(thread, id), options: options | WEXITED });
  if (typeof event === 'number') return event;
  if (event === null) {
    return (options & WNOHANG) !== 0 ? 0 : thread.block([thread.process.childEnded]);
  }
  const { child } = event;
  const usage = usageBytes(wholeUsage(child));
  consume(event);
  const { memory } = thread;
  if (words[1] !== 0 && !memory.storeU32(words[1]!, statusWord(event))) return -EFAULT;
  if (words[3] !== 0 && !memory.write(words[3]!, usage)) return -EFAULT;
  return child.id;
}

function waitidMeans(thread: Thread, which: number, id: number): WaitRequest['isMeant'] | null {
  if (which === P_ALL) return () => true;
  if (which === P_PID) return id <= 0 ? null : (child) => child.id === id;
  if (which !== P_PGID || id < 0) return null;
  return meantBy(thread, -id);
}

function waitid(thread: Thread, words: Words): number {
  const options = words[3]! | 0;
  if ((options & ~WAITID_OPTIONS) !== 0) return -EINVAL;
  if ((options & (WEXITED | WSTOPPED | WCONTINUED)) === 0) return -EINVAL;
  const isMeant = waitidMeans(thread, words[0]! | 0, words[1]! | 0);
  if (isMeant === null) return -EINVAL;
  const event = look(thread, { isMeant, options });
  if (typeof event === 'number') return event;
  if (event === null && (options & WNOHANG) === 0) {
    return thread.block([thread.process.childEnded]);
  }
  const { memory } = thread;
  if (words[4] !== 0) {
    const none = new Uint8Array(RUSAGE_BYTES);
    const usage = event === null ? none : usageBytes(wholeUsage(event.child));
    if (event !== null && !memory.write(words[4]!, usage)) return -EFAULT;
  }
  if (event !== null && (options & WNOWAIT) === 0) consume(event);
  return words[2] === 0 || storeWaitInfo(thread, words[2]!, event) ? 0 : -EFAULT;
}

/** Stores the six numbers that waitid tells, all 0 when there is no event, and nothing else. */
function storeWaitInfo(thread: Thread, address: number, event: ChildEvent | null): boolean {
  const bytes =
    event === null
      ? new Uint8Array(28)
      : infoOfChild(event.child, event.code, event.status).bytes.subarray(0, 28);
  const { memory } = thread;
  return memory.write(address, bytes.slice(0, 12)) && memory.write(address + 16, bytes.slice(16));
}

export const WAIT_CALLS: readonly SystemCall[] = [
  {
    name: 'wait4',
    number: 61,
    arguments: ['process', 'wait-status-out', 'wait-options', 'rusage-out'],
    result: 'int',
    call: wait4,
  },
  {
    name: 'waitid',
    number: 247,
    arguments: ['int', 'process', 'siginfo-out', 'wait-options', 'rusage-out'],
    result: 'int',
    call: waitid,
  },
];
