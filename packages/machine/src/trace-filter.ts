/** Which calls are traced: classes and names, in the words of strace. */

export interface TraceFilter {
  /** Whether calls of a name are traced. */
  readonly traces: (name: string) => boolean;
  /** Whether signals and ends of processes are told. */
  readonly tellsSignals: boolean;
  /** Whether memory calls are told with their stack. */
  readonly hasStacks: boolean;
}

/** What is asked of a trace. */
export interface TraceOptions {
  readonly filter: TraceFilter;
  /** Takes lines with their ends; null: calls are counted, not written. */
  readonly write: ((text: string) => void) | null;
}

/** Told of words that are no class and no call's name. */
export type FilterResult =
  | { readonly kind: 'filter'; readonly filter: TraceFilter }
  | { readonly kind: 'unknown'; readonly word: string };

const STACK_WORD = 'stack';
const SIGNAL_WORD = 'signal';

/** What the words of a filter mean on a platform. */
export interface TraceWords {
  /** Names of calls by the name of their class. */
  readonly classes: Readonly<Record<string, readonly string[]>>;
  /** Whether a word is the name of a call. */
  readonly isName: (word: string) => boolean;
}

/**
 * Reads `memory,openat,!close`: classes (with or without strace's `%`) and names; those after `!`
 * are left out, and when every word is left out the rest is traced. `all` and `none` are words too.
 * `stack` is ours: memory calls with where they came from.
 */
export function readTraceFilter(text: string, known: TraceWords): FilterResult {
  const words = text.split(',').filter((word) => word !== '');
  const wanted = new Set<string>();
  const unwanted = new Set<string>();
  let isAll = true;
  let hasStacks = false;
  for (const word of words) {
    if (word === STACK_WORD) {
      hasStacks = true;
      continue;
    }
    const isNot = word.startsWith('!');
    const names = namesOf(isNot ? word.slice(1) : word, known);
    if (names === null) return { kind: 'unknown', word };
    if (!isNot) isAll = names === 'all';
    const into = isNot ? unwanted : wanted;
    if (names !== 'all') for (const name of names) into.add(name);
    else if (isNot) isAll = false;
  }
  const traces = (name: string): boolean => (isAll || wanted.has(name)) && !unwanted.has(name);
  const tellsSignals = isAll || words.some((word) => word.replace('%', '') === SIGNAL_WORD);
  return { kind: 'filter', filter: { traces, hasStacks, tellsSignals } };
}

function namesOf(word: string, { classes, isName }: TraceWords): readonly string[] | 'all' | null {
  if (word === 'all') return 'all';
  if (word === 'none') return [];
  const names = classes[word.startsWith('%') ? word.slice(1) : word];
  if (names !== undefined && (word.startsWith('%') || !isName(word))) return names;
  return isName(word) ? [word] : null;
}
