/**
 * The memory calls of x86-64 Linux: one row a call, with what a trace needs to print it.
 * @table
 */
import { brk } from './brk.ts';
import type { LinuxProcess } from './linux-memory.ts';
import { madvise } from './madvise.ts';
import { membarrier } from './membarrier.ts';
import { memfdCreate } from './memfd.ts';
import { mincore } from './mincore.ts';
import { mlock, mlock2, mlockall, munlock, munlockall } from './mlock.ts';
import { mmap, munmap } from './mmap.ts';
import { mprotect } from './mprotect.ts';
import { mremap } from './mremap.ts';
import { mseal } from './mseal.ts';
import { msync } from './msync.ts';
import { pkeyAlloc, pkeyFree } from './protection-keys.ts';
import { getrlimit, prlimit, setrlimit } from './rlimit-calls.ts';

/** How an argument is shown. */
export type ArgumentType =
  | 'address'
  | 'size'
  | 'offset'
  | 'int'
  | 'descriptor'
  | 'prot'
  | 'map-flags'
  | 'mremap-flags'
  | 'advice'
  | 'mlock-flags'
  | 'mlockall-flags'
  | 'msync-flags'
  | 'membarrier-command'
  | 'pkey-rights'
  | 'memfd-flags'
  | 'resource'
  | 'process'
  | 'rlimit-in'
  | 'rlimit-out'
  | 'vector'
  | 'string';

export interface MemoryCall {
  readonly name: string;
  /** Number in the x86-64 table. */
  readonly number: number;
  readonly arguments: readonly ArgumentType[];
  readonly result: 'address' | 'int' | 'descriptor';
  /** Performs the call with words of registers: the result, or a negative error number. */
  readonly call: (process: LinuxProcess, a: ArrayLike<number>) => number;
}

export const MEMORY_CALLS: readonly MemoryCall[] = [
  {
    name: 'mmap',
    number: 9,
    arguments: ['address', 'size', 'prot', 'map-flags', 'descriptor', 'offset'],
    result: 'address',
    call: (p, a) => mmap(p.space, p.files, a[0]!, a[1]!, a[2]!, a[3]!, a[4]!, a[5]!),
  },
  {
    name: 'mprotect',
    number: 10,
    arguments: ['address', 'size', 'prot'],
    result: 'int',
    call: (p, a) => mprotect(p.space, a[0]!, a[1]!, a[2]!),
  },
  {
    name: 'munmap',
    number: 11,
    arguments: ['address', 'size'],
    result: 'int',
    call: (p, a) => munmap(p.space, a[0]!, a[1]!),
  },
  {
    name: 'brk',
    number: 12,
    arguments: ['address'],
    result: 'address',
    call: (p, a) => brk(p.space, a[0]!),
  },
  {
    name: 'mremap',
    number: 25,
    arguments: ['address', 'size', 'size', 'mremap-flags', 'address'],
    result: 'address',
    call: (p, a) => mremap(p.space, a[0]!, a[1]!, a[2]!, a[3]!, a[4]!),
  },
  {
    name: 'msync',
    number: 26,
    arguments: ['address', 'size', 'msync-flags'],
    result: 'int',
    call: (p, a) => msync(p.space, a[0]!, a[1]!, a[2]!),
  },
  {
    name: 'mincore',
    number: 27,
    arguments: ['address', 'size', 'vector'],
    result: 'int',
    call: (p, a) => mincore(p.space, a[0]!, a[1]!, a[2]!),
  },
  {
    name: 'madvise',
    number: 28,
    arguments: ['address', 'size', 'advice'],
    result: 'int',
    call: (p, a) => madvise(p.space, a[0]!, a[1]!, a[2]!),
  },
  {
    name: 'getrlimit',
    number: 97,
    arguments: ['resource', 'rlimit-out'],
    result: 'int',
    call: (p, a) => getrlimit(p.space, a[0]!, a[1]!),
  },
  {
    name: 'mlock',
    number: 149,
    arguments: ['address', 'size'],
    result: 'int',
    call: (p, a) => mlock(p.space, a[0]!, a[1]!),
  },
  {
    name: 'munlock',
    number: 150,
    arguments: ['address', 'size'],
    result: 'int',
    call: (p, a) => munlock(p.space, a[0]!, a[1]!),
  },
  {
    name: 'mlockall',
    number: 151,
    arguments: ['mlockall-flags'],
    result: 'int',
    call: (p, a) => mlockall(p.space, a[0]!),
  },
  {
    name: 'munlockall',
    number: 152,
    arguments: [],
    result: 'int',
    call: (p) => munlockall(p.space),
  },
  {
    name: 'setrlimit',
    number: 160,
    arguments: ['resource', 'rlimit-in'],
    result: 'int',
    call: (p, a) => setrlimit(p.space, a[0]!, a[1]!),
  },
  {
    name: 'prlimit64',
    number: 302,
    arguments: ['process', 'resource', 'rlimit-in', 'rlimit-out'],
    result: 'int',
    call: (p, a) => prlimit(p.space, p.id, a[0]!, a[1]!, a[2]!, a[3]!),
  },
  {
    name: 'memfd_create',
    number: 319,
    arguments: ['string', 'memfd-flags'],
    result: 'descriptor',
    call: (p, a) => memfdCreate(p.space, p.files, a[0]!, a[1]!),
  },
  {
    name: 'membarrier',
    number: 324,
    arguments: ['membarrier-command', 'int', 'int'],
    result: 'int',
    call: (p, a) => membarrier(p.space, a[0]!, a[1]!),
  },
  {
    name: 'mlock2',
    number: 325,
    arguments: ['address', 'size', 'mlock-flags'],
    result: 'int',
    call: (p, a) => mlock2(p.space, a[0]!, a[1]!, a[2]!),
  },
  {
    name: 'pkey_mprotect',
    number: 329,
    arguments: ['address', 'size', 'prot', 'int'],
    result: 'int',
    call: (p, a) => mprotect(p.space, a[0]!, a[1]!, a[2]!, a[3]! | 0),
  },
  {
    name: 'pkey_alloc',
    number: 330,
    arguments: ['int', 'pkey-rights'],
    result: 'int',
    call: (p, a) => pkeyAlloc(p.space, a[0]!, a[1]!),
  },
  {
    name: 'pkey_free',
    number: 331,
    arguments: ['int'],
    result: 'int',
    call: () => pkeyFree(),
  },
  {
    name: 'mseal',
    number: 462,
    arguments: ['address', 'size', 'int'],
    result: 'int',
    call: (p, a) => mseal(p.space, a[0]!, a[1]!, a[2]!),
  },
];
