/**
 * The recorded calls of a program on its heap, in a form that any heap can replay: no addresses,
 * blocks are named by slots. A slot is free again when its block is; an allocation takes the slot
 * that became free last, or the next new one, so it need not be written down.
 *
 *   +----+----+----+----+----+----+----+----+----+----+----+----+
 *   | 'B'| 'H'| 'T'| '1'| calls             | slots             |   32 bits each, little-endian
 *   +----+----+----+----+----+----+----+----+----+----+----+----+
 *   | call | call | call …
 *
 *   call   byte       7     3 2    0      then, as LEB128 numbers
 *                   +--------+-------+
 *                   | align  | kind  |    0 allocate             size
 *                   +--------+-------+    1 allocateZeroed       size
 *                   log2 of the           2 deallocate           slot
 *                   alignment, 0 when     3 reallocate           slot, size
 *                   there is none         4 reallocateInPlace    slot, size
 *                                         5 refused allocation   size
 *                                         6 refused resize       slot, size
 *                                         7 mark                 number
 *
 * A refused call stays in the trace for its figures. A replay does not make it: the program went
 * on without what it asked for.
 */
export const TRACE_MAGIC = 0x31544842;
export const TRACE_HEADER_BYTES = 12;
export const TRACE_CALLS = 4;
export const TRACE_SLOTS = 8;

export const TRACE_ALLOCATE = 0;
export const TRACE_ALLOCATE_ZEROED = 1;
export const TRACE_DEALLOCATE = 2;
export const TRACE_REALLOCATE = 3;
export const TRACE_REALLOCATE_IN_PLACE = 4;
export const TRACE_REFUSED_ALLOCATION = 5;
export const TRACE_REFUSED_RESIZE = 6;
export const TRACE_MARK = 7;

/** What follows the byte of each kind. */
export interface TraceShape {
  readonly hasSlot: boolean;
  readonly hasSize: boolean;
}

export const TRACE_SHAPES: readonly TraceShape[] = [
  { hasSlot: false, hasSize: true },
  { hasSlot: false, hasSize: true },
  { hasSlot: true, hasSize: false },
  { hasSlot: true, hasSize: true },
  { hasSlot: true, hasSize: true },
  { hasSlot: false, hasSize: true },
  { hasSlot: true, hasSize: true },
  { hasSlot: false, hasSize: true },
];

/** What can be wrong with bytes that should be a trace. */
export type TraceErrorCode = 'not-a-trace' | 'truncated' | 'bad-slot' | 'bad-size';

export class TraceError extends Error {
  readonly code: TraceErrorCode;

  constructor(code: TraceErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
