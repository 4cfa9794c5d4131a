/**
 * Where the debug heap's pages come from and go to. New addresses first, so that an old pointer
 * meets nothing; when there are none any more, the run that was given back longest ago, then what
 * runs side by side make together. A run given back keeps its records, read-only, and its blocks
 * have no access where the source can do that.
 */
import { NO_MEMORY, PAGE_NONE, PAGE_READ_WRITE, type PageSource } from '../page-source.ts';
import { largeRoom } from './debug-geometry.ts';
import {
  KIND_BARE,
  KIND_FREED_BUCKET,
  KIND_FREED_LARGE,
  KIND_NONE,
  KIND_REST,
  WORD_BREAK,
  WORD_MAPPED,
  WORD_UNUSED,
} from './debug-layout.ts';
import type { DebugState } from './debug-state.ts';
import type { PageSeal } from './page-seal.ts';

export const NO_PAGES = -1;
/** Pages fit below this, so that age and place make one number to compare. */
const PAGE_LIMIT = 2 ** 20;

export function isFreedKind(kind: number): boolean {
  return kind === KIND_FREED_BUCKET || kind === KIND_FREED_LARGE || kind === KIND_BARE;
}

export class PageRuns {
  /** Pages looked at since the counter was set to 0. */
  steps = 0;
  private readonly state: DebugState;
  private readonly source: PageSource;
  private readonly seal: PageSeal;
  private readonly onReuse: (page: number) => void;

  /** @param onReuse  called with a run given back before its pages are used again */
  constructor(
    state: DebugState,
    source: PageSource,
    seal: PageSeal,
    onReuse: (page: number) => void,
  ) {
    this.state = state;
    this.source = source;
    this.seal = seal;
    this.onReuse = onReuse;
  }

  /** Takes pages, readable and writable, whose first has an alignment; -1 when there are none. */
  take(pages: number, align: number): number {
    const { pageBytes, pageCount } = this.state.geometry;
    const spare = align > pageBytes ? align / pageBytes - 1 : 0;
    const wanted = pages + spare;
    if (wanted > pageCount) return NO_PAGES;
    let first = this.takeUnused(wanted);
    if (first === NO_PAGES) first = this.takeNew(wanted);
    if (first === NO_PAGES) first = this.takeOldest(wanted);
    if (first === NO_PAGES) first = this.takeMerged(wanted);
    if (first === NO_PAGES || spare === 0) return first;
    const address = this.state.base + this.state.offsetOf(first);
    const skipped = (Math.ceil(address / align) * align - address) / pageBytes;
    if (skipped > 0) this.setBare(first, skipped, 1);
    if (skipped < spare) this.setBare(first + skipped + pages, spare - skipped, 1);
    return first + skipped;
  }

  /** Takes pages that follow a run, by asking for their addresses; false when they are not to be had. */
  takeAfter(page: number, pages: number): boolean {
    const { state, source } = this;
    if (page + pages > state.geometry.pageCount) return false;
    const address = state.base + state.offsetOf(page);
    const bytes = pages * state.geometry.pageBytes;
    if (source.placement?.reserveAt(address, bytes) !== true) return false;
    state.addWord(WORD_MAPPED, pages);
    if (source.release !== 'never' && state.word(WORD_BREAK) === page) {
      state.setWord(WORD_BREAK, page + pages);
    }
    return true;
  }

  /**
   * Gives a run back: its records stay, its blocks can no longer be used where that is possible.
   * Whether it is.
   */
  give(page: number, kind: number, blockPages: number, call: number): boolean {
    const { state } = this;
    const isWithdrawn = this.withdraw(page, blockPages);
    state.setRun(page, kind, state.sizeClass(page), state.pages(page));
    state.setNote(page, call);
    return isWithdrawn;
  }

  /** Makes pages ones without records, to be used when there are no new ones. */
  setBare(page: number, pages: number, call: number): void {
    const { state } = this;
    this.withdraw(page, pages);
    if (call === 0) state.addWord(WORD_UNUSED, pages);
    state.setRun(page, KIND_BARE, 0, pages);
    state.setNote(page, call);
    if (state.geometry.guardPages === 0) state.setFence(page, pages);
  }

  /** Takes away access, and the memory behind the pages where that is a thing of its own. */
  withdraw(page: number, pages: number): boolean {
    const { state, source } = this;
    const address = state.base + state.offsetOf(page);
    const bytes = pages * state.geometry.pageBytes;
    if (pages === 0) return false;
    if (source.commitment?.decommit(address, bytes) === true) return true;
    return source.protection?.protect(address, bytes, PAGE_NONE) ?? false;
  }

