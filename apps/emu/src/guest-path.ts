/**
 * Paths of a guest, resolved inside its root as chroot(2) does it: `..` stops at the root, an
 * absolute symbolic link starts there again. A guest can make neither links nor folders, so what
 * was resolved stays true for the time of a call.
 */
import { lstatSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf, hostErrorCode } from './host-error.ts';

/** As many links as Linux follows, path_resolution(7). */
const MAX_LINKS = 40;
const ENOENT = 2;
const ENOTDIR = 20;
const ELOOP = 40;

export type ResolvedPath =
  | {
      readonly ok: true;
      /** From the root, `/` between names, without a leading one; empty for the root itself. */
      readonly inside: string;
      readonly host: string;
      readonly kind: 'file' | 'directory' | 'special' | 'missing';
    }
  | { readonly ok: false; readonly errno: number };

/**
 * Resolves `path` under the host folder `root`. The last name may be missing; folders before it
 * may not.
 */
export function resolveGuestPath(root: string, path: string): ResolvedPath {
  const pending = path.split('/').reverse();
  const names: string[] = [];
  let links = 0;
  let kind: 'file' | 'directory' | 'special' | 'missing' = 'directory';
  while (pending.length > 0) {
    const name = pending.pop()!;
    if (name === '' && pending.length > 0) continue;
    if (kind !== 'directory') return { ok: false, errno: kind === 'missing' ? ENOENT : ENOTDIR };
    if (name === '' || name === '.') continue;
    if (name === '..') {
      names.pop();
      continue;
    }
    if (!isPlainName(name)) return { ok: false, errno: ENOENT };
    const found = look(join(root, ...names, name));
    if (!found.ok) return found;
    if (found.kind !== 'link') {
      names.push(name);
      kind = found.kind;
      continue;
    }
    if (++links > MAX_LINKS) return { ok: false, errno: ELOOP };
    if (found.target.startsWith('/')) names.length = 0;
    pending.push(...found.target.split('/').reverse());
  }
  return { ok: true, inside: names.join('/'), host: join(root, ...names), kind };
}

/** Names that a host might read as something else: a NUL, and a separator or drive on Windows. */
function isPlainName(name: string): boolean {
  if (name.includes('\0')) return false;
  return process.platform !== 'win32' || !/[\\:]/.test(name);
}

type Look =
  | { readonly ok: true; readonly kind: 'file' | 'directory' | 'special' | 'missing' }
  | { readonly ok: true; readonly kind: 'link'; readonly target: string }
  | { readonly ok: false; readonly errno: number };

function look(host: string): Look {
  try {
    const status = lstatSync(host);
    if (status.isSymbolicLink()) return { ok: true, kind: 'link', target: readlinkSync(host) };
    if (status.isFile()) return { ok: true, kind: 'file' };
    return { ok: true, kind: status.isDirectory() ? 'directory' : 'special' };
  } catch (error) {
    if (hostErrorCode(error) === 'ENOENT') return { ok: true, kind: 'missing' };
    return { ok: false, errno: errnoOf(error) };
  }
}
