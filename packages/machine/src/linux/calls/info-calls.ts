/**
 * Calls that tell of the system, and those that set what only shows.
 *
 * @see kernel/sys.c, kernel/capability.c, drivers/char/random.c of Linux 6.18
 */
import { EFAULT, EINVAL, EPERM, ESRCH } from '../file/errno.ts';
import { latin1, latin1Bytes } from '../process/guest-memory.ts';
import type { Thread } from '../process/thread.ts';
import type { SystemCall, Words } from '../system-call.ts';
import { SYSTEM_NAMES } from '../system-names.ts';

/** struct utsname: six fields of 65 bytes. */
const NAME_BYTES = 65;
const { system, node, release, version, machine, domain } = SYSTEM_NAMES;
const NAMES = [system, node, release, version, machine, domain] as const;
const SYSINFO_BYTES = 112;
const SECOND = 1e9;
const RANDOM_FLAGS = 7;
const RANDOM_BOTH = 6;
/** Bytes that getrandom gives at once at most: 2^25 - 1 of the kernel's 2^31 - 4096. */
const MOST_RANDOM = 2 ** 25 - 1;
const COMMAND_BYTES = 16;

function uname(thread: Thread, words: Words): number {
  const bytes = new Uint8Array(NAME_BYTES * NAMES.length);
  for (const [index, name] of NAMES.entries()) {
    bytes.set(latin1Bytes(name), index * NAME_BYTES);
  }
  return thread.memory.write(words[0]!, bytes) ? 0 : -EFAULT;
}

function sysinfo(thread: Thread, words: Words): number {
  const { kernel } = thread.process;
  const bytes = new Uint8Array(SYSINFO_BYTES);
  const view = new DataView(bytes.buffer);
  const total = kernel.profile.memoryBytes;
  const setWord = (at: number, value: number): void => view.setBigUint64(at, BigInt(value), true);
  setWord(0, Math.floor(kernel.now / SECOND));
  setWord(32, total);
  setWord(40, Math.max(0, total - kernel.pool.inUse * 4096));
  view.setUint16(80, kernel.threads.size, true);
  view.setUint32(104, 1, true);
  return thread.memory.write(words[0]!, bytes) ? 0 : -EFAULT;
}

function getRandom(thread: Thread, words: Words): number {
  const flags = words[2]! | 0;
  if ((flags & ~RANDOM_FLAGS) !== 0 || (flags & RANDOM_BOTH) === RANDOM_BOTH) return -EINVAL;
  const size = words[1]! < 0 ? MOST_RANDOM : Math.min(words[1]!, MOST_RANDOM);
  const bytes = new Uint8Array(size);
  thread.process.kernel.random(bytes);
  const written = thread.memory.writeSome(words[0]!, bytes);
  return written === 0 && size > 0 ? -EFAULT : written;
}

/** Bytes of the three versions' data; every set is empty for a user without privileges. */
const CAPABILITY_BYTES: Readonly<Record<number, number>> = {
  [0x19980330]: 12,
  [0x20071026]: 24,
  [0x20080522]: 24,
};
const NEWEST_CAPABILITIES = 0x20080522;

function getCapabilities(thread: Thread, words: Words): number {
  const { memory, process } = thread;
  const version = memory.u32(words[0]!);
  if (version === null) return -EFAULT;
  const size = CAPABILITY_BYTES[version];
  if (size === undefined) {
    if (!memory.storeU32(words[0]!, NEWEST_CAPABILITIES)) return -EFAULT;
    return words[1] === 0 ? 0 : -EINVAL;
  }
  const id = memory.i32(words[0]! + 4);
  if (id === null) return -EFAULT;
  if (id < 0) return -EINVAL;
  if (id !== 0 && !process.kernel.processes.has(id)) return -ESRCH;
  return words[1] === 0 || memory.write(words[1]!, new Uint8Array(size)) ? 0 : -EFAULT;
}

