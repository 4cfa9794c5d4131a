// @table
/** Searches in folders by the C library: _findfirst and its kin. */
import type { Call } from '../call.ts';
import { closeSearch, openSearch } from '../process/file-status.ts';
import { unixSeconds } from '../process/file-time.ts';
import { FindObject } from '../process/kernel-object.ts';
import { textBytes } from '../process/process-memory.ts';
import { ERROR_NO_MORE_FILES } from '../process/windows-error.ts';
import { type FunctionRows, type SystemFunction, systemFunctions } from '../system-function.ts';
import { EINVAL, failWith, setErrnoOf } from './crt-errno.ts';

const NAME_LIMIT = 259;
const ATTRIBUTE_NORMAL = 0x80;

/** struct _finddata_t: attributes, three times, a size of either width, the name. */
interface Layout {
  readonly isWide: boolean;
  readonly sizeBytes: 4 | 8;
}

/** Writes the next answer; false at the end. */
function give(c: Call, at: number, search: FindObject, { isWide, sizeBytes }: Layout): boolean {
  const found = search.next();
  if (found === null) return false;
  const { node } = found;
  const { created, accessed, written } = node.times;
  const { shownAttributes } = node;
  c.memory.setU32(at, shownAttributes === ATTRIBUTE_NORMAL ? 0 : shownAttributes);
  [created, accessed, written].forEach((time, n) => {
    c.memory.setU64(at + 8 + n * 8, unixSeconds(time));
  });
  const size = node.content?.size ?? 0;
  if (sizeBytes === 8) c.memory.setU64(at + 32, size);
  else c.memory.setU32(at + 32, size);
  const name = `${found.name.slice(0, NAME_LIMIT)}\0`;
  c.memory.write(at + 32 + sizeBytes, textBytes(name, isWide));
  return true;
}

function first(c: Call, layout: Layout): number {
  const search = openSearch(c.process, layout.isWide ? c.wide(0) : c.text(0));
  if (typeof search === 'number') {
    setErrnoOf(c.process, search);
    return -1;
  }
  give(c, c.word(1), search, layout);
  return c.process.handles.open(search);
}

function next(c: Call, layout: Layout): number {
  const search = c.process.handles.get(c.word(0));
  if (!(search instanceof FindObject)) return failWith(c.process, EINVAL, -1);
  if (give(c, c.word(1), search, layout)) return 0;
  setErrnoOf(c.process, ERROR_NO_MORE_FILES);
  return -1;
}

function rows(suffix: string, sizeBytes: 4 | 8): FunctionRows {
  const narrow: Layout = { isWide: false, sizeBytes };
  const wide: Layout = { isWide: true, sizeBytes };
  return {
    [`_findfirst${suffix}(pattern: text, to: pointer): handle`]: (c) => first(c, narrow),
    [`_findnext${suffix}(search: handle, to: pointer): i32`]: (c) => next(c, narrow),
    [`_wfindfirst${suffix}(pattern: wide, to: pointer): handle`]: (c) => first(c, wide),
    [`_wfindnext${suffix}(search: handle, to: pointer): i32`]: (c) => next(c, wide),
  };
}

export const SEARCH_FUNCTIONS: readonly SystemFunction[] = systemFunctions('crt', {
  ...rows('', 4),
  ...rows('64i32', 4),
  ...rows('64', 8),
  ...rows('i64', 8),
  '_findclose(search: handle): i32': (c) =>
    closeSearch(c.process, c.word(0)) ? 0 : failWith(c.process, EINVAL, -1),
});
