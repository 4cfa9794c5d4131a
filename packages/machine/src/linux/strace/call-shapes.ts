/**
 * Calls whose arguments strace shows in a way of their own: in another order, under names, some of
 * them only sometimes, or with formats that no other call has. All other calls are shown as the
 * formats of their row say.
 * @table
 */
import type { ArgumentFormat } from '../system-call.ts';
import { addressOut, choice, early, flags, intIn, late, wordIn } from './argument-formats.ts';
import type { ArgumentText, CallView, ShownArgument } from './call-view.ts';
import { isFailed } from './call-view.ts';
import { bytesAt, modeIn, statxFlags } from './file-text.ts';
import * as tables from './flag-tables.ts';
import { choiceText, type FlagTable, flagsText, splitFlags } from './flag-text.ts';
import * as ipcTables from './ipc-tables.ts';
import * as ipc from './ipc-text.ts';
import { selectMaskIn } from './poll-text.ts';
import { isPrctlOutput, prctlArgument } from './prctl-text.ts';
import * as processes from './process-text.ts';
import { hexQuoted, SHOWN_BYTES } from './quoted-text.ts';
import { addressText, hexWord, intText, octalText, unsignedText } from './scalar-text.ts';
import { signalEventIn, signalSetText } from './signal-text.ts';
import * as socketTables from './socket-tables.ts';
import * as sockets from './socket-text.ts';
import { ONE_INT, structureAt } from './structure-text.ts';
import * as time from './time-text.ts';

/** A format of an argument at its place. */
export type ShapePart = ArgumentFormat | ShownArgument;

export interface CallShape {
  readonly parts: readonly ShapePart[];
  /** Numbers of the arguments in the order in which they are shown; default: as they come. */
  readonly order?: readonly number[];
  /** A number to be remembered that the call may change. */
  readonly keep?: (call: CallView) => number | null;
}

const shape = (...parts: ShapePart[]): CallShape => ({ parts });
const hidden: ShownArgument = early(() => null);
const octal: ShownArgument = early((word) => octalText(word & 0xffff));
const signedInt: ShownArgument = early(intText);
const pointer: ShownArgument = early(addressText);
const optional = (text: ArgumentText, isThere: (call: CallView) => boolean): ShownArgument =>
  early((word, call, at) => (isThere(call) ? text(word, call, at) : null));

const prctl: ShownArgument = late(prctlArgument, isPrctlOutput);
const randomBytes: ShownArgument = late((word, call) => {
  if (isFailed(call)) return addressText(word);
  const bytes = call.memory.read(word, Math.min(call.result!, SHOWN_BYTES));
  return bytes === null ? addressText(word) : hexQuoted(bytes, call.result!);
});

/** A choice and flags in one word: `SOCK_STREAM|SOCK_CLOEXEC`. */
const choiceAnd = (mask: number, table: FlagTable, others: FlagTable): ShownArgument =>
  early((word) => {
    const { known, rest } = splitFlags(word & ~mask, others.names);
    const bits = rest === 0 ? known : [...known, hexWord(rest)];
    return [choiceText(word & mask, table), ...bits].join('|');
  });

const socketType = choiceAnd(0xf, tables.SOCKET_TYPES, tables.SOCKET_FLAGS);
const protocol: ShownArgument = early((word, call) => {
  const isInternet = [2, 10].includes(call.words[0]!);
  return isInternet ? choiceText(word, tables.IP_PROTOCOLS) : unsignedText(word);
});

const addressAndLength: readonly ShapePart[] = [late(sockets.addressOut), late(sockets.lengthOut)];
const messageFlags: ShownArgument = early(sockets.messageFlags);
const ipcControl: ShownArgument = late(ipc.controlArgument, ipc.isControlOutput);

const CLONE = { parentTid: 0x100000, tls: 0x80000, childTid: 0x1200000, pidfd: 0x1000 };
const under = (name: string, text: ArgumentText, bits = 0): ShownArgument =>
  early((word, call, at) =>
    bits === 0 || (call.words[0]! & bits) !== 0 ? `${name}=${text(word, call, at)}` : null,
  );
const parentTid: ShownArgument = late(
  (word, call) => {
    if ((call.words[0]! & (CLONE.parentTid | CLONE.pidfd)) === 0) return null;
    const shown = isFailed(call) ? addressText(word) : structureAt(word, call.memory, ONE_INT);
    return `parent_tid=${shown}`;
  },
  (call) => (call.words[0]! & (CLONE.parentTid | CLONE.pidfd)) !== 0,
);

