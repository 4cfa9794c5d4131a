/**
 * Which frames hold code that was translated, to the granule of 64 bytes. Frames, not addresses:
 * a store through another mapping of the frame is seen too. A watched frame's stores take the slow
 * path; a trusted one's do not, and are not told.
 */
import { FRAME_PLAIN, FRAME_TRUSTED, FRAME_WATCHED, type FramePool } from './frame-pool.ts';

const GRANULE_SHIFT = 6;

export class CodeWatch {
  private readonly pool: FramePool;

  constructor(pool: FramePool) {
    this.pool = pool;
  }

  isWatched(frame: number): boolean {
    return this.pool.codeState[frame] === FRAME_WATCHED;
  }

  hasCode(frame: number): boolean {
    return this.pool.codeState[frame] !== FRAME_PLAIN;
  }

  /** Marks bytes of a frame as code; true when the frame was not watched before. */
  add(frame: number, offset: number, length: number): boolean {
    const { codeState, codeGranules } = this.pool;
    const last = (offset + length - 1) >> GRANULE_SHIFT;
    for (let granule = offset >> GRANULE_SHIFT; granule <= last; granule++) {
      codeGranules[frame * 2 + (granule >> 5)]! |= 1 << (granule & 31);
    }
    if (codeState[frame] !== FRAME_PLAIN) return false;
    codeState[frame] = FRAME_WATCHED;
    return true;
  }

  trust(frame: number): void {
    if (this.pool.codeState[frame] === FRAME_WATCHED) this.pool.codeState[frame] = FRAME_TRUSTED;
  }

  /** Whether bytes of a frame lie in a granule with code. */
  touches(frame: number, offset: number, length: number): boolean {
    if (this.pool.codeState[frame] === FRAME_PLAIN) return false;
    const last = (offset + length - 1) >> GRANULE_SHIFT;
    for (let granule = offset >> GRANULE_SHIFT; granule <= last; granule++) {
      const word = this.pool.codeGranules[frame * 2 + (granule >> 5)]!;
      if ((word & (1 << (granule & 31))) !== 0) return true;
    }
    return false;
  }
}
