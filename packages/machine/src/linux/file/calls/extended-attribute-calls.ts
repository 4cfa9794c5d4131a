/**
 * Extended attributes: no file has any, and none can be given one.
 * @table
 * @see fs/xattr.c of Linux 6.18
 */

import { latin1 } from '../../process/guest-memory.ts';
import type { Thread } from '../../process/thread.ts';
import type { SystemCall } from '../../system-call.ts';
import { EBADF, EFAULT, ENODATA, EOPNOTSUPP, EPERM, ERANGE } from '../errno.ts';
import { AT_FDCWD, AT_SYMLINK_NOFOLLOW } from '../file-constants.ts';
import { openFile } from './descriptor-argument.ts';
import { placeOf } from './path-argument.ts';

const MOST_NAME_BYTES = 255;
const PREFIXES = /^(user|trusted|security|system)\../s;

/** Finds the file that a call is about: 0 or a negative error number. */
type Finder = (thread: Thread, word: number) => number;

const byPath: Finder = (thread, word) => found(placeOf(thread, AT_FDCWD, word, 0));
const byLink: Finder = (thread, word) =>
  found(placeOf(thread, AT_FDCWD, word, AT_SYMLINK_NOFOLLOW));
const byDescriptor: Finder = (thread, word) => (openFile(thread, word) === null ? -EBADF : 0);

function found(place: unknown): number {
  return typeof place === 'number' ? place : 0;
}

/** Why a name is no attribute's: 0 or a negative error number. */
function objectionToName(thread: Thread, address: number): number {
  const bytes = thread.memory.string(address, MOST_NAME_BYTES + 1);
  if (bytes === null) return -EFAULT;
  if (bytes.length === 0 || bytes.length > MOST_NAME_BYTES) return -ERANGE;
  return PREFIXES.test(latin1(bytes)) ? 0 : -EOPNOTSUPP;
}

function get(find: Finder): SystemCall['call'] {
  return (thread, w) => objectionToName(thread, w[1]!) || find(thread, w[0]!) || -ENODATA;
}

function set(find: Finder): SystemCall['call'] {
  return (thread, w) => objectionToName(thread, w[1]!) || find(thread, w[0]!) || -EOPNOTSUPP;
}

function list(find: Finder): SystemCall['call'] {
  return (thread, w) => find(thread, w[0]!);
}

/** Attributes of trusted.* are not an ordinary user's to remove. */
function remove(find: Finder): SystemCall['call'] {
  return (thread, w) => {
    const refused = objectionToName(thread, w[1]!) || find(thread, w[0]!);
    if (refused !== 0) return refused;
    const name = latin1(thread.memory.string(w[1]!, MOST_NAME_BYTES)!);
    return name.startsWith('trusted.') ? -EPERM : -ENODATA;
  };
}

/** Numbers of the three forms follow each other. */
function rows(
  name: string,
  number: number,
  arguments_: SystemCall['arguments'],
  make: (find: Finder) => SystemCall['call'],
): SystemCall[] {
  const forms: readonly (readonly [string, Finder])[] = [
    ['', byPath],
    ['l', byLink],
    ['f', byDescriptor],
  ];
  return forms.map(([prefix, find], index) => ({
    name: `${prefix}${name}`,
    number: number + index,
    arguments: [prefix === 'f' ? 'descriptor' : 'path', ...arguments_],
    result: 'int',
    call: make(find),
  }));
}

export const EXTENDED_ATTRIBUTE_CALLS: readonly SystemCall[] = [
  ...rows('setxattr', 188, ['path', 'bytes-in', 'size', 'hex'], set),
  ...rows('getxattr', 191, ['path', 'address', 'size'], get),
  ...rows('listxattr', 194, ['address', 'size'], list),
  ...rows('removexattr', 197, ['path'], remove),
];
