/** Arguments of calls on sockets. */
import { type ArgumentText, type CallView, Fields, isFailed } from './call-view.ts';
import { buffersText } from './file-text.ts';
import { ADDRESS_FAMILIES } from './flag-tables.ts';
import { choiceText, flagsText } from './flag-text.ts';
import { quotedBytes, quotedStart } from './quoted-text.ts';
import { addressText, hexInt, intText, lengthOf, unsignedText } from './scalar-text.ts';
import { CONTROL_LEVELS, CONTROL_TYPES, MESSAGE_FLAGS, OPTION_NAMES } from './socket-tables.ts';
import { arrayAt, type StructureFormat, structureAt } from './structure-text.ts';

const [AF_UNIX, AF_INET, AF_INET6] = [1, 2, 10] as const;
const INET_BYTES = 16;
const LEAST_INET6_BYTES = 24;
const SOL_SOCKET = 1;
const HEADER_BYTES = 56;
const ENTRY_BYTES = 64;
/** struct cmsghdr. */
const PART_BYTES = 16;
const [SCM_RIGHTS, SCM_CREDENTIALS] = [1, 2] as const;
const CREDENTIALS_BYTES = 12;
const MOST_CONTROL = 4096;
const MOST_ADDRESS = 128;

/** `{sa_family=AF_UNIX, sun_path="s"}` of an address of so many bytes. */
export function socketAddressText(address: number, length: number, call: CallView): string {
  if (address === 0 || length < 2) return addressText(address);
  const bytes = call.memory.read(address, Math.min(length, MOST_ADDRESS));
  return bytes === null ? addressText(address) : textOfAddress(bytes);
}

function textOfAddress(bytes: Uint8Array): string {
  const family = new Fields(bytes).u16(0);
  const rest = bytes.subarray(2);
  const parts = [`sa_family=${choiceText(family, ADDRESS_FAMILIES)}`];
  if (family === AF_UNIX) parts.push(...pathPart(rest));
  else if (family === AF_INET && bytes.length >= INET_BYTES) parts.push(...inetParts(bytes));
  else if (family === AF_INET6 && bytes.length >= LEAST_INET6_BYTES) {
    parts.push(...inet6Parts(bytes));
  } else if (rest.length > 0) parts.push(`sa_data=${quotedBytes(rest)}`);
  return `{${parts.join(', ')}}`;
}

function pathPart(path: Uint8Array): string[] {
  if (path.length === 0) return [];
  if (path[0] === 0) return [`sun_path=@${quotedBytes(path.subarray(1))}`];
  const end = path.indexOf(0);
  return [`sun_path=${quotedBytes(end < 0 ? path : path.subarray(0, end))}`];
}

const portOf = (bytes: Uint8Array): number => (bytes[2]! << 8) | bytes[3]!;

function inetParts(bytes: Uint8Array): string[] {
  const host = bytes.subarray(4, 8).join('.');
  return [`sin_port=htons(${portOf(bytes)})`, `sin_addr=inet_addr("${host}")`];
}

function inet6Parts(bytes: Uint8Array): string[] {
  const flow = new DataView(bytes.buffer, bytes.byteOffset).getUint32(4);
  const parts = [
    `sin6_port=htons(${portOf(bytes)})`,
    `sin6_flowinfo=htonl(${flow})`,
    `inet_pton(AF_INET6, "${hostText(bytes.subarray(8, 24))}", &sin6_addr)`,
  ];
  return bytes.length < 28 ? parts : [...parts, `sin6_scope_id=${new Fields(bytes).u32(24)}`];
}

/** As inet_ntop has it: the longest row of zeros is left out, an IPv4 address is one. */
function hostText(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, at) => (bytes[2 * at]! << 8) | bytes[2 * at + 1]!);
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (isMapped) return `::ffff:${bytes.subarray(12).join('.')}`;
  let [best, bestLength] = [-1, 1];
  for (let at = 0; at < groups.length; at++) {
    let length = 0;
    while (groups[at + length] === 0) length++;
    if (length > bestLength) [best, bestLength] = [at, length];
  }
  const text = (part: number[]): string => part.map((group) => group.toString(16)).join(':');
  if (best < 0) return text(groups);
  return `${text(groups.slice(0, best))}::${text(groups.slice(best + bestLength))}`;
}

