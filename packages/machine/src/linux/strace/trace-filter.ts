/** Which calls are traced: strace's classes and names. */
import { type FilterResult, readTraceFilter } from '../../trace-filter.ts';
import { CALL_CLASSES } from './call-classes.ts';
import { CALL_NAMES } from './call-names.ts';

const NAMES: ReadonlySet<string> = new Set(CALL_NAMES.values());

/** A filter of Linux's calls. */
export function traceFilter(text: string): FilterResult {
  return parseTraceFilter(text, (word) => NAMES.has(word));
}

/** The same with other calls' names in the same classes. */
export function parseTraceFilter(text: string, isName: (word: string) => boolean): FilterResult {
  return readTraceFilter(text, { classes: CALL_CLASSES, isName });
}
