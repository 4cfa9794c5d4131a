/**
 * A range where the board has devices that are not emulated: reads as zero, ignores writes, and
 * says so once by name.
 */
import type { Device } from '@bareheap/mmu';

export class Unimplemented implements Device {
  private readonly tell: (offset: number) => void;
  private told = false;

  /** @param tell  called at the first access with its offset */
  constructor(tell: (offset: number) => void) {
    this.tell = tell;
  }

  load(offset: number): number {
    this.note(offset);
    return 0;
  }

  store(offset: number): void {
    this.note(offset);
  }

  private note(offset: number): void {
    if (this.told) return;
    this.told = true;
    this.tell(offset);
  }
}
