/**
 * Names of Linux's constants, in strace's order.
 * @table
 * @see strace 6.1, and the headers of Linux 6.1: include/uapi/asm-generic, include/uapi/linux
 */
import type { FlagTable } from './flag-text.ts';

export const PROTECTION: FlagTable = {
  unknown: 'PROT_???',
  names: [
    [0, 'PROT_NONE'],
    [1, 'PROT_READ'],
    [2, 'PROT_WRITE'],
    [4, 'PROT_EXEC'],
    [8, 'PROT_SEM'],
    [0x01000000, 'PROT_GROWSDOWN'],
    [0x02000000, 'PROT_GROWSUP'],
  ],
};

export const MAP_TYPES: FlagTable = {
  unknown: 'MAP_???',
  names: [
    [0, 'MAP_FILE'],
    [1, 'MAP_SHARED'],
    [2, 'MAP_PRIVATE'],
    [3, 'MAP_SHARED_VALIDATE'],
  ],
};

export const MAP_FLAGS: FlagTable = {
  unknown: 'MAP_???',
  names: [
    [0x10, 'MAP_FIXED'],
    [0x20, 'MAP_ANONYMOUS'],
    [0x40, 'MAP_32BIT'],
    [0x4000, 'MAP_NORESERVE'],
    [0x8000, 'MAP_POPULATE'],
    [0x10000, 'MAP_NONBLOCK'],
    [0x100, 'MAP_GROWSDOWN'],
    [0x800, 'MAP_DENYWRITE'],
    [0x1000, 'MAP_EXECUTABLE'],
    [0x2000, 'MAP_LOCKED'],
    [0x20000, 'MAP_STACK'],
    [0x40000, 'MAP_HUGETLB'],
    [0x80000, 'MAP_SYNC'],
    [0x100000, 'MAP_FIXED_NOREPLACE'],
  ],
};

export const MREMAP_FLAGS: FlagTable = {
  unknown: 'MREMAP_???',
  names: [
    [1, 'MREMAP_MAYMOVE'],
    [2, 'MREMAP_FIXED'],
    [4, 'MREMAP_DONTUNMAP'],
  ],
};

export const ADVICE: FlagTable = {
  unknown: 'MADV_???',
  names: [
    [0, 'MADV_NORMAL'],
    [1, 'MADV_RANDOM'],
    [2, 'MADV_SEQUENTIAL'],
    [3, 'MADV_WILLNEED'],
    [4, 'MADV_DONTNEED'],
    [8, 'MADV_FREE'],
    [9, 'MADV_REMOVE'],
    [10, 'MADV_DONTFORK'],
    [11, 'MADV_DOFORK'],
    [12, 'MADV_MERGEABLE'],
    [13, 'MADV_UNMERGEABLE'],
    [14, 'MADV_HUGEPAGE'],
    [15, 'MADV_NOHUGEPAGE'],
    [16, 'MADV_DONTDUMP'],
    [17, 'MADV_DODUMP'],
    [18, 'MADV_WIPEONFORK'],
    [19, 'MADV_KEEPONFORK'],
    [20, 'MADV_COLD'],
    [21, 'MADV_PAGEOUT'],
    [22, 'MADV_POPULATE_READ'],
    [23, 'MADV_POPULATE_WRITE'],
    [24, 'MADV_DONTNEED_LOCKED'],
    [25, 'MADV_COLLAPSE'],
    [100, 'MADV_HWPOISON'],
    [101, 'MADV_SOFT_OFFLINE'],
  ],
};

export const MLOCK_FLAGS: FlagTable = {
  unknown: 'MLOCK_???',
  names: [[1, 'MLOCK_ONFAULT']],
};

export const PKEY_RIGHTS: FlagTable = {
  unknown: 'PKEY_???',
  names: [
    [1, 'PKEY_DISABLE_ACCESS'],
    [2, 'PKEY_DISABLE_WRITE'],
    [4, 'PKEY_DISABLE_EXECUTE'],
  ],
};

export const MLOCKALL_FLAGS: FlagTable = {
  unknown: 'MCL_???',
  names: [
    [1, 'MCL_CURRENT'],
    [2, 'MCL_FUTURE'],
    [4, 'MCL_ONFAULT'],
  ],
};

export const MSYNC_FLAGS: FlagTable = {
  unknown: 'MS_???',
  names: [
    [1, 'MS_ASYNC'],
    [2, 'MS_INVALIDATE'],
    [4, 'MS_SYNC'],
  ],
};

export const MEMBARRIER_COMMANDS: FlagTable = {
  unknown: 'MEMBARRIER_CMD_???',
  names: [
    [0, 'MEMBARRIER_CMD_QUERY'],
    [1, 'MEMBARRIER_CMD_GLOBAL'],
    [2, 'MEMBARRIER_CMD_GLOBAL_EXPEDITED'],
    [4, 'MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED'],
    [8, 'MEMBARRIER_CMD_PRIVATE_EXPEDITED'],
    [16, 'MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED'],
    [32, 'MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE'],
    [64, 'MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE'],
    [128, 'MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ'],
    [256, 'MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_RSEQ'],
  ],
};

export const MEMFD_FLAGS: FlagTable = {
  unknown: 'MFD_???',
  names: [
    [1, 'MFD_CLOEXEC'],
    [2, 'MFD_ALLOW_SEALING'],
    [4, 'MFD_HUGETLB'],
  ],
};

