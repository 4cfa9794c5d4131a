/**
 * Files of the host that nobody has open and nobody wrote to: their pages are kept for a while, as
 * the next program will want the same libraries. Oldest first they are given back.
 */

/** A file whose pages can be read again. */
export interface CachedFile {
  /** Pages that have a frame. */
  readonly residentPages: number;
  /** Gives the frames back. */
  forget(): void;
}

/** Files kept at most: each may hold a descriptor of the host's. */
const MOST_FILES = 64;

export class PageCache {
  private readonly files = new Set<CachedFile>();
  private readonly mostPages: number;

  constructor(mostPages: number) {
    this.mostPages = mostPages;
  }

  /** Keeps a file that was closed, and lets go of others where that is too much. */
  add(file: CachedFile): void {
    this.files.delete(file);
    this.files.add(file);
    let pages = 0;
    for (const kept of this.files) pages += kept.residentPages;
    for (const kept of [...this.files]) {
      if (pages <= this.mostPages && this.files.size <= MOST_FILES) break;
      pages -= kept.residentPages;
      this.files.delete(kept);
      kept.forget();
    }
  }

  /** The file is open again. */
  remove(file: CachedFile): void {
    this.files.delete(file);
  }
}
