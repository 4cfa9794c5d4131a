/** What answers accesses to a range of addresses that is not memory. */
export interface Device {
  /**
   * @param offset  bytes from the start of the device's range
   * @param size    1, 2 or 4
   * @returns       the value, unsigned
   */
  load(offset: number, size: number): number;
  store(offset: number, size: number, value: number): void;
}
