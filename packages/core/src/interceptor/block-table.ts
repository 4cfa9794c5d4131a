/**
 * A number for each live block by its address: open addressing in typed arrays, linear probing,
 * removal by moving back what comes after. It is as large as it was made until three quarters of
 * it are in use, and then doubles.
 *
 * @see D. Knuth, TAOCP 3, 6.4, algorithms L and R
 */
const EMPTY = 0;

export class BlockTable {
  private addresses: Float64Array;
  private values: Int32Array;
  private count = 0;

  /** @param capacity  blocks to have room for, at least */
  constructor(capacity = 1024) {
    const entries = 2 ** Math.ceil(Math.log2(Math.max(8, (capacity * 4) / 3)));
    this.addresses = new Float64Array(entries);
    this.values = new Int32Array(entries);
  }

  get size(): number {
    return this.count;
  }

  /** The number of a block, or -1. */
  get(address: number): number {
    const at = this.find(address);
    return this.addresses[at] === address && address !== EMPTY ? this.values[at]! : -1;
  }

  /** Sets the number of a block; `address` is not 0. */
  set(address: number, value: number): void {
    let at = this.find(address);
    if (this.addresses[at] === EMPTY) {
      if ((this.count + 1) * 4 > this.addresses.length * 3) {
        this.double();
        at = this.find(address);
      }
      this.count++;
      this.addresses[at] = address;
    }
    this.values[at] = value;
  }

  /** Removes a block; its number, or -1. */
  remove(address: number): number {
    const at = this.find(address);
    if (address === EMPTY || this.addresses[at] !== address) return -1;
    const value = this.values[at]!;
    this.count--;
    this.close(at);
    return value;
  }

  /** Fills a gap with an entry further on that would not be found beyond it. */
  private close(gap: number): void {
    const mask = this.addresses.length - 1;
    let hole = gap;
    this.addresses[hole] = EMPTY;
    for (let at = (hole + 1) & mask; this.addresses[at] !== EMPTY; at = (at + 1) & mask) {
      const home = this.home(this.addresses[at]!);
      // The entry stays when its home lies cyclically behind the hole, up to itself.
      if (((at - home) & mask) < ((at - hole) & mask)) continue;
      this.addresses[hole] = this.addresses[at]!;
      this.values[hole] = this.values[at]!;
      this.addresses[at] = EMPTY;
      hole = at;
    }
  }

  private find(address: number): number {
    const mask = this.addresses.length - 1;
    let at = this.home(address);
    while (this.addresses[at] !== EMPTY && this.addresses[at] !== address) at = (at + 1) & mask;
    return at;
  }

  /** Fibonacci hashing; payloads are aligned, so low bits say little. */
  private home(address: number): number {
    const mixed = Math.imul((address | 0) ^ (address / 2 ** 32), 0x9e3779b1);
    return mixed >>> (Math.clz32(this.addresses.length) + 1);
  }

  private double(): void {
    const { addresses, values } = this;
    this.addresses = new Float64Array(2 * addresses.length);
    this.values = new Int32Array(2 * values.length);
    for (let from = 0; from < addresses.length; from++) {
      if (addresses[from] === EMPTY) continue;
      const at = this.find(addresses[from]!);
      this.addresses[at] = addresses[from]!;
      this.values[at] = values[from]!;
    }
  }
}
