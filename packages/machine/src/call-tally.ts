/** Counts of calls by name, as `-c` shows them. */
import type { CallCount } from '@bareheap/inspect';

/** The count of one name, which whoever counts adds to. */
export type Tally = { -readonly [K in keyof CallCount]: CallCount[K] };

export class CallTally {
  private readonly byKey = new Map<string, Tally>();

  get counts(): CallCount[] {
    return [...this.byKey.values()].map((count) => ({ ...count }));
  }

  /** The count of a call; `key` tells those of one name apart. */
  of(name: string, number: number, key: string = name): Tally {
    let count = this.byKey.get(key);
    if (count === undefined) {
      count = { name, number, calls: 0, errors: 0, nanoseconds: 0 };
      this.byKey.set(key, count);
    }
    return count;
  }
}
