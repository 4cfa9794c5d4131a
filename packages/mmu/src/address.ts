/**
 * Addresses as numbers. A space of 32 bits has [0, 2^32). A space of 48 bits has the lower half of
 * its canonical addresses, [0, 2^47), for the guest's mappings; the upper half, where nothing is
 * ever mapped, are the numbers [-2^47, 0): the 64 bits read as a signed integer.
 *
 * @see Intel SDM volume 1, 3.3.7.1 Canonical Addressing
 */
import { PAGE_BYTES } from './memory-layout.ts';
import type { AddressBits } from './page-table.ts';

/** First address past those that can be mapped. */
export function spaceEndOf(addressBits: AddressBits): number {
  return addressBits === 32 ? 2 ** 32 : 2 ** 47;
}

/** Whether a number is an address of the upper half, which exists and has no mappings. */
export function isUpperHalf(address: number, addressBits: AddressBits): boolean {
  return addressBits === 48 && address < 0 && address >= -(2 ** 47);
}

/** Upper half of the last addresses below those that are none, in a 48-bit space. */
const LAST_HIGH = 0x7fff;

/**
 * Whether `size` bytes from 64 bits, given as halves, all have addresses of the space: an access is
 * judged as a whole, before any page of it is looked at.
 */
export function isCanonical(
  low: number,
  high: number,
  size: number,
  addressBits: AddressBits,
): boolean {
  if (addressBits === 32) return (high | 0) === 0;
  const top = (high | 0) >> 15;
  if (top !== 0) return top === -1;
  return high !== LAST_HIGH || (low >>> 0) + size <= 2 ** 32;
}

/** 64 bits, given as halves, as a number; exact when they are canonical. */
export function addressOf(low: number, high: number): number {
  return (high | 0) * 2 ** 32 + (low >>> 0);
}

export function pageOf(address: number): number {
  return address - (address % PAGE_BYTES);
}