/** An address whose length is the next argument. */
export const addressIn: ArgumentText = (word, call, at) =>
  socketAddressText(word, call.words[at + 1]! | 0, call);

/** An address that the call writes: as much of it as there was room for. */
export const addressOut: ArgumentText = (word, call, at) => {
  const length = lengthAfter(call, at + 1);
  if (isFailed(call) || length === null) return addressText(word);
  return socketAddressText(word, Math.min(length, call.kept ?? length), call);
};

/** `[110 => 2]`: what a length was before the call and is after it. */
export const lengthOut: ArgumentText = (word, call, at) => {
  if (word === 0 || call.kept === null) return addressText(word);
  const after = lengthAfter(call, at);
  const isSame = isFailed(call) || after === null || after === call.kept;
  return isSame ? `[${call.kept}]` : `[${call.kept} => ${after}]`;
};

function lengthAfter(call: CallView, at: number): number | null {
  const bytes = call.words[at] === 0 ? null : call.memory.read(call.words[at]!, 4);
  return bytes === null ? null : new Fields(bytes).i32(0);
}

/** The number that an argument points to, before the call. */
export const intBefore =
  (at: number, offset = 0) =>
  (call: CallView): number | null => {
    const word = call.words[at]!;
    const bytes = word === 0 ? null : call.memory.read(word + offset, 4);
    return bytes === null ? null : new Fields(bytes).i32(0);
  };

export const messageFlags: ArgumentText = (word) => flagsText(word, MESSAGE_FLAGS);

/** A struct msghdr that is sent. */
export const messageIn: ArgumentText = (word, call) =>
  structureAt(word, call.memory, headerFormat(call, Number.POSITIVE_INFINITY, null));

/** One that the call fills. */
export const messageOut: ArgumentText = (word, call) => {
  if (!isFailed(call)) {
    return structureAt(word, call.memory, headerFormat(call, call.result!, call.kept));
  }
  return call.kept === null ? addressText(word) : `{msg_namelen=${call.kept}}`;
};

const headerFormat = (
  call: CallView,
  shown: number,
  nameBytes: number | null,
): StructureFormat => ({
  bytes: HEADER_BYTES,
  text: (fields) => messageText(fields, call, shown, nameBytes),
});

/**
 * A struct msghdr.
 *
 * @param shown      bytes of the message
 * @param nameBytes  how many the address had room for before the call; null: not told
 */
function messageText(
  fields: Fields,
  call: CallView,
  shown: number,
  nameBytes: number | null,
): string {
  const length = fields.i32(8);
  const was = nameBytes === null || nameBytes === length ? '' : `${nameBytes} => `;
  const control = fields.word(32);
  const controlBytes = fields.word(40);
  const parts = [
    `msg_name=${socketAddressText(fields.word(0), length, call)}`,
    `msg_namelen=${was}${length}`,
    `msg_iov=${buffersText(fields.word(16), fields.word(24), call, shown)}`,
    `msg_iovlen=${unsignedText(fields.word(24))}`,
  ];
  if (controlBytes !== 0) {
    parts.push(`msg_control=${controlText(control, lengthOf(controlBytes), call)}`);
  }
  parts.push(`msg_controllen=${unsignedText(controlBytes)}`);
  parts.push(`msg_flags=${messageFlags(fields.i32(48), call, 0)}`);
  return `{${parts.join(', ')}}`;
}

/** Parts of control data, and where it is not made of whole ones any more. */
function controlText(address: number, length: number, call: CallView): string {
  const size = Math.min(length, MOST_CONTROL);
  const bytes = size < PART_BYTES ? null : call.memory.read(address, size);
  if (bytes === null) return addressText(address);
  const parts: string[] = [];
  let from = 0;
  for (let isWhole = true; isWhole && size - from >= PART_BYTES; ) {
    const head = new Fields(bytes.subarray(from));
    const partBytes = lengthOf(head.word(0));
    parts.push(controlPart(head, partBytes));
    isWhole = partBytes >= PART_BYTES;
    from = Math.min(size, from + (isWhole ? Math.ceil(partBytes / 8) * 8 : PART_BYTES));
  }
  if (from < size) parts.push(`... /* ${addressText(address + from)} */`);
  else if (size < length) parts.push('...');
  return `[${parts.join(', ')}]`;
}