export const RESOURCES: FlagTable = {
  unknown: 'RLIMIT_???',
  names: [
    [0, 'RLIMIT_CPU'],
    [1, 'RLIMIT_FSIZE'],
    [2, 'RLIMIT_DATA'],
    [3, 'RLIMIT_STACK'],
    [4, 'RLIMIT_CORE'],
    [5, 'RLIMIT_RSS'],
    [6, 'RLIMIT_NPROC'],
    [7, 'RLIMIT_NOFILE'],
    [8, 'RLIMIT_MEMLOCK'],
    [9, 'RLIMIT_AS'],
    [10, 'RLIMIT_LOCKS'],
    [11, 'RLIMIT_SIGPENDING'],
    [12, 'RLIMIT_MSGQUEUE'],
    [13, 'RLIMIT_NICE'],
    [14, 'RLIMIT_RTPRIO'],
    [15, 'RLIMIT_RTTIME'],
  ],
};

export const OPEN_MODES: FlagTable = {
  unknown: 'O_???',
  names: [
    [0, 'O_RDONLY'],
    [1, 'O_WRONLY'],
    [2, 'O_RDWR'],
    [3, 'O_ACCMODE'],
  ],
};

export const OPEN_FLAGS: FlagTable = {
  unknown: 'O_???',
  names: [
    [0o100, 'O_CREAT'],
    [0o200, 'O_EXCL'],
    [0o400, 'O_NOCTTY'],
    [0o1000, 'O_TRUNC'],
    [0o2000, 'O_APPEND'],
    [0o4000, 'O_NONBLOCK'],
    [0o4010000, 'O_SYNC'],
    [0o10000, 'O_DSYNC'],
    [0o4000000, '__O_SYNC'],
    [0o20000, 'O_ASYNC'],
    [0o40000, 'O_DIRECT'],
    [0o100000, 'O_LARGEFILE'],
    [0o400000, 'O_NOFOLLOW'],
    [0o1000000, 'O_NOATIME'],
    [0o2000000, 'O_CLOEXEC'],
    [0o10000000, 'O_PATH'],
    [0o20200000, 'O_TMPFILE'],
    [0o20000000, '__O_TMPFILE'],
    [0o200000, 'O_DIRECTORY'],
  ],
};

export const PIPE_FLAGS: FlagTable = {
  unknown: 'O_???',
  names: [
    [0o4000, 'O_NONBLOCK'],
    [0o2000000, 'O_CLOEXEC'],
    [0o40000, 'O_DIRECT'],
  ],
};

export const AT_FLAGS: FlagTable = {
  unknown: 'AT_???',
  names: [
    [0x100, 'AT_SYMLINK_NOFOLLOW'],
    [0x200, 'AT_REMOVEDIR'],
    [0x400, 'AT_SYMLINK_FOLLOW'],
    [0x800, 'AT_NO_AUTOMOUNT'],
    [0x1000, 'AT_EMPTY_PATH'],
    [0x8000, 'AT_RECURSIVE'],
  ],
};

export const STATX_SYNC: FlagTable = {
  unknown: 'AT_STATX_???',
  names: [
    [0, 'AT_STATX_SYNC_AS_STAT'],
    [0x2000, 'AT_STATX_FORCE_SYNC'],
    [0x4000, 'AT_STATX_DONT_SYNC'],
  ],
};

export const ACCESS_FLAGS: FlagTable = {
  unknown: 'AT_???',
  names: [
    [0x100, 'AT_SYMLINK_NOFOLLOW'],
    [0x200, 'AT_EACCESS'],
    [0x1000, 'AT_EMPTY_PATH'],
  ],
};

export const UNLINK_FLAGS: FlagTable = {
  unknown: 'AT_???',
  names: [[0x200, 'AT_REMOVEDIR']],
};

export const STATX_MASKS: FlagTable = {
  unknown: 'STATX_???',
  names: [
    [0xfff, 'STATX_ALL'],
    [0x7ff, 'STATX_BASIC_STATS'],
    [1, 'STATX_TYPE'],
    [2, 'STATX_MODE'],
    [4, 'STATX_NLINK'],
    [8, 'STATX_UID'],
    [0x10, 'STATX_GID'],
    [0x20, 'STATX_ATIME'],
    [0x40, 'STATX_MTIME'],
    [0x80, 'STATX_CTIME'],
    [0x100, 'STATX_INO'],
    [0x200, 'STATX_SIZE'],
    [0x400, 'STATX_BLOCKS'],
    [0x800, 'STATX_BTIME'],
    [0x1000, 'STATX_MNT_ID'],
    [0x2000, 'STATX_DIOALIGN'],
  ],
};

export const STATX_ATTRIBUTES: FlagTable = {
  unknown: 'STATX_ATTR_???',
  names: [
    [4, 'STATX_ATTR_COMPRESSED'],
    [0x10, 'STATX_ATTR_IMMUTABLE'],
    [0x20, 'STATX_ATTR_APPEND'],
    [0x40, 'STATX_ATTR_NODUMP'],
    [0x800, 'STATX_ATTR_ENCRYPTED'],
    [0x1000, 'STATX_ATTR_AUTOMOUNT'],
    [0x2000, 'STATX_ATTR_MOUNT_ROOT'],
    [0x100000, 'STATX_ATTR_VERITY'],
    [0x200000, 'STATX_ATTR_DAX'],
  ],
};

export const FILE_TYPES: FlagTable = {
  unknown: 'S_IF???',
  names: [
    [0o10000, 'S_IFIFO'],
    [0o20000, 'S_IFCHR'],
    [0o40000, 'S_IFDIR'],
    [0o60000, 'S_IFBLK'],
    [0o100000, 'S_IFREG'],
    [0o120000, 'S_IFLNK'],
    [0o140000, 'S_IFSOCK'],
  ],
};

