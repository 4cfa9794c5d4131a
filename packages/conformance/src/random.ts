/**
 * A seeded pseudo-random generator for tests and tools: the same seed gives the same numbers
 * everywhere. Not for anything that must not be guessed.
 *
 * @see S. Vigna and others, "splitmix" family; this is the 32-bit variant of Doty-Humphrey's sfc
 */
export class Random {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;

  constructor(seed: number) {
    this.a = seed | 0;
    this.b = 0x9e3779b9 | 0;
    this.c = Math.imul(seed, 0x85ebca6b) | 0;
    for (let round = 0; round < 12; round++) this.next();
  }

  /** 32 random bits, unsigned. */
  next(): number {
    const result = (this.a + this.b + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = ((this.c << 21) | (this.c >>> 11)) + result;
    return result >>> 0;
  }

  /** An integer in [0, count); count at most 2^32. */
  below(count: number): number {
    return Math.floor((this.next() / 2 ** 32) * count);
  }

  /** An integer in [low, high]. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }

  /** True once in `count` times. */
  oneIn(count: number): boolean {
    return this.below(count) === 0;
  }
}
