/** Where files keep their bytes and what time it is for them: one for all files of a guest. */
import type { FramePool } from '@bareheap/mmu';
import type { FileTime } from './file-time.ts';
import type { PageCache } from './page-cache.ts';

export interface FileStorage {
  readonly pool: FramePool;
  readonly cache: PageCache;
  now(): FileTime;
}
