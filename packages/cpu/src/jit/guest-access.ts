/**
 * Loads and stores of guest memory for the tiers: the TLB's hit inline, everything else through
 * the MMU's slow path. A fault is left in the memory's record and told by a return value.
 * Addresses are two halves, the high one 0 in a 32-bit space; so are values of 8 bytes.
 */
import { assert } from '../assert.ts';
import type { CpuMemory, WideCpuMemory } from '../cpu-memory.ts';
import type { AccessSize, Alignment } from '../ir/statement.ts';
import type { AddressShape } from './address-shape.ts';
import type { CpuState } from './cpu-state.ts';
import { SCRATCH, TLB_MIX_SHIFT } from './state-layout.ts';

const PAGE_SHIFT = 12;
const PAGE_BYTES = 4096;
const HIGH_UNIT = 2 ** 32;

export class GuestAccess {
  readonly memory: CpuMemory;
  /** The upper half of the last 8-byte load. */
  high = 0;
  private readonly wide: WideCpuMemory | null;
  private readonly state: CpuState;
  private readonly shape: AddressShape;
  private readonly tlbBase: number;
  private readonly indexMask: number;

  constructor(memory: CpuMemory, state: CpuState, shape: AddressShape) {
    this.memory = memory;
    this.state = state;
    this.shape = shape;
    this.wide = shape.type === 'i64' ? asWide(memory) : null;
    this.tlbBase = memory.tlb.base;
    this.indexMask = (memory.tlb.entries - 1) << shape.tlbShift;
  }

  /** Loads one item, its low 32 bits as a signed number; check `memory.faulted` after. */
  load(low: number, high: number, size: AccessSize, alignment: Alignment): number {
    const host = this.hit(low, high, size, alignment, 0);
    if (host < 0) return this.loadSlow(low, high, size, alignment);
    const { view } = this.state;
    if (size === 8) this.high = view.getInt32(host + 4, true);
    if (size >= 4) return view.getInt32(host, true);
    return size === 2 ? view.getUint16(host, true) : view.getUint8(host);
  }

  /** Stores the low bytes of a value, `valueHigh` above them; check `memory.faulted` after. */
  store(
    low: number,
    high: number,
    size: AccessSize,
    value: number,
    valueHigh: number,
    alignment: Alignment,
  ): void {
    const host = this.hit(low, high, size, alignment, this.shape.tlbWriteTag);
    if (host < 0) {
      this.storeSlow(low, high, size, value, valueHigh, alignment);
      return;
    }
    const { view } = this.state;
    if (size === 8) view.setInt32(host + 4, valueHigh, true);
    if (size >= 4) view.setInt32(host, value, true);
    else if (size === 2) view.setInt16(host, value, true);
    else view.setInt8(host, value);
  }

  /** Loads consecutive items into SCRATCH, each at its size; returns 1 on a fault, else 0. */
  loadToScratch(
    low: number,
    high: number,
    size: AccessSize,
    count: number,
    alignment: Alignment,
  ): number {
    if (size === 16) return this.loadToScratch(low, high, 8, count * 2, alignment);
    for (let index = 0; index < count; index++) {
      const from = (low >>> 0) + index * size;
      const value = this.load(from | 0, high + carry(from), size, alignment);
      if (this.memory.faulted) return 1;
      this.putScratch(SCRATCH + index * size, size, value);
    }
    return 0;
  }

  /** Stores consecutive items that lie in SCRATCH; returns 1 on a fault, else 0. */
  storeFromScratch(
    low: number,
    high: number,
    size: AccessSize,
    count: number,
    alignment: Alignment,
  ): number {
    if (size === 16) return this.storeVector(low, high, alignment);
    const step = size === 8 ? 8 : 4;
    for (let index = 0; index < count; index++) {
      const at = (SCRATCH + index * step) >> 2;
      const { i32 } = this.state;
      const to = (low >>> 0) + index * size;
      this.store(to | 0, high + carry(to), size, i32[at]!, i32[at + 1]!, alignment);
      if (this.memory.faulted) return 1;
    }
    return 0;
  }

