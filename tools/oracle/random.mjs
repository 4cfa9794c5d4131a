/** A seeded generator of random numbers (mulberry32), one stream a case. */
export class Random {
  constructor(seed, stream = 0) {
    this.state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(stream + 1, 0xc2b2ae35);
    this.word();
    this.word();
  }

  /** An integer of 32 bits, signed. */
  word() {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return t ^ (t >>> 14);
  }

  /** An integer in [0, limit). */
  below(limit) {
    return Math.floor(((this.word() >>> 0) / 2 ** 32) * limit);
  }

  chance(probability) {
    return this.word() >>> 0 < probability * 2 ** 32;
  }

  pick(list) {
    return list[this.below(list.length)];
  }
}
