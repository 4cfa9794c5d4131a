/** The arguments of prctl and arch_prctl, which depend on what is asked. */
import { type ArgumentText, type CallView, isFailed } from './call-view.ts';
import { pathIn } from './file-text.ts';
import * as tables from './flag-tables.ts';
import { choiceText, nameOf } from './flag-text.ts';
import { stringStart } from './process-text.ts';
import { addressText, hexWord, unsignedText } from './scalar-text.ts';
import { signalName } from './signal-text.ts';
import { ONE_ADDRESS, ONE_INT, structureAt } from './structure-text.ts';

/** What the arguments after the option are; those that are not there are not shown. */
const ARGUMENTS: Readonly<Record<string, readonly ArgumentText[]>> = {
  PR_SET_PDEATHSIG: [(word) => signalName(word)],
  PR_GET_PDEATHSIG: [(word, call) => outInt(word, call)],
  PR_SET_DUMPABLE: [(word) => choiceText(word, tables.DUMPABLE)],
  PR_GET_DUMPABLE: [],
  PR_SET_NAME: [(word, call) => stringStart(word, call)],
  PR_GET_NAME: [(word, call) => (isFailed(call) ? addressText(word) : pathIn(word, call, 1))],
  PR_GET_KEEPCAPS: [],
  PR_SET_KEEPCAPS: [unsignedText],
  PR_GET_SECCOMP: [],
  PR_GET_SECUREBITS: [],
  PR_GET_TIMERSLACK: [],
  PR_SET_TIMERSLACK: [unsignedText],
  PR_CAPBSET_READ: [(word) => choiceText(word, tables.CAPABILITIES)],
  PR_CAPBSET_DROP: [(word) => choiceText(word, tables.CAPABILITIES)],
  PR_SET_CHILD_SUBREAPER: [unsignedText],
  PR_GET_CHILD_SUBREAPER: [(word, call) => outInt(word, call)],
  PR_SET_NO_NEW_PRIVS: [unsignedText, hexWord, hexWord, hexWord],
  PR_GET_NO_NEW_PRIVS: [hexWord, hexWord, hexWord, hexWord],
  PR_SET_THP_DISABLE: [unsignedText, hexWord, hexWord, hexWord],
  PR_GET_THP_DISABLE: [hexWord, hexWord, hexWord, hexWord],
  PR_SET_VMA: [
    (word) => (word === 0 ? 'PR_SET_VMA_ANON_NAME' : `${hexWord(word)} /* PR_SET_VMA_??? */`),
    addressText,
    unsignedText,
    (word, call) => pathIn(word, call, 4),
  ],
};

const UNKNOWN: readonly ArgumentText[] = [hexWord, hexWord, hexWord, hexWord];
const LATE = new Set(['PR_GET_NAME', 'PR_GET_PDEATHSIG', 'PR_GET_CHILD_SUBREAPER']);

function outInt(word: number, call: CallView): string {
  return isFailed(call) ? addressText(word) : structureAt(word, call.memory, ONE_INT);
}

const optionName = (call: CallView): string | null => nameOf(call.words[0]!, tables.PRCTL_OPTIONS);

export const prctlOption: ArgumentText = (word) => choiceText(word, tables.PRCTL_OPTIONS);

export const prctlArgument: ArgumentText = (word, call, at) => {
  const name = optionName(call);
  const formats = name === null ? UNKNOWN : (ARGUMENTS[name] ?? UNKNOWN);
  return formats[at - 1]?.(word, call, at) ?? null;
};

export const isPrctlOutput = (call: CallView): boolean => {
  const name = optionName(call);
  return name !== null && LATE.has(name);
};

const GETS = new Set(['ARCH_GET_FS', 'ARCH_GET_GS']);
const archName = (call: CallView): string | null => nameOf(call.words[0]!, tables.ARCH_CODES);

export const archCode: ArgumentText = (word) => choiceText(word, tables.ARCH_CODES);

export const archArgument: ArgumentText = (word, call) =>
  isArchOutput(call) && !isFailed(call)
    ? structureAt(word, call.memory, ONE_ADDRESS)
    : addressText(word);

export const isArchOutput = (call: CallView): boolean => GETS.has(archName(call) ?? '');
