/** Where a lifter has code from. Faults of memory are recorded there. */
export interface CodeSource {
  /** A unit of the ISA's `fetchBytes` at an address, or -1 when it cannot be fetched. */
  unit(address: number): number;
  /**
   * Copies bytes from an address on to `into`, from `at`, for an ISA whose units are bytes: the
   * first, and those behind it that are known to be fetched without a fault, in all `most` at most.
   *
   * @returns how many; 0 when the first cannot be fetched
   */
  copy(address: number, into: Uint8Array, at: number, most: number): number;
}
