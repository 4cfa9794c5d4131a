/**
 * The derived half: which pages have memory. The MMU maps a page when the program first touches
 * it, and what the MMU maps is what is resident. A private page that was only read shows the zero
 * frame or the file's frame and is not writable; the first write gives it memory of its own.
 */
import { type Mmu, NO_FRAME, PAGE_BYTES, PROT_READ, PROT_WRITE } from '@bareheap/mmu';
import { type FrameView, ZeroPages } from './frame-view.ts';

/** Growth since the last count, a share of all, that makes it worth to count again. */
const COUNTED_SHARE = 16;
/**
 * VMAs and PTEs of the MMU for each frame of the machine, and beside, before what is only shown is
 * forgotten. The kernel's page tables have no limit of their own; here they are the host's memory.
 */
const MOST_VMAS = { perFrame: 2, beside: 1024 } as const;
const MOST_PAGES = { perFrame: 4, beside: 65536 } as const;

export class ResidentPages {
  readonly mmu: Mmu;
  /** The page of zeros that untouched private memory shows when it is read; null before that. */
  private zeros: ZeroPages | null;
  /** Most bytes that were resident at once, and of what was mapped when that was last counted. */
  private most = 0;
  private counted = 0;

  constructor(mmu: Mmu, zeros: ZeroPages | null = null) {
    this.mmu = mmu;
    this.zeros = zeros;
  }

  /** The same pages in a copy of the address space. */
  in(copy: Mmu): ResidentPages {
    this.zeros?.retain();
    return new ResidentPages(copy, this.zeros);
  }

  /** Lets go of the page of zeros: nothing is shown any more. */
  dispose(): void {
    this.zeros?.release();
    this.zeros = null;
  }

  isResident(page: number): boolean {
    return this.mmu.vmas.find(page) !== null;
  }

  /** Whether the page has memory of its own, and not the zero frame or an object's. */
  isOwned(page: number): boolean {
    return this.mmu.vmas.find(page)?.backing.kind === 'anonymous';
  }

  /** Resident parts of a range, in order. */
  spans(start: number, end: number): { start: number; end: number; owned: boolean }[] {
    if (end <= start) return [];
    return this.mmu.vmas.overlapping(start, end).map((vma) => ({
      start: Math.max(vma.start, start),
      end: Math.min(vma.end, end),
      owned: vma.backing.kind === 'anonymous',
    }));
  }

  /** Shows a page of zeros that nobody may write; false when memory ended. */
  showZeros(page: number, protection: number): boolean {
    this.zeros ??= ZeroPages.make(this.mmu.pool);
    if (this.zeros === null) return false;
    this.show(page, this.zeros.view, page / PAGE_BYTES, protection & ~PROT_WRITE);
    return true;
  }

  /** Shows page `index` of a view. */
  show(page: number, view: FrameView, index: number, protection: number): void {
    this.makeRoom();
    const offset = index * PAGE_BYTES;
    this.mmu.map(page, PAGE_BYTES, protection, {
      backing: { kind: 'object', object: view, offset, shared: true },
    });
  }

  /**
   * Forgets all that is only shown when there is very much of it: it costs the host memory that no
   * limit of frames counts, and faults bring it back. What is shown is then not resident.
   */
  private makeRoom(): void {
    const { pages, pool, vmas } = this.mmu;
    const fits =
      vmas.size <= MOST_VMAS.perFrame * pool.limit + MOST_VMAS.beside &&
      pages <= MOST_PAGES.perFrame * pool.limit + MOST_PAGES.beside;
    if (!fits) this.dropShown(0, Number.POSITIVE_INFINITY);
  }

  /** Gives a page memory of its own with the bytes of a frame, or zeros; false when memory ended. */
  own(page: number, frame: number, protection: number): boolean {
    const { pool } = this.mmu;
    if (pool.inUse >= pool.limit) return false;
    this.mmu.map(page, PAGE_BYTES, protection | PROT_READ | PROT_WRITE);
    const to = this.mmu.hostOffset(page, 'write');
    if (to < 0) {
      this.mmu.unmap(page, PAGE_BYTES);
      return false;
    }
    if (frame !== NO_FRAME) {
      const from = pool.offset(frame);
      pool.u8.copyWithin(to, from, from + PAGE_BYTES);
    }
    if ((protection & PROT_WRITE) === 0) this.mmu.protect(page, PAGE_BYTES, protection);
    return true;
  }

  allowWrites(page: number, protection: number): void {
    this.mmu.protect(page, PAGE_BYTES, protection);
  }

  /** Changes the protection of what is resident; shown pages stay without writes. */
  protect(start: number, end: number, protection: number): void {
    if (!this.mmu.vmas.overlaps(start, end)) return;
    for (const span of this.spans(start, end)) {
      const allowed = span.owned ? protection : protection & ~PROT_WRITE;
      this.mmu.protect(span.start, span.end - span.start, allowed);
    }
  }

  /** Most bytes that were resident at once; to a sixteenth, since what goes is not always counted. */
  peakBytes(): number {
    this.count();
    return this.most;
  }

  private count(): void {
    const { vmas } = this.mmu;
    const view = this.zeros?.view;
    let bytes = vmas.bytes;
    if (view !== undefined) {
      for (const { start, end, backing } of vmas.all()) {
        if (backing.kind === 'object' && backing.object === view) bytes -= end - start;
      }
    }
    this.most = Math.max(this.most, bytes);
    this.counted = Math.max(this.counted, vmas.bytes);
  }

  drop(start: number, end: number): void {
    if (this.mmu.vmas.bytes > this.counted + this.counted / COUNTED_SHARE) this.count();
    if (end > start) this.mmu.unmap(start, end - start);
  }

  /** Drops the pages that show an object's frame, and keeps those with memory of their own. */
  dropShown(start: number, end: number): void {
    for (const span of this.spans(start, end)) {
      if (!span.owned) this.drop(span.start, span.end);
    }
  }

  /** Moves what is resident to a range where nothing is. */
  move(from: number, to: number, bytes: number): void {
    for (const span of this.spans(from, from + bytes)) {
      this.mmu.move(span.start, span.end - span.start, span.start - from + to);
    }
  }
}
