/** Which system functions are traced: classes and names, in the words that Linux's filter has. */
import { type FilterResult, readTraceFilter } from '../../trace-filter.ts';
import { FUNCTION_TABLE } from '../function-table.ts';
import { WINDOWS_CALL_CLASSES } from './call-classes.ts';

/** A filter of Windows's functions. */
export function windowsTraceFilter(text: string): FilterResult {
  const names = new Set([...FUNCTION_TABLE.values()].map(({ name }) => name));
  return readTraceFilter(text, {
    classes: WINDOWS_CALL_CLASSES,
    isName: (word) => names.has(word),
  });
}
