/** A window onto a bus with nothing on it: reads give all ones, stores go nowhere, nothing faults. */
import type { Device } from '@bareheap/mmu';

export class OpenBus implements Device {
  load(): number {
    return 0xffffffff;
  }

  store(): void {}
}
