// @table
/** What is known of files: attributes, times, sizes, numbers; by name and by handle. */
import type { Call } from '../call.ts';
import { fullPath, resizeFile } from '../process/file-io.ts';
import {
  type FileNode,
  type FileTimes,
  SETTABLE_ATTRIBUTES,
  VOLUME_SERIAL,
} from '../process/file-node.ts';
import { fileAt } from '../process/file-status.ts';
import type { FileObject } from '../process/kernel-object.ts';
import {
  ERROR_ACCESS_DENIED,
  ERROR_INVALID_HANDLE,
  ERROR_INVALID_PARAMETER,
} from '../process/windows-error.ts';
import { type FunctionRows, type SystemFunction, systemFunctions } from '../system-function.ts';
import { giveText } from './process-functions.ts';

const INVALID_ATTRIBUTES = 0xffff_ffff;
const HIGH = 2 ** 32;
const INFORMATION_BYTES = 52;

function sizeOf({ content }: FileNode): number {
  return content?.size ?? 0;
}

function attributes(c: Call, path: string): number {
  const node = fileAt(c.process, path);
  return typeof node === 'number' ? c.fail(node, INVALID_ATTRIBUTES) : node.shownAttributes;
}

function setAttributes(c: Call, path: string): number {
  const node = fileAt(c.process, path);
  if (typeof node === 'number') return c.fail(node);
  node.attributes = c.u32(1) & SETTABLE_ATTRIBUTES;
  return 1;
}

/** Attributes, three times and the size, as WIN32_FILE_ATTRIBUTE_DATA begins. */
export function writeAttributes(c: Call, at: number, node: FileNode): void {
  const { created, accessed, written } = node.times;
  c.memory.setU32(at, node.shownAttributes);
  [created, accessed, written].forEach((time, n) => {
    c.memory.setBig(at + 4 + n * 8, time);
  });
  c.memory.setU32(at + 28, Math.floor(sizeOf(node) / HIGH));
  c.memory.setU32(at + 32, sizeOf(node));
}

function attributesEx(c: Call, path: string): number {
  const node = fileAt(c.process, path);
  if (typeof node === 'number') return c.fail(node);
  writeAttributes(c, c.word(2), node);
  return 1;
}

/** Does something with the file or folder of an argument; fails when the handle is none's. */
export function onNode<T>(
  action: (c: Call, node: FileNode, file: FileObject) => T,
): (c: Call) => T | number {
  return (c) => {
    const file = c.process.file(c.word(0));
    const node = file?.node ?? null;
    return node === null ? c.fail(ERROR_INVALID_HANDLE) : action(c, node, file!);
  };
}

/** BY_HANDLE_FILE_INFORMATION. */
function information(c: Call, node: FileNode): number {
  const at = c.word(1);
  c.memory.fill(at, 0, INFORMATION_BYTES);
  writeAttributes(c, at, node);
  c.memory.setU32(at + 28, VOLUME_SERIAL);
  c.memory.setU32(at + 32, Math.floor(sizeOf(node) / HIGH));
  c.memory.setU32(at + 36, sizeOf(node));
  c.memory.setU32(at + 40, 1);
  c.memory.setU32(at + 48, node.index);
  return 1;
}

/** Basic information: four times and the attributes. */
function writeBasic(c: Call, at: number, node: FileNode): void {
  const { created, accessed, written } = node.times;
  [created, accessed, written, written].forEach((time, n) => {
    c.memory.setBig(at + n * 8, time);
  });
  c.memory.setU32(at + 32, node.shownAttributes);
  c.memory.setU32(at + 36, 0);
}

/** Standard information: room on the disk, size, links, whether it goes, whether it is a folder. */
function writeStandard(c: Call, at: number, node: FileNode): void {
  c.memory.setU64(at, Math.ceil(sizeOf(node) / 4096) * 4096);
  c.memory.setU64(at + 8, sizeOf(node));
  c.memory.setU32(at + 16, node.isDoomed ? 0 : 1);
  c.memory.setU8(at + 20, node.isDoomed ? 1 : 0);
  c.memory.setU8(at + 21, node.isDirectory ? 1 : 0);
  c.memory.setU16(at + 22, 0);
}

/** By class: bytes of the structure, and what fills it. */
const INFORMATION: Readonly<
  Record<number, { readonly bytes: number; readonly write: typeof writeBasic }>
> = {
  0: { bytes: 40, write: writeBasic },
  1: { bytes: 24, write: writeStandard },
  9: {
    bytes: 8,
    write: (c, at, node) => {
      c.memory.setU32(at, node.shownAttributes);
      c.memory.setU32(at + 4, 0);
    },
  },
  18: {
    bytes: 24,
    write: (c, at, node) => {
      c.memory.setU64(at, VOLUME_SERIAL);
      c.memory.setU64(at + 8, node.index);
      c.memory.setU64(at + 16, 0);
    },
  },
};
const ERROR_BAD_LENGTH = 24;

function informationEx(c: Call, node: FileNode): number {
  const kind = INFORMATION[c.i32(1)];
  if (kind === undefined) return c.fail(ERROR_INVALID_PARAMETER);
  if (c.u32(3) < kind.bytes) return c.fail(ERROR_BAD_LENGTH);
  kind.write(c, c.word(2), node);
  return 1;
}