function controlPart(head: Fields, size: number): string {
  const level = head.i32(8);
  const type = head.i32(12);
  const types = CONTROL_TYPES.get(level);
  const bytes = head.bytes.subarray(PART_BYTES, size);
  const data = level === SOL_SOCKET ? dataText(type, bytes) : null;
  const parts = [
    `cmsg_len=${unsignedText(head.word(0))}`,
    `cmsg_level=${choiceText(level, CONTROL_LEVELS)}`,
    `cmsg_type=${types === undefined ? hexInt(type) : choiceText(type, types)}`,
  ];
  if (data !== null) parts.push(`cmsg_data=${data}`);
  return `{${parts.join(', ')}}`;
}

/** What comes with a type of SOL_SOCKET's; null where it is not shown. */
function dataText(type: number, data: Uint8Array): string | null {
  const numbers = new Fields(data);
  if (type === SCM_CREDENTIALS && data.length >= CREDENTIALS_BYTES) return credentialsText(numbers);
  if (type !== SCM_RIGHTS || data.length === 0) return null;
  const files = Array.from({ length: Math.floor(data.length / 4) }, (_, at) => numbers.i32(4 * at));
  return `[${files.join(', ')}]`;
}

const credentialsText = (fields: Fields): string =>
  `{pid=${fields.i32(0)}, uid=${fields.i32(4)}, gid=${fields.i32(8)}}`;

/** An array of struct mmsghdr: as many as the result says. */
export const messagesOut: ArgumentText = (word, call) => {
  if (isFailed(call)) return addressText(word);
  const receives = call.name === 'recvmmsg';
  const text = (fields: Fields): string => {
    const count = fields.u32(HEADER_BYTES);
    const header = messageText(fields, call, receives ? count : Number.POSITIVE_INFINITY, null);
    return `{msg_hdr=${header}, msg_len=${count}}`;
  };
  return arrayAt(word, call.result!, call.memory, { bytes: ENTRY_BYTES, text });
};

/** An option's number; its level is the argument before it. */
export const optionName: ArgumentText = (word, call, at) => {
  const names = OPTION_NAMES.get(call.words[at - 1]! | 0);
  return names === undefined ? intText(word) : choiceText(word | 0, names);
};

const [SO_LINGER, SO_PEERCRED, SO_RCVTIMEO_OLD, SO_SNDTIMEO_OLD] = [13, 17, 20, 21] as const;
const STRUCTURES: ReadonlyMap<number, StructureFormat> = new Map([
  [
    SO_LINGER,
    {
      bytes: 8,
      text: (fields: Fields) => `{l_onoff=${fields.i32(0)}, l_linger=${fields.i32(4)}}`,
    },
  ],
  [SO_PEERCRED, { bytes: CREDENTIALS_BYTES, text: credentialsText }],
]);
const AS_BYTES: ReadonlySet<number> = new Set([SO_RCVTIMEO_OLD, SO_SNDTIMEO_OLD]);

/** The value of an option of so many bytes. */
function valueText(word: number, call: CallView, length: number, isSet: boolean): string {
  if (word === 0) return 'NULL';
  const bytes = call.memory.read(word, Math.max(0, Math.min(length, MOST_ADDRESS)));
  if (bytes === null) return addressText(word);
  const name = (call.words[1]! | 0) === SOL_SOCKET ? call.words[2]! | 0 : 0;
  if (AS_BYTES.has(name)) return quotedStart(bytes);
  const structure = STRUCTURES.get(name);
  if (structure !== undefined && length >= structure.bytes) {
    return structure.text(new Fields(bytes));
  }
  if (length >= 4) return `[${new Fields(bytes).i32(0)}]`;
  if (isSet) return addressText(word);
  const digits = Array.from(bytes, (byte) => `\\x${byte.toString(16).padStart(2, '0')}`);
  return `"${digits.join('')}"`;
}

export const optionIn: ArgumentText = (word, call) =>
  valueText(word, call, call.words[4]! | 0, true);

export const optionOut: ArgumentText = (word, call, at) => {
  const length = lengthAfter(call, at + 1);
  if (isFailed(call) || length === null) return addressText(word);
  return valueText(word, call, length, false);
};
