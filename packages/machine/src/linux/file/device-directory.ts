/** /dev: the devices, links to standard streams, and memory to share. */
import type { FramePool } from '@bareheap/mmu';
import { DeviceFile, type DeviceOpener, memoryDevices } from './device-file.ts';
import type { TreeDirectory } from './directory.ts';
import { ENXIO } from './errno.ts';
import { DEVICES_DEVICE, SHARED_MEMORY_DEVICE, TERMINALS_DEVICE } from './file-system-kind.ts';
import type { FileTime } from './file-time.ts';
import { deviceNumber, type InodeParts } from './inode.ts';
import type { StandardStreams } from './standard-files.ts';
import { SymbolicLink } from './symbolic-link.ts';

/** What makes the files of a file system. */
interface FileMaker {
  readonly streams: StandardStreams;
  readonly storage: { now(): FileTime };
  parts(device: number, mode: number): InodeParts;
  directory(device: number, mode: number, owner?: number): TreeDirectory;
}

const LINKS: readonly (readonly [string, string])[] = [
  ['fd', '/proc/self/fd'],
  ['stdin', '/proc/self/fd/0'],
  ['stdout', '/proc/self/fd/1'],
  ['stderr', '/proc/self/fd/2'],
];

export function deviceDirectory(
  maker: FileMaker,
  options: { readonly pool: FramePool; readonly random: (bytes: Uint8Array) => void },
): TreeDirectory {
  const now = maker.storage.now();
  const owned = { uid: 0, gid: 0 };
  const directory = maker.directory(DEVICES_DEVICE, 0o755, 0);
  const parts = (number: number): InodeParts => ({
    ...owned,
    number,
    device: DEVICES_DEVICE,
    mode: 0o666,
    time: now,
  });
  for (const [name, device] of memoryDevices(options.pool, options.random, parts)) {
    directory.set(name, device, now);
  }
  const openTerminal: DeviceOpener = (_inode, flags) => maker.streams.terminal(flags) ?? -ENXIO;
  directory.set(
    'tty',
    new DeviceFile({ ...parts(11), special: deviceNumber(5, 0) }, openTerminal),
    now,
  );
  for (const [name, target] of LINKS) {
    directory.set(
      name,
      new SymbolicLink({ ...maker.parts(DEVICES_DEVICE, 0), ...owned }, target),
      now,
    );
  }
  directory.set('shm', maker.directory(SHARED_MEMORY_DEVICE, 0o1777, 0), now);
  directory.set('pts', pseudoTerminals(maker, openTerminal), now);
  return directory;
}

/** The one terminal that there may be, by the name that its link in /proc/self/fd has. */
function pseudoTerminals(maker: FileMaker, opener: DeviceOpener): TreeDirectory {
  const directory = maker.directory(TERMINALS_DEVICE, 0o755, 0);
  if (maker.streams.hasTerminal) {
    const special = deviceNumber(136, 0);
    const parts = { ...maker.parts(TERMINALS_DEVICE, 0o620), number: 3, gid: 5, special };
    directory.set('0', new DeviceFile(parts, opener), maker.storage.now());
  }
  return directory;
}