function setCapabilities(thread: Thread, words: Words): number {
  const { memory } = thread;
  const version = memory.u32(words[0]!);
  const size = version === null ? undefined : CAPABILITY_BYTES[version];
  if (version === null) return -EFAULT;
  if (size === undefined) return -EINVAL;
  const sets = memory.read(words[1]!, size);
  if (sets === null) return -EFAULT;
  return sets.some((byte) => byte !== 0) ? -EPERM : 0;
}

function setName(thread: Thread, address: number): number {
  const bytes = thread.memory.string(address, COMMAND_BYTES - 1);
  if (bytes === null) return -EFAULT;
  thread.name = latin1(bytes);
  return 0;
}

function getName(thread: Thread, address: number): number {
  const bytes = new Uint8Array(COMMAND_BYTES);
  bytes.set(latin1Bytes(thread.name));
  return thread.memory.write(address, bytes) ? 0 : -EFAULT;
}

function setDeathSignal(thread: Thread, signal: number): number {
  if (signal < 0 || signal > 64) return -EINVAL;
  thread.process.parentDeathSignal = signal;
  return 0;
}

/** Options of prctl; what is not here is EINVAL, as in a kernel that was built without it. */
const PROCESS_OPTIONS: Readonly<Record<number, (thread: Thread, words: Words) => number>> = {
  1: (thread, words) => setDeathSignal(thread, words[1]!),
  2: (thread, words) =>
    thread.memory.storeU32(words[1]!, thread.process.parentDeathSignal) ? 0 : -EFAULT,
  // PR_GET_DUMPABLE, PR_SET_DUMPABLE: no core is ever written.
  3: () => 1,
  4: (_, words) => (words[1] === 0 || words[1] === 1 ? 0 : -EINVAL),
  15: (thread, words) => setName(thread, words[1]!),
  16: (thread, words) => getName(thread, words[1]!),
  // PR_GET_SECCOMP, PR_CAPBSET_READ, PR_SET_TIMERSLACK, PR_GET_TIMERSLACK.
  21: () => 0,
  23: (_, words) => (words[1]! >= 0 && words[1]! <= 40 ? 1 : -EINVAL),
  29: () => 0,
  30: () => 50_000,
  // PR_SET_NO_NEW_PRIVS, PR_GET_NO_NEW_PRIVS: nothing gives a guest privileges.
  38: (thread, words) => {
    if (words[1] !== 1 || words[2] !== 0 || words[3] !== 0 || words[4] !== 0) return -EINVAL;
    thread.process.hasNoNewPrivileges = true;
    return 0;
  },
  39: ({ process }) => (process.hasNoNewPrivileges ? 1 : 0),
};

function prctl(thread: Thread, words: Words): number {
  return PROCESS_OPTIONS[words[0]! | 0]?.(thread, words) ?? -EINVAL;
}

/** Keeps the word and gives the last one; none of its bits changes anything here. */
function personality({ process }: Thread, words: Words): number {
  const before = process.personality;
  const wanted = words[0]! >>> 0;
  if (wanted !== 0xffffffff) process.personality = wanted;
  return before;
}

export const INFO_CALLS: readonly SystemCall[] = [
  { name: 'uname', number: 63, arguments: ['uname-out'], result: 'int', call: uname },
  { name: 'sysinfo', number: 99, arguments: ['sysinfo-out'], result: 'int', call: sysinfo },
  {
    name: 'syslog',
    number: 103,
    arguments: ['int', 'address', 'int'],
    result: 'int',
    call: () => -EPERM,
  },
  {
    name: 'capget',
    number: 125,
    arguments: ['capability-header', 'address'],
    result: 'int',
    call: getCapabilities,
  },
  {
    name: 'capset',
    number: 126,
    arguments: ['capability-header', 'address'],
    result: 'int',
    call: setCapabilities,
  },
  { name: 'personality', number: 135, arguments: ['hex'], result: 'hex', call: personality },
  {
    name: 'prctl',
    number: 157,
    arguments: ['prctl-option', 'hex', 'hex', 'hex', 'hex'],
    result: 'int',
    call: prctl,
  },
  {
    name: 'getrandom',
    number: 318,
    arguments: ['bytes-out', 'size', 'random-flags'],
    result: 'int',
    call: getRandom,
  },
];
