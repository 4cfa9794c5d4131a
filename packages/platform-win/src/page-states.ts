/**
 * A word for each page of a reservation, kept in groups: a group whose pages are alike is one
 * number, so that a reservation costs by what was done to it, not by its size.
 *
 *   15      14     13     12      11       10        9      8      7             0
 *   private copied locked written committed (unused) (unused) guard  PAGE_* base
 */
export const PAGE_STATE_COMMITTED = 0x0800;
/** Written since the watch was reset. */
export const PAGE_STATE_WRITTEN = 0x1000;
export const PAGE_STATE_LOCKED = 0x2000;
/** A page of a view that has been copied: it shows the section no more. */
export const PAGE_STATE_COPIED = 0x4000;
/** A page of a view that is mapped so that stores copy it. */
export const PAGE_STATE_PRIVATE = 0x8000;

const GROUP_PAGES = 512;

/** Pages [first, end) in one state. */
export interface PageRun {
  readonly first: number;
  readonly end: number;
  readonly state: number;
}

export class PageStates {
  private readonly initial: number;
  private readonly groups = new Map<number, number | Uint16Array>();

  /** @param initial  the state of every page */
  constructor(initial: number) {
    this.initial = initial;
  }

  get(page: number): number {
    const group = this.groups.get(Math.floor(page / GROUP_PAGES));
    if (group === undefined) return this.initial;
    return typeof group === 'number' ? group : group[page % GROUP_PAGES]!;
  }

  /** Changes the states of [first, end). */
  update(first: number, end: number, change: (state: number) => number): void {
    const isKept = change(this.initial) === this.initial;
    if (isKept && (end - first) / GROUP_PAGES > this.groups.size) {
      // Of what nobody touched nothing changes, however large it is.
      for (const index of this.groups.keys()) {
        const from = Math.max(first, index * GROUP_PAGES);
        const to = Math.min(end, (index + 1) * GROUP_PAGES);
        if (from < to) this.updateGroup(index, from, to, change);
      }
      return;
    }
    for (let at = first; at < end; ) {
      const index = Math.floor(at / GROUP_PAGES);
      const next = Math.min(end, (index + 1) * GROUP_PAGES);
      this.updateGroup(index, at, next, change);
      at = next;
    }
  }

  /** The end of the run from a page, at most `end`, of pages that are alike in the bits of a mask. */
  runEnd(first: number, end: number, mask = -1): number {
    const wanted = this.get(first) & mask;
    const isPlain = (this.initial & mask) === wanted;
    let at = first;
    while (at < end) {
      const index = Math.floor(at / GROUP_PAGES);
      const group = this.groups.get(index) ?? this.initial;
      const next = Math.min(end, (index + 1) * GROUP_PAGES);
      const stop = groupRunEnd(group, at, next, wanted, mask);
      if (stop < next) return stop;
      at = next;
      // Over groups that nobody touched there are few steps when few were touched.
      if (isPlain && (end - at) / GROUP_PAGES > this.groups.size) at = this.nextGroup(at, end);
    }
    return end;
  }

  /** The runs of [first, end), in order. */
  runs(first: number, end: number, mask = -1): PageRun[] {
    const found: PageRun[] = [];
    for (let at = first; at < end; ) {
      const next = this.runEnd(at, end, mask);
      found.push({ first: at, end: next, state: this.get(at) & mask });
      at = next;
    }
    return found;
  }

  /** Whether every page of [first, end) has all bits of a mask. */
  every(first: number, end: number, mask: number): boolean {
    if (first >= end) return true;
    return (this.get(first) & mask) === mask && this.runEnd(first, end, mask) === end;
  }

  /** The first page of a group that was touched, from a group's first page on, or `end`. */
  private nextGroup(from: number, end: number): number {
    let next = end;
    for (const index of this.groups.keys()) {
      const start = index * GROUP_PAGES;
      if (start >= from && start < next) next = start;
    }
    return next;
  }

  private updateGroup(
    index: number,
    from: number,
    to: number,
    change: (state: number) => number,
  ): void {
    const group = this.groups.get(index) ?? this.initial;
    if (typeof group === 'number' && to - from === GROUP_PAGES) {
      this.groups.set(index, change(group));
      return;
    }
    const states = this.expanded(index, group);
    for (let page = from; page < to; page++) {
      states[page % GROUP_PAGES] = change(states[page % GROUP_PAGES]!);
    }
  }

  private expanded(index: number, group: number | Uint16Array): Uint16Array {
    if (typeof group !== 'number') return group;
    const states = new Uint16Array(GROUP_PAGES).fill(group);
    this.groups.set(index, states);
    return states;
  }
}

/** Where the pages of one group stop to be alike. */
function groupRunEnd(
  group: number | Uint16Array,
  from: number,
  to: number,
  wanted: number,
  mask: number,
): number {
  if (typeof group === 'number') return (group & mask) === wanted ? to : from;
  let at = from;
  while (at < to && (group[at % GROUP_PAGES]! & mask) === wanted) at++;
  return at;
}
