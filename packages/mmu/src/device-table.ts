/** The devices of a space by number: a PTE has room for a number only. */
import type { Device } from './device.ts';

export interface MappedDevice {
  readonly device: Device;
  /** Address that the device's offsets count from. */
  readonly base: number;
}

export class DeviceTable {
  private readonly devices: MappedDevice[] = [];

  at(number: number): MappedDevice {
    return this.devices[number]!;
  }

  /** The number of a device, given now if it has none. */
  numberOf(device: Device, base: number): number {
    const known = this.devices.findIndex((entry) => entry.device === device && entry.base === base);
    return known >= 0 ? known : this.devices.push({ device, base }) - 1;
  }
}
