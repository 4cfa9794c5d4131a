/**
 * SiFive's test finisher, by which a program on QEMU's virt machine ends the run: a word written
 * to +0 says how in its low half (0x5555 pass, 0x3333 fail with the code in the high half, 0x7777
 * reset).
 */
import type { Device } from '@bareheap/mmu';

const PASS = 0x5555;
const FAIL = 0x3333;
const RESET = 0x7777;

export interface FinisherOutcome {
  exit(code: number): void;
  reset(): void;
}

export class TestFinisher implements Device {
  private readonly outcome: FinisherOutcome;

  constructor(outcome: FinisherOutcome) {
    this.outcome = outcome;
  }

  load(): number {
    return 0;
  }

  store(offset: number, _size: number, value: number): void {
    if (offset !== 0) return;
    const status = value & 0xffff;
    if (status === PASS) this.outcome.exit(0);
    else if (status === FAIL) this.outcome.exit((value >>> 16) & 0xff);
    else if (status === RESET) this.outcome.reset();
  }
}
