/** The naive answer to what a Mmu does: an array of pages, each with its bytes and its marks. */

export const PAGE = 4096;
const GRANULE = 64;
const NEEDS = { read: 1, write: 2, execute: 4 } as const;
export type ModelAccess = keyof typeof NEEDS;

/** Bytes that one or more pages show. */
export class ModelFrame {
  readonly bytes: Uint8Array = new Uint8Array(PAGE);
}

interface ModelPage {
  protection: number;
  /** Null until something is there: zeros. */
  frame: ModelFrame | null;
  readonly aliased: boolean;
  /** Granules of 64 bytes that were watched as code. */
  readonly code: Set<number>;
}

/** How an access fails: where, and as what. */
export interface ModelFault {
  readonly kind: 'not-present' | 'protection';
  readonly offset: number;
}

/** Offsets are from the first page's start. */
export class PageModel {
  readonly pages: Map<number, ModelPage> = new Map();

  /** The first reason that [offset, offset + size) cannot be accessed, or null. */
  faultOf(offset: number, size: number, access: ModelAccess): ModelFault | null {
    for (let at = offset; at < offset + size; at = (Math.floor(at / PAGE) + 1) * PAGE) {
      const page = this.pages.get(Math.floor(at / PAGE));
      if (page === undefined) return { kind: 'not-present', offset: at };
      if ((page.protection & NEEDS[access]) === 0) return { kind: 'protection', offset: at };
    }
    return null;
  }

  /** The little-endian value of bytes that can be accessed. */
  value(offset: number, size: number): number {
    let value = 0;
    for (let index = size - 1; index >= 0; index--) {
      const { frame } = this.pages.get(Math.floor((offset + index) / PAGE))!;
      value = value * 256 + (frame?.bytes[(offset + index) % PAGE] ?? 0);
    }
    return value;
  }

  /** Stores bytes that can be accessed; returns the pages whose code that changes, in order. */
  store(offset: number, size: number, value: number): number[] {
    const changed = new Set<number>();
    for (let index = 0; index < size; index++) {
      const number = Math.floor((offset + index) / PAGE);
      const frame = this.frameOf(number);
      const at = (offset + index) % PAGE;
      frame.bytes[at] = Math.floor(value / 256 ** index) & 255;
      for (const [other, page] of this.pages) {
        if (page.frame === frame && page.code.has(Math.floor(at / GRANULE))) changed.add(other);
      }
    }
    return [...changed].sort();
  }

  /** The frame of a mapped page, made on first use. */
  frameOf(number: number): ModelFrame {
    const page = this.pages.get(number)!;
    page.frame ??= new ModelFrame();
    return page.frame;
  }

  /** Drops the bytes of a page that has its own. */
  discard(number: number): void {
    const page = this.pages.get(number);
    page?.code.clear();
    if (page !== undefined && !page.aliased) page.frame = null;
  }

  /** Marks bytes of one page as code. */
  watch(number: number, from: number, to: number): void {
    this.frameOf(number);
    const { code } = this.pages.get(number)!;
    for (let at = from; at < to; at++) code.add(Math.floor(at / GRANULE));
  }
}
