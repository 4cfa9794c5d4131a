/** The result of a system call as a trace shows it, from the equals sign on. */
import type { ResultFormat } from '../system-call.ts';
import type { CallView } from './call-view.ts';
import { ERROR_NAMES, RESTARTS } from './error-names.ts';
import { openFlagsText } from './file-text.ts';
import * as tables from './flag-tables.ts';
import { choiceText, flagsText, nameOf, splitFlags } from './flag-text.ts';
import { pollResult, readySets } from './poll-text.ts';
import { hexInt, hexWord } from './scalar-text.ts';
import { signalName } from './signal-text.ts';
import { dateText } from './time-text.ts';

const LAST_ERROR = 4095;

/** `= 3`, `= -1 ENOENT (No such file or directory)`, `= ?`. */
export function resultText(call: CallView, format: ResultFormat): string {
  const result = call.result ?? 0;
  if (format === 'none') return '= ?';
  if (result < 0 && result >= -LAST_ERROR) return `= ${errorText(-result)}`;
  const note = NOTES[call.name]?.(call, result) ?? null;
  const own = note?.number ?? numberText(result, format);
  return note === null || note.text === '' ? `= ${own}` : `= ${own} (${note.text})`;
}

function errorText(number: number): string {
  const restart = RESTARTS.get(number);
  if (restart !== undefined) return `? ${restart}`;
  const error = ERROR_NAMES.get(number);
  return error === undefined ? `-1 (errno ${number})` : `-1 ${error[0]} (${error[1]})`;
}

/** The name of an error: `ENOENT`. */
export function errorNameOf(number: number): string {
  return ERROR_NAMES.get(number)?.[0] ?? `errno ${number}`;
}

function numberText(result: number, format: ResultFormat): string {
  if (format === 'hex' || format === 'address') return hexWord(result);
  if (format === 'octal') return result === 0 ? '0' : `0${result.toString(8)}`;
  return String(result);
}

interface Note {
  /** What stands in parentheses; '' for nothing. */
  readonly text: string;
  /** The number, when it has a form of its own. */
  readonly number?: string;
}

const TIMEOUT: Note = { text: 'Timeout' };
const time = (_call: CallView, result: number): Note => ({ text: dateText(result) });
const poll = (call: CallView, result: number): Note =>
  result === 0 ? TIMEOUT : { text: pollResult(call) };
const select = (call: CallView, result: number): Note =>
  result === 0 ? TIMEOUT : { text: readySets(call) };

/** Words of a result's own, by call. */
const NOTES: Readonly<Record<string, (call: CallView, result: number) => Note | null>> = {
  time,
  poll,
  ppoll: poll,
  select,
  pselect6: select,
  fcntl: fcntlNote,
  membarrier: membarrierNote,
  sched_getscheduler: (_call, result) => ({ text: choiceText(result, tables.SCHEDULERS) }),
  rt_sigtimedwait: (_call, result) => ({ text: signalName(result) }),
  personality: (_call, result) => ({
    number: hexWord(result),
    text: ['PER_LINUX', ...splitFlags(result, tables.PERSONALITY_FLAGS.names).known].join('|'),
  }),
  prctl: (call, result) =>
    nameOf(call.words[0]!, tables.PRCTL_OPTIONS) === 'PR_GET_DUMPABLE'
      ? { text: choiceText(result, tables.DUMPABLE) }
      : null,
};

function fcntlNote(call: CallView, result: number): Note | null {
  const command = nameOf(call.words[1]!, tables.FCNTL_COMMANDS);
  const number = hexWord(result);
  if (command === 'F_GETFL') return { number, text: `flags ${openFlagsText(result)}` };
  if (result === 0) return null;
  if (command === 'F_GETFD') {
    return { number, text: `flags ${flagsText(result, tables.DESCRIPTOR_FLAGS)}` };
  }
  if (command === 'F_GET_SEALS') {
    return { number, text: `seals ${flagsText(result, tables.SEALS)}` };
  }
  return null;
}

function membarrierNote(call: CallView, result: number): Note | null {
  if (call.words[0]! !== 0 || result === 0) return null;
  const commands = tables.MEMBARRIER_COMMANDS.names.filter(([bit]) => bit !== 0);
  const { known, rest } = splitFlags(result, commands);
  const names = rest === 0 ? known : [...known, hexInt(rest)];
  return { number: hexWord(result), text: names.join('|') };
}
