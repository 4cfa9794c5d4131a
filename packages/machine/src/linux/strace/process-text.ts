/** Arguments of calls that make, wait for, limit and describe processes. */
import { type ArgumentText, type CallView, type Fields, isFailed } from './call-view.ts';
import * as tables from './flag-tables.ts';
import { choiceText, flagsText } from './flag-text.ts';
import { quotedBytes, quotedStart, SHOWN_BYTES } from './quoted-text.ts';
import { addressText, hexInt, intText, unsignedText } from './scalar-text.ts';
import { signalName } from './signal-text.ts';
import {
  arrayAt,
  ONE_INT,
  type StructureFormat,
  structureAt,
  structureIn,
  structureOut,
} from './structure-text.ts';

const WORD_BYTES = 8;
/** Strings of a list that are shown. */
const SHOWN_STRINGS = 32;
const MOST_STRINGS = 65_536;

const rlimitText = (value: number): string => {
  const KIB = 1024;
  if (value === -1) return 'RLIM64_INFINITY';
  if (value > KIB && value % KIB === 0) return `${value / KIB}*1024`;
  return unsignedText(value);
};

const RLIMIT: StructureFormat = {
  bytes: 16,
  text: (fields) =>
    `{rlim_cur=${rlimitText(fields.word(0))}, rlim_max=${rlimitText(fields.word(8))}}`,
};
export const rlimitIn: ArgumentText = structureIn(RLIMIT);
export const rlimitOut: ArgumentText = structureOut(RLIMIT);

const seconds = (fields: Fields, at: number): string =>
  `{tv_sec=${fields.word(at)}, tv_usec=${fields.word(at + 8)}}`;
const RUSAGE: StructureFormat = {
  bytes: 144,
  text: (fields) => `{ru_utime=${seconds(fields, 0)}, ru_stime=${seconds(fields, 16)}, ...}`,
};
export const rusageOut: ArgumentText = structureOut(RUSAGE);

/** rusage of a wait that waited for nobody is not there. */
export const waitRusageOut: ArgumentText = (word, call) =>
  call.result === 0 ? addressText(word) : rusageOut(word, call, 0);

/** `WIFEXITED(s) && WEXITSTATUS(s) == 0`. */
export function waitStatusText(status: number): string {
  const low = status & 0x7f;
  const high = (status >>> 8) & 0xff;
  if (status === 0xffff) return 'WIFCONTINUED(s)';
  if ((status & 0xff) === 0x7f) {
    return `WIFSTOPPED(s) && WSTOPSIG(s) == ${signalName(high)}`;
  }
  if (low === 0) return `WIFEXITED(s) && WEXITSTATUS(s) == ${high}`;
  const dumped = (status & 0x80) === 0 ? '' : ' && WCOREDUMP(s)';
  return `WIFSIGNALED(s) && WTERMSIG(s) == ${signalName(low)}${dumped}`;
}

const WAIT_STATUS: StructureFormat = {
  bytes: 4,
  text: (fields) => `[{${waitStatusText(fields.i32(0))}}]`,
};
export const waitStatusOut: ArgumentText = (word, call) =>
  isFailed(call) || call.result === 0
    ? addressText(word)
    : structureAt(word, call.memory, WAIT_STATUS);

/** Addresses of a list of strings up to its null; null when the list cannot be read. */
function stringList(address: number, call: CallView): number[] | null {
  const found: number[] = [];
  for (let at = address; found.length < MOST_STRINGS; at += WORD_BYTES) {
    let next = -1;
    const text = structureAt(at, call.memory, {
      bytes: WORD_BYTES,
      text: (fields) => {
        next = fields.word(0);
        return '';
      },
    });
    if (text !== '') return null;
    if (next === 0) break;
    found.push(next);
  }
  return found;
}

/** `["ls", "-l"]`. */
export const stringsIn: ArgumentText = (word, call) => {
  if (word === 0) return 'NULL';
  const list = stringList(word, call);
  if (list === null) return addressText(word);
  const texts = list.slice(0, SHOWN_STRINGS).map((address) => stringStart(address, call));
  return `[${[...texts, ...(list.length > SHOWN_STRINGS ? ['...'] : [])].join(', ')}]`;
};

/** The first bytes of a string. */
export function stringStart(address: number, call: CallView): string {
  if (address === 0) return 'NULL';
  const bytes = call.memory.string(address, SHOWN_BYTES + 1);
  return bytes === null ? addressText(address) : quotedStart(bytes);
}

/** An address and how many variables there are. */
export const environmentIn: ArgumentText = (word, call) => {
  if (word === 0) return 'NULL';
  const list = stringList(word, call);
  if (list === null) return addressText(word);
  return `${addressText(word)} /* ${list.length} var${list.length === 1 ? '' : 's'} */`;
};

const EXIT_SIGNAL = 0xff;

/** clone's flags with the signal that tells the child's end. */
export function cloneFlagsText(word: number): string {
  const signal = word & EXIT_SIGNAL;
  const flags = (word & ~EXIT_SIGNAL) >>> 0;
  const names = flags === 0 ? [] : [flagsText(flags, tables.CLONE_FLAGS)];
  const all = signal === 0 ? names : [...names, signalName(signal)];
  return all.length === 0 ? '0' : all.join('|');
}

const CLONE_ARGUMENTS = 88;
const PIDFD = 0x1000;
const CHILD_TID = 0x1200000;
const PARENT_TID = 0x100000;
const TLS = 0x80000;

