/** Descriptors as calls are given them. */
import type { Thread } from '../../process/thread.ts';
import { RLIMIT_NOFILE } from '../file-constants.ts';
import type { FileDescription } from '../file-description.ts';

/** The open file of a descriptor, one opened by O_PATH too; null for none. */
export function anyFile(thread: Thread, descriptor: number): FileDescription | null {
  return thread.process.files.get(descriptor | 0);
}

/** The open file of a descriptor that more than its name can be used of; null for none. */
export function openFile(thread: Thread, descriptor: number): FileDescription | null {
  const description = anyFile(thread, descriptor);
  return description === null || description.isPathOnly ? null : description;
}

/**
 * Gives a file the lowest free descriptor from `from` up: that; or -EMFILE or -ENFILE, and the file
 * is closed.
 */
export function addFile(
  thread: Thread,
  description: FileDescription,
  closesOnExec: boolean,
  from = 0,
): number {
  const { files } = thread.process;
  files.limit = thread.space.limits.soft(RLIMIT_NOFILE);
  const descriptor = files.add(description, closesOnExec, from);
  if (descriptor < 0) description.release();
  return descriptor;
}
