/**
 * Calls about who somebody is: numbers of processes, groups and sessions, users, names.
 *
 * @see kernel/sys.c of Linux 6.18; credentials(7)
 */
import { EACCES, EFAULT, EINVAL, EPERM, ESRCH } from '../file/errno.ts';
import type { SystemCall, Words } from '../system-call.ts';
import type { Process } from './process.ts';
import type { Thread } from './thread.ts';

/** What the parent of a process without one is: process 1, which is not the guest's. */
const INIT = 1;
/** A user's or a group's number that means: leave it. */
const UNCHANGED = -1;

function processOf(thread: Thread, id: number): Process | null {
  return id === 0 ? thread.process : (thread.process.kernel.processes.get(id) ?? null);
}

function getProperty(thread: Thread, id: number, property: 'groupId' | 'sessionId'): number {
  return processOf(thread, id)?.[property] ?? -ESRCH;
}

function setGroup(thread: Thread, words: Words): number {
  const self = thread.process;
  const id = words[0]! | 0 || self.id;
  const group = words[1]! | 0 || id;
  if (group < 0) return -EINVAL;
  const target = self.kernel.processes.get(id);
  if (target === undefined || (target !== self && target.parent !== self)) return -ESRCH;
  if (target !== self) {
    if (target.sessionId !== self.sessionId) return -EPERM;
    if (target.hasExecuted) return -EACCES;
  }
  if (target.sessionId === target.id) return -EPERM;
  if (group !== id && !isGroupOf(self, group)) return -EPERM;
  target.groupId = group;
  return 0;
}

/** Whether there is a group in the process's session. */
function isGroupOf(process: Process, group: number): boolean {
  for (const { groupId, sessionId } of process.kernel.processes.values()) {
    if (groupId === group && sessionId === process.sessionId) return true;
  }
  return false;
}

function setSession({ process }: Thread): number {
  for (const { groupId } of process.kernel.processes.values()) {
    if (groupId === process.id) return -EPERM;
  }
  process.groupId = process.id;
  process.sessionId = process.id;
  return process.id;
}

/** Sets users or groups: to what they are already, as one without privileges may. */
const setIds =
  (kind: 'userId' | 'groupId') =>
  ({ process }: Thread, words: Words, count: number): number => {
    const own = process.kernel[kind];
    const wanted = Array.from({ length: count }, (_, index) => words[index]! | 0);
    if (count === 1 && wanted[0] === UNCHANGED) return -EINVAL;
    return wanted.every((id) => id === UNCHANGED || id === own) ? 0 : -EPERM;
  };

const getIds =
  (kind: 'userId' | 'groupId') =>
  (thread: Thread, words: Words): number => {
    const own = thread.process.kernel[kind];
    const places = [words[0]!, words[1]!, words[2]!];
    return places.every((address) => thread.memory.storeU32(address, own)) ? 0 : -EFAULT;
  };

/** The supplementary groups: the one that the user has. */
function getGroups(thread: Thread, words: Words): number {
  const size = words[0]! | 0;
  if (size < 0) return -EINVAL;
  if (size === 0) return 1;
  return thread.memory.storeU32(words[1]!, thread.process.kernel.groupId) ? 1 : -EFAULT;
}

interface IdRow {
  readonly name: string;
  readonly number: number;
  readonly arguments?: SystemCall['arguments'];
  readonly call: SystemCall['call'];
}

const ROWS: readonly IdRow[] = [
  { name: 'getpid', number: 39, call: ({ process }) => process.id },
  { name: 'getuid', number: 102, call: ({ process }) => process.kernel.userId },
  { name: 'getgid', number: 104, call: ({ process }) => process.kernel.groupId },
  {
    name: 'setuid',
    number: 105,
    arguments: ['int'],
    call: (thread, words) => setIds('userId')(thread, words, 1),
  },
  {
    name: 'setgid',
    number: 106,
    arguments: ['int'],
    call: (thread, words) => setIds('groupId')(thread, words, 1),
  },
  { name: 'geteuid', number: 107, call: ({ process }) => process.kernel.userId },
  { name: 'getegid', number: 108, call: ({ process }) => process.kernel.groupId },
  { name: 'setpgid', number: 109, arguments: ['process', 'process'], call: setGroup },
  { name: 'getppid', number: 110, call: ({ process }) => process.parent?.id ?? INIT },
  { name: 'getpgrp', number: 111, call: ({ process }) => process.groupId },
  { name: 'setsid', number: 112, call: setSession },
  {
    name: 'setreuid',
    number: 113,
    arguments: ['int', 'int'],
    call: (thread, words) => setIds('userId')(thread, words, 2),
  },
  {
    name: 'setregid',
    number: 114,
    arguments: ['int', 'int'],
    call: (thread, words) => setIds('groupId')(thread, words, 2),
  },
  { name: 'getgroups', number: 115, arguments: ['int', 'int-out'], call: getGroups },
  { name: 'setgroups', number: 116, arguments: ['int', 'address'], call: () => -EPERM },
  {
    name: 'setresuid',
    number: 117,
    arguments: ['int', 'int', 'int'],
    call: (thread, words) => setIds('userId')(thread, words, 3),
  },
  {
    name: 'getresuid',
    number: 118,
    arguments: ['int-out', 'int-out', 'int-out'],
    call: getIds('userId'),
  },
  {
    name: 'setresgid',
    number: 119,
    arguments: ['int', 'int', 'int'],
    call: (thread, words) => setIds('groupId')(thread, words, 3),
  },
  {
    name: 'getresgid',
    number: 120,
    arguments: ['int-out', 'int-out', 'int-out'],
    call: getIds('groupId'),
  },
  {
    name: 'getpgid',
    number: 121,
    arguments: ['process'],
    call: (thread, words) => getProperty(thread, words[0]! | 0, 'groupId'),
  },
  {
    name: 'setfsuid',
    number: 122,
    arguments: ['int'],
    call: ({ process }) => process.kernel.userId,
  },
  {
    name: 'setfsgid',
    number: 123,
    arguments: ['int'],
    call: ({ process }) => process.kernel.groupId,
  },
  {
    name: 'getsid',
    number: 124,
    arguments: ['process'],
    call: (thread, words) => getProperty(thread, words[0]! | 0, 'sessionId'),
  },
];

export const ID_CALLS: readonly SystemCall[] = ROWS.map((row) => ({
  ...row,
  arguments: row.arguments ?? [],
  result: 'int' as const,
}));