export const MODE_BITS: FlagTable = {
  unknown: 'S_IS???',
  names: [
    [0o4000, 'S_ISUID'],
    [0o2000, 'S_ISGID'],
    [0o1000, 'S_ISVTX'],
  ],
};

export const ACCESS_MODES: FlagTable = {
  unknown: '?_OK',
  names: [
    [0, 'F_OK'],
    [4, 'R_OK'],
    [2, 'W_OK'],
    [1, 'X_OK'],
  ],
};

export const WHENCE: FlagTable = {
  unknown: 'SEEK_???',
  names: [
    [0, 'SEEK_SET'],
    [1, 'SEEK_CUR'],
    [2, 'SEEK_END'],
    [3, 'SEEK_DATA'],
    [4, 'SEEK_HOLE'],
  ],
};

export const RENAME_FLAGS: FlagTable = {
  unknown: 'RENAME_???',
  names: [
    [1, 'RENAME_NOREPLACE'],
    [2, 'RENAME_EXCHANGE'],
    [4, 'RENAME_WHITEOUT'],
  ],
};

export const FALLOCATE_FLAGS: FlagTable = {
  unknown: 'FALLOC_FL_???',
  names: [
    [1, 'FALLOC_FL_KEEP_SIZE'],
    [2, 'FALLOC_FL_PUNCH_HOLE'],
    [4, 'FALLOC_FL_NO_HIDE_STALE'],
    [8, 'FALLOC_FL_COLLAPSE_RANGE'],
    [16, 'FALLOC_FL_ZERO_RANGE'],
    [32, 'FALLOC_FL_INSERT_RANGE'],
    [64, 'FALLOC_FL_UNSHARE_RANGE'],
  ],
};

export const LOCK_COMMANDS: FlagTable = {
  unknown: 'LOCK_???',
  names: [
    [1, 'LOCK_SH'],
    [2, 'LOCK_EX'],
    [8, 'LOCK_UN'],
    [4, 'LOCK_NB'],
  ],
};

export const FILE_ADVICE: FlagTable = {
  unknown: 'POSIX_FADV_???',
  names: [
    [0, 'POSIX_FADV_NORMAL'],
    [1, 'POSIX_FADV_RANDOM'],
    [2, 'POSIX_FADV_SEQUENTIAL'],
    [3, 'POSIX_FADV_WILLNEED'],
    [4, 'POSIX_FADV_DONTNEED'],
    [5, 'POSIX_FADV_NOREUSE'],
  ],
};

export const CLOSE_RANGE_FLAGS: FlagTable = {
  unknown: 'CLOSE_RANGE_???',
  names: [
    [2, 'CLOSE_RANGE_UNSHARE'],
    [4, 'CLOSE_RANGE_CLOEXEC'],
  ],
};

export const SPLICE_FLAGS: FlagTable = {
  unknown: 'SPLICE_F_???',
  names: [
    [1, 'SPLICE_F_MOVE'],
    [2, 'SPLICE_F_NONBLOCK'],
    [4, 'SPLICE_F_MORE'],
    [8, 'SPLICE_F_GIFT'],
  ],
};

export const RWF_FLAGS: FlagTable = {
  unknown: 'RWF_???',
  names: [
    [1, 'RWF_HIPRI'],
    [2, 'RWF_DSYNC'],
    [4, 'RWF_SYNC'],
    [8, 'RWF_NOWAIT'],
    [16, 'RWF_APPEND'],
  ],
};

export const XATTR_FLAGS: FlagTable = {
  unknown: 'XATTR_???',
  names: [
    [1, 'XATTR_CREATE'],
    [2, 'XATTR_REPLACE'],
  ],
};

export const FILE_SYSTEMS: FlagTable = {
  unknown: '???_MAGIC',
  names: [
    [0xef53, 'EXT2_SUPER_MAGIC'],
    [0x9fa0, 'PROC_SUPER_MAGIC'],
    [0x01021994, 'TMPFS_MAGIC'],
    [0x62656572, 'SYSFS_MAGIC'],
    [0x858458f6, 'RAMFS_MAGIC'],
    [0x1cd1, 'DEVPTS_SUPER_MAGIC'],
    [0x50495045, 'PIPEFS_MAGIC'],
    [0x794c7630, 'OVERLAYFS_SUPER_MAGIC'],
    [0x9123683e, 'BTRFS_SUPER_MAGIC'],
    [0x58465342, 'XFS_SUPER_MAGIC'],
    [0x6969, 'NFS_SUPER_MAGIC'],
  ],
};

export const MOUNT_FLAGS: FlagTable = {
  unknown: 'ST_???',
  names: [
    [0x20, 'ST_VALID'],
    [1, 'ST_RDONLY'],
    [2, 'ST_NOSUID'],
    [4, 'ST_NODEV'],
    [8, 'ST_NOEXEC'],
    [0x10, 'ST_SYNCHRONOUS'],
    [0x40, 'ST_MANDLOCK'],
    [0x400, 'ST_NOATIME'],
    [0x800, 'ST_NODIRATIME'],
    [0x1000, 'ST_RELATIME'],
  ],
};

