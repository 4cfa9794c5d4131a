import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { SYSTEM_CALL_TABLE } from '../../calls/system-call-table.ts';
import { gzipText, KERNEL_CONFIG } from './kernel-config.ts';

/** A system call that comes with an option. @see init/Kconfig, fs/Kconfig, mm/Kconfig, ipc/Kconfig */
const CALLS: readonly (readonly [option: string, call: string])[] = [
  ['ADVISE_SYSCALLS', 'madvise'],
  ['AIO', 'io_setup'],
  ['BPF_SYSCALL', 'bpf'],
  ['EPOLL', 'epoll_create1'],
  ['EVENTFD', 'eventfd2'],
  ['FANOTIFY', 'fanotify_init'],
  ['FILE_LOCKING', 'flock'],
  ['FUTEX', 'futex'],
  ['INOTIFY_USER', 'inotify_init1'],
  ['IO_URING', 'io_uring_setup'],
  ['KEYS', 'add_key'],
  ['MEMBARRIER', 'membarrier'],
  ['MEMFD_CREATE', 'memfd_create'],
  ['MODULES', 'init_module'],
  ['MULTIUSER', 'setuid'],
  ['NET', 'socket'],
  ['NUMA', 'mbind'],
  ['POSIX_MQUEUE', 'mq_open'],
  ['POSIX_TIMERS', 'timer_create'],
  ['RSEQ', 'rseq'],
  ['SECCOMP', 'seccomp'],
  ['SIGNALFD', 'signalfd4'],
  ['SWAP', 'swapon'],
  ['SYSVIPC', 'shmget'],
  ['TIMERFD', 'timerfd_create'],
  ['USERFAULTFD', 'userfaultfd'],
];

test('what /proc/config.gz has is unpacked by who knows gzip', () => {
  const packed = Uint8Array.from(gzipText(KERNEL_CONFIG), (letter) => letter.charCodeAt(0));
  expect(gunzipSync(packed).toString('latin1')).toBe(KERNEL_CONFIG);
});

test.each(CALLS)('%s is told of as %s is there or not', (option, call) => {
  const isThere = [...SYSTEM_CALL_TABLE.values()].some(({ name }) => name === call);
  const line = isThere ? `CONFIG_${option}=y` : `# CONFIG_${option} is not set`;
  expect(KERNEL_CONFIG.split('\n')).toContain(line);
});