/** clone3's structure; when the call is over with what it wrote. */
export const cloneArguments: ArgumentText = (word, call) => {
  const size = Math.min(call.words[1]!, CLONE_ARGUMENTS);
  if (size < 64) return addressText(word);
  return structureAt(word, call.memory, { bytes: size, text: cloneArgumentsText });
};

function cloneArgumentsText(fields: Fields): string {
  const flags = fields.word(0) >>> 0;
  const pointer = (name: string, at: number): string => `${name}=${addressText(fields.word(at))}`;
  const exit = fields.word(32);
  return `{${[
    `flags=${flagsText(flags, tables.CLONE_FLAGS)}`,
    ...((flags & PIDFD) === 0 ? [] : [pointer('pidfd', 8)]),
    ...((flags & CHILD_TID) === 0 ? [] : [pointer('child_tid', 16)]),
    ...((flags & PARENT_TID) === 0 ? [] : [pointer('parent_tid', 24)]),
    `exit_signal=${exit === 0 ? '0' : signalName(exit)}`,
    pointer('stack', 40),
    `stack_size=${fields.word(48) === 0 ? '0' : hexInt(fields.word(48))}`,
    ...((flags & TLS) === 0 ? [] : [pointer('tls', 56)]),
  ].join(', ')}}`;
}

/** ` => {parent_tid=[7]}` of a clone3 that wrote it. */
export function cloneResultText(call: CallView): string {
  if (isFailed(call)) return '';
  let text = '';
  structureAt(call.words[0]!, call.memory, {
    bytes: 64,
    text: (fields) => {
      if ((fields.u32(0) & PARENT_TID) === 0) return '';
      text = ` => {parent_tid=${structureAt(fields.word(24), call.memory, ONE_INT)}}`;
      return '';
    },
  });
  return text;
}

const NAME_BYTES = 65;
const stringField = (fields: Fields, at: number): string => {
  const bytes = fields.bytes.subarray(at, at + NAME_BYTES);
  return quotedBytes(bytes.subarray(0, bytes.indexOf(0)));
};
export const unameOut: ArgumentText = structureOut({
  bytes: 2 * NAME_BYTES,
  text: (fields) =>
    `{sysname=${stringField(fields, 0)}, nodename=${stringField(fields, NAME_BYTES)}, ...}`,
});

const SYSINFO_WORDS = [
  ['totalram', 32],
  ['freeram', 40],
  ['sharedram', 48],
  ['bufferram', 56],
  ['totalswap', 64],
  ['freeswap', 72],
] as const;
export const sysinfoOut: ArgumentText = structureOut({
  bytes: 112,
  text: (fields) =>
    [
      `{uptime=${fields.word(0)}`,
      `loads=[${[8, 16, 24].map((at) => fields.word(at)).join(', ')}]`,
      ...SYSINFO_WORDS.map(([name, at]) => `${name}=${fields.word(at)}`),
      `procs=${fields.u16(80)}`,
      `totalhigh=${fields.word(88)}`,
      `freehigh=${fields.word(96)}`,
      `mem_unit=${fields.u32(104)}}`,
    ].join(', '),
});

/** `[0 1]`: the processors of a set. */
export function cpuSetText(bytes: Uint8Array): string {
  const found: number[] = [];
  for (let cpu = 0; cpu < bytes.length * 8; cpu++) {
    if ((bytes[cpu >> 3]! & (1 << (cpu & 7))) !== 0) found.push(cpu);
  }
  return `[${found.join(' ')}]`;
}

const cpuSetOf = (bytes: number): StructureFormat => ({
  bytes,
  text: (fields) => cpuSetText(fields.bytes),
});
export const cpuSetOut: ArgumentText = (word, call) =>
  isFailed(call) ? addressText(word) : structureAt(word, call.memory, cpuSetOf(call.result!));
export const cpuSetIn: ArgumentText = (word, call, at) =>
  structureAt(word, call.memory, cpuSetOf(Math.min(call.words[at - 1]! >>> 0, 1024)));

/** `[1000, 27]` of as many ids as the result says. */
export const groupsOut: ArgumentText = (word, call) => {
  if (isFailed(call) || word === 0) return addressText(word);
  const text = (fields: Fields): string => String(fields.u32(0));
  return arrayAt(word, call.result!, call.memory, { bytes: 4, text });
};

const CAPABILITY_HEADER: StructureFormat = {
  bytes: 8,
  text: (fields) =>
    `{version=${choiceText(fields.u32(0), tables.CAPABILITY_VERSIONS)}, pid=${fields.i32(4)}}`,
};
export const capabilityHeader: ArgumentText = structureIn(CAPABILITY_HEADER);

function capabilitiesText(low: number, high: number): string {
  const names = tables.CAPABILITIES.names.filter(
    ([bit]) => ((bit < 32 ? low : high) & (1 << (bit & 31))) !== 0,
  );
  return names.length === 0 ? '0' : names.map(([, name]) => `1<<${name}`).join('|');
}
export const capabilitySetsOut: ArgumentText = structureOut({
  bytes: 24,
  text: (fields) => {
    const sets = ['effective', 'permitted', 'inheritable'].map(
      (name, at) => `${name}=${capabilitiesText(fields.u32(4 * at), fields.u32(12 + 4 * at))}`,
    );
    return `{${sets.join(', ')}}`;
  },
});

export const ownerIn: ArgumentText = (word) => intText(word);
