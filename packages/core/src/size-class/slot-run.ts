/** The runs of a size-class heap, by offset: their fields and their slots. See size-class-layout.ts. */
import { HEADER_USED } from '../block-header.ts';
import type { HeapMemory } from '../heap-memory.ts';
import {
  FIRST_SLOT,
  FREE_SLOT,
  INNER,
  NEXT_RUN,
  NEXT_SLOT,
  PITCHES,
  PREVIOUS_RUN,
  RUN_COUNTS,
  RUN_SHAPE,
  SLOT_BIT,
} from './size-class-layout.ts';

export class SlotRuns {
  private readonly memory: HeapMemory;
  private readonly end: number;

  /** @param end  of the region */
  constructor(memory: HeapMemory, end: number) {
    this.memory = memory;
    this.end = end;
  }

  /** Makes a run of slots that hold nothing yet. */
  format(run: number, pitch: number, slots: number): void {
    this.memory.store32(run + RUN_SHAPE, (slots << 16) | pitch);
    this.memory.store32(run + RUN_COUNTS, 0);
    this.memory.store32(run + FREE_SLOT, 0);
  }

  pitchOf(run: number): number {
    return this.memory.load32(run + RUN_SHAPE) & 0xffff;
  }

  slotsOf(run: number): number {
    return this.memory.load32(run + RUN_SHAPE) >>> 16;
  }

  usedOf(run: number): number {
    return this.memory.load32(run + RUN_COUNTS) & 0xffff;
  }

  carvedOf(run: number): number {
    return this.memory.load32(run + RUN_COUNTS) >>> 16;
  }

  /** Bytes of a run with all its slots. */
  bytesOf(run: number): number {
    return FIRST_SLOT + this.slotsOf(run) * this.pitchOf(run);
  }

  /** Whether what lies at an offset looks like a run, so that none of it is outside the region. */
  isRun(run: number): boolean {
    if (run < INNER || run > this.end - FIRST_SLOT || (run & 7) !== 0) return false;
    return PITCHES.includes(this.pitchOf(run)) && this.bytesOf(run) <= this.end - run;
  }

  /** Takes a slot: one that was given back, or the next that was never used; its offset, or 0. */
  take(run: number): number {
    const { memory } = this;
    const counts = memory.load32(run + RUN_COUNTS);
    const carved = counts >>> 16;
    const back = memory.load32(run + FREE_SLOT);
    let distance = back;
    if (this.isSlot(run, back)) {
      memory.store32(run + FREE_SLOT, memory.load32(run + back + NEXT_SLOT));
      memory.store32(run + RUN_COUNTS, counts + 1);
    } else {
      if (carved >= this.slotsOf(run)) return 0;
      distance = FIRST_SLOT + carved * this.pitchOf(run);
      memory.store32(run + RUN_COUNTS, counts + 0x10001);
    }
    memory.store32(run + distance, (distance - 4) | SLOT_BIT | HEADER_USED);
    return run + distance;
  }

  /** Gives a slot back to its run. */
  giveBack(run: number, slot: number): void {
    const { memory } = this;
    const distance = slot - run;
    memory.store32(slot, (distance - 4) | SLOT_BIT);
    memory.store32(slot + NEXT_SLOT, memory.load32(run + FREE_SLOT));
    memory.store32(run + FREE_SLOT, distance);
    memory.store32(run + RUN_COUNTS, memory.load32(run + RUN_COUNTS) - 1);
  }

  /** Whether a slot that was used once begins at a distance from a run. */
  isSlot(run: number, distance: number): boolean {
    const pitch = this.pitchOf(run);
    const from = distance - FIRST_SLOT;
    const carved = Math.min(this.carvedOf(run), this.slotsOf(run));
    return from >= 0 && from < carved * pitch && from % pitch === 0;
  }

  /** Puts a run in front of the list whose head is at `head`. */
  link(head: number, run: number): void {
    const { memory } = this;
    const next = memory.load32(head);
    memory.store32(run + NEXT_RUN, next);
    memory.store32(run + PREVIOUS_RUN, 0);
    if (this.isRun(next)) memory.store32(next + PREVIOUS_RUN, run);
    memory.store32(head, run);
  }

  /** Takes a run out of its list. Links that a program overwrote end the list there. */
  unlink(head: number, run: number): void {
    const { memory } = this;
    const next = memory.load32(run + NEXT_RUN);
    const previous = memory.load32(run + PREVIOUS_RUN);
    const after = this.isRun(next) ? next : 0;
    if (after !== 0) memory.store32(after + PREVIOUS_RUN, previous);
    memory.store32(this.isRun(previous) ? previous + NEXT_RUN : head, after);
  }
}
