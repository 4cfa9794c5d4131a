/** shmget, shmat, shmdt and shmctl. @see ipc/shm.c of Linux 6.18 */
import { mmap, munmap } from '@bareheap/platform-posix';
import { EACCES, EINVAL, ENOMEM, ENOSYS, EPERM } from '../file/errno.ts';
import type { Thread } from '../process/thread.ts';
import type { SystemCall, Words } from '../system-call.ts';
import { EXECUTE, IPC_INFO, READ, WRITE } from './ipc-object.ts';
import {
  type Command,
  commonCommands,
  getObject,
  ipcOptions,
  permissionRecord,
  putLongs,
} from './ipc-request.ts';
import { Attachment, type SharedSegment } from './shared-segment.ts';

const PAGE_BYTES = 4096;
const SHM_HUGETLB = 0o4000;
const SHM_NORESERVE = 0o10000;
const SHM_RDONLY = 0o10000;
const SHM_RND = 0o20000;
const SHM_REMAP = 0o40000;
const SHM_EXEC = 0o100000;
/** In shm_perm.mode: removed, and locked. */
const SHM_DEST = 0o1000;
const SHM_LOCKED = 0o2000;
/** Largest segment that can be named by numbers here, and is larger than any that can be mapped. */
const MOST_BYTES = 2 ** 53;
const [PROT_READ, PROT_WRITE, PROT_EXECUTE] = [1, 2, 4] as const;
const MAP_SHARED = 1;
const MAP_FIXED = 16;
/** struct shmid64_ds of x86-64; its first 48 bytes are a struct ipc64_perm. */
const RECORD_BYTES = 112;
const RLIMIT_MEMLOCK = 8;
const [SHM_LOCK, SHM_UNLOCK, SHM_STAT, SHM_INFO, SHM_STAT_ANY] = [11, 12, 13, 14, 15] as const;

function now(thread: Thread): number {
  return thread.process.kernel.wallClock.seconds;
}

function get(thread: Thread, words: Words): number {
  const size = words[1]!;
  const flags = words[2]! | 0;
  const check = (found: SharedSegment): number =>
    size < 0 || size > found.sizeBytes ? -EINVAL : 0;
  const key = words[0]! | 0;
  const { sharedSegments } = thread.process.kernel;
  return getObject(sharedSegments, key, flags, check, () => make(thread, key, size, flags));
}

function make(thread: Thread, key: number, size: number, flags: number): number {
  const { process, space } = thread;
  const { kernel } = process;
  if (size < 1 || size > MOST_BYTES) return -EINVAL;
  if ((flags & SHM_HUGETLB) !== 0) return -EPERM;
  const pages = Math.ceil(size / PAGE_BYTES);
  if ((flags & SHM_NORESERVE) === 0 && !space.enoughMemory(pages)) return -ENOMEM;
  return kernel.sharedSegments.make(kernel.pool, {
    ...ipcOptions(thread, key, flags),
    sizeBytes: size,
    maker: process.id,
  });
}

/** Where it is to be mapped: an address, 0 for anywhere, or a negative error number. */
function placeOf(address: number, flags: number): number {
  if (address === 0) return (flags & SHM_REMAP) === 0 ? 0 : -EINVAL;
  const over = address % PAGE_BYTES;
  if (over === 0) return address;
  if ((flags & SHM_RND) === 0) return -EINVAL;
  const rounded = address - over;
  return rounded === 0 && (flags & SHM_REMAP) !== 0 ? -EINVAL : rounded;
}

function attach(thread: Thread, words: Words): number {
  const flags = words[2]! | 0;
  const at = placeOf(words[1]!, flags);
  if (at < 0) return -EINVAL;
  const { process, space } = thread;
  const segment = process.kernel.sharedSegments.get(words[0]! | 0);
  if (segment === null) return -EINVAL;
  const writes = (flags & SHM_RDONLY) === 0;
  const executes = (flags & SHM_EXEC) !== 0;
  const access = READ | (writes ? WRITE : 0) | (executes ? EXECUTE : 0);
  if (!segment.allows(access)) return -EACCES;
  const isPlaced = words[1] !== 0;
  const isTaken = space.vmas.overlapping(at, at + segment.sizeBytes).length > 0;
  if (isPlaced && (flags & SHM_REMAP) === 0 && isTaken) return -EINVAL;
  const file = new Attachment(segment, writes);
  const table = { file: () => file, open: () => -EINVAL };
  const protection = PROT_READ | (writes ? PROT_WRITE : 0) | (executes ? PROT_EXECUTE : 0);
  const mapping = MAP_SHARED | (isPlaced ? MAP_FIXED : 0);
  const start = mmap(space, table, at, segment.sizeBytes, protection, mapping, 0, 0);
  if (start < 0) return start;
  segment.attachTime = now(thread);
  segment.lastUser = process.id;
  return start;
}

