/**
 * How addresses of the guest lie in linear memory and in generated code: 32 bits, or 64. One row
 * each for the two; what is emitted differs by it and by nothing else.
 */
import type { FunctionType } from '../wasm/module-writer.ts';

export interface AddressShape {
  readonly type: 'i32' | 'i64';
  /** log2 of the bytes of a TLB entry, and offsets in it; the read tag is first. */
  readonly tlbShift: number;
  readonly tlbWriteTag: number;
  readonly tlbAddend: number;
  /** log2 of the bytes of a shadow entry, and offsets in it; the return address is first. */
  readonly shadowShift: number;
  readonly shadowCallee: number;
  readonly shadowStackPointer: number;
  /** log2 of the bytes of a jump cache entry, and the slot's offset; the pc is first. */
  readonly jumpShift: number;
  readonly jumpSlot: number;
  /** What a region returns instead of a pc when it stopped: no pc of such a guest. */
  readonly stopped: number;
  /** Type of a region's function. */
  readonly region: FunctionType;
}

/** Pcs of 32-bit guests are even, so 1 is none. */
const NARROW: AddressShape = {
  type: 'i32',
  tlbShift: 4,
  tlbWriteTag: 4,
  tlbAddend: 12,
  shadowShift: 4,
  shadowCallee: 4,
  shadowStackPointer: 8,
  jumpShift: 3,
  jumpSlot: 4,
  stopped: 1,
  region: { parameters: ['i32'], results: ['i32'] },
};

/** Pcs of 64-bit guests are canonical and signed, so 2^62 is none. */
const WIDE: AddressShape = {
  type: 'i64',
  tlbShift: 5,
  tlbWriteTag: 8,
  tlbAddend: 24,
  shadowShift: 5,
  shadowCallee: 8,
  shadowStackPointer: 16,
  jumpShift: 4,
  jumpSlot: 8,
  stopped: 2 ** 62,
  region: { parameters: ['i32'], results: ['i64'] },
};

export const ADDRESS_SHAPES: Readonly<Record<AddressShape['type'], AddressShape>> = {
  i32: NARROW,
  i64: WIDE,
};
