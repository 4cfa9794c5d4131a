// @table
/** The disk, its well-known folders, and names that are looked for there. */
import type { Call } from '../call.ts';
import { fullPath, openFile } from '../process/file-io.ts';
import { VOLUME_SERIAL } from '../process/file-node.ts';
import { fileAt } from '../process/file-status.ts';
import {
  ERROR_FILE_EXISTS,
  ERROR_FILE_NOT_FOUND,
  ERROR_FILENAME_EXCED_RANGE,
} from '../process/windows-error.ts';
import { type FunctionRows, type SystemFunction, systemFunctions } from '../system-function.ts';
import { givePath, giveText } from './process-functions.ts';

const SYSTEM_FOLDER = 'C:\\windows\\system32';
const WINDOWS_FOLDER = 'C:\\windows';
const TEMPORARY_FOLDER = 'C:\\';
/** Sectors a cluster, bytes a sector, free clusters, all of them: 4 GiB of 8. */
const DISK = [8, 512, 1_048_576, 2_097_152] as const;
const FIXED_DRIVE = 3;
const UNKNOWN_DRIVE = 1;
/** Drives by letter; only C is there. */
const DRIVES = 4;
/** Names keep their case, and are Unicode. */
const VOLUME_FLAGS = 6;
const NAME_LIMIT = 255;

/** Names of temporary files have a number of 16 bits, from 1. */
const NUMBERS = 0xffff;

/** A name that no file has, which is made when no number is given. */
function temporaryName(c: Call, folder: string, prefix: string): string | number {
  const { process } = c;
  const asked = c.u32(2) & NUMBERS;
  const pathOf = (number: number): string =>
    `${folder.replace(/\\?$/, '\\')}${prefix.slice(0, 3)}${number.toString(16)}.tmp`;
  if (asked !== 0) return pathOf(asked);
  const first = process.random();
  for (let n = 0; n < NUMBERS; n++) {
    const path = pathOf(((first + n) % NUMBERS) + 1);
    const made = openFile(process, path, {
      read: true,
      write: true,
      create: true,
      exclusive: true,
      truncate: false,
      append: false,
    });
    if (made.ok) {
      made.value.close();
      return path;
    }
    if (made.error !== ERROR_FILE_EXISTS) return made.error;
  }
  return ERROR_FILE_EXISTS;
}

function giveTemporary(c: Call, isWide: boolean): number {
  const [folder, prefix] = isWide ? [c.wide(0), c.wide(1)] : [c.text(0), c.text(1)];
  const name = temporaryName(c, folder, prefix);
  if (typeof name === 'number') return c.fail(name);
  if (isWide) c.memory.setWideText(c.word(3), name);
  else c.memory.setText(c.word(3), name);
  return Number.parseInt(/([0-9a-f]{1,4})\.tmp$/.exec(name)![1]!, 16);
}

/** The first folder that has a file: the program's, the current one, those of PATH. */
function search(c: Call, isWide: boolean): number {
  const [folders, name, extension] = isWide
    ? [c.wideOrNull(0), c.wide(1), c.wideOrNull(2)]
    : [c.textOrNull(0), c.text(1), c.textOrNull(2)];
  const { process } = c;
  const file = extension !== null && !/\.[^\\]*$/.test(name) ? name + extension : name;
  const path = process.environment.get('PATH')?.[1] ?? '';
  const own = process.options.path.replace(/\\[^\\]*$/, '\\');
  const list = folders === null ? [own, '.', ...path.split(';')] : folders.split(';');
  for (const folder of list) {
    const candidate = folder === '' ? file : `${folder.replace(/\\?$/, '\\')}${file}`;
    const node = fileAt(process, candidate);
    if (typeof node === 'number' || node.isDirectory) continue;
    return givePath(c, fullPath(process, candidate), c.word(4), c.u32(3), c.word(5), isWide);
  }
  return c.fail(ERROR_FILE_NOT_FOUND);
}

/** The long and the short form of a name are the same. */
function sameName(c: Call, path: string, isWide: boolean): number {
  const node = fileAt(c.process, path);
  return typeof node === 'number' ? c.fail(node) : giveText(c, path, c.word(1), c.u32(2), isWide);
}

function volume(c: Call, isWide: boolean): number {
  const give = (buffer: number, room: number, text: string): void => {
    if (buffer !== 0) giveText(c, text, buffer, room, isWide);
  };
  give(c.word(1), c.u32(2), '');
  [VOLUME_SERIAL, NAME_LIMIT, VOLUME_FLAGS].forEach((value, n) => {
    if (c.word(3 + n) !== 0) c.memory.setU32(c.word(3 + n), value);
  });
  give(c.word(6), c.u32(7), 'NTFS');
  return 1;
}

function freeSpace(c: Call): number {
  DISK.forEach((value, n) => {
    if (c.word(1 + n) !== 0) c.memory.setU32(c.word(1 + n), value);
  });
  return 1;
}

function freeBytes(c: Call): number {
  const [sectors, bytes, free, all] = DISK;
  [free, all, free].forEach((clusters, n) => {
    if (c.word(1 + n) !== 0) c.memory.setU64(c.word(1 + n), clusters * sectors * bytes);
  });
  return 1;
}