  /**
   * Stores 16 bytes, all or none: the first half's place is proved by storing what is there, then
   * the second half is stored, and the first one last.
   */
  private storeVector(low: number, high: number, alignment: Alignment): number {
    const at = SCRATCH >> 2;
    const upper = (low >>> 0) + 8;
    const before = this.load(low, high, 8, alignment);
    if (this.memory.faulted) return this.toldAsWrite();
    this.store(low, high, 8, before, this.high, alignment);
    if (this.memory.faulted) return 1;
    const { i32 } = this.state;
    this.store(upper | 0, high + carry(upper), 8, i32[at + 2]!, i32[at + 3]!, alignment);
    if (this.memory.faulted) return 1;
    this.store(low, high, 8, i32[at]!, i32[at + 1]!, alignment);
    return 0;
  }

  /** A fault of the look before a store is one of the store. */
  private toldAsWrite(): number {
    this.memory.fault.access = 'write';
    return 1;
  }

  private putScratch(offset: number, size: AccessSize, value: number): void {
    const { view } = this.state;
    if (size === 8) view.setInt32(offset + 4, this.high, true);
    if (size >= 4) view.setInt32(offset, value, true);
    else if (size === 2) view.setInt16(offset, value, true);
    else view.setInt8(offset, value);
  }

  /** Host offset of an access that hits, or -1. */
  private hit(
    low: number,
    high: number,
    size: AccessSize,
    alignment: Alignment,
    tagOffset: number,
  ): number {
    if (alignment === 'natural' && (low & (size - 1)) !== 0) return -1;
    if ((low & (PAGE_BYTES - 1)) + size > PAGE_BYTES) return -1;
    const { i32 } = this.state;
    const { tlbShift, tlbAddend } = this.shape;
    const mixed = this.wide === null ? low ^ (low >>> TLB_MIX_SHIFT) : low;
    const entry = this.tlbBase + ((mixed >>> (PAGE_SHIFT - tlbShift)) & this.indexMask);
    const tag = (entry + tagOffset) >> 2;
    if (i32[tag] !== (low & -PAGE_BYTES)) return -1;
    if (this.wide !== null && i32[tag + 1] !== (high | 0)) return -1;
    return (low + i32[(entry + tlbAddend) >> 2]!) >>> 0;
  }

  private loadSlow(low: number, high: number, size: AccessSize, alignment: Alignment): number {
    if (alignment === 'natural' && (low & (size - 1)) !== 0) {
      this.misaligned('read', low, high, size);
      return 0;
    }
    const { wide } = this;
    const value =
      wide === null ? this.memory.loadSlow(low >>> 0, size) : wide.loadSlowAt(low, high, size);
    if (wide !== null) this.high = wide.high | 0;
    this.state.refresh();
    return value | 0;
  }

  private storeSlow(
    low: number,
    high: number,
    size: AccessSize,
    value: number,
    valueHigh: number,
    alignment: Alignment,
  ): void {
    if (alignment === 'natural' && (low & (size - 1)) !== 0) {
      this.misaligned('write', low, high, size);
      return;
    }
    if (this.wide === null) this.memory.storeSlow(low >>> 0, size, value);
    else this.wide.storeSlowAt(low, high, size, value, valueHigh);
    this.state.refresh();
  }

  private misaligned(access: 'read' | 'write', low: number, high: number, size: number): void {
    const { fault } = this.memory;
    fault.kind = 'misaligned';
    fault.access = access;
    fault.address = (high >>> 0) * HIGH_UNIT + (low >>> 0);
    fault.size = size;
    this.memory.faulted = true;
  }
}

function carry(low: number): number {
  return low >= HIGH_UNIT ? 1 : 0;
}

function asWide(memory: CpuMemory): WideCpuMemory {
  assert('loadSlowAt' in memory, 'a guest with 64-bit addresses needs a memory that has them');
  return memory as WideCpuMemory;
}
