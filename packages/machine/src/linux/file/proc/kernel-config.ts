/**
 * /proc/config.gz: what this kernel has of what Linux's can be built with, for programs that look
 * there before they try.
 * @table
 * @see kernel/configs.c of Linux 6.18; RFC 1951, RFC 1952
 */

import { SYSTEM_NAMES } from '../../system-names.ts';

const { system, machine, release } = SYSTEM_NAMES;

const THERE: readonly string[] = [
  '64BIT',
  'X86_64',
  'MMU',
  'BINFMT_ELF',
  'BINFMT_SCRIPT',
  'SYSVIPC',
  'FUTEX',
  'FUTEX_PI',
  'EPOLL',
  'SIGNALFD',
  'TIMERFD',
  'EVENTFD',
  'SHMEM',
  'ADVISE_SYSCALLS',
  'MEMBARRIER',
  'MEMFD_CREATE',
  'USERFAULTFD',
  'RSEQ',
  'POSIX_TIMERS',
  'FILE_LOCKING',
  'MULTIUSER',
  'NET',
  'UNIX',
  'INET',
  'IPV6',
  'PROC_FS',
  'PROC_PAGE_MONITOR',
  'TMPFS',
  // Of huge pages none is reserved, and none is used by itself.
  'HUGETLBFS',
  'HUGETLB_PAGE',
  'TRANSPARENT_HUGEPAGE',
];

const NOT_THERE: readonly string[] = [
  'SMP',
  'NUMA',
  'SWAP',
  'KSM',
  'MEMORY_FAILURE',
  'POSIX_MQUEUE',
  'AIO',
  'IO_URING',
  'SECCOMP',
  'BPF_SYSCALL',
  'INOTIFY_USER',
  'FANOTIFY',
  'KEYS',
  'NAMESPACES',
  'CGROUPS',
  'MODULES',
  'PACKET',
  'CHECKPOINT_RESTORE',
];

export const KERNEL_CONFIG: string = [
  `# ${system}/${machine} ${release} Kernel Configuration`,
  ...THERE.map((name) => `CONFIG_${name}=y`),
  ...NOT_THERE.map((name) => `# CONFIG_${name} is not set`),
  '',
].join('\n');

const CRC_POLYNOMIAL = 0xedb88320;
/** One block of DEFLATE that is the last, and stored as it is. */
const STORED = 1;

function crc32(text: string): number {
  let crc = -1;
  for (let at = 0; at < text.length; at++) {
    crc ^= text.charCodeAt(at);
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (CRC_POLYNOMIAL & -(crc & 1));
  }
  return ~crc;
}

const bytesText = (value: number, count: number): string =>
  Array.from({ length: count }, (_, at) => String.fromCharCode((value >>> (8 * at)) & 0xff)).join(
    '',
  );

/** A text of at most 65535 bytes in the form of gzip, not made any smaller; characters are bytes. */
export function gzipText(text: string): string {
  const head = '\x1f\x8b\x08\0\0\0\0\0\x02\x03';
  const block = bytesText(STORED, 1) + bytesText(text.length, 2) + bytesText(~text.length, 2);
  return head + block + text + bytesText(crc32(text), 4) + bytesText(text.length, 4);
}
