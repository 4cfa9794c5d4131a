/**
 * The naive answer to what spaces of one machine do: for each space a map of pages, each with its
 * own bytes, or those of an object. Nothing is shared but by naming the same object, nothing is
 * derived, nothing is cached.
 */

export const PAGE = 4096;
const GRANULE = 64;
const NEEDS = { read: 1, write: 2, execute: 4 } as const;
const ZEROS = new Uint8Array(PAGE);
export type ModelAccess = keyof typeof NEEDS;

/** A file, or shared memory: its pages, and how many bytes of them there are. */
export class ModelObject {
  readonly pages: readonly Uint8Array[];
  size: number;

  constructor(bytes: Uint8Array) {
    this.size = bytes.length;
    this.pages = Array.from({ length: bytes.length / PAGE }, (_, page) =>
      bytes.slice(page * PAGE, (page + 1) * PAGE),
    );
  }

  /** What lies past the size is zero after it: when the size shrinks, and before it grows. */
  resize(size: number): void {
    const end = Math.min(size, this.size);
    this.pages.forEach((bytes, page) => {
      const from = Math.max(0, end - page * PAGE);
      if (from < PAGE) bytes.fill(0, from);
    });
    this.size = size;
  }

  bytes(): Uint8Array {
    const all = new Uint8Array(this.pages.length * PAGE);
    this.pages.forEach((bytes, page) => {
      all.set(bytes, page * PAGE);
    });
    return all.slice(0, this.size);
  }
}

export interface ModelPage {
  protection: number;
  guard: boolean;
  /** What the page shows while it has no bytes of its own; null: zeros. */
  readonly object: ModelObject | null;
  readonly index: number;
  /** Stores are the object's. */
  readonly shared: boolean;
  own: Uint8Array | null;
  /** Granules of 64 bytes that are watched as code, once for each watch. */
  code: number[];
  trusted: boolean;
}

/** How an access fails: where, and as what. */
export interface ModelFault {
  readonly kind: 'not-present' | 'protection' | 'guard' | 'bus';
  readonly offset: number;
}

/** A page whose code was stored to. */
export interface ToldPage {
  readonly space: ModelSpace;
  readonly number: number;
  readonly trusted: boolean;
}

/** Offsets are from the first page's start. */
export class ModelSpace {
  readonly pages: Map<number, ModelPage> = new Map();

  /** The first reason that [offset, offset + size) cannot be accessed, or null; guards disarm. */
  faultOf(offset: number, size: number, access: ModelAccess): ModelFault | null {
    for (let at = offset; at < offset + size; at = (Math.floor(at / PAGE) + 1) * PAGE) {
      const page = this.pages.get(Math.floor(at / PAGE));
      if (page === undefined) return { kind: 'not-present', offset: at };
      if (page.guard) {
        page.guard = false;
        return { kind: 'guard', offset: at };
      }
      if ((page.protection & NEEDS[access]) === 0) return { kind: 'protection', offset: at };
      if (isPastEnd(page)) return { kind: 'bus', offset: at };
    }
    return null;
  }

  byte(offset: number): number {
    const page = this.pages.get(Math.floor(offset / PAGE))!;
    return bytesOf(page)[offset % PAGE]!;
  }

  /** Whether every byte is of mapped memory that there is, whatever its protection. */
  isThere(offset: number, size: number): boolean {
    for (let at = offset; at < offset + size; at = (Math.floor(at / PAGE) + 1) * PAGE) {
      const page = this.pages.get(Math.floor(at / PAGE));
      if (page === undefined || isPastEnd(page)) return false;
    }
    return true;
  }

  /**
   * Stores bytes that are there: the object's, or the pages' own from now on. Pages are copied
   * before any byte is stored: one may show what another of the same store changes.
   */
  store(offset: number, bytes: readonly number[]): void {
    const touched = bytes.map((_, n) => this.pages.get(Math.floor((offset + n) / PAGE))!);
    for (const page of touched) if (!page.shared) page.own ??= bytesOf(page).slice();
    touched.forEach((page, n) => {
      bytesOf(page)[(offset + n) % PAGE] = bytes[n]!;
    });
  }

  /** Drops what a page holds itself. */
  discard(number: number): void {
    const page = this.pages.get(number);
    if (page === undefined) return;
    page.own = null;
    this.forgetCode(number);
  }

  forgetCode(number: number): void {
    const page = this.pages.get(number);
    if (page === undefined) return;
    page.code = [];
    page.trusted = false;
  }

  watch(number: number, from: number, to: number): void {
    this.pages.get(number)!.code.push(...granules(from, to));
  }

  unwatch(number: number, from: number, to: number): void {
    const page = this.pages.get(number)!;
    for (const granule of granules(from, to)) page.code.splice(page.code.indexOf(granule), 1);
    if (page.code.length === 0) page.trusted = false;
  }

  fork(): ModelSpace {
    const child = new ModelSpace();
    for (const [number, page] of this.pages) {
      child.pages.set(number, {
        ...page,
        own: page.own === null ? null : page.own.slice(),
        code: [],
        trusted: false,
      });
    }
    return child;
  }
}

/** The pages of all spaces that show a byte where code is watched. */
export function watchersOf(
  spaces: readonly ModelSpace[],
  space: ModelSpace,
  offset: number,
): ToldPage[] {
  const stored = bytesOf(space.pages.get(Math.floor(offset / PAGE))!);
  const granule = Math.floor((offset % PAGE) / GRANULE);
  return spaces.flatMap((other) =>
    [...other.pages]
      .filter(([, page]) => page.code.includes(granule) && bytesOf(page) === stored)
      .map(([number, { trusted }]) => ({ space: other, number, trusted })),
  );
}

function bytesOf(page: ModelPage): Uint8Array {
  return page.own ?? page.object?.pages[page.index] ?? ZEROS;
}

function isPastEnd({ object, index, own }: ModelPage): boolean {
  return own === null && object !== null && index * PAGE >= object.size;
}

function granules(from: number, to: number): number[] {
  const first = Math.floor(from / GRANULE);
  const last = Math.floor((to - 1) / GRANULE);
  return Array.from({ length: last - first + 1 }, (_, n) => first + n);
}