const isOurs = (path: string | null): boolean => path === null || /^(c:|[\\/]|[^:]*$)/i.test(path);
const driveType = (path: string | null): number => (isOurs(path) ? FIXED_DRIVE : UNKNOWN_DRIVE);

const VOLUME_NAME = '\\\\?\\Volume{12345678-0000-0000-0000-000000000000}\\';

/** The name of the one volume, for its root only. */
function volumeName(c: Call, path: string, isWide: boolean): number {
  if (!/^[cC]:\\$/.test(path)) return c.fail(ERROR_FILE_NOT_FOUND);
  if (c.u32(2) <= VOLUME_NAME.length) return c.fail(ERROR_FILENAME_EXCED_RANGE);
  giveText(c, VOLUME_NAME, c.word(1), c.u32(2), isWide);
  return 1;
}

const DISKS: FunctionRows = {
  'GetVolumeNameForVolumeMountPointA(path: text, to: pointer, size: u32): bool': (c) =>
    volumeName(c, c.text(0), false),
  'GetVolumeNameForVolumeMountPointW(path: wide, to: pointer, size: u32): bool': (c) =>
    volumeName(c, c.wide(0), true),
  'GetLogicalDrives(): u32': () => DRIVES,
  'GetLogicalDriveStringsA(size: u32, to: pointer): u32': (c) =>
    giveText(c, 'C:\\\0', c.word(1), c.u32(0), false),
  'GetLogicalDriveStringsW(size: u32, to: pointer): u32': (c) =>
    giveText(c, 'C:\\\0', c.word(1), c.u32(0), true),
  'GetDriveTypeA(path: text): u32': (c) => driveType(c.textOrNull(0)),
  'GetDriveTypeW(path: wide): u32': (c) => driveType(c.wideOrNull(0)),
  'GetDiskFreeSpaceA(path: text, sectors: pointer, bytes: pointer, free: pointer, all: pointer): bool':
    freeSpace,
  'GetDiskFreeSpaceW(path: wide, sectors: pointer, bytes: pointer, free: pointer, all: pointer): bool':
    freeSpace,
  'GetDiskFreeSpaceExA(path: text, own: pointer, all: pointer, free: pointer): bool': freeBytes,
  'GetDiskFreeSpaceExW(path: wide, own: pointer, all: pointer, free: pointer): bool': freeBytes,
  'GetVolumeInformationA(path: text, name: pointer, size: u32, serial: pointer, limit: pointer, flags: pointer, system: pointer, room: u32): bool':
    (c) => volume(c, false),
  'GetVolumeInformationW(path: wide, name: pointer, size: u32, serial: pointer, limit: pointer, flags: pointer, system: pointer, room: u32): bool':
    (c) => volume(c, true),
};

export const VOLUME_FUNCTIONS: readonly SystemFunction[] = systemFunctions('kernel', {
  ...DISKS,
  'GetTempPathA(size: u32, to: pointer): u32': (c) =>
    giveText(c, TEMPORARY_FOLDER, c.word(1), c.u32(0), false),
  'GetTempPathW(size: u32, to: pointer): u32': (c) =>
    giveText(c, TEMPORARY_FOLDER, c.word(1), c.u32(0), true),
  'GetTempFileNameA(folder: text, prefix: text, unique: u32, to: pointer): u32': (c) =>
    giveTemporary(c, false),
  'GetTempFileNameW(folder: wide, prefix: wide, unique: u32, to: pointer): u32': (c) =>
    giveTemporary(c, true),
  'GetSystemDirectoryA(to: pointer, size: u32): u32': (c) =>
    giveText(c, SYSTEM_FOLDER, c.word(0), c.u32(1), false),
  'GetSystemDirectoryW(to: pointer, size: u32): u32': (c) =>
    giveText(c, SYSTEM_FOLDER, c.word(0), c.u32(1), true),
  'GetWindowsDirectoryA(to: pointer, size: u32): u32': (c) =>
    giveText(c, WINDOWS_FOLDER, c.word(0), c.u32(1), false),
  'GetWindowsDirectoryW(to: pointer, size: u32): u32': (c) =>
    giveText(c, WINDOWS_FOLDER, c.word(0), c.u32(1), true),
  'SearchPathA(folders: text, name: text, extension: text, size: u32, to: pointer, part: pointer): u32':
    (c) => search(c, false),
  'SearchPathW(folders: wide, name: wide, extension: wide, size: u32, to: pointer, part: pointer): u32':
    (c) => search(c, true),
  'GetLongPathNameA(path: text, to: pointer, size: u32): u32': (c) => sameName(c, c.text(0), false),
  'GetLongPathNameW(path: wide, to: pointer, size: u32): u32': (c) => sameName(c, c.wide(0), true),
  'GetShortPathNameA(path: text, to: pointer, size: u32): u32': (c) =>
    sameName(c, c.text(0), false),
  'GetShortPathNameW(path: wide, to: pointer, size: u32): u32': (c) => sameName(c, c.wide(0), true),
});
