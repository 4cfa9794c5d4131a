/** /proc/…/mounts: what is mounted in the tree, the root first. */
import {
  DEVICES_DEVICE,
  fileSystemKind,
  SHARED_MEMORY_DEVICE,
  TERMINALS_DEVICE,
} from '../file-system-kind.ts';
import type { Place } from '../place.ts';

/** Folders of /dev that are file systems of their own. */
const BELOW_DEVICES: readonly (readonly [path: string, device: number])[] = [
  ['/dev/pts', TERMINALS_DEVICE],
  ['/dev/shm', SHARED_MEMORY_DEVICE],
];

function line(path: string, device: number): string {
  const { mount } = fileSystemKind(device);
  return mount === null ? '' : `${mount.source} ${path} ${mount.type} ${mount.options} 0 0\n`;
}

/** The text for whoever is in a tree. */
export function mountsText(directory: Place): string {
  let root = directory;
  while (root.parent !== null) root = root.parent;
  const lines = [line('/', root.inode.device)];
  for (const { path, inode } of root.mounts?.values() ?? []) {
    lines.push(line(path, inode.device));
    if (inode.device !== DEVICES_DEVICE) continue;
    for (const [below, device] of BELOW_DEVICES) lines.push(line(below, device));
  }
  return lines.join('');
}