export const FCNTL_COMMANDS: FlagTable = {
  unknown: 'F_???',
  names: [
    [0, 'F_DUPFD'],
    [1, 'F_GETFD'],
    [2, 'F_SETFD'],
    [3, 'F_GETFL'],
    [4, 'F_SETFL'],
    [5, 'F_GETLK'],
    [6, 'F_SETLK'],
    [7, 'F_SETLKW'],
    [8, 'F_SETOWN'],
    [9, 'F_GETOWN'],
    [10, 'F_SETSIG'],
    [11, 'F_GETSIG'],
    [15, 'F_SETOWN_EX'],
    [16, 'F_GETOWN_EX'],
    [36, 'F_OFD_GETLK'],
    [37, 'F_OFD_SETLK'],
    [38, 'F_OFD_SETLKW'],
    [1024, 'F_SETLEASE'],
    [1025, 'F_GETLEASE'],
    [1026, 'F_NOTIFY'],
    [1030, 'F_DUPFD_CLOEXEC'],
    [1031, 'F_SETPIPE_SZ'],
    [1032, 'F_GETPIPE_SZ'],
    [1033, 'F_ADD_SEALS'],
    [1034, 'F_GET_SEALS'],
  ],
};

export const DESCRIPTOR_FLAGS: FlagTable = {
  unknown: 'FD_???',
  names: [[1, 'FD_CLOEXEC']],
};

export const SEALS: FlagTable = {
  unknown: 'F_SEAL_???',
  names: [
    [1, 'F_SEAL_SEAL'],
    [2, 'F_SEAL_SHRINK'],
    [4, 'F_SEAL_GROW'],
    [8, 'F_SEAL_WRITE'],
    [16, 'F_SEAL_FUTURE_WRITE'],
  ],
};

export const LOCK_TYPES: FlagTable = {
  unknown: 'F_???',
  names: [
    [0, 'F_RDLCK'],
    [1, 'F_WRLCK'],
    [2, 'F_UNLCK'],
  ],
};

export const EVENTFD_FLAGS: FlagTable = {
  unknown: 'EFD_???',
  names: [
    [1, 'EFD_SEMAPHORE'],
    [0o2000000, 'EFD_CLOEXEC'],
    [0o4000, 'EFD_NONBLOCK'],
  ],
};

export const EPOLL_FLAGS: FlagTable = {
  unknown: 'EPOLL_???',
  names: [[0o2000000, 'EPOLL_CLOEXEC']],
};

export const EPOLL_OPERATIONS: FlagTable = {
  unknown: 'EPOLL_CTL_???',
  names: [
    [1, 'EPOLL_CTL_ADD'],
    [2, 'EPOLL_CTL_DEL'],
    [3, 'EPOLL_CTL_MOD'],
  ],
};

export const EPOLL_EVENTS: FlagTable = {
  unknown: 'EPOLL???',
  names: [
    [1, 'EPOLLIN'],
    [2, 'EPOLLPRI'],
    [4, 'EPOLLOUT'],
    [0x40, 'EPOLLRDNORM'],
    [0x80, 'EPOLLRDBAND'],
    [0x100, 'EPOLLWRNORM'],
    [0x200, 'EPOLLWRBAND'],
    [0x400, 'EPOLLMSG'],
    [8, 'EPOLLERR'],
    [0x10, 'EPOLLHUP'],
    [0x2000, 'EPOLLRDHUP'],
    [0x10000000, 'EPOLLEXCLUSIVE'],
    [0x20000000, 'EPOLLWAKEUP'],
    [0x40000000, 'EPOLLONESHOT'],
    [0x80000000, 'EPOLLET'],
  ],
};

export const POLL_EVENTS: FlagTable = {
  unknown: 'POLL???',
  names: [
    [1, 'POLLIN'],
    [2, 'POLLPRI'],
    [4, 'POLLOUT'],
    [8, 'POLLERR'],
    [0x10, 'POLLHUP'],
    [0x20, 'POLLNVAL'],
    [0x40, 'POLLRDNORM'],
    [0x80, 'POLLRDBAND'],
    [0x100, 'POLLWRNORM'],
    [0x200, 'POLLWRBAND'],
    [0x400, 'POLLMSG'],
    [0x1000, 'POLLREMOVE'],
    [0x2000, 'POLLRDHUP'],
  ],
};

export const TIMERFD_FLAGS: FlagTable = {
  unknown: 'TFD_???',
  names: [
    [0o2000000, 'TFD_CLOEXEC'],
    [0o4000, 'TFD_NONBLOCK'],
  ],
};

export const TIMERFD_SET_FLAGS: FlagTable = {
  unknown: 'TFD_???',
  names: [
    [1, 'TFD_TIMER_ABSTIME'],
    [2, 'TFD_TIMER_CANCEL_ON_SET'],
  ],
};

export const SIGNALFD_FLAGS: FlagTable = {
  unknown: 'SFD_???',
  names: [
    [0o2000000, 'SFD_CLOEXEC'],
    [0o4000, 'SFD_NONBLOCK'],
  ],
};

export const USERFAULT_FLAGS: FlagTable = {
  unknown: 'UFFD_???',
  names: [
    [1, 'UFFD_USER_MODE_ONLY'],
    [0o2000000, 'O_CLOEXEC'],
    [0o4000, 'O_NONBLOCK'],
  ],
};

export const INOTIFY_FLAGS: FlagTable = {
  unknown: 'IN_???',
  names: [
    [0o2000000, 'IN_CLOEXEC'],
    [0o4000, 'IN_NONBLOCK'],
  ],
};

export const ADDRESS_FAMILIES: FlagTable = {
  unknown: 'AF_???',
  names: [
    [0, 'AF_UNSPEC'],
    [1, 'AF_UNIX'],
    [2, 'AF_INET'],
    [10, 'AF_INET6'],
    [16, 'AF_NETLINK'],
    [17, 'AF_PACKET'],
    [40, 'AF_VSOCK'],
  ],
};

