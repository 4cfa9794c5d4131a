/**
 * Loads and stores of guest memory for the tiers: the TLB's hit inline, everything else through
 * the MMU's slow path. A fault is left in the memory's record and told by a return value.
 */
import type { CpuMemory } from '../cpu-memory.ts';
import type { AccessSize, Alignment } from '../ir/statement.ts';
import type { CpuState } from './cpu-state.ts';
import { SCRATCH } from './state-layout.ts';

const PAGE_MASK = 0xfffff000 | 0;
/** Byte offset of the addend in a TLB entry of a 32-bit space. */
const ADDEND = 12;
const WRITE_TAG = 4;

export class GuestAccess {
  readonly memory: CpuMemory;
  private readonly state: CpuState;
  private readonly tlbBase: number;
  private readonly indexMask: number;

  constructor(memory: CpuMemory, state: CpuState) {
    this.memory = memory;
    this.state = state;
    this.tlbBase = memory.tlb.base;
    this.indexMask = (memory.tlb.entries - 1) << 4;
  }

  /** Loads one item, zero-extended to a signed 32-bit number; check `memory.faulted` after. */
  load(address: number, size: AccessSize, alignment: Alignment): number {
    const { i32 } = this.state;
    const entry = this.tlbBase + ((address >>> 8) & this.indexMask);
    if (i32[entry >> 2] === (address & (PAGE_MASK | (size - 1)))) {
      const host = (address + i32[(entry + ADDEND) >> 2]!) >>> 0;
      if (size === 4) return i32[host >>> 2]!;
      return size === 2 ? this.state.u16[host >>> 1]! : this.state.u8[host]!;
    }
    return this.loadSlow(address, size, alignment);
  }

  /** Stores the low bytes of `value`; check `memory.faulted` after. */
  store(address: number, size: AccessSize, value: number, alignment: Alignment): void {
    const { i32 } = this.state;
    const entry = this.tlbBase + ((address >>> 8) & this.indexMask);
    if (i32[(entry + WRITE_TAG) >> 2] === (address & (PAGE_MASK | (size - 1)))) {
      const host = (address + i32[(entry + ADDEND) >> 2]!) >>> 0;
      if (size === 4) i32[host >>> 2] = value;
      else if (size === 2) this.state.u16[host >>> 1] = value;
      else this.state.u8[host] = value;
      return;
    }
    this.storeSlow(address, size, value, alignment);
  }

  /** Loads consecutive items into SCRATCH, each at its size; returns 1 on a fault, else 0. */
  loadToScratch(address: number, size: AccessSize, count: number, alignment: Alignment): number {
    for (let index = 0; index < count; index++) {
      const value = this.load((address + index * size) | 0, size, alignment);
      if (this.memory.faulted) return 1;
      this.putScratch(SCRATCH + index * size, size, value);
    }
    return 0;
  }

  /** Stores consecutive items that lie in SCRATCH; returns 1 on a fault, else 0. */
  storeFromScratch(address: number, size: AccessSize, count: number, alignment: Alignment): number {
    for (let index = 0; index < count; index++) {
      const value = this.state.i32[(SCRATCH + index * 4) >> 2]!;
      this.store((address + index * size) | 0, size, value, alignment);
      if (this.memory.faulted) return 1;
    }
    return 0;
  }

  private putScratch(offset: number, size: AccessSize, value: number): void {
    if (size === 4) this.state.i32[offset >> 2] = value;
    else if (size === 2) this.state.u16[offset >> 1] = value;
    else this.state.u8[offset] = value;
  }

  private loadSlow(address: number, size: AccessSize, alignment: Alignment): number {
    if (alignment === 'natural' && (address & (size - 1)) !== 0) {
      this.misaligned('read', address, size);
      return 0;
    }
    const value = this.memory.loadSlow(address >>> 0, size) | 0;
    this.state.refresh();
    return value;
  }

  private storeSlow(address: number, size: AccessSize, value: number, alignment: Alignment): void {
    if (alignment === 'natural' && (address & (size - 1)) !== 0) {
      this.misaligned('write', address, size);
      return;
    }
    this.memory.storeSlow(address >>> 0, size, value);
    this.state.refresh();
  }

  private misaligned(access: 'read' | 'write', address: number, size: number): void {
    const { fault } = this.memory;
    fault.kind = 'misaligned';
    fault.access = access;
    fault.address = address >>> 0;
    fault.size = size;
    this.memory.faulted = true;
  }
}
