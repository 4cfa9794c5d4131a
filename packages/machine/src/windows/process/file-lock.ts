/** Ranges of files that handles have locked for themselves. */
import type { FileNode } from './file-node.ts';
import type { FileObject } from './kernel-object.ts';

export interface FileLock {
  readonly owner: FileObject;
  readonly start: bigint;
  readonly end: bigint;
  readonly isExclusive: boolean;
}

/** Whether somebody else's lock forbids another one, or the same handle's does. */
export function isLocked(node: FileNode, wanted: FileLock): boolean {
  return node.locks.some(
    (one) =>
      one.start < wanted.end &&
      wanted.start < one.end &&
      (wanted.isExclusive || (one.isExclusive && one.owner !== wanted.owner)),
  );
}

/** Removes a lock of exactly this range; false when there is none. */
export function unlock(node: FileNode, owner: FileObject, start: bigint, end: bigint): boolean {
  const at = node.locks.findIndex(
    (one) => one.owner === owner && one.start === start && one.end === end,
  );
  if (at >= 0) node.locks.splice(at, 1);
  return at >= 0;
}

/** Removes all that a handle holds. */
export function unlockAll(node: FileNode, owner: FileObject): void {
  for (let at = node.locks.length - 1; at >= 0; at--) {
    if (node.locks[at]!.owner === owner) node.locks.splice(at, 1);
  }
}
