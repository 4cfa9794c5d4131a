/**
 * A HeapMemory that keeps to the access of its pages where nothing else does, as over an
 * ArrayBuffer. An access that a page does not allow is a fault: a load gives 0, a store does
 * nothing, and the first fault is kept until it is cleared.
 */
import type { HeapMemory } from '../heap-memory.ts';
import { PAGE_READ } from '../page-source.ts';
import type { PageSpace } from './page-space.ts';

const READ = PAGE_READ;
const WRITE = 2;

export class ProtectedMemory implements HeapMemory {
  /** Accesses refused since {@link clearFaults}. */
  faults = 0;
  /** Offset of the first one; -1 when there is none. */
  faultOffset = -1;
  /** Whether the first one was a store, a fill or the target of a copy. */
  faultIsWrite = false;
  private readonly memory: HeapMemory;
  private readonly states: Uint8Array;
  private readonly shift: number;

  /** @param memory  the memory of `space`: the same offset 0 */
  constructor(memory: HeapMemory, space: PageSpace) {
    this.memory = memory;
    this.states = space.states;
    this.shift = Math.log2(space.pageBytes);
  }

  clearFaults(): void {
    this.faults = 0;
    this.faultOffset = -1;
    this.faultIsWrite = false;
  }

  load32(offset: number): number {
    return this.allows(offset, 4, READ) ? this.memory.load32(offset) : 0;
  }

  store32(offset: number, value: number): void {
    if (this.allows(offset, 4, WRITE)) this.memory.store32(offset, value);
  }

  fill(offset: number, length: number, byte: number): void {
    if (this.allows(offset, length, WRITE)) this.memory.fill(offset, length, byte);
  }

  copy(to: number, from: number, length: number): void {
    if (this.allows(from, length, READ) && this.allows(to, length, WRITE)) {
      this.memory.copy(to, from, length);
    }
  }

  private allows(offset: number, length: number, access: number): boolean {
    const last = (offset + length - 1) >>> this.shift;
    for (let page = offset >>> this.shift; page <= last; page++) {
      if (((this.states[page] ?? 0) & access) === 0) {
        this.note(Math.max(offset, page << this.shift), access === WRITE);
        return false;
      }
    }
    return true;
  }

  private note(offset: number, isWrite: boolean): void {
    if (this.faults === 0) {
      this.faultOffset = offset;
      this.faultIsWrite = isWrite;
    }
    this.faults++;
  }
}
