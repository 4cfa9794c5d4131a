/** What names stand for, and which of a folder fit a pattern. */
import { hostPath, trimmedName } from './file-io.ts';
import type { FileNode, FoundFile } from './file-node.ts';
import { MOST_NAME_UNITS } from './file-store.ts';
import { FindObject } from './kernel-object.ts';
import {
  ERROR_FILE_NOT_FOUND,
  ERROR_FILENAME_EXCED_RANGE,
  ERROR_NOT_ENOUGH_MEMORY,
  ERROR_PATH_NOT_FOUND,
} from './windows-error.ts';
import type { WindowsProcess } from './windows-process.ts';

/** A file or a folder by its name, or an error. */
export function fileAt(process: WindowsProcess, path: string): FileNode | number {
  return process.files.find(hostPath(process, path));
}

/** Bytes of memory that each answer of a search takes. */
const FOUND_BYTES = 64;

/** A search for what fits a pattern with `*` and `?`, dots first; or an error. */
export function openSearch(process: WindowsProcess, pattern: string): FindObject | number {
  const found = findFiles(process, pattern);
  if (typeof found === 'number') return found;
  const { budget } = process.files;
  const bytes = found.length * FOUND_BYTES;
  if (!budget.take(bytes)) return ERROR_NOT_ENOUGH_MEMORY;
  const search = new FindObject(found);
  search.onLastClose = () => budget.take(-bytes);
  return search;
}

/** Ends a search; false when the handle is none's. */
export function closeSearch({ handles }: WindowsProcess, handle: number): boolean {
  return handles.get(handle) instanceof FindObject && handles.close(handle);
}

function findFiles(process: WindowsProcess, pattern: string): FoundFile[] | number {
  const plain = pattern.replaceAll('/', '\\');
  const at = plain.lastIndexOf('\\') + 1;
  const mask = trimmedName(plain.slice(at)) || plain.slice(at);
  if (mask.length > MOST_NAME_UNITS) return ERROR_FILENAME_EXCED_RANGE;
  const folder = fileAt(process, plain.slice(0, at) || '.');
  if (typeof folder === 'number' || !folder.isDirectory) return ERROR_PATH_NOT_FOUND;
  const dots: FoundFile[] = [
    { name: '.', node: folder },
    { name: '..', node: folder.parent ?? folder },
  ];
  const names = process.files.list(folder).map((node) => ({ name: node.name, node }));
  const found = [...dots, ...names].filter(({ name }) => fitsMask(mask, name));
  return found.length === 0 ? ERROR_FILE_NOT_FOUND : found;
}

/**
 * Whether a name fits a mask, in any case. A star takes as little as it can, and only the last one
 * ever takes more: the time is the product of the lengths at most.
 */
export function fitsMask(mask: string, name: string): boolean {
  const wanted = mask === '*.*' ? '*' : mask.toLowerCase();
  const given = name.toLowerCase();
  let at = 0;
  let star = -1;
  let taken = 0;
  for (let n = 0; n < given.length; ) {
    if (wanted[at] === '*') {
      star = at++;
      taken = n;
    } else if (wanted[at] === '?' || wanted[at] === given[n]) {
      at++;
      n++;
    } else if (star >= 0) {
      at = star + 1;
      n = ++taken;
    } else return false;
  }
  while (wanted[at] === '*') at++;
  return at === wanted.length;
}
