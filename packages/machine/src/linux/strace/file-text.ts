/** Arguments of calls on files. */
import { type ArgumentText, type CallView, Fields, isFailed } from './call-view.ts';
import * as tables from './flag-tables.ts';
import { choiceText, flagsText, nameOf, splitFlags } from './flag-text.ts';
import { quotedBytes, quotedStart, SHOWN_BYTES } from './quoted-text.ts';
import { addressText, hexInt, lengthOf, octalText, unsignedText } from './scalar-text.ts';
import { arrayAt, type StructureFormat, structureIn, structureOut } from './structure-text.ts';

const PATH_BYTES = 4096;
const TYPE_BITS = 0o170000;
const ACCESS_MODE = 3;
const O_CREAT = 0o100;
const O_TMPFILE = 0o20000000;

/** A path or another string, whole. */
export const pathIn: ArgumentText = (word, call) => {
  if (word === 0) return 'NULL';
  const bytes = call.memory.string(word, PATH_BYTES);
  return bytes === null ? addressText(word) : quotedBytes(bytes);
};

/** A string that the call writes. */
export const pathOut: ArgumentText = (word, call) =>
  isFailed(call) ? addressText(word) : pathIn(word, call, 0);

/** A directory's descriptor. */
export const directory: ArgumentText = (word) => {
  const AT_FDCWD = -100;
  return (word | 0) === AT_FDCWD ? 'AT_FDCWD' : String(word | 0);
};

/** Bytes at an address, the first of as many as a word without a sign says. */
export function bytesAt(address: number, word: number, call: CallView): string {
  if (address === 0) return 'NULL';
  const length = lengthOf(word);
  const bytes = call.memory.read(address, Math.min(length, SHOWN_BYTES + 1));
  return bytes === null ? addressText(address) : quotedStart(bytes, length);
}

/** Bytes whose length is the next argument. */
export const bytesIn: ArgumentText = (word, call, at) => bytesAt(word, call.words[at + 1]!, call);

/** Bytes that the call wrote, as many as its result says. */
export const bytesOut: ArgumentText = (word, call) =>
  isFailed(call) ? addressText(word) : bytesAt(word, call.result!, call);

export const openFlags: ArgumentText = (word) => openFlagsText(word);

export function openFlagsText(word: number): string {
  const mode = choiceText(word & ACCESS_MODE, tables.OPEN_MODES);
  const others = (word & ~ACCESS_MODE) >>> 0;
  const { known, rest } = splitFlags(others, tables.OPEN_FLAGS.names);
  const names = rest === 0 ? known : [...known, hexInt(rest)];
  return [mode, ...names].join('|');
}

/** The mode of a new file; not there for an open that makes none. */
export const modeIn: ArgumentText = (word, call, at) => {
  const opens = call.name === 'open' || call.name === 'openat';
  const makes = (call.words[at - 1]! & (O_CREAT | O_TMPFILE)) !== 0;
  return opens && !makes ? null : octalText(word & 0xffff);
};

/** `S_IFREG|0644`. */
export function fileModeText(mode: number): string {
  const type = nameOf(mode & TYPE_BITS, tables.FILE_TYPES);
  const { known } = splitFlags(mode & 0o7000, tables.MODE_BITS.names);
  const names = type === null ? known : [type, ...known];
  return [...names, octalText(mode & (type === null ? 0o170777 : 0o777))].join('|');
}

const isDevice = (mode: number): boolean => {
  const type = mode & TYPE_BITS;
  return type === 0o20000 || type === 0o60000;
};

const makedev = (major: number, minor: number): string =>
  `makedev(${hexInt(major)}, ${hexInt(minor)})`;

const STAT: StructureFormat = {
  bytes: 144,
  text: (fields) => {
    const mode = fields.u32(24);
    const device = fields.u32(40);
    const what = isDevice(mode)
      ? `st_rdev=${makedev((device >>> 8) & 0xfff, (device & 0xff) | ((device >>> 12) & 0xfff00))}`
      : `st_size=${fields.word(48)}`;
    return `{st_mode=${fileModeText(mode)}, ${what}, ...}`;
  },
};

const STATX: StructureFormat = {
  bytes: 256,
  text: (fields) => {
    const mask = flagsText(fields.u32(0), tables.STATX_MASKS);
    const attributes = flagsText(fields.u32(8), tables.STATX_ATTRIBUTES);
    const mode = fields.u16(28);
    const what = isDevice(mode)
      ? `stx_rdev=${makedev(fields.u32(128), fields.u32(132))}`
      : `stx_size=${unsignedText(fields.word(40))}`;
    return `{stx_mask=${mask}, stx_attributes=${attributes}, stx_mode=${fileModeText(mode)}, ${what}, ...}`;
  },
};

const STATFS_COUNTS = ['f_blocks', 'f_bfree', 'f_bavail', 'f_files', 'f_ffree'];

const STATFS: StructureFormat = {
  bytes: 120,
  text: (fields) => {
    const counts = STATFS_COUNTS.map((name, at) => `${name}=${fields.word(16 + 8 * at)}`);
    const id = [56, 60].map((at) => (fields.u32(at) === 0 ? '0' : hexInt(fields.u32(at))));
    return [
      `{f_type=${choiceText(fields.word(0), tables.FILE_SYSTEMS)}`,
      `f_bsize=${fields.word(8)}`,
      ...counts,
      `f_fsid={val=[${id.join(', ')}]}`,
      `f_namelen=${fields.word(64)}`,
      `f_frsize=${fields.word(72)}`,
      `f_flags=${flagsText(fields.word(80), tables.MOUNT_FLAGS)}}`,
    ].join(', ');
  },
};

