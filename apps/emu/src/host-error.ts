/** What Node says of a failed host call, as Linux errno numbers and as words. */

/** Linux errno by Node's code; everything else is EIO. asm-generic/errno-base.h, errno.h. */
const ERRNO: Readonly<Record<string, number>> = {
  EPERM: 1,
  ENOENT: 2,
  EIO: 5,
  EBADF: 9,
  EACCES: 13,
  EEXIST: 17,
  EXDEV: 18,
  ENOTDIR: 20,
  EISDIR: 21,
  EINVAL: 22,
  EMFILE: 24,
  EFBIG: 27,
  ENOSPC: 28,
  EROFS: 30,
  ENAMETOOLONG: 36,
  ELOOP: 40,
};

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'no permission',
  EPERM: 'no permission',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a part of its path is no directory',
  ELOOP: 'too many symbolic links',
  ENAMETOOLONG: 'the name is too long',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space left on the device',
};

/** Node's code of a failed call, or null when it is some other error. */
export function hostErrorCode(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error)) return null;
  return typeof error.code === 'string' && /^E[A-Z0-9]+$/.test(error.code) ? error.code : null;
}

/** The Linux errno of a failed call. */
export function errnoOf(error: unknown): number {
  return ERRNO[hostErrorCode(error) ?? ''] ?? 5;
}

/** Half a sentence on why a file could not be had. */
export function hostErrorText(error: unknown): string {
  const code = hostErrorCode(error);
  return WORDS[code ?? ''] ?? code ?? 'it cannot be read';
}