/** Unmaps what is left of the mapping that shmat made at an address, parts of it and all. */
function detach(thread: Thread, words: Words): number {
  const address = words[0]!;
  const { process, space } = thread;
  if (address < 0 || address % PAGE_BYTES !== 0) return -EINVAL;
  const begins = (vma: { start: number; backing: { pageOffset: number } }): boolean =>
    vma.start - vma.backing.pageOffset * PAGE_BYTES === address;
  const first = space.vmas
    .all()
    .find((vma) => vma.start >= address && vma.backing.file instanceof Attachment && begins(vma));
  const file = first?.backing.file;
  if (!(file instanceof Attachment)) return -EINVAL;
  const { segment } = file;
  for (const vma of space.vmas.overlapping(address, address + segment.sizeBytes)) {
    if (vma.backing.file !== file || !begins(vma)) continue;
    munmap(space, vma.start, vma.end - vma.start);
  }
  segment.detachTime = now(thread);
  segment.lastUser = process.id;
  return 0;
}

function recordOf(segment: SharedSegment): DataView {
  const state = (segment.isRemoved ? SHM_DEST : 0) | (segment.isLocked ? SHM_LOCKED : 0);
  const record = permissionRecord(segment, RECORD_BYTES, state);
  const { sizeBytes, attachTime, detachTime, changeTime } = segment;
  putLongs(record, 48, sizeBytes, attachTime, detachTime, changeTime);
  record.setInt32(80, segment.maker, true);
  record.setInt32(84, segment.lastUser, true);
  putLongs(record, 88, segment.attachments);
  return record;
}

/** Pages never leave memory here: only the mark and the limit count. */
function lock(thread: Thread, segment: SharedSegment): number {
  const limit = thread.space.limits.soft(RLIMIT_MEMLOCK);
  if (limit === 0) return -EPERM;
  if (segment.sizeBytes > limit) return -ENOMEM;
  segment.isLocked = true;
  return 0;
}

function unlock(_thread: Thread, segment: SharedSegment): number {
  segment.isLocked = false;
  return 0;
}

const COMMANDS: ReadonlyMap<number, Command<SharedSegment>> = new Map([
  ...commonCommands<SharedSegment>({
    remove: (thread, segment) => thread.process.kernel.sharedSegments.remove(segment),
    recordOf,
    bytes: RECORD_BYTES,
  }),
  [SHM_LOCK, lock],
  [SHM_UNLOCK, unlock],
]);
/** What ipcs asks. */
const OF_THE_SYSTEM: ReadonlySet<number> = new Set([IPC_INFO, SHM_STAT, SHM_INFO, SHM_STAT_ANY]);

function control(thread: Thread, words: Words): number {
  const { kernel } = thread.process;
  const number = words[1]! | 0;
  if ((words[0]! | 0) < 0 || number < 0) return -EINVAL;
  if (OF_THE_SYSTEM.has(number)) {
    kernel.tellMissing(`shmctl, command ${number}`);
    return -ENOSYS;
  }
  const command = COMMANDS.get(number);
  const segment = kernel.sharedSegments.get(words[0]! | 0);
  if (command === undefined || segment === null) return -EINVAL;
  return command(thread, segment, words[2]!, words);
}

export const SHARED_MEMORY_CALLS: readonly SystemCall[] = [
  {
    name: 'shmget',
    number: 29,
    arguments: ['hex', 'size', 'octal'],
    result: 'int',
    call: get,
  },
  {
    name: 'shmat',
    number: 30,
    arguments: ['int', 'address', 'octal'],
    result: 'address',
    call: attach,
  },
  {
    name: 'shmctl',
    number: 31,
    arguments: ['int', 'int', 'address'],
    result: 'int',
    call: control,
  },
  { name: 'shmdt', number: 67, arguments: ['address'], result: 'int', call: detach },
];
