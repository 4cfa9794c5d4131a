/** Addresses that programs of the probe know, and how words are printed. */

/** 256 MiB of free addresses, with a fence above. */
export const X_START = 0x1000000000;
export const X_BYTES = 0x10000000;

/** Where the pointers of calls point. */
export const SCRATCH = 0x7ff000000000;
export const SCRATCH_BYTES = 0x10000;

/** A word as unsigned hexadecimal digits. */
export function hexText(value: number): string {
  return `0x${BigInt.asUintN(64, BigInt(value)).toString(16)}`;
}
