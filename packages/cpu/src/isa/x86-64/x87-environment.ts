/**
 * FNSTENV's and FNSAVE's images (SDM volume 1, 8.1.10), with 16- or 32-bit fields. The addresses
 * and the opcode of the last instruction are not kept, so those fields are 0.
 */
import { classOf } from './x87-number.ts';
import { INITIAL_CONTROL, type X87State } from './x87-state.ts';

const FIELDS = 7;
const REGISTER_BYTES = 10;
const REGISTERS = 8;
export const ENVIRONMENT_BYTES = { short: 14, long: 28 } as const;
export const SAVE_BYTES = { short: 94, long: 108 } as const;
/** Masks of the six exceptions. */
const ALL_MASKS = 0x3f;
/** What the upper halves of the 32-bit fields of words have. */
const RESERVED = 0xffff0000;

const VALID = 0;
const ZERO = 1;
const SPECIAL = 2;
const EMPTY = 3;

/** The full tag word: two bits for each physical register. */
export function tagWord(state: X87State): number {
  let word = 0;
  for (let n = 0; n < REGISTERS; n++) word |= tagOf(state, n) << (2 * ((state.top + n) & 7));
  return word;
}

function tagOf(state: X87State, n: number): number {
  if (state.isEmpty(n)) return EMPTY;
  const kind = classOf(state.read(n));
  if (kind === 'normal') return VALID;
  return kind === 'zero' ? ZERO : SPECIAL;
}

function environment(state: X87State, size: number, step: 2 | 4): Uint8Array {
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  const words = [state.control, state.status, tagWord(state)];
  words.forEach((word, n) => {
    if (step === 2) view.setUint16(n * step, word, true);
    else view.setUint32(n * step, (word | RESERVED) >>> 0, true);
  });
  if (step === 4) view.setUint32((FIELDS - 1) * step, RESERVED, true);
  return bytes;
}

/** FNSTENV: what it stores; all exceptions are masked after it. */
export function storeEnvironment(state: X87State, size: number): Uint8Array {
  const bytes = environment(state, size, size === ENVIRONMENT_BYTES.short ? 2 : 4);
  state.control |= ALL_MASKS;
  return bytes;
}

/** FNSAVE: what it stores; x87 is as after FNINIT then. */
export function saveState(state: X87State, size: number): Uint8Array {
  const step = size === SAVE_BYTES.short ? 2 : 4;
  const bytes = environment(state, size, step);
  const view = new DataView(bytes.buffer);
  for (let n = 0; n < REGISTERS; n++) {
    const { sign, exponent, significand } = state.read(n);
    const at = FIELDS * step + n * REGISTER_BYTES;
    view.setBigUint64(at, significand, true);
    view.setUint16(at + 8, (sign << 15) | exponent, true);
  }
  initialise(state);
  return bytes;
}

/** FNINIT: the registers keep their physical places and become empty. */
export function initialise(state: X87State): void {
  state.rotate(-state.top);
  state.status = 0;
  state.tags = 0;
  state.control = INITIAL_CONTROL;
}
