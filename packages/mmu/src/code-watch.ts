/**
 * Where code was translated, to the granule of 64 bytes. Frames are watched, not addresses, so that
 * a store through another mapping or from another space is seen too; who is told, and of which
 * address, are the pages that were watched. Each watched granule of a page counts its watches.
 *
 * A frame with watched pages has its stores take the slow path, until all of those pages are
 * trusted: then they are fast and untold.
 */
import { assert } from './assert.ts';
import { PAGE_BYTES } from './memory-layout.ts';

/** Who watches: a space. */
export interface CodeWatcher {
  onCodeWrite: ((address: number, size: number) => void) | null;
}

interface WatchedPage {
  readonly watcher: CodeWatcher;
  /** Address of the page in the watcher's space. */
  readonly page: number;
  /** Watches of each granule; one that reached MOST stays there. */
  readonly counts: Uint8Array;
  trusted: boolean;
}

const GRANULE_SHIFT = 6;
const GRANULES = PAGE_BYTES >> GRANULE_SHIFT;
const MOST = 255;

export class CodeWatch {
  private readonly pages = new Map<number, WatchedPage[]>();

  /** Whether no code is watched at all. */
  get isEmpty(): boolean {
    return this.pages.size === 0;
  }

  /** Whether stores to a frame must be looked at. */
  isWatched(frame: number): boolean {
    if (this.pages.size === 0) return false;
    const pages = this.pages.get(frame);
    return pages !== undefined && !pages.every(({ trusted }) => trusted);
  }

  /** Whether a page of a frame is watched, trusted or not. */
  hasCode(frame: number, watcher: CodeWatcher, page: number): boolean {
    return this.find(frame, watcher, page) !== undefined;
  }

  /** Watches bytes of a page; true when the page was not watched before. */
  add(frame: number, watcher: CodeWatcher, page: number, offset: number, length: number): boolean {
    const known = this.find(frame, watcher, page);
    const watched = known ?? { watcher, page, counts: new Uint8Array(GRANULES), trusted: false };
    const last = (offset + length - 1) >> GRANULE_SHIFT;
    for (let granule = offset >> GRANULE_SHIFT; granule <= last; granule++) {
      if (watched.counts[granule]! < MOST) watched.counts[granule]!++;
    }
    if (known !== undefined) return false;
    this.enter(frame, watched);
    return true;
  }

  /** Takes one watch of bytes away; true when the page is no longer watched. */
  subtract(
    frame: number,
    watcher: CodeWatcher,
    page: number,
    offset: number,
    length: number,
  ): boolean {
    const watched = this.find(frame, watcher, page);
    if (watched === undefined) return false;
    const last = (offset + length - 1) >> GRANULE_SHIFT;
    for (let granule = offset >> GRANULE_SHIFT; granule <= last; granule++) {
      const count = watched.counts[granule]!;
      if (count > 0 && count < MOST) watched.counts[granule] = count - 1;
    }
    if (watched.counts.some((count) => count > 0)) return false;
    this.leave(frame, watched);
    return true;
  }

  trust(frame: number, watcher: CodeWatcher, page: number): void {
    const watched = this.find(frame, watcher, page);
    if (watched !== undefined) watched.trusted = true;
  }

  /** A page shows another frame now, a copy of the old one: what was watched in it still is. */
  move(from: number, to: number, watcher: CodeWatcher, page: number): void {
    const watched = this.find(from, watcher, page);
    if (watched === undefined) return;
    this.leave(from, watched);
    this.enter(to, watched);
  }

  /** Ends the watch of a page, whatever its watches. */
  drop(frame: number, watcher: CodeWatcher, page: number): void {
    const watched = this.find(frame, watcher, page);
    if (watched !== undefined) this.leave(frame, watched);
  }

  /** Bytes of a frame were stored to: tells the watchers of every page with code there. */
  stored(frame: number, offset: number, size: number): void {
    const pages = this.pages.get(frame);
    if (pages === undefined) return;
    // Watches may end while they are told: that replaces the list and leaves this one as it is.
    for (const { watcher, page, counts } of pages) {
      if (touches(counts, offset, size)) watcher.onCodeWrite?.(page + offset, size);
    }
  }

  /** For the frame pool: a frame that nobody holds has no pages. */
  assertPlain(frame: number): void {
    assert(!this.pages.has(frame), 'a frame is free and watched', frame);
  }

  private find(frame: number, watcher: CodeWatcher, page: number): WatchedPage | undefined {
    return this.pages
      .get(frame)
      ?.find((watched) => watched.watcher === watcher && watched.page === page);
  }

  private enter(frame: number, watched: WatchedPage): void {
    const pages = this.pages.get(frame);
    if (pages === undefined) this.pages.set(frame, [watched]);
    else pages.push(watched);
  }

  private leave(frame: number, watched: WatchedPage): void {
    const rest = this.pages.get(frame)!.filter((other) => other !== watched);
    if (rest.length === 0) this.pages.delete(frame);
    else this.pages.set(frame, rest);
  }
}

function touches(counts: Uint8Array, offset: number, size: number): boolean {
  const last = (offset + size - 1) >> GRANULE_SHIFT;
  for (let granule = offset >> GRANULE_SHIFT; granule <= last; granule++) {
    if (counts[granule]! > 0) return true;
  }
  return false;
}