  /** Makes a page no access: the guard behind blocks. */
  guard(page: number): boolean {
    const { state, source } = this;
    const address = state.base + state.offsetOf(page);
    const { guardPages, pageBytes } = state.geometry;
    return source.protection?.protect(address, guardPages * pageBytes, PAGE_NONE) ?? true;
  }

  /** Makes pages readable and writable; false when the source refuses. */
  open(page: number, pages: number): boolean {
    const { state, source } = this;
    const address = state.base + state.offsetOf(page);
    const bytes = pages * state.geometry.pageBytes;
    return source.protection?.protect(address, bytes, PAGE_READ_WRITE) ?? true;
  }

  private takeUnused(pages: number): number {
    if (this.state.word(WORD_UNUSED) < pages) return NO_PAGES;
    return this.takeOldest(pages, 0);
  }

  private takeNew(pages: number): number {
    const { state, source } = this;
    const { pageBytes } = state.geometry;
    const granted = Math.max(source.granularityBytes, pageBytes);
    const bytes = Math.ceil((pages * pageBytes) / granted) * granted;
    const hint = state.word(WORD_BREAK);
    let address = state.base + state.offsetOf(hint);
    const isHinted =
      source.release !== 'never' &&
      state.pageOf(address) === hint &&
      source.placement?.reserveAt(address, bytes) === true;
    if (isHinted) state.setWord(WORD_BREAK, hint + bytes / pageBytes);
    else address = source.reserve(bytes);
    const first = address === NO_MEMORY ? NO_PAGES : state.pageOf(address);
    if (first === NO_PAGES) return NO_PAGES;
    const had = bytes / pageBytes;
    state.addWord(WORD_MAPPED, had);
    state.setRun(first, KIND_BARE, 0, had);
    if (had > pages) this.setBare(first + pages, had - pages, 0);
    return first;
  }

  /** The run given back longest ago that is large enough and that the source makes usable again. */
  private takeOldest(pages: number, latest = 2 ** 32): number {
    const { state } = this;
    for (let tried = -1; ; ) {
      let oldest = 2 ** 53;
      for (let page = 0; page < state.geometry.pageCount; page += state.pages(page)) {
        this.steps++;
        if (!isFreedKind(state.kind(page)) || state.pages(page) < pages) continue;
        const age = (state.note(page) >>> 0) * PAGE_LIMIT + page;
        if (age > tried && age < oldest) oldest = age;
      }
      if (oldest >= (latest + 1) * PAGE_LIMIT || oldest === 2 ** 53) return NO_PAGES;
      const page = oldest % PAGE_LIMIT;
      if (this.reopen(page, pages)) return page;
      tried = oldest;
    }
  }

  /** Pages of runs given back that lie side by side; the lowest that suffice. */
  private takeMerged(pages: number): number {
    const { state } = this;
    let first = 0;
    for (let page = 0; page < state.geometry.pageCount; ) {
      this.steps++;
      const next = page + state.pages(page);
      if (!isFreedKind(state.kind(page))) first = next;
      else if (next - first >= pages) {
        if (this.reopen(first, pages)) return first;
        first = next;
      }
      page = next;
    }
    return NO_PAGES;
  }

  /** Makes [page, page + pages) of runs given back usable; what is left of the last is bare. */
  private reopen(page: number, pages: number): boolean {
    const { state, source } = this;
    const { pageBytes } = state.geometry;
    const address = state.base + state.offsetOf(page);
    const bytes = pages * pageBytes;
    if (source.commitment?.commit(address, bytes) === false) return false;
    if (source.protection?.protect(address, bytes, PAGE_READ_WRITE) === false) return false;
    this.seal.drop(address, bytes);
    const end = page + pages;
    for (let at = page; at < end; ) {
      const next = at + state.pages(at);
      const call = state.note(at);
      if (state.kind(at) === KIND_BARE && call === 0) {
        state.addWord(WORD_UNUSED, -(Math.min(next, end) - at));
      } else this.onReuse(at);
      if (next > end) {
        state.setRun(end, KIND_BARE, 0, next - end);
        state.setNote(end, call);
        this.withdraw(end, next - end);
      }
      at = next;
    }
    return true;
  }

  /** Pages of a run that hold blocks. */
  blockPages(page: number): number {
    const { state } = this;
    const { pageBytes, guardPages, recordsAt } = state.geometry;
    const pages = state.pages(page);
    const kind = state.kind(page);
    if (kind === KIND_BARE || kind === KIND_NONE || kind === KIND_REST) return pages;
    if (guardPages === 0) return pages;
    return state.isBucket(page)
      ? recordsAt[state.sizeClass(page)]! / pageBytes - guardPages
      : largeRoom(state.geometry, pages) / pageBytes;
  }
}
