/** Arguments of ioctl. */
import type { ArgumentText, CallView, Fields } from './call-view.ts';
import * as tables from './flag-tables.ts';
import { choiceText, type FlagTable, splitFlags } from './flag-text.ts';
import { addressText, hexInt } from './scalar-text.ts';
import { ONE_INT, type StructureFormat, structureIn, structureOut } from './structure-text.ts';

const SPEED_BITS = 0o10017;
const SIZE_BITS = 0o60;
const DELAY_BITS = 0o177400;

const named = (value: number, table: FlagTable): string[] => {
  const { known, rest } = splitFlags(value, table.names);
  return rest === 0 ? known : [...known, hexInt(rest)];
};

function controlText(flags: number): string {
  const first = [
    choiceText(flags & SPEED_BITS, tables.TERMINAL_SPEEDS),
    choiceText(flags & SIZE_BITS, tables.TERMINAL_SIZES),
  ];
  const others = named(flags & ~(SPEED_BITS | SIZE_BITS), tables.TERMINAL_CONTROL);
  return `${first.join('|')}|${others.join('|')}`;
}

function outputText(flags: number): string {
  // Delays of mechanical terminals; those that are not none are shown as bits.
  const others = named(flags & ~DELAY_BITS, tables.TERMINAL_OUTPUT);
  const delays = flags & DELAY_BITS;
  const shown = delays === 0 ? others : [...others, hexInt(delays)];
  return `NL0|CR0|TAB0|BS0|VT0|FF0|${shown.join('|')}`;
}

const TERMIOS: StructureFormat = {
  bytes: 36,
  text: (fields) =>
    [
      `{c_iflag=${named(fields.u32(0), tables.TERMINAL_INPUT).join('|')}`,
      `c_oflag=${outputText(fields.u32(4))}`,
      `c_cflag=${controlText(fields.u32(8))}`,
      `c_lflag=${named(fields.u32(12), tables.TERMINAL_LOCAL).join('|')}`,
      '...}',
    ].join(', '),
};

const SIZE_FIELDS = ['ws_row', 'ws_col', 'ws_xpixel', 'ws_ypixel'];
const WINSIZE: StructureFormat = {
  bytes: 8,
  text: (fields: Fields) =>
    `{${SIZE_FIELDS.map((name, at) => `${name}=${fields.u16(2 * at)}`).join(', ')}}`,
};

interface Request {
  readonly name: string;
  readonly text: ArgumentText;
  readonly isOut: boolean;
}

const reads = (name: string, format: StructureFormat): Request => ({
  name,
  text: structureOut(format),
  isOut: true,
});
const writes = (name: string, format: StructureFormat): Request => ({
  name,
  text: structureIn(format),
  isOut: false,
});
const nothing = (name: string): Request => ({ name, text: () => null, isOut: false });
const chooses = (name: string, table: FlagTable): Request => ({
  name,
  text: (word) => choiceText(word, table),
  isOut: false,
});

/** Requests by number. The sound drivers share some of the terminals' numbers. */
const REQUESTS: ReadonlyMap<number, Request> = new Map([
  [0x5401, reads('TCGETS', TERMIOS)],
  [0x5402, writes('SNDCTL_TMR_START or TCSETS', TERMIOS)],
  [0x5403, writes('SNDCTL_TMR_STOP or TCSETSW', TERMIOS)],
  [0x5404, writes('SNDCTL_TMR_CONTINUE or TCSETSF', TERMIOS)],
  [0x540b, chooses('TCFLSH', tables.FLUSH_QUEUES)],
  [0x540f, reads('TIOCGPGRP', ONE_INT)],
  [0x5410, writes('TIOCSPGRP', ONE_INT)],
  [0x5411, reads('TIOCOUTQ', ONE_INT)],
  [0x5413, reads('TIOCGWINSZ', WINSIZE)],
  [0x5414, writes('TIOCSWINSZ', WINSIZE)],
  [0x541b, reads('FIONREAD', ONE_INT)],
  [0x5421, writes('FIONBIO', ONE_INT)],
  [0x5422, nothing('TIOCNOTTY')],
  [0x5450, nothing('FIONCLEX')],
  [0x5451, nothing('FIOCLEX')],
  [0x5452, writes('FIOASYNC', ONE_INT)],
  [0x5429, reads('TIOCGSID', ONE_INT)],
  [0x80045430, reads('TIOCGPTN', ONE_INT)],
  [0x40045431, writes('TIOCSPTLCK', ONE_INT)],
]);

const DIRECTIONS = ['_IOC_NONE', '_IOC_WRITE', '_IOC_READ', '_IOC_READ|_IOC_WRITE'];

export const ioctlRequest: ArgumentText = (word) => {
  const request = word >>> 0;
  const known = REQUESTS.get(request);
  if (known !== undefined) return known.name;
  const type = hexInt((request >>> 8) & 0xff);
  const size = (request >>> 16) & 0x3fff;
  return `_IOC(${DIRECTIONS[request >>> 30]}, ${type}, ${hexInt(request & 0xff)}, ${size === 0 ? '0' : hexInt(size)})`;
};

const requestOf = (call: CallView): Request | undefined => REQUESTS.get(call.words[1]! >>> 0);

export const ioctlArgument: ArgumentText = (word, call, at) => {
  const request = requestOf(call);
  if (request !== undefined) return request.text(word, call, at);
  return word === 0 ? '0' : addressText(word);
};

export const isIoctlOutput = (call: CallView): boolean => requestOf(call)?.isOut === true;
