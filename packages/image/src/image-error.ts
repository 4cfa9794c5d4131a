/** A file that cannot be run, and why, in one line. Codes are stable; messages may improve. */
export type ImageErrorCode =
  /** No bytes, or a HEX file without data. */
  | 'empty'
  /** Neither a program nor a format with a name. */
  | 'unknown-format'
  /** A format that is recognised and not run: PE, Mach-O, an archive, a script … */
  | 'unsupported-format'
  /** The file ends before what its headers describe. */
  | 'truncated'
  /** A big-endian program. */
  | 'big-endian'
  | 'unsupported-machine'
  /** A relocatable object, a core dump. */
  | 'unsupported-type'
  /** Headers that contradict themselves or the format. */
  | 'bad-header'
  | 'overlapping-segments'
  /** Segments beyond the address space or the limit of the caller. */
  | 'segment-too-large'
  | 'entry-outside'
  /** A HEX record that is none; the message has its line. */
  | 'bad-hex';

export class ImageError extends Error {
  readonly code: ImageErrorCode;

  constructor(code: ImageErrorCode, message: string) {
    super(message);
    this.name = 'ImageError';
    this.code = code;
  }
}

/** An address as messages show it. */
export function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
