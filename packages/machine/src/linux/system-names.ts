/** What the system calls itself, in uname and in /proc alike. @see uname(2) */
import { LINUX_6_18 } from '@bareheap/platform-posix';

interface SystemNames {
  readonly system: string;
  readonly node: string;
  readonly release: string;
  readonly version: string;
  readonly machine: string;
  readonly domain: string;
}

export const SYSTEM_NAMES: SystemNames = {
  system: 'Linux',
  node: 'bareheap',
  release: `${LINUX_6_18.release}.0-bareheap`,
  version: '#1 SMP PREEMPT_DYNAMIC',
  machine: 'x86_64',
  domain: '(none)',
};