export const SOCKET_TYPES: FlagTable = {
  unknown: 'SOCK_???',
  names: [
    [1, 'SOCK_STREAM'],
    [2, 'SOCK_DGRAM'],
    [3, 'SOCK_RAW'],
    [4, 'SOCK_RDM'],
    [5, 'SOCK_SEQPACKET'],
  ],
};

export const SOCKET_FLAGS: FlagTable = {
  unknown: 'SOCK_???',
  names: [
    [0o2000000, 'SOCK_CLOEXEC'],
    [0o4000, 'SOCK_NONBLOCK'],
  ],
};

export const IP_PROTOCOLS: FlagTable = {
  unknown: 'IPPROTO_???',
  names: [
    [0, 'IPPROTO_IP'],
    [1, 'IPPROTO_ICMP'],
    [6, 'IPPROTO_TCP'],
    [17, 'IPPROTO_UDP'],
    [41, 'IPPROTO_IPV6'],
    [255, 'IPPROTO_RAW'],
  ],
};

export const CLOCKS: FlagTable = {
  unknown: 'CLOCK_???',
  names: [
    [0, 'CLOCK_REALTIME'],
    [1, 'CLOCK_MONOTONIC'],
    [2, 'CLOCK_PROCESS_CPUTIME_ID'],
    [3, 'CLOCK_THREAD_CPUTIME_ID'],
    [4, 'CLOCK_MONOTONIC_RAW'],
    [5, 'CLOCK_REALTIME_COARSE'],
    [6, 'CLOCK_MONOTONIC_COARSE'],
    [7, 'CLOCK_BOOTTIME'],
    [8, 'CLOCK_REALTIME_ALARM'],
    [9, 'CLOCK_BOOTTIME_ALARM'],
    [11, 'CLOCK_TAI'],
  ],
};

export const CLOCK_FLAGS: FlagTable = {
  unknown: 'TIMER_???',
  names: [[1, 'TIMER_ABSTIME']],
};

export const INTERVAL_TIMERS: FlagTable = {
  unknown: 'ITIMER_???',
  names: [
    [0, 'ITIMER_REAL'],
    [1, 'ITIMER_VIRTUAL'],
    [2, 'ITIMER_PROF'],
  ],
};

export const USAGES: FlagTable = {
  unknown: 'RUSAGE_???',
  names: [
    [0, 'RUSAGE_SELF'],
    [-1, 'RUSAGE_CHILDREN'],
    [-2, 'RUSAGE_BOTH'],
    [1, 'RUSAGE_THREAD'],
  ],
};

export const MASK_CHANGES: FlagTable = {
  unknown: 'SIG_???',
  names: [
    [0, 'SIG_BLOCK'],
    [1, 'SIG_UNBLOCK'],
    [2, 'SIG_SETMASK'],
  ],
};

export const ACTION_FLAGS: FlagTable = {
  unknown: 'SA_???',
  names: [
    [0x04000000, 'SA_RESTORER'],
    [0x08000000, 'SA_ONSTACK'],
    [0x10000000, 'SA_RESTART'],
    [0x40000000, 'SA_NODEFER'],
    [0x80000000, 'SA_RESETHAND'],
    [4, 'SA_SIGINFO'],
    [1, 'SA_NOCLDSTOP'],
    [2, 'SA_NOCLDWAIT'],
    [0x400, 'SA_UNSUPPORTED'],
    [0x800, 'SA_EXPOSE_TAGBITS'],
  ],
};

export const STACK_FLAGS: FlagTable = {
  unknown: 'SS_???',
  names: [
    [1, 'SS_ONSTACK'],
    [2, 'SS_DISABLE'],
    [0x80000000, 'SS_AUTODISARM'],
  ],
};

export const CLONE_FLAGS: FlagTable = {
  unknown: 'CLONE_???',
  names: [
    [0x100, 'CLONE_VM'],
    [0x200, 'CLONE_FS'],
    [0x400, 'CLONE_FILES'],
    [0x800, 'CLONE_SIGHAND'],
    [0x1000, 'CLONE_PIDFD'],
    [0x2000, 'CLONE_PTRACE'],
    [0x4000, 'CLONE_VFORK'],
    [0x8000, 'CLONE_PARENT'],
    [0x10000, 'CLONE_THREAD'],
    [0x20000, 'CLONE_NEWNS'],
    [0x40000, 'CLONE_SYSVSEM'],
    [0x80000, 'CLONE_SETTLS'],
    [0x100000, 'CLONE_PARENT_SETTID'],
    [0x200000, 'CLONE_CHILD_CLEARTID'],
    [0x400000, 'CLONE_DETACHED'],
    [0x800000, 'CLONE_UNTRACED'],
    [0x1000000, 'CLONE_CHILD_SETTID'],
    [0x2000000, 'CLONE_NEWCGROUP'],
    [0x4000000, 'CLONE_NEWUTS'],
    [0x8000000, 'CLONE_NEWIPC'],
    [0x10000000, 'CLONE_NEWUSER'],
    [0x20000000, 'CLONE_NEWPID'],
    [0x40000000, 'CLONE_NEWNET'],
    [0x80000000, 'CLONE_IO'],
  ],
};

