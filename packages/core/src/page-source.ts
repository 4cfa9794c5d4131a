/**
 * Where a heap's memory comes from. What a source can do is data, not a kind: a static array, brk,
 * mmap and VirtualAlloc differ in these fields, and no allocator knows which one feeds it.
 */
export interface PageSource {
  /** Sizes and addresses of reservations are multiples of this; bytes. */
  readonly granularityBytes: number;
  /** Whether a later reservation may continue the one before. */
  readonly isContiguous: boolean;
  /** Whether memory can be given back, and if so whether only from the top. */
  readonly release: 'never' | 'top' | 'any';
  /** Whether new memory is known to be zero. */
  readonly isZeroed: boolean;
  /** Hands out `bytes` bytes; the address, or NO_MEMORY with nothing changed. */
  reserve(bytes: number): number;
  /** Takes a reservation back; false when it cannot be. */
  giveBack(address: number, bytes: number): boolean;
}

/** The address that stands for none, as C's NULL does. */
export const NO_MEMORY = 0;