/** Times that are none, 0 and -1, stay as they are. */
function givenTimes(c: Call, addresses: readonly [number, number, number]): Partial<FileTimes> {
  const [created, accessed, written] = addresses.map((at) => (at === 0 ? 0n : c.memory.big(at)));
  return {
    ...(created! > 0n ? { created: created! } : {}),
    ...(accessed! > 0n ? { accessed: accessed! } : {}),
    ...(written! > 0n ? { written: written! } : {}),
  };
}

/** By class: what SetFileInformationByHandle does; an error, or 0. */
const CHANGES: Readonly<Record<number, (c: Call, node: FileNode, file: FileObject) => number>> = {
  0: (c, node) => {
    const at = c.word(2);
    c.process.files.setTimes(node, givenTimes(c, [at, at + 8, at + 16]));
    const attributes_ = c.memory.u32(at + 32);
    if (attributes_ !== 0) node.attributes = attributes_ & SETTABLE_ATTRIBUTES;
    return 0;
  },
  4: (c, node, file) => {
    const isDoomed = c.memory.u8(c.word(2)) !== 0;
    if (!file.isRemovable) return ERROR_ACCESS_DENIED;
    const error = isDoomed ? c.process.files.removalError(node) : 0;
    if (error === 0) node.isDoomed = isDoomed;
    return error;
  },
  // Room that is set aside is none of a program's business.
  5: () => 0,
  6: (c, _node, file) => resizeFile(c.process, file, c.memory.u64(c.word(2))),
};

function change(c: Call, node: FileNode, file: FileObject): number {
  const action = CHANGES[c.i32(1)];
  if (action === undefined) return c.fail(ERROR_INVALID_PARAMETER);
  const error = action(c, node, file);
  return error === 0 ? 1 : c.fail(error);
}

function setTimes(c: Call, node: FileNode): number {
  c.process.files.setTimes(node, givenTimes(c, [c.word(1), c.word(2), c.word(3)]));
  return 1;
}

function getTimes(c: Call, node: FileNode): number {
  const { created, accessed, written } = node.times;
  [created, accessed, written].forEach((time, n) => {
    if (c.word(n + 1) !== 0) c.memory.setBig(c.word(n + 1), time);
  });
  return 1;
}

function finalName(c: Call, file: FileObject, isWide: boolean): number {
  const NONE = 0x4;
  const path = fullPath(c.process, file.path);
  const isPlain = (c.u32(3) & NONE) !== 0;
  return giveText(c, isPlain ? path.slice(2) : `\\\\?\\${path}`, c.word(1), c.u32(2), isWide);
}

/** Nothing is compressed: it is the size. */
function compressedSize(c: Call, path: string): number {
  const node = fileAt(c.process, path);
  if (typeof node === 'number') return c.fail(node, INVALID_ATTRIBUTES);
  if (c.word(1) !== 0) c.memory.setU32(c.word(1), Math.floor(sizeOf(node) / HIGH));
  c.lastError = 0;
  return sizeOf(node) % HIGH;
}

const BY_NAME: FunctionRows = {
  'GetCompressedFileSizeA(path: text, high: pointer): u32': (c) => compressedSize(c, c.text(0)),
  'GetCompressedFileSizeW(path: wide, high: pointer): u32': (c) => compressedSize(c, c.wide(0)),
  'GetFileAttributesA(path: text): u32': (c) => attributes(c, c.text(0)),
  'GetFileAttributesW(path: wide): u32': (c) => attributes(c, c.wide(0)),
  'GetFileAttributesExA(path: text, level: i32, to: pointer): bool': (c) =>
    attributesEx(c, c.text(0)),
  'GetFileAttributesExW(path: wide, level: i32, to: pointer): bool': (c) =>
    attributesEx(c, c.wide(0)),
  'SetFileAttributesA(path: text, attributes: u32): bool': (c) => setAttributes(c, c.text(0)),
  'SetFileAttributesW(path: wide, attributes: u32): bool': (c) => setAttributes(c, c.wide(0)),
};

export const ATTRIBUTE_FUNCTIONS: readonly SystemFunction[] = systemFunctions('kernel', {
  ...BY_NAME,
  'GetFileInformationByHandle(file: handle, to: pointer): bool': onNode(information),
  'GetFileInformationByHandleEx(file: handle, class: i32, to: pointer, size: u32): bool':
    onNode(informationEx),
  'SetFileInformationByHandle(file: handle, class: i32, from: pointer, size: u32): bool':
    onNode(change),
  'SetFileTime(file: handle, created: pointer, accessed: pointer, written: pointer): bool':
    onNode(setTimes),
  'GetFileTime(file: handle, created: pointer, accessed: pointer, written: pointer): bool':
    onNode(getTimes),
  'GetFinalPathNameByHandleA(file: handle, to: pointer, size: u32, flags: u32): u32': onNode(
    (c, _node, file) => finalName(c, file, false),
  ),
  'GetFinalPathNameByHandleW(file: handle, to: pointer, size: u32, flags: u32): u32': onNode(
    (c, _node, file) => finalName(c, file, true),
  ),
  'SetEndOfFile(file: handle): bool': onNode((c, _node, file) => {
    if (!file.isWritable) return c.fail(ERROR_ACCESS_DENIED);
    const error = resizeFile(c.process, file, file.position);
    return error === 0 ? 1 : c.fail(error);
  }),
});