export const WAIT_OPTIONS: FlagTable = {
  unknown: 'W???',
  names: [
    [1, 'WNOHANG'],
    [4, 'WEXITED'],
    [2, 'WSTOPPED'],
    [8, 'WCONTINUED'],
    [0x01000000, 'WNOWAIT'],
    [0x80000000, '__WCLONE'],
    [0x40000000, '__WALL'],
    [0x20000000, '__WNOTHREAD'],
  ],
};

export const WAIT_TARGETS: FlagTable = {
  unknown: 'P_???',
  names: [
    [0, 'P_ALL'],
    [1, 'P_PID'],
    [2, 'P_PGID'],
    [3, 'P_PIDFD'],
  ],
};

export const FUTEX_OPERATIONS: FlagTable = {
  unknown: 'FUTEX_???',
  names: [
    [0, 'FUTEX_WAIT'],
    [1, 'FUTEX_WAKE'],
    [2, 'FUTEX_FD'],
    [3, 'FUTEX_REQUEUE'],
    [4, 'FUTEX_CMP_REQUEUE'],
    [5, 'FUTEX_WAKE_OP'],
    [6, 'FUTEX_LOCK_PI'],
    [7, 'FUTEX_UNLOCK_PI'],
    [8, 'FUTEX_TRYLOCK_PI'],
    [9, 'FUTEX_WAIT_BITSET'],
    [10, 'FUTEX_WAKE_BITSET'],
    [11, 'FUTEX_WAIT_REQUEUE_PI'],
    [12, 'FUTEX_CMP_REQUEUE_PI'],
    [13, 'FUTEX_LOCK_PI2'],
  ],
};

export const FUTEX_WAKE_OPERATIONS: FlagTable = {
  unknown: 'FUTEX_OP_???',
  names: [
    [0, 'FUTEX_OP_SET'],
    [1, 'FUTEX_OP_ADD'],
    [2, 'FUTEX_OP_OR'],
    [3, 'FUTEX_OP_ANDN'],
    [4, 'FUTEX_OP_XOR'],
  ],
};

export const FUTEX_WAKE_COMPARISONS: FlagTable = {
  unknown: 'FUTEX_OP_CMP_???',
  names: [
    [0, 'FUTEX_OP_CMP_EQ'],
    [1, 'FUTEX_OP_CMP_NE'],
    [2, 'FUTEX_OP_CMP_LT'],
    [3, 'FUTEX_OP_CMP_LE'],
    [4, 'FUTEX_OP_CMP_GT'],
    [5, 'FUTEX_OP_CMP_GE'],
  ],
};

export const ARCH_CODES: FlagTable = {
  unknown: 'ARCH_???',
  names: [
    [0x1001, 'ARCH_SET_GS'],
    [0x1002, 'ARCH_SET_FS'],
    [0x1003, 'ARCH_GET_FS'],
    [0x1004, 'ARCH_GET_GS'],
    [0x1011, 'ARCH_GET_CPUID'],
    [0x1012, 'ARCH_SET_CPUID'],
    [0x1021, 'ARCH_GET_XCOMP_SUPP'],
    [0x1022, 'ARCH_GET_XCOMP_PERM'],
    [0x1023, 'ARCH_REQ_XCOMP_PERM'],
  ],
};

export const PRCTL_OPTIONS: FlagTable = {
  unknown: 'PR_???',
  names: [
    [1, 'PR_SET_PDEATHSIG'],
    [2, 'PR_GET_PDEATHSIG'],
    [3, 'PR_GET_DUMPABLE'],
    [4, 'PR_SET_DUMPABLE'],
    [7, 'PR_GET_KEEPCAPS'],
    [8, 'PR_SET_KEEPCAPS'],
    [15, 'PR_SET_NAME'],
    [16, 'PR_GET_NAME'],
    [21, 'PR_GET_SECCOMP'],
    [22, 'PR_SET_SECCOMP'],
    [23, 'PR_CAPBSET_READ'],
    [24, 'PR_CAPBSET_DROP'],
    [27, 'PR_GET_SECUREBITS'],
    [29, 'PR_SET_TIMERSLACK'],
    [30, 'PR_GET_TIMERSLACK'],
    [35, 'PR_SET_MM'],
    [36, 'PR_SET_CHILD_SUBREAPER'],
    [37, 'PR_GET_CHILD_SUBREAPER'],
    [38, 'PR_SET_NO_NEW_PRIVS'],
    [39, 'PR_GET_NO_NEW_PRIVS'],
    [41, 'PR_SET_THP_DISABLE'],
    [42, 'PR_GET_THP_DISABLE'],
    [0x53564d41, 'PR_SET_VMA'],
  ],
};

export const DUMPABLE: FlagTable = {
  unknown: 'SUID_DUMP_???',
  names: [
    [0, 'SUID_DUMP_DISABLE'],
    [1, 'SUID_DUMP_USER'],
    [2, 'SUID_DUMP_ROOT'],
  ],
};

export const RANDOM_FLAGS: FlagTable = {
  unknown: 'GRND_???',
  names: [
    [1, 'GRND_NONBLOCK'],
    [2, 'GRND_RANDOM'],
    [4, 'GRND_INSECURE'],
  ],
};

export const PRIORITY_TARGETS: FlagTable = {
  unknown: 'PRIO_???',
  names: [
    [0, 'PRIO_PROCESS'],
    [1, 'PRIO_PGRP'],
    [2, 'PRIO_USER'],
  ],
};

export const SCHEDULERS: FlagTable = {
  unknown: 'SCHED_???',
  names: [
    [0, 'SCHED_OTHER'],
    [1, 'SCHED_FIFO'],
    [2, 'SCHED_RR'],
    [3, 'SCHED_BATCH'],
    [4, 'SCHED_ISO'],
    [5, 'SCHED_IDLE'],
    [6, 'SCHED_DEADLINE'],
  ],
};

