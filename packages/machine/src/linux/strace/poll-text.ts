/** Arguments of poll, select and epoll. */
import { type ArgumentText, type CallView, Fields, isFailed } from './call-view.ts';
import { EPOLL_EVENTS, POLL_EVENTS } from './flag-tables.ts';
import { flagsText } from './flag-text.ts';
import { addressText } from './scalar-text.ts';
import { signalSetText } from './signal-text.ts';
import { arrayAt, type StructureFormat, structureAt, structureIn } from './structure-text.ts';
import { TIMESPEC, TIMEVAL } from './time-text.ts';

const MOST_ENTRIES = 1024;

const POLLFD: StructureFormat = {
  bytes: 8,
  text: (fields) =>
    fields.i32(0) < 0
      ? `{fd=${fields.i32(0)}}`
      : `{fd=${fields.i32(0)}, events=${flagsText(fields.u16(4), POLL_EVENTS)}}`,
};

/** Descriptors to wait for; their number is the next argument. */
export const pollfdsIn: ArgumentText = (word, call, at) =>
  arrayAt(word, call.words[at + 1]! >>> 0, call.memory, POLLFD);

/** `[{fd=3, revents=POLLIN}]` of those that are ready. */
function readyPollfds(call: CallView): string {
  const bytes = call.memory.read(call.words[0]!, (call.words[1]! >>> 0) * POLLFD.bytes);
  if (bytes === null) return addressText(call.words[0]!);
  const fields = new Fields(bytes);
  const ready: string[] = [];
  for (let at = 0; at < bytes.length; at += POLLFD.bytes) {
    const events = fields.u16(at + 6);
    if (events === 0 || fields.i32(at) < 0) continue;
    ready.push(`{fd=${fields.i32(at)}, revents=${flagsText(events, POLL_EVENTS)}}`);
  }
  return `[${ready.join(', ')}]`;
}

/** A set of descriptors below the first argument: `[3 5]`. */
export const fdSetIn: ArgumentText = (word, call) => fdSetText(word, call);

function fdSetText(word: number, call: CallView): string {
  const limit = Math.min(Math.max(0, call.words[0]! | 0), MOST_ENTRIES);
  if (word === 0) return 'NULL';
  const bytes = call.memory.read(word, Math.ceil(limit / 64) * 8);
  if (bytes === null) return addressText(word);
  return `[${descriptorsOf(bytes, limit).join(' ')}]`;
}

function descriptorsOf(bytes: Uint8Array, limit: number): number[] {
  const found: number[] = [];
  for (let fd = 0; fd < limit; fd++) {
    if ((bytes[fd >> 3]! & (1 << (fd & 7))) !== 0) found.push(fd);
  }
  return found;
}

const SETS = ['in', 'out', 'except'];
const TIMEOUT_ARGUMENT = 4;

/** `in [3], left {…}` of what select found. */
export function readySets(call: CallView): string {
  const notes = SETS.flatMap((name, index) => {
    const text = fdSetText(call.words[index + 1]!, call);
    return text === 'NULL' || text === '[]' ? [] : [`${name} ${text}`];
  });
  const format = call.name === 'pselect6' ? TIMESPEC : TIMEVAL;
  return [...notes, ...timeLeft(call.words[TIMEOUT_ARGUMENT]!, call, format)].join(', ');
}

function timeLeft(address: number, call: CallView, format: StructureFormat): string[] {
  return address === 0 ? [] : [`left ${structureAt(address, call.memory, format)}`];
}

/** What poll found, and of ppoll the time that was left. */
export function pollResult(call: CallView): string {
  const left = call.name === 'ppoll' ? timeLeft(call.words[2]!, call, TIMESPEC) : [];
  return [readyPollfds(call), ...left].join(', ');
}

/** pselect6's mask and its size. */
export const selectMaskIn: ArgumentText = (word, call) =>
  structureAt(word, call.memory, {
    bytes: 16,
    text: (fields) => {
      const size = fields.word(8);
      const mask = signalSetText(fields.word(0), size, call.memory);
      return `{sigmask=${mask}, sigsetsize=${size}}`;
    },
  });

const EPOLL_EVENT: StructureFormat = {
  bytes: 12,
  text: (fields) => {
    const data = (BigInt(fields.u32(8)) << 32n) | BigInt(fields.u32(4));
    const events = flagsText(fields.u32(0), EPOLL_EVENTS);
    return `{events=${events}, data={u32=${fields.u32(4)}, u64=${data}}}`;
  },
};

export const epollEventIn: ArgumentText = structureIn(EPOLL_EVENT);

export const epollEventsOut: ArgumentText = (word, call) =>
  isFailed(call) ? addressText(word) : arrayAt(word, call.result!, call.memory, EPOLL_EVENT);
