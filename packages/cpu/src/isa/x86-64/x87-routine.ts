/**
 * The routine behind the x87 instructions: {@link X87Unit} on a copy of the x87 registers. Operands
 * and results have the same places, in words of 8 bytes:
 *
 *    0  control, status and tag words, as FXSAVE's image begins
 *    1  which instruction and which stack registers: {@link requestWord}; then whether it stores
 *    2  the arithmetic flags
 *    3  bytes of the memory operand, 0 without one; then the status word for AX
 *    4  ST0 … ST7, two words each, as in FXSAVE's image
 *   20  the memory operand, read or to be stored
 */
import type { Routine } from '../../isa.ts';
import { saveState, storeEnvironment } from './x87-environment.ts';
import { X87_ROWS } from './x87-rows.ts';
import { X87State } from './x87-state.ts';
import { type X87Request, type X87Result, X87Unit } from './x87-unit.ts';

const WORD = 8;
const REQUEST_AT = WORD;
const FLAGS_AT = 2 * WORD;
const SIZE_AT = 3 * WORD;
export const REGISTER_WORD = 4;
export const MEMORY_WORD = 20;
const MEMORY_AT = MEMORY_WORD * WORD;
/** FSAVE's image is 108 bytes. */
export const MEMORY_WORDS = 14;
const IMAGE_BYTES = MEMORY_AT + MEMORY_WORDS * WORD;

const MNEMONICS = [...new Set(X87_ROWS.map(({ mnemonic }) => mnemonic))];

/** What the unit leaves to others: bytes to store, by the state and how many there are. */
const STORES: Readonly<Record<string, (state: X87State, size: number) => Uint8Array>> = {
  fnstenv: storeEnvironment,
  fnsave: saveState,
};

/** Whether the routine executes instructions of this name. */
export function isX87Executed(mnemonic: string): boolean {
  return X87Unit.executes(mnemonic) || STORES[mnemonic] !== undefined;
}

/** Number of the instruction, how many stack registers it names, and which. */
export function requestWord(mnemonic: string, registers: readonly number[]): number {
  const [first = 0, second = 0] = registers;
  const names = (registers.length << 8) | (first << 12) | (second << 16);
  return MNEMONICS.indexOf(mnemonic) | names;
}

/** A request, used again and again. */
class Request implements X87Request {
  mnemonic = '';
  registers: readonly number[] = [];
  memory: Uint8Array | null = null;
  flags = 0;
}

/** The unit on one place of scratch memory. */
class ScratchUnit {
  readonly scratch: DataView;
  readonly at: number;
  private readonly image: DataView;
  private readonly bytes: Uint8Array;
  private readonly unit: X87Unit;
  private readonly request = new Request();

  constructor(scratch: DataView, at: number) {
    this.scratch = scratch;
    this.at = at;
    this.image = new DataView(scratch.buffer, scratch.byteOffset + at, IMAGE_BYTES);
    this.bytes = new Uint8Array(scratch.buffer, scratch.byteOffset + at, IMAGE_BYTES);
    this.unit = new X87Unit(new X87State(this.image));
  }

  run(): void {
    const { image, request } = this;
    const word = image.getUint32(REQUEST_AT, true);
    const size = image.getUint32(SIZE_AT, true);
    request.mnemonic = MNEMONICS[word & 0xff]!;
    request.registers = [(word >> 12) & 7, (word >> 16) & 7].slice(0, (word >> 8) & 3);
    request.memory = size === 0 ? null : this.bytes.slice(MEMORY_AT, MEMORY_AT + size);
    request.flags = image.getInt32(FLAGS_AT, true);
    const stores = STORES[request.mnemonic];
    if (stores === undefined) this.conclude(this.unit.execute(request));
    else
      this.conclude({ isPending: false, flags: -1, ax: -1, store: stores(this.unit.state, size) });
  }

  private conclude({ store, flags, ax }: X87Result): void {
    const { image, bytes } = this;
    image.setInt32(REQUEST_AT, store === null ? 0 : 1, true);
    if (flags >= 0) image.setInt32(FLAGS_AT, flags, true);
    image.setInt32(SIZE_AT, ax, true);
    if (store !== null) bytes.set(store, MEMORY_AT);
  }
}

/** Makes the routine; it keeps views of the scratch memory, nothing of the guest. */
export function x87Routine(): Routine {
  let place: ScratchUnit | null = null;
  return (scratch, at) => {
    if (place === null || place.scratch !== scratch || place.at !== at) {
      place = new ScratchUnit(scratch, at);
    }
    place.run();
  };
}