export const SYSLOG_ACTIONS: FlagTable = {
  unknown: 'SYSLOG_ACTION_???',
  names: [
    [0, 'SYSLOG_ACTION_CLOSE'],
    [1, 'SYSLOG_ACTION_OPEN'],
    [2, 'SYSLOG_ACTION_READ'],
    [3, 'SYSLOG_ACTION_READ_ALL'],
    [4, 'SYSLOG_ACTION_READ_CLEAR'],
    [5, 'SYSLOG_ACTION_CLEAR'],
    [6, 'SYSLOG_ACTION_CONSOLE_OFF'],
    [7, 'SYSLOG_ACTION_CONSOLE_ON'],
    [8, 'SYSLOG_ACTION_CONSOLE_LEVEL'],
    [9, 'SYSLOG_ACTION_SIZE_UNREAD'],
    [10, 'SYSLOG_ACTION_SIZE_BUFFER'],
  ],
};

export const CAPABILITY_VERSIONS: FlagTable = {
  unknown: '_LINUX_CAPABILITY_VERSION_???',
  names: [
    [0x19980330, '_LINUX_CAPABILITY_VERSION_1'],
    [0x20071026, '_LINUX_CAPABILITY_VERSION_2'],
    [0x20080522, '_LINUX_CAPABILITY_VERSION_3'],
  ],
};

export const CAPABILITIES: FlagTable = {
  unknown: 'CAP_???',
  names: [
    [0, 'CAP_CHOWN'],
    [1, 'CAP_DAC_OVERRIDE'],
    [2, 'CAP_DAC_READ_SEARCH'],
    [3, 'CAP_FOWNER'],
    [4, 'CAP_FSETID'],
    [5, 'CAP_KILL'],
    [6, 'CAP_SETGID'],
    [7, 'CAP_SETUID'],
    [8, 'CAP_SETPCAP'],
    [9, 'CAP_LINUX_IMMUTABLE'],
    [10, 'CAP_NET_BIND_SERVICE'],
    [11, 'CAP_NET_BROADCAST'],
    [12, 'CAP_NET_ADMIN'],
    [13, 'CAP_NET_RAW'],
    [14, 'CAP_IPC_LOCK'],
    [15, 'CAP_IPC_OWNER'],
    [16, 'CAP_SYS_MODULE'],
    [17, 'CAP_SYS_RAWIO'],
    [18, 'CAP_SYS_CHROOT'],
    [19, 'CAP_SYS_PTRACE'],
    [20, 'CAP_SYS_PACCT'],
    [21, 'CAP_SYS_ADMIN'],
    [22, 'CAP_SYS_BOOT'],
    [23, 'CAP_SYS_NICE'],
    [24, 'CAP_SYS_RESOURCE'],
    [25, 'CAP_SYS_TIME'],
    [26, 'CAP_SYS_TTY_CONFIG'],
    [27, 'CAP_MKNOD'],
    [28, 'CAP_LEASE'],
    [29, 'CAP_AUDIT_WRITE'],
    [30, 'CAP_AUDIT_CONTROL'],
    [31, 'CAP_SETFCAP'],
    [32, 'CAP_MAC_OVERRIDE'],
    [33, 'CAP_MAC_ADMIN'],
    [34, 'CAP_SYSLOG'],
    [35, 'CAP_WAKE_ALARM'],
    [36, 'CAP_BLOCK_SUSPEND'],
    [37, 'CAP_AUDIT_READ'],
    [38, 'CAP_PERFMON'],
    [39, 'CAP_BPF'],
    [40, 'CAP_CHECKPOINT_RESTORE'],
  ],
};

export const PERSONALITY_FLAGS: FlagTable = {
  unknown: 'PER_???',
  names: [
    [0x20000, 'UNAME26'],
    [0x40000, 'ADDR_NO_RANDOMIZE'],
    [0x80000, 'FDPIC_FUNCPTRS'],
    [0x100000, 'MMAP_PAGE_ZERO'],
    [0x200000, 'ADDR_COMPAT_LAYOUT'],
    [0x400000, 'READ_IMPLIES_EXEC'],
    [0x800000, 'ADDR_LIMIT_32BIT'],
    [0x1000000, 'SHORT_INODE'],
    [0x2000000, 'WHOLE_SECONDS'],
    [0x4000000, 'STICKY_TIMEOUTS'],
    [0x8000000, 'ADDR_LIMIT_3GB'],
  ],
};

export const SIGNAL_CODES: FlagTable = {
  unknown: 'SI_???',
  names: [
    [0, 'SI_USER'],
    [0x80, 'SI_KERNEL'],
    [-1, 'SI_QUEUE'],
    [-2, 'SI_TIMER'],
    [-3, 'SI_MESGQ'],
    [-4, 'SI_ASYNCIO'],
    [-5, 'SI_SIGIO'],
    [-6, 'SI_TKILL'],
  ],
};

export const ILL_CODES: FlagTable = {
  unknown: 'ILL_???',
  names: [
    [1, 'ILL_ILLOPC'],
    [2, 'ILL_ILLOPN'],
    [3, 'ILL_ILLADR'],
    [4, 'ILL_ILLTRP'],
    [5, 'ILL_PRVOPC'],
    [6, 'ILL_PRVREG'],
    [7, 'ILL_COPROC'],
    [8, 'ILL_BADSTK'],
  ],
};

