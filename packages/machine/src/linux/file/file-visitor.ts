/** Whoever uses paths: where they begin for it, and what its new files may not have. */
import type { Looker } from './directory.ts';
import type { FileSystem } from './file-system.ts';
import type { FileTime } from './file-time.ts';
import type { Place } from './place.ts';

export interface FileVisitor {
  readonly system: FileSystem;
  /** Where paths begin that do not begin with a slash. */
  readonly directory: Place;
  readonly umask: number;
  readonly looker: Looker;
}

export function timeOf(visitor: FileVisitor): FileTime {
  return visitor.system.storage.now();
}
