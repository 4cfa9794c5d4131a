/** What a program makes under a name, and finds by it again as long as a handle stands for it. */
import type { Call } from '../call.ts';
import type { NamedObject } from '../process/kernel-object.ts';
import {
  ERROR_ALREADY_EXISTS,
  ERROR_FILE_NOT_FOUND,
  ERROR_FILENAME_EXCED_RANGE,
  ERROR_INVALID_HANDLE,
  ERROR_INVALID_PARAMETER,
} from '../process/windows-error.ts';

/** MAX_PATH without the end. */
const MOST_UNITS = 259;

/** Session and global names are the same here. */
function keyOf(name: string): string {
  return name.replace(/^(Local|Global)\\/i, '');
}

/**
 * A handle on a new object, or on the one that has the name already, which the error then tells of;
 * 0 when the name is too long or another kind's.
 */
export function openObject(c: Call, object: NamedObject, name: string | null): number {
  const { handles, namedObjects } = c.process;
  if (name !== null && name.length > MOST_UNITS) return c.fail(ERROR_FILENAME_EXCED_RANGE);
  const key = keyOf(name ?? '');
  const known = namedObjects.get(key);
  if (known !== undefined && known.kind !== object.kind) return c.fail(ERROR_INVALID_HANDLE);
  c.lastError = known === undefined ? 0 : ERROR_ALREADY_EXISTS;
  if (known !== undefined) return handles.open(known.duplicate());
  if (key !== '') {
    namedObjects.set(key, object);
    object.onLastClose = () => namedObjects.delete(key);
  }
  return handles.open(object);
}

/** A handle on what has a name; 0 when nothing has, or another kind. */
export function openNamed(c: Call, kind: NamedObject['kind'], name: string | null): number {
  if (name === null) return c.fail(ERROR_INVALID_PARAMETER);
  const known = c.process.namedObjects.get(keyOf(name));
  if (known === undefined) return c.fail(ERROR_FILE_NOT_FOUND);
  if (known.kind !== kind) return c.fail(ERROR_INVALID_HANDLE);
  return c.process.handles.open(known.duplicate());
}
