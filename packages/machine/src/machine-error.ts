/** A mistake of whoever asked: told in one line, never a crash. */

export type MachineErrorCode =
  /** `--machine` names no board, or one of another instruction set. */
  | 'unknown-board'
  /** The file names no processor that a board has. */
  | 'no-board-for-file'
  /** A segment lies where the board has no memory, or where its memory is not the program's. */
  | 'segment-outside-memory'
  /** The program starts where the board has no memory. */
  | 'entry-outside-memory'
  /** The board's memory does not fit into the limit. */
  | 'memory-limit'
  /** The chosen heap cannot be had: no region for it, or one that is too small. */
  | 'no-heap-region'
  /** The system that the program is for would not start it. */
  | 'cannot-start';

export class MachineError extends Error {
  readonly code: MachineErrorCode;

  constructor(code: MachineErrorCode, message: string) {
    super(message);
    this.name = 'MachineError';
    this.code = code;
  }
}
