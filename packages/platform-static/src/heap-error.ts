/** A heap region that cannot be had, or is used wrongly: a mistake of whoever set it up. */
export type HeapErrorCode =
  | 'no-region'
  | 'region-too-small'
  | 'region-outside-ram'
  | 'initialised-twice'
  | 'used-before-init';

export class HeapError extends Error {
  readonly code: HeapErrorCode;

  constructor(code: HeapErrorCode, message: string) {
    super(message);
    this.name = 'HeapError';
    this.code = code;
  }
}
