/** The arguments of futex, which are different ones for each operation. */
import type { ArgumentText, CallView } from './call-view.ts';
import { FUTEX_OPERATIONS, FUTEX_WAKE_COMPARISONS, FUTEX_WAKE_OPERATIONS } from './flag-tables.ts';
import { choiceText, nameOf } from './flag-text.ts';
import { addressText, hexInt, hexWord, unsignedText } from './scalar-text.ts';
import { structureAt } from './structure-text.ts';
import { TIMESPEC } from './time-text.ts';

const PRIVATE = 0x80;
const REALTIME = 0x100;
const MATCH_ANY = 0xffffffff;

type Kind = 'value' | 'timeout' | 'count' | 'address' | 'bits' | 'wake-operation' | 'none';

/** What arguments 2 … 5 are: value, timeout or count, second address, third value. */
const OPERATIONS: Readonly<Record<string, readonly [Kind, Kind, Kind, Kind]>> = {
  FUTEX_WAIT: ['value', 'timeout', 'none', 'none'],
  FUTEX_WAKE: ['value', 'none', 'none', 'none'],
  FUTEX_REQUEUE: ['value', 'count', 'address', 'none'],
  FUTEX_CMP_REQUEUE: ['value', 'count', 'address', 'value'],
  FUTEX_WAKE_OP: ['value', 'count', 'address', 'wake-operation'],
  FUTEX_LOCK_PI: ['none', 'timeout', 'none', 'none'],
  FUTEX_LOCK_PI2: ['none', 'timeout', 'none', 'none'],
  FUTEX_UNLOCK_PI: ['none', 'none', 'none', 'none'],
  FUTEX_TRYLOCK_PI: ['none', 'none', 'none', 'none'],
  FUTEX_WAIT_BITSET: ['value', 'timeout', 'none', 'bits'],
  FUTEX_WAKE_BITSET: ['value', 'none', 'none', 'bits'],
  FUTEX_WAIT_REQUEUE_PI: ['value', 'timeout', 'address', 'none'],
  FUTEX_CMP_REQUEUE_PI: ['value', 'count', 'address', 'value'],
};

const operationOf = (word: number): number => word & ~(PRIVATE | REALTIME);

export const futexOperation: ArgumentText = (word) => {
  const name = nameOf(operationOf(word), FUTEX_OPERATIONS);
  if (name === null) return choiceText(word, FUTEX_OPERATIONS);
  const isPrivate = (word & PRIVATE) !== 0 ? '_PRIVATE' : '';
  return `${name}${isPrivate}${(word & REALTIME) !== 0 ? '|FUTEX_CLOCK_REALTIME' : ''}`;
};

export const futexValue: ArgumentText = (word, call, at) => {
  const name = nameOf(operationOf(call.words[1]!), FUTEX_OPERATIONS);
  const kinds = name === null ? undefined : OPERATIONS[name];
  if (kinds === undefined) return at === 2 ? unsignedText(word >>> 0) : hexWord(word);
  return KINDS[kinds[at - 2]!](word, call);
};

const KINDS: Readonly<Record<Kind, (word: number, call: CallView) => string | null>> = {
  value: (word) => String(word >>> 0),
  count: (word) => String(word >>> 0),
  timeout: (word, call) => structureAt(word, call.memory, TIMESPEC),
  address: (word) => addressText(word),
  bits: (word) => (word >>> 0 === MATCH_ANY ? 'FUTEX_BITSET_MATCH_ANY' : hexInt(word)),
  'wake-operation': (word) => wakeOperationText(word | 0),
  none: () => null,
};

/** `FUTEX_OP_SET<<28|0<<12|FUTEX_OP_CMP_GT<<24|0x1`. */
function wakeOperationText(word: number): string {
  const SHIFTED = 8;
  const operation = (word >>> 28) & 0xf;
  const shift = (operation & SHIFTED) === 0 ? '' : 'FUTEX_OP_OPARG_SHIFT<<28|';
  const what = choiceText(operation & ~SHIFTED, FUTEX_WAKE_OPERATIONS);
  const comparison = choiceText((word >>> 24) & 0xf, FUTEX_WAKE_COMPARISONS);
  const [argument, against] = [(word >>> 12) & 0xfff, word & 0xfff];
  return `${shift}${what}<<28|${hexWord(argument)}<<12|${comparison}<<24|${hexWord(against)}`;
}