const MREMAP_PLACED = 2 | 4;
const vectors = (buffers: ArgumentFormat, ...rest: ShapePart[]): CallShape =>
  shape('descriptor', buffers, 'size', 'offset', hidden, ...rest);
const xattrBytes: ShownArgument = late((word, call) =>
  isFailed(call) ? addressText(word) : bytesAt(word, call.result!, call),
);
const rwfFlags = flags(tables.RWF_FLAGS);

export const CALL_SHAPES: Readonly<Record<string, CallShape>> = {
  brk: shape('address'),
  mmap: shape('address', 'size', 'prot', 'map-flags', 'descriptor', early(hexWord)),
  mremap: shape('address', 'size', 'size', 'mremap-flags', {
    ...optional(addressText, (call) => (call.words[3]! & MREMAP_PLACED) !== 0),
  }),
  membarrier: shape(
    'membarrier-command',
    early((word) =>
      flagsText(word, {
        unknown: 'MEMBARRIER_CMD_FLAG_???',
        names: [[1, 'MEMBARRIER_CMD_FLAG_CPU']],
      }),
    ),
    optional(intText, (call) => (call.words[1]! | 0) !== 0),
  ),
  mincore: shape('address', 'size', 'vector'),
  pkey_alloc: shape(early(hexWord), 'pkey-rights'),
  creat: shape('path', octal),
  open: shape('path', 'open-flags', early(modeIn)),
  openat: shape('directory', 'path', 'open-flags', early(modeIn)),
  umask: shape(octal),
  truncate: shape('path', 'size'),
  ftruncate: shape('descriptor', 'size'),
  fallocate: shape('descriptor', flags(tables.FALLOCATE_FLAGS), 'offset', 'offset'),
  lchown: shape('path', signedInt, signedInt),
  chown: shape('path', signedInt, signedInt),
  fchown: shape('descriptor', signedInt, signedInt),
  fchownat: shape('directory', 'path', signedInt, signedInt, 'at-flags'),
  access: shape('path', 'access-mode'),
  faccessat: shape('directory', 'path', 'access-mode'),
  fchmodat: shape('directory', 'path', octal),
  faccessat2: shape('directory', 'path', 'access-mode', flags(tables.ACCESS_FLAGS)),
  unlinkat: shape('directory', 'path', flags(tables.UNLINK_FLAGS)),
  renameat2: shape('directory', 'path', 'directory', 'path', flags(tables.RENAME_FLAGS)),
  statx: shape('directory', 'path', early(statxFlags), 'statx-mask', 'statx-out'),
  readlink: shape('path', 'bytes-out', 'size'),
  readlinkat: shape('directory', 'path', 'bytes-out', 'size'),
  readv: shape('descriptor', 'iovec-out', 'size'),
  writev: shape('descriptor', 'iovec-in', 'size'),
  preadv: vectors('iovec-out'),
  pwritev: vectors('iovec-in'),
  preadv2: vectors('iovec-out', rwfFlags),
  pwritev2: vectors('iovec-in', rwfFlags),
  flock: shape('descriptor', flags(tables.LOCK_COMMANDS)),
  fadvise64: shape('descriptor', 'offset', 'size', choice(tables.FILE_ADVICE)),
  utimensat: shape('directory', 'path', early(time.fileTimesIn), 'at-flags'),
  utime: shape('path', early(time.utimbufIn)),
  utimes: shape('path', early(time.fileTimevalsIn)),
  futimesat: shape('directory', 'path', early(time.fileTimevalsIn)),
  sendfile: shape('descriptor', 'descriptor', wordIn, 'size'),
  copy_file_range: shape('descriptor', wordIn, 'descriptor', wordIn, 'size', 'hex'),
  splice: shape('descriptor', wordIn, 'descriptor', wordIn, 'size', flags(tables.SPLICE_FLAGS)),
  tee: shape('descriptor', 'descriptor', 'size', flags(tables.SPLICE_FLAGS)),
  dup3: shape('descriptor', 'descriptor', flags({ ...tables.OPEN_FLAGS })),
  pipe2: shape('pipe-out', flags(tables.OPEN_FLAGS)),
  close_range: shape('unsigned', 'unsigned', flags(tables.CLOSE_RANGE_FLAGS)),
  getxattr: shape('path', 'path', xattrBytes, 'size'),
  lgetxattr: shape('path', 'path', xattrBytes, 'size'),
  fgetxattr: shape('descriptor', 'path', xattrBytes, 'size'),
  listxattr: shape('path', xattrBytes, 'size'),
  llistxattr: shape('path', xattrBytes, 'size'),
  flistxattr: shape('descriptor', xattrBytes, 'size'),
  setxattr: shape('path', 'path', 'bytes-in', 'size', flags(tables.XATTR_FLAGS)),
  lsetxattr: shape('path', 'path', 'bytes-in', 'size', flags(tables.XATTR_FLAGS)),
  fsetxattr: shape('descriptor', 'path', 'bytes-in', 'size', flags(tables.XATTR_FLAGS)),
  epoll_pwait2: shape(
    'descriptor',
    'epoll-events-out',
    'int',
    'timespec-in',
    'signal-set-in',
    'size',
  ),
  pselect6: shape('int', 'fd-set', 'fd-set', 'fd-set', 'timespec-in', early(selectMaskIn)),
  timerfd_create: shape('clock', flags(tables.TIMERFD_FLAGS)),
  timerfd_settime: shape(
    'descriptor',
    flags(tables.TIMERFD_SET_FLAGS),
    early(time.itimerspecIn),
    late(time.itimerspecOut),
  ),
  timerfd_gettime: shape('descriptor', late(time.itimerspecOut)),
  signalfd4: shape('descriptor', 'signal-set-in', 'size', flags(tables.SIGNALFD_FLAGS)),
  socket: shape(choice(tables.ADDRESS_FAMILIES), socketType, protocol),
  socketpair: shape(choice(tables.ADDRESS_FAMILIES), socketType, protocol, 'pipe-out'),
  connect: shape('descriptor', early(sockets.addressIn), 'int'),
  bind: shape('descriptor', early(sockets.addressIn), 'int'),
  accept: { parts: ['descriptor', ...addressAndLength], keep: sockets.intBefore(2) },
  accept4: {
    parts: ['descriptor', ...addressAndLength, flags(tables.SOCKET_FLAGS)],
    keep: sockets.intBefore(2),
  },
  getsockname: { parts: ['descriptor', ...addressAndLength], keep: sockets.intBefore(2) },
  getpeername: { parts: ['descriptor', ...addressAndLength], keep: sockets.intBefore(2) },
  shutdown: shape('descriptor', choice(socketTables.SHUTDOWN_HOW)),
  sendto: shape('descriptor', 'bytes-in', 'size', messageFlags, early(sockets.addressIn), 'int'),
  recvfrom: {
    parts: ['descriptor', 'bytes-out', 'size', messageFlags, ...addressAndLength],
    keep: sockets.intBefore(5),
  },
  sendmsg: shape('descriptor', early(sockets.messageIn), messageFlags),
  recvmsg: {
    parts: ['descriptor', late(sockets.messageOut), messageFlags],
    keep: sockets.intBefore(1, 8),
  },
  sendmmsg: shape('descriptor', late(sockets.messagesOut), 'unsigned', messageFlags),
  recvmmsg: shape('descriptor', late(sockets.messagesOut), 'unsigned', messageFlags, 'timespec-in'),
  setsockopt: shape(
    'descriptor',
    choice(socketTables.OPTION_LEVELS),
    early(sockets.optionName),
    early(sockets.optionIn),
    'int',
  ),
  getsockopt: {
    parts: [
      'descriptor',
      choice(socketTables.OPTION_LEVELS),
      early(sockets.optionName),
      late(sockets.optionOut),
      late(sockets.lengthOut),
    ],
    keep: sockets.intBefore(4),
  },
  semget: shape(early(ipc.key), 'int', early(ipc.makeFlags)),
  semop: shape('int', early(ipc.operationsIn), 'unsigned'),
  semtimedop: shape('int', early(ipc.operationsIn), 'unsigned', 'timespec-in'),
  semctl: shape('int', 'int', choice(ipcTables.SEMAPHORE_COMMANDS), ipcControl),
  msgget: shape(early(ipc.key), early(ipc.makeFlags)),
  msgsnd: shape('int', early(ipc.messageIn), 'size', flags(ipcTables.MESSAGE_QUEUE_FLAGS)),
  msgrcv: shape(
    'int',
    late(ipc.messageOut),
    'size',
    'offset',
    flags(ipcTables.MESSAGE_QUEUE_FLAGS),
  ),
  msgctl: shape('int', choice(ipcTables.QUEUE_COMMANDS), ipcControl),
  shmget: shape(early(ipc.key), 'size', early(ipc.segmentFlags)),
  shmat: shape('int', 'address', flags(ipcTables.ATTACH_FLAGS)),
  shmctl: shape('int', choice(ipcTables.SEGMENT_COMMANDS), ipcControl),
  userfaultfd: shape(flags(tables.USERFAULT_FLAGS)),
  inotify_init1: shape(flags(tables.INOTIFY_FLAGS)),
  nanosleep: shape('timespec-in', late(time.remainingOut)),
  clock_nanosleep: shape('clock', 'clock-flags', 'timespec-in', late(time.remainingOut)),
  gettimeofday: shape('timeval-out', late(time.timezoneOut)),
  time: shape(late(time.timeOut)),
  setitimer: shape(choice(tables.INTERVAL_TIMERS), 'itimerval-in', 'itimerval-out'),
  getitimer: shape(choice(tables.INTERVAL_TIMERS), 'itimerval-out'),
  timer_create: shape('clock', early(signalEventIn), 'int-out'),
  timer_settime: shape('int', 'clock-flags', early(time.itimerspecIn), late(time.itimerspecOut)),
  timer_gettime: shape('int', late(time.itimerspecOut)),
  clone: {
    parts: [
      under('flags', (word) => processes.cloneFlagsText(word)),
      under('child_stack', addressText),
      parentTid,
      under('child_tidptr', addressText, CLONE.childTid),
      under('tls', addressText, CLONE.tls),
    ],
    order: [1, 0, 2, 4, 3],
  },
  clone3: shape(
    {
      text: (word, call, at) => {
        if (call.result === null) return processes.cloneArguments(word, call, at);
        return processes.cloneArguments(word, call, at) + processes.cloneResultText(call);
      },
      late: true,
    },
    'size',
  ),
  unshare: shape(flags(tables.CLONE_FLAGS)),
  wait4: shape('int', 'wait-status-out', 'wait-options', late(processes.waitRusageOut)),
  waitid: shape(
    choice(tables.WAIT_TARGETS),
    'int',
    'siginfo-out',
    'wait-options',
    late(processes.rusageOut),
  ),
  futex: shape('address', 'futex-operation', ...Array<ShapePart>(4).fill('futex-value')),
  prctl: shape('prctl-option', prctl, prctl, prctl, prctl),
  setresuid: shape(signedInt, signedInt, signedInt),
  setresgid: shape(signedInt, signedInt, signedInt),
  setreuid: shape(signedInt, signedInt),
  setregid: shape(signedInt, signedInt),
  getgroups: shape('int', late(processes.groupsOut)),
  getpriority: shape(choice(tables.PRIORITY_TARGETS), 'int'),
  setpriority: shape(choice(tables.PRIORITY_TARGETS), 'int', 'int'),
  sched_setaffinity: shape('int', 'unsigned', early(processes.cpuSetIn)),
  sched_setparam: shape('int', intIn),
  sched_setscheduler: shape('int', choice(tables.SCHEDULERS), intIn),
  sched_get_priority_max: shape(choice(tables.SCHEDULERS)),
  sched_get_priority_min: shape(choice(tables.SCHEDULERS)),
  get_robust_list: shape('int', addressOut, 'words-out'),
  /** Its one word is where the mask lies on the stack. */
  rt_sigreturn: shape(early((word, call) => `{mask=${signalSetText(word, 8, call.memory)}}`)),
  rseq: shape('address', early(hexWord), 'int', early(hexWord)),
  getrandom: shape(randomBytes, 'size', 'random-flags'),
  capget: shape('capability-header', late(processes.capabilitySetsOut)),
  set_tid_address: shape(pointer),
  personality: shape(early((word) => (word >>> 0 === 0xffffffff ? '0xffffffff' : hexWord(word)))),
  syslog: shape(
    early((word) => {
      const name = choiceText(word, tables.SYSLOG_ACTIONS);
      return name.startsWith('0x') ? name : `${word | 0} /* ${name} */`;
    }),
    optional(addressText, (call) => call.words[1]! !== 0),
    optional(intText, (call) => call.words[1]! !== 0),
  ),
};
