/** Ranges of files that handles have locked for themselves. */

export interface FileLock {
  /** The open file that has it. */
  readonly owner: object;
  readonly start: bigint;
  readonly end: bigint;
  readonly isExclusive: boolean;
}

/** Whether somebody else's lock forbids another one, or the same handle's does. */
export function isLocked(locks: readonly FileLock[], wanted: FileLock): boolean {
  return locks.some(
    (one) =>
      one.start < wanted.end &&
      wanted.start < one.end &&
      (wanted.isExclusive || (one.isExclusive && one.owner !== wanted.owner)),
  );
}

/** Removes a lock of exactly this range; false when there is none. */
export function unlock(locks: FileLock[], owner: object, start: bigint, end: bigint): boolean {
  const at = locks.findIndex(
    (one) => one.owner === owner && one.start === start && one.end === end,
  );
  if (at >= 0) locks.splice(at, 1);
  return at >= 0;
}

/** Removes all that a handle holds. */
export function unlockAll(locks: FileLock[], owner: object): void {
  for (let at = locks.length - 1; at >= 0; at--) {
    if (locks[at]!.owner === owner) locks.splice(at, 1);
  }
}
