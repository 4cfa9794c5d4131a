/**
 * /sys: what programs read of the processors and of large pages. A machine with one processor, no
 * transparent huge pages, and none reserved.
 *
 * @see sysfs(5); Documentation/ABI/testing/sysfs-kernel-mm-hugepages of Linux 6.18
 */
import type { TreeDirectory } from './directory.ts';
import { SYSTEM_DEVICE } from './file-system-kind.ts';
import type { FileTime } from './file-time.ts';
import { GeneratedFile } from './generated-file.ts';
import type { InodeParts } from './inode.ts';

/** What makes the files of a file system. */
interface FileMaker {
  readonly storage: { now(): FileTime };
  parts(device: number, mode: number): InodeParts;
  directory(device: number, mode: number, owner?: number): TreeDirectory;
}

const COUNTS = ['nr_hugepages', 'free_hugepages', 'resv_hugepages', 'surplus_hugepages'];

/** A folder by names: of texts and of further folders. */
interface Contents {
  readonly [name: string]: string | Contents;
}

const NO_PAGES: Contents = Object.fromEntries(COUNTS.map((name) => [name, '0\n']));
const CONTENTS: Contents = {
  devices: { system: { cpu: { online: '0\n', possible: '0\n', present: '0\n' } } },
  kernel: {
    mm: {
      hugepages: { 'hugepages-2048kB': NO_PAGES, 'hugepages-1048576kB': NO_PAGES },
      transparent_hugepage: { enabled: 'always madvise [never]\n' },
    },
  },
};

export function systemDirectory(maker: FileMaker): TreeDirectory {
  return folderOf(maker, CONTENTS);
}

function folderOf(maker: FileMaker, contents: Contents): TreeDirectory {
  const folder = maker.directory(SYSTEM_DEVICE, 0o555, 0);
  for (const [name, what] of Object.entries(contents)) {
    const parts = { ...maker.parts(SYSTEM_DEVICE, 0o444), uid: 0, gid: 0 };
    const inode =
      typeof what === 'string' ? new GeneratedFile(parts, () => what) : folderOf(maker, what);
    folder.set(name, inode, maker.storage.now());
  }
  return folder;
}