export const statOut: ArgumentText = structureOut(STAT);
export const statxOut: ArgumentText = structureOut(STATX);
export const statfsOut: ArgumentText = structureOut(STATFS);

/** The flags of statx: how fresh the answer must be comes first. */
export const statxFlags: ArgumentText = (word) => {
  const FRESHNESS = 0x6000;
  const first = choiceText(word & FRESHNESS, tables.STATX_SYNC);
  const rest = word & ~FRESHNESS;
  return rest === 0 ? first : `${first}|${flagsText(rest, tables.AT_FLAGS)}`;
};

/** Entries of a directory: how many there are. */
export const direntsOut: ArgumentText = (word, call) => {
  if (isFailed(call)) return addressText(word);
  const bytes = call.memory.read(word, call.result!);
  if (bytes === null) return addressText(word);
  const fields = new Fields(bytes);
  let count = 0;
  for (let at = 0; at + 18 <= bytes.length && fields.u16(at + 16) > 0; at += fields.u16(at + 16)) {
    count++;
  }
  return `${addressText(word)} /* ${count} entries */`;
};

const IOVEC_BYTES = 16;

/** A list of buffers; their number is the next argument. */
export const iovecIn: ArgumentText = (word, call, at) =>
  buffersText(word, call.words[at + 1]!, call, Number.POSITIVE_INFINITY);

/** A list of buffers that the call fills in turn. */
export const iovecOut: ArgumentText = (word, call, at) =>
  buffersText(word, call.words[at + 1]!, call, isFailed(call) ? null : call.result!);

/**
 * A list of so many buffers.
 *
 * @param filled  bytes in all of them that are shown; null: only where they are
 */
export function buffersText(
  address: number,
  count: number,
  call: CallView,
  filled: number | null,
): string {
  let left = filled ?? 0;
  const text = (fields: Fields): string => {
    const [base, length] = [fields.word(0), fields.word(8)];
    const here = Math.min(left, lengthOf(length));
    left -= here;
    const shown = filled === null ? addressText(base) : bytesAt(base, here, call);
    return `{iov_base=${shown}, iov_len=${unsignedText(length)}}`;
  };
  return arrayAt(address, count, call.memory, { bytes: IOVEC_BYTES, text });
}

const FCNTL = new Map(tables.FCNTL_COMMANDS.names.map(([number, name]) => [name, number]));
const GETS_LOCK = new Set([FCNTL.get('F_GETLK'), FCNTL.get('F_OFD_GETLK')]);
const SETS_LOCK = new Set(
  ['F_SETLK', 'F_SETLKW', 'F_OFD_SETLK', 'F_OFD_SETLKW'].map((name) => FCNTL.get(name)),
);

const FLOCK: StructureFormat = {
  bytes: 32,
  text: (fields) =>
    [
      `{l_type=${choiceText(fields.i16(0), tables.LOCK_TYPES)}`,
      `l_whence=${choiceText(fields.i16(2), tables.WHENCE)}`,
      `l_start=${fields.word(8)}`,
      `l_len=${fields.word(16)}`,
    ].join(', '),
};
const lockIn = structureIn({ bytes: 32, text: (fields) => `${FLOCK.text(fields)}}` });
const lockOut = structureOut({
  bytes: 32,
  text: (fields) => `${FLOCK.text(fields)}, l_pid=${fields.i32(24)}}`,
});

const asInt: ArgumentText = (word) => String(word | 0);
/** What follows fcntl's command; commands that are not here have nothing. */
const FCNTL_ARGUMENTS: Readonly<Record<string, ArgumentText>> = {
  F_DUPFD: asInt,
  F_DUPFD_CLOEXEC: asInt,
  F_SETOWN: asInt,
  F_SETPIPE_SZ: asInt,
  F_SETFD: (word) => flagsText(word, tables.DESCRIPTOR_FLAGS),
  F_SETFL: openFlags,
  F_ADD_SEALS: (word) => flagsText(word, tables.SEALS),
  F_SETSIG: asInt,
};
const NO_ARGUMENT = new Set([
  'F_GETFD',
  'F_GETFL',
  'F_GETOWN',
  'F_GETSIG',
  'F_GETLEASE',
  'F_GETPIPE_SZ',
  'F_GET_SEALS',
]);

export const fcntlArgument: ArgumentText = (word, call, at) => {
  const command = call.words[at - 1]! | 0;
  if (SETS_LOCK.has(command)) return lockIn(word, call, at);
  if (GETS_LOCK.has(command)) return lockOut(word, call, at);
  const name = nameOf(command, tables.FCNTL_COMMANDS);
  if (name !== null && NO_ARGUMENT.has(name)) return null;
  return name === null ? hexInt(word) : (FCNTL_ARGUMENTS[name]?.(word, call, at) ?? hexInt(word));
};

export const isFcntlOutput = (call: CallView): boolean => GETS_LOCK.has(call.words[1]! | 0);

const PAIR: StructureFormat = {
  bytes: 8,
  text: (fields) => `[${fields.i32(0)}, ${fields.i32(4)}]`,
};
export const descriptorPairOut: ArgumentText = structureOut(PAIR);

/** `[1, 0, 0, 0]`: mincore's bytes, one a page. */
export const residencyOut: ArgumentText = (word, call) => {
  if (isFailed(call)) return addressText(word);
  const pages = Math.ceil(call.words[1]! / 4096);
  const text = (fields: Fields): string => String(fields.bytes[0]! & 1);
  return arrayAt(word, pages, call.memory, { bytes: 1, text });
};