export const FPE_CODES: FlagTable = {
  unknown: 'FPE_???',
  names: [
    [1, 'FPE_INTDIV'],
    [2, 'FPE_INTOVF'],
    [3, 'FPE_FLTDIV'],
    [4, 'FPE_FLTOVF'],
    [5, 'FPE_FLTUND'],
    [6, 'FPE_FLTRES'],
    [7, 'FPE_FLTINV'],
    [8, 'FPE_FLTSUB'],
  ],
};

export const SEGV_CODES: FlagTable = {
  unknown: 'SEGV_???',
  names: [
    [1, 'SEGV_MAPERR'],
    [2, 'SEGV_ACCERR'],
    [3, 'SEGV_BNDERR'],
    [4, 'SEGV_PKUERR'],
  ],
};

export const BUS_CODES: FlagTable = {
  unknown: 'BUS_???',
  names: [
    [1, 'BUS_ADRALN'],
    [2, 'BUS_ADRERR'],
    [3, 'BUS_OBJERR'],
    [4, 'BUS_MCEERR_AR'],
    [5, 'BUS_MCEERR_AO'],
  ],
};

export const TRAP_CODES: FlagTable = {
  unknown: 'TRAP_???',
  names: [
    [1, 'TRAP_BRKPT'],
    [2, 'TRAP_TRACE'],
    [3, 'TRAP_BRANCH'],
    [4, 'TRAP_HWBKPT'],
  ],
};

export const CHILD_CODES: FlagTable = {
  unknown: 'CLD_???',
  names: [
    [1, 'CLD_EXITED'],
    [2, 'CLD_KILLED'],
    [3, 'CLD_DUMPED'],
    [4, 'CLD_TRAPPED'],
    [5, 'CLD_STOPPED'],
    [6, 'CLD_CONTINUED'],
  ],
};

export const TERMINAL_INPUT: FlagTable = {
  unknown: '???',
  names: [
    [1, 'IGNBRK'],
    [2, 'BRKINT'],
    [4, 'IGNPAR'],
    [8, 'PARMRK'],
    [16, 'INPCK'],
    [32, 'ISTRIP'],
    [64, 'INLCR'],
    [128, 'IGNCR'],
    [0o400, 'ICRNL'],
    [0o1000, 'IUCLC'],
    [0o2000, 'IXON'],
    [0o4000, 'IXANY'],
    [0o10000, 'IXOFF'],
    [0o20000, 'IMAXBEL'],
    [0o40000, 'IUTF8'],
  ],
};

export const TERMINAL_OUTPUT: FlagTable = {
  unknown: '???',
  names: [
    [1, 'OPOST'],
    [2, 'OLCUC'],
    [4, 'ONLCR'],
    [8, 'OCRNL'],
    [16, 'ONOCR'],
    [32, 'ONLRET'],
    [64, 'OFILL'],
    [128, 'OFDEL'],
  ],
};

export const TERMINAL_CONTROL: FlagTable = {
  unknown: '???',
  names: [
    [0o100, 'CSTOPB'],
    [0o200, 'CREAD'],
    [0o400, 'PARENB'],
    [0o1000, 'PARODD'],
    [0o2000, 'HUPCL'],
    [0o4000, 'CLOCAL'],
  ],
};

export const TERMINAL_LOCAL: FlagTable = {
  unknown: '???',
  names: [
    [1, 'ISIG'],
    [2, 'ICANON'],
    [4, 'XCASE'],
    [8, 'ECHO'],
    [16, 'ECHOE'],
    [32, 'ECHOK'],
    [64, 'ECHONL'],
    [128, 'NOFLSH'],
    [0o100000, 'IEXTEN'],
    [0o1000, 'ECHOCTL'],
    [0o2000, 'ECHOPRT'],
    [0o4000, 'ECHOKE'],
    [0o10000, 'FLUSHO'],
    [0o40000, 'PENDIN'],
    [0o400, 'TOSTOP'],
    [0o200000, 'EXTPROC'],
  ],
};

export const TERMINAL_SIZES: FlagTable = {
  unknown: 'CS?',
  names: [
    [0, 'CS5'],
    [0o20, 'CS6'],
    [0o40, 'CS7'],
    [0o60, 'CS8'],
  ],
};

export const TERMINAL_SPEEDS: FlagTable = {
  unknown: 'B???',
  names: [
    [0, 'B0'],
    [1, 'B50'],
    [2, 'B75'],
    [3, 'B110'],
    [4, 'B134'],
    [5, 'B150'],
    [6, 'B200'],
    [7, 'B300'],
    [8, 'B600'],
    [9, 'B1200'],
    [10, 'B1800'],
    [11, 'B2400'],
    [12, 'B4800'],
    [13, 'B9600'],
    [14, 'B19200'],
    [15, 'B38400'],
    [0o10001, 'B57600'],
    [0o10002, 'B115200'],
    [0o10003, 'B230400'],
  ],
};

export const FLUSH_QUEUES: FlagTable = {
  unknown: 'TC???FLUSH',
  names: [
    [0, 'TCIFLUSH'],
    [1, 'TCOFLUSH'],
    [2, 'TCIOFLUSH'],
  ],
};

export const SIGNAL_NOTICES: FlagTable = {
  unknown: 'SIGEV_???',
  names: [
    [0, 'SIGEV_SIGNAL'],
    [1, 'SIGEV_NONE'],
    [2, 'SIGEV_THREAD'],
    [4, 'SIGEV_THREAD_ID'],
  ],
};
