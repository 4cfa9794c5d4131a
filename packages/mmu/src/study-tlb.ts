/**
 * A TLB to study: any size, any number of ways, three replacement policies. It holds no
 * translations, it only says which accesses would have hit. While one is attached, every access
 * takes the MMU's slow path, so that it sees them all.
 */
import { assert } from './assert.ts';
import type { AccessKind } from './fault.ts';
import type { TlbFigures } from './tlb.ts';

export type Replacement = 'lru' | 'fifo' | 'random';

export interface StudyTlbOptions {
  /** A power of two, at least `ways`. */
  readonly entries: number;
  /** Entries of a set; 1 is direct-mapped, `entries` fully associative. */
  readonly ways: number;
  readonly replacement: Replacement;
  /** Of the random policy. */
  readonly seed?: number;
}

const EMPTY = -1;

/** Figures while they are counted. */
type Counts = { -readonly [K in keyof TlbFigures]: TlbFigures[K] };

export class StudyTlb {
  hits = 0;
  misses = 0;
  evictions = 0;
  /** The same by kind of access; an eviction is of the access that took the entry. */
  readonly counts: Readonly<Record<AccessKind, Counts>> = {
    read: { hits: 0, misses: 0, evictions: 0 },
    write: { hits: 0, misses: 0, evictions: 0 },
    execute: { hits: 0, misses: 0, evictions: 0 },
  };
  private readonly pages: Float64Array;
  /** Time of the last use (lru) or of the fill (fifo) of each entry. */
  private readonly times: Float64Array;
  private readonly sets: number;
  private readonly ways: number;
  private readonly replacement: Replacement;
  private time = 0;
  private state: number;

  constructor({ entries, ways, replacement, seed = 1 }: StudyTlbOptions) {
    assert((entries & (entries - 1)) === 0 && entries % ways === 0, 'TLB entries and ways');
    this.pages = new Float64Array(entries).fill(EMPTY);
    this.times = new Float64Array(entries);
    this.sets = entries / ways;
    this.ways = ways;
    this.replacement = replacement;
    this.state = seed | 0;
  }

  /** Looks a page number up, and fills on a miss; true when it hit. */
  access(page: number, kind: AccessKind = 'read'): boolean {
    const counts = this.counts[kind];
    this.time++;
    const first = (page % this.sets) * this.ways;
    for (let entry = first; entry < first + this.ways; entry++) {
      if (this.pages[entry] !== page) continue;
      if (this.replacement === 'lru') this.times[entry] = this.time;
      this.hits++;
      counts.hits++;
      return true;
    }
    this.misses++;
    counts.misses++;
    const victim = this.victim(first);
    if (this.pages[victim] !== EMPTY) {
      this.evictions++;
      counts.evictions++;
    }
    this.pages[victim] = page;
    this.times[victim] = this.time;
    return false;
  }

  invalidate(page: number): void {
    const first = (page % this.sets) * this.ways;
    for (let entry = first; entry < first + this.ways; entry++) {
      if (this.pages[entry] === page) this.pages[entry] = EMPTY;
    }
  }

  private victim(first: number): number {
    let oldest = first;
    for (let entry = first; entry < first + this.ways; entry++) {
      if (this.pages[entry] === EMPTY) return entry;
      if (this.times[entry]! < this.times[oldest]!) oldest = entry;
    }
    if (this.replacement !== 'random') return oldest;
    this.state = (Math.imul(this.state, 1664525) + 1013904223) | 0;
    return first + ((this.state >>> 8) % this.ways);
  }
}
