/** A file that cannot be run, and why, in one line. */
export type ImageErrorCode =
  | 'empty'
  | 'unknown-format'
  | 'truncated'
  | 'big-endian'
  | 'unsupported-machine'
  | 'unsupported-type'
  | 'bad-header'
  | 'overlapping-segments'
  | 'segment-too-large'
  | 'entry-outside'
  | 'bad-hex'
  | 'no-base';

export class ImageError extends Error {
  readonly code: ImageErrorCode;

  constructor(code: ImageErrorCode, message: string) {
    super(message);
    this.name = 'ImageError';
    this.code = code;
  }
}
