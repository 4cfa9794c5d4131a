/**
 * The routines behind the vector instructions that WebAssembly has nothing for. `packed`: operands
 * and results have the same places:
 *
 *    0  which instruction, its immediate and how many bytes an operand has
 *    8  the destination as it was; then the result
 *   24  the source
 *
 * `string`, for PCMPESTRI and its kin:
 *
 *    0  the immediate, and whether lengths are explicit; then the index
 *    8  the first operand; then the mask
 *   24  the second operand; then the flags
 *   40  the lengths, 8 bytes each
 */
import type { Routine } from '../../isa.ts';
import { PACKED_CIPHER } from './packed-cipher.ts';
import { PACKED_INTEGER } from './packed-integer.ts';
import { StringUnit } from './packed-string.ts';

const TO_AT = 8;
const FROM_AT = 24;
const LENGTHS_AT = 40;
const VECTOR_BYTES = 16;
const IS_EXPLICIT = 0x100;
const NO_IMMEDIATE = 0x100;

const OPERATIONS = { ...PACKED_INTEGER, ...PACKED_CIPHER };
const MNEMONICS: readonly string[] = Object.keys(OPERATIONS);
const BY_NUMBER = Object.values(OPERATIONS);

/** The first operand of the routine for packed operations. `immediate`: -1 without one. */
export function packedRequest(mnemonic: string, immediate: number, width: number): number {
  const number = MNEMONICS.indexOf(mnemonic);
  return number | ((immediate < 0 ? NO_IMMEDIATE : immediate & 0xff) << 8) | (width << 24);
}

/** The first operand of the routine for strings. */
export function stringRequest(immediate: number, isExplicit: boolean): number {
  return (immediate & 0xff) | (isExplicit ? IS_EXPLICIT : 0);
}

/** Views of an operation's operands in scratch memory. */
class ScratchVectors {
  readonly scratch: DataView;
  readonly at: number;
  private readonly to: DataView;
  private readonly from: DataView;
  private readonly strings = new StringUnit();

  constructor(scratch: DataView, at: number) {
    this.scratch = scratch;
    this.at = at;
    const start = scratch.byteOffset + at;
    this.to = new DataView(scratch.buffer, start + TO_AT, VECTOR_BYTES);
    this.from = new DataView(scratch.buffer, start + FROM_AT, VECTOR_BYTES);
  }

  packed(): void {
    const { scratch, at, to, from } = this;
    const word = scratch.getInt32(at, true);
    const immediate = (word >> 8) & 0x1ff;
    const bytes = BY_NUMBER[word & 0xff]!(
      to,
      from,
      word >> 24,
      immediate === NO_IMMEDIATE ? -1 : immediate,
    );
    for (let n = 0; n < bytes.length; n++) to.setUint8(n, bytes[n]!);
  }

  string(): void {
    const { scratch, at, to, from, strings } = this;
    const word = scratch.getInt32(at, true);
    const length = (n: number): bigint => scratch.getBigInt64(at + LENGTHS_AT + n * 8, true);
    const lengths = word & IS_EXPLICIT ? ([length(0), length(1)] as const) : null;
    strings.run(to, from, word & 0xff, lengths);
    scratch.setInt32(at, strings.index, true);
    for (let n = 0; n < VECTOR_BYTES; n++) to.setUint8(n, strings.mask[n]!);
    from.setInt32(0, strings.flags, true);
  }
}

/** Makes a routine; it keeps views of the scratch memory, nothing of the guest. */
function onVectors(run: (place: ScratchVectors) => void): Routine {
  let place: ScratchVectors | null = null;
  return (scratch, at) => {
    if (place === null || place.scratch !== scratch || place.at !== at) {
      place = new ScratchVectors(scratch, at);
    }
    run(place);
  };
}

export function packedRoutine(): Routine {
  return onVectors((place) => place.packed());
}

export function stringRoutine(): Routine {
  return onVectors((place) => place.string());
}
