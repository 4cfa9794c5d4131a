/**
 * Names of the constants of System V's calls, in strace's order.
 * @table
 * @see strace 6.1: xlat/; the headers of Linux 6.1
 */
import type { FlagTable } from './flag-text.ts';

export const IPC_FLAGS: FlagTable = {
  unknown: '',
  names: [
    [0o1000, 'IPC_CREAT'],
    [0o2000, 'IPC_EXCL'],
    [0o4000, 'IPC_NOWAIT'],
  ],
};

export const SEGMENT_FLAGS: FlagTable = {
  unknown: '',
  names: [
    [0o1000, 'IPC_CREAT'],
    [0o2000, 'IPC_EXCL'],
    [0o4000, 'SHM_HUGETLB'],
    [0o10000, 'SHM_NORESERVE'],
  ],
};

export const ATTACH_FLAGS: FlagTable = {
  unknown: 'SHM_???',
  names: [
    [0o10000, 'SHM_RDONLY'],
    [0o20000, 'SHM_RND'],
    [0o40000, 'SHM_REMAP'],
    [0o100000, 'SHM_EXEC'],
  ],
};

export const OPERATION_FLAGS: FlagTable = {
  unknown: 'SEM_???',
  names: [
    [0o4000, 'IPC_NOWAIT'],
    [0o10000, 'SEM_UNDO'],
  ],
};

export const MESSAGE_QUEUE_FLAGS: FlagTable = {
  unknown: 'MSG_???',
  names: [
    [0o10000, 'MSG_NOERROR'],
    [0o20000, 'MSG_EXCEPT'],
    [0o40000, 'MSG_COPY'],
    [0o4000, 'IPC_NOWAIT'],
  ],
};

const COMMON_COMMANDS: FlagTable['names'] = [
  [0, 'IPC_RMID'],
  [1, 'IPC_SET'],
  [2, 'IPC_STAT'],
  [3, 'IPC_INFO'],
];

export const SEMAPHORE_COMMANDS: FlagTable = {
  unknown: 'SEM_???',
  names: [
    ...COMMON_COMMANDS,
    [11, 'GETPID'],
    [12, 'GETVAL'],
    [13, 'GETALL'],
    [14, 'GETNCNT'],
    [15, 'GETZCNT'],
    [16, 'SETVAL'],
    [17, 'SETALL'],
    [18, 'SEM_STAT'],
    [19, 'SEM_INFO'],
    [20, 'SEM_STAT_ANY'],
  ],
};

export const QUEUE_COMMANDS: FlagTable = {
  unknown: 'MSG_???',
  names: [...COMMON_COMMANDS, [11, 'MSG_STAT'], [12, 'MSG_INFO'], [13, 'MSG_STAT_ANY']],
};

export const SEGMENT_COMMANDS: FlagTable = {
  unknown: 'SHM_???',
  names: [
    ...COMMON_COMMANDS,
    [11, 'SHM_LOCK'],
    [12, 'SHM_UNLOCK'],
    [13, 'SHM_STAT'],
    [14, 'SHM_INFO'],
    [15, 'SHM_STAT_ANY'],
  ],
};
