// @table
/** Names of files as texts: full paths, their parts, and paths made of parts. */
import type { Call } from '../call.ts';
import { fullPath } from '../process/file-io.ts';
import { textBytes } from '../process/process-memory.ts';
import { type FunctionRows, type SystemFunction, systemFunctions } from '../system-function.ts';
import { EINVAL, ERANGE, failWith } from './crt-errno.ts';

function textOf(c: Call, index: number, isWide: boolean): string {
  return (isWide ? c.wideOrNull(index) : c.textOrNull(index)) ?? '';
}

function put(c: Call, at: number, text: string, isWide: boolean): void {
  c.memory.write(at, textBytes(`${text}\0`, isWide));
}

function full(c: Call, isWide: boolean): number {
  const path = fullPath(c.process, textOf(c, 1, isWide) || '.');
  const bytes = (path.length + 1) * (isWide ? 2 : 1);
  if (c.word(0) !== 0 && c.word(2) <= path.length) return failWith(c.process, ERANGE, 0);
  const at = c.word(0) === 0 ? c.process.heaps.allocate(bytes) : c.word(0);
  if (at !== 0) put(c, at, path, isWide);
  return at;
}

/** Drive with its colon, folder with its last separator, name, extension with its dot. */
export function pathParts(path: string): readonly [string, string, string, string] {
  const match = /^([^:]:)?(.*[\\/])?(.*?)(\.[^.\\/]*)?$/s.exec(path);
  return [match?.[1] ?? '', match?.[2] ?? '', match?.[3] ?? '', match?.[4] ?? ''];
}

function split(c: Call, isWide: boolean): number {
  pathParts(textOf(c, 0, isWide)).forEach((part, n) => {
    if (c.word(1 + n) !== 0) put(c, c.word(1 + n), part, isWide);
  });
  return 0;
}

/** The same with a size behind each buffer. */
function splitSafely(c: Call, isWide: boolean): number {
  const parts = pathParts(textOf(c, 0, isWide));
  for (const [n, part] of parts.entries()) {
    const [at, room] = [c.word(1 + 2 * n), c.word(2 + 2 * n)];
    if ((at === 0) !== (room === 0)) return EINVAL;
    if (at !== 0 && part.length >= room) return ERANGE;
    if (at !== 0) put(c, at, part, isWide);
  }
  return 0;
}

function joined(c: Call, first: number, isWide: boolean): string {
  const [drive, folder, name, extension] = [0, 1, 2, 3].map((n) => textOf(c, first + n, isWide));
  const colon = drive === '' ? '' : `${drive![0]}:`;
  const slash = folder === '' || /[\\/]$/.test(folder!) ? folder : `${folder}\\`;
  const dot = extension === '' || extension!.startsWith('.') ? extension : `.${extension}`;
  return `${colon}${slash}${name}${dot}`;
}

function makeSafely(c: Call, isWide: boolean): number {
  const path = joined(c, 2, isWide);
  if (c.word(0) === 0 || c.word(1) === 0) return EINVAL;
  if (path.length >= c.word(1)) return ERANGE;
  put(c, c.word(0), path, isWide);
  return 0;
}

/** The functions of one width of characters. */
function rows(prefix: string, text: string, isWide: boolean): FunctionRows {
  const w = prefix;
  return {
    [`_${w}fullpath(to: pointer, path: ${text}, size: u64): pointer`]: (c) => full(c, isWide),
    [`_${w}splitpath(path: ${text}, drive: pointer, folder: pointer, name: pointer, extension: pointer)`]:
      (c) => split(c, isWide),
    [`_${w}splitpath_s(path: ${text}, drive: pointer, driveSize: u64, folder: pointer, folderSize: u64, name: pointer, nameSize: u64, extension: pointer, extensionSize: u64): i32`]:
      (c) => splitSafely(c, isWide),
    [`_${w}makepath(to: pointer, drive: ${text}, folder: ${text}, name: ${text}, extension: ${text})`]:
      (c) => {
        put(c, c.word(0), joined(c, 1, isWide), isWide);
        return 0;
      },
    [`_${w}makepath_s(to: pointer, size: u64, drive: ${text}, folder: ${text}, name: ${text}, extension: ${text}): i32`]:
      (c) => makeSafely(c, isWide),
  };
}

export const PATH_FUNCTIONS: readonly SystemFunction[] = systemFunctions('crt', {
  ...rows('', 'text', false),
  ...rows('w', 'wide', true),
  '_get_pgmptr(to: pointer): i32': (c) => {
    c.memory.setU64(c.word(0), c.memory.u64(c.process.crt.variable('_pgmptr')));
    return 0;
  },
  '_get_wpgmptr(to: pointer): i32': (c) => {
    c.memory.setU64(c.word(0), c.memory.u64(c.process.crt.variable('_wpgmptr')));
    return 0;
  },
});
