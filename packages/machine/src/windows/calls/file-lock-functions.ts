// @table
/** Locks on ranges of files. */
import type { Call } from '../call.ts';
import type { Steps } from '../call-steps.ts';
import { type FileLock, isLocked, unlock } from '../process/file-lock.ts';
import type { FileNode } from '../process/file-node.ts';
import type { FileObject } from '../process/kernel-object.ts';
import { ERROR_NOT_ENOUGH_MEMORY } from '../process/windows-error.ts';
import { type SystemFunction, systemFunctions } from '../system-function.ts';
import { onNode } from './attribute-functions.ts';
import { INFINITE, waitUntil } from './wait.ts';

const ERROR_LOCK_VIOLATION = 33;
const ERROR_NOT_LOCKED = 158;
/** Of one file; Windows has as many as its memory has room for. */
const MOST_LOCKS = 16_384;
const FAIL_IMMEDIATELY = 1;
const EXCLUSIVE = 2;
/** Of an OVERLAPPED: where the range begins. */
const OFFSET = 16;

function wide(low: number, high: number): bigint {
  return (BigInt(high) << 32n) | BigInt(low);
}

/** The offset in an OVERLAPPED. */
function offsetAt(c: Call, overlapped: number): bigint {
  return wide(c.memory.u32(overlapped + OFFSET), c.memory.u32(overlapped + OFFSET + 4));
}

function lockNow(c: Call, node: FileNode, wanted: FileLock): number {
  if (isLocked(node.locks, wanted)) return c.fail(ERROR_LOCK_VIOLATION);
  if (node.locks.length >= MOST_LOCKS) return c.fail(ERROR_NOT_ENOUGH_MEMORY);
  node.locks.push(wanted);
  return 1;
}

function* lockLater(c: Call, node: FileNode, wanted: FileLock): Steps {
  yield* waitUntil(c, () => !isLocked(node.locks, wanted), INFINITE);
  return lockNow(c, node, wanted);
}

function release(c: Call, node: FileNode, file: FileObject, start: bigint, length: bigint): number {
  return unlock(node.locks, file, start, start + length) ? 1 : c.fail(ERROR_NOT_LOCKED);
}

export const FILE_LOCK_FUNCTIONS: readonly SystemFunction[] = systemFunctions('kernel', {
  'LockFile(file: handle, low: u32, high: u32, size: u32, sizeHigh: u32): bool': onNode(
    (c, node, owner) => {
      const start = wide(c.u32(1), c.u32(2));
      const end = start + wide(c.u32(3), c.u32(4));
      return lockNow(c, node, { owner, start, end, isExclusive: true });
    },
  ),
  'UnlockFile(file: handle, low: u32, high: u32, size: u32, sizeHigh: u32): bool': onNode(
    (c, node, file) => release(c, node, file, wide(c.u32(1), c.u32(2)), wide(c.u32(3), c.u32(4))),
  ),
  'LockFileEx(file: handle, flags: u32, reserved: u32, size: u32, sizeHigh: u32, overlapped: pointer): bool':
    onNode((c, node, owner) => {
      const start = offsetAt(c, c.word(5));
      const end = start + wide(c.u32(3), c.u32(4));
      const wanted = { owner, start, end, isExclusive: (c.u32(1) & EXCLUSIVE) !== 0 };
      const isNow = (c.u32(1) & FAIL_IMMEDIATELY) !== 0;
      return isNow ? lockNow(c, node, wanted) : lockLater(c, node, wanted);
    }),
  'UnlockFileEx(file: handle, reserved: u32, size: u32, sizeHigh: u32, overlapped: pointer): bool':
    onNode((c, node, file) =>
      release(c, node, file, offsetAt(c, c.word(4)), wide(c.u32(2), c.u32(3))),
    ),
});
