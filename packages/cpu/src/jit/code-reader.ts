/**
 * Reads code for lifting: of each page the first unit through the memory, with its faults, and the
 * rest out of the frame that the TLB then has for it.
 */
import type { CpuMemory, WideCpuMemory } from '../cpu-memory.ts';
import type { CodeSource } from '../ir/code-source.ts';
import type { Isa } from '../isa.ts';
import { ADDRESS_SHAPES, type AddressShape } from './address-shape.ts';
import { TLB_MIX_SHIFT } from './state-layout.ts';

const PAGE_BYTES = 4096;
const PAGE_SHIFT = 12;
const HIGH_UNIT = 2 ** 32;
/** Bytes of code that are fetched at once where instructions have any length. */
const WORD_BYTES = 4;
/** No multiple of anything. */
const NOWHERE = 0.5;

export class CodeReader implements CodeSource {
  private readonly memory: CpuMemory;
  private readonly shape: AddressShape;
  private readonly unitBytes: number;
  private u8: Uint8Array;
  private i32: Int32Array;
  /** The page last looked up, and where its bytes are. */
  private page = NOWHERE;
  private host = 0;
  /** The word last fetched, where the TLB has no such page. */
  private wordStart = NOWHERE;
  private word = 0;

  constructor(isa: Isa, memory: CpuMemory) {
    this.memory = memory;
    this.shape = ADDRESS_SHAPES[isa.addressType];
    this.unitBytes = isa.fetchBytes;
    this.u8 = new Uint8Array(memory.memory.buffer);
    this.i32 = new Int32Array(memory.memory.buffer);
  }

  /** Begins anew: what was read before is forgotten, as memory may have changed. */
  begin(): void {
    this.page = NOWHERE;
    this.wordStart = NOWHERE;
  }

  unit(address: number): number {
    const offset = address & (PAGE_BYTES - 1);
    if (address - offset === this.page) {
      const at = this.host + offset;
      return this.unitBytes === 1 ? this.u8[at]! : this.u8[at]! | (this.u8[at + 1]! << 8);
    }
    const unit = this.unitBytes === 1 ? this.byte(address) : this.fetch(address, 2);
    if (unit >= 0) this.lookUp(address);
    return unit;
  }

  copy(address: number, into: Uint8Array, at: number, most: number): number {
    const first = this.unit(address);
    if (first < 0) return 0;
    const known = this.hostRange(address, 1);
    if (known < 0) {
      into[at] = first;
      return 1;
    }
    const count = Math.min(most, PAGE_BYTES - (address & (PAGE_BYTES - 1)));
    into.set(this.u8.subarray(known, known + count), at);
    return count;
  }

  /** Units from an address on, all of which can be fetched. */
  units(address: number, count: number): Uint16Array {
    const known = this.hostRange(address, count * this.unitBytes);
    if (known >= 0) {
      return this.unitBytes === 1
        ? new Uint16Array(this.u8.subarray(known, known + count))
        : new Uint16Array(this.u8.buffer, known, count).slice();
    }
    const units = new Uint16Array(count);
    for (let index = 0; index < count; index++) {
      units[index] = this.unit(address + index * this.unitBytes);
    }
    return units;
  }

  /** Whether memory has these units at an address; faults are forgotten. */
  holds(address: number, units: Uint16Array): boolean {
    for (let index = 0; index < units.length; index++) {
      if (this.unit(address + index * this.unitBytes) !== units[index]) {
        this.memory.faulted = false;
        return false;
      }
    }
    return true;
  }

  /** Where the bytes of a range are that lies in the page last looked up, or -1. */
  private hostRange(address: number, length: number): number {
    const offset = address & (PAGE_BYTES - 1);
    const isThere = address - offset === this.page && offset + length <= PAGE_BYTES;
    return isThere ? this.host + offset : -1;
  }

  /** A byte out of the aligned word around it, which lies in one page: a fault is the byte's own. */
  private byte(address: number): number {
    const start = address - (address & (WORD_BYTES - 1));
    if (start !== this.wordStart) {
      this.wordStart = start;
      this.word = this.fetch(start, WORD_BYTES);
      if (this.memory.faulted) {
        this.wordStart = NOWHERE;
        return this.faultOfByte(address);
      }
    }
    return (this.word >>> ((address & (WORD_BYTES - 1)) * 8)) & 0xff;
  }

  /** The fault of a word as the byte's own; a guard page has told of the access, and does so once. */
  private faultOfByte(address: number): number {
    const { memory } = this;
    if (memory.fault.kind === 'guard') {
      memory.fault.address = address;
      memory.fault.size = 1;
      return -1;
    }
    memory.faulted = false;
    return this.fetch(address, 1);
  }

  private fetch(address: number, size: number): number {
    const { memory } = this;
    const unit =
      this.shape.type === 'i32'
        ? memory.fetchSlow(address >>> 0, size)
        : (memory as WideCpuMemory).fetchSlowAt(address | 0, Math.floor(address / HIGH_UNIT), size);
    if (this.u8.length === 0) {
      this.u8 = new Uint8Array(memory.memory.buffer);
      this.i32 = new Int32Array(memory.memory.buffer);
    }
    return memory.faulted ? -1 : unit;
  }

  /** Notes where the page of an address is, if the TLB has it for execution. */
  private lookUp(address: number): void {
    const { i32, shape } = this;
    const { base, entries } = this.memory.tlb;
    const low = address | 0;
    const mixed = shape.type === 'i32' ? low ^ (low >>> TLB_MIX_SHIFT) : low;
    const index = (mixed >>> PAGE_SHIFT) & (entries - 1);
    const entry = base + (index << shape.tlbShift);
    const tag = (entry + 2 * shape.tlbWriteTag) >> 2;
    if (i32[tag] !== (low & -PAGE_BYTES)) return;
    if (shape.type === 'i64' && i32[tag + 1] !== (Math.floor(address / HIGH_UNIT) | 0)) return;
    this.page = address - (address & (PAGE_BYTES - 1));
    this.host = ((this.page | 0) + i32[(entry + shape.tlbAddend) >> 2]!) >>> 0;
  }
}
