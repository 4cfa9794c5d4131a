/**
 * Frames of this package as the MMU maps them: an object for the MMU whose pages are whatever
 * frames somebody else keeps. Neighbouring pages of one view are one VMA of the MMU.
 */
import { type FramePool, MemoryObject, NO_FRAME } from '@bareheap/mmu';

/** The frame of a page, or NO_FRAME. Asked when a page that is mapped is first accessed. */
export type FrameAt = (page: number) => number;

export class FrameView extends MemoryObject {
  private readonly frameAt: FrameAt;

  constructor(pool: FramePool, frameAt: FrameAt) {
    super(pool, 0);
    this.frameAt = frameAt;
  }

  /** What is mapped was found to lie in the object before. */
  override get size(): number {
    return Number.MAX_SAFE_INTEGER;
  }

  override frameOf(page: number): number {
    return this.frameAt(page);
  }

  override residentFrame(page: number): number {
    return this.frameAt(page);
  }

  override peek(page: number, offset: number, bytes: Uint8Array): boolean {
    const frame = this.frameAt(page);
    if (frame === NO_FRAME) return false;
    const from = this.pool.offset(frame) + offset;
    bytes.set(this.pool.u8.subarray(from, from + bytes.length));
    return true;
  }
}

/** A frame of zeros that is every page of a view; held by each process that shows it. */
export class ZeroPages {
  readonly view: FrameView;
  private readonly frame: MemoryObject;

  private constructor(pool: FramePool, frame: number) {
    this.frame = MemoryObject.ofFrames(pool, [frame]);
    this.view = new FrameView(pool, () => frame);
  }

  /** Null when memory ended. */
  static make(pool: FramePool): ZeroPages | null {
    const frame = pool.allocate();
    if (frame === NO_FRAME) return null;
    const zeros = new ZeroPages(pool, frame);
    pool.release(frame);
    return zeros;
  }

  retain(): void {
    this.frame.retain();
    this.view.retain();
  }

  release(): void {
    this.view.release();
    this.frame.release();
  }
}
