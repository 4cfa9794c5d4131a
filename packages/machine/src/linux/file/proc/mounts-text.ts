/** /proc/…/mounts: what is mounted in the tree, the root first. */
import { deviceNumber, type Inode } from '../inode.ts';
import type { Place } from '../place.ts';

/** Source, type and options of a file system, by its device; a folder of the host's is a disk. */
const KINDS: ReadonlyMap<number, string> = new Map([
  [deviceNumber(0, 20), 'proc / proc rw,nosuid,nodev,noexec,relatime'],
  [deviceNumber(0, 21), 'sysfs / sysfs ro,nosuid,nodev,noexec,relatime'],
  [deviceNumber(0, 6), 'devtmpfs / devtmpfs rw,nosuid,relatime'],
  [deviceNumber(0, 24), 'devpts / devpts rw,nosuid,noexec,relatime'],
  [deviceNumber(0, 28), 'tmpfs / tmpfs rw,nosuid,nodev'],
  [deviceNumber(0, 30), 'tmpfs / tmpfs rw,nosuid,nodev'],
]);
const DISK = '/dev/root / ext4 rw,relatime';
/** Folders of /dev that are file systems of their own. */
const BELOW_DEVICES: readonly (readonly [path: string, device: number])[] = [
  ['/dev/pts', deviceNumber(0, 24)],
  ['/dev/shm', deviceNumber(0, 28)],
];

function line(path: string, device: number): string {
  const kind = KINDS.get(device) ?? DISK;
  return `${kind.replace(' / ', ` ${path} `)} 0 0\n`;
}

/** The text for whoever is in a tree. */
export function mountsText(directory: Place): string {
  let root = directory;
  while (root.parent !== null) root = root.parent;
  const lines = [line('/', root.inode.device)];
  for (const place of root.mounts?.values() ?? []) {
    lines.push(line(place.path, place.inode.device));
    if (isDevices(place.inode)) {
      for (const [path, device] of BELOW_DEVICES) lines.push(line(path, device));
    }
  }
  return lines.join('');
}

function isDevices({ device }: Inode): boolean {
  return device === deviceNumber(0, 6);
}
