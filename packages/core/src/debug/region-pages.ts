/**
 * The pages of a region as a page source: handed out upward from a break, which is a word of the
 * control block. Nothing is taken back and nothing protected; that is what a static array can do.
 */
import {
  NO_MEMORY,
  type PagePlacement,
  type PageRelease,
  type PageSource,
} from '../page-source.ts';
import { WORD_BREAK } from './debug-layout.ts';
import type { DebugState } from './debug-state.ts';

export class RegionPages implements PageSource {
  readonly granularityBytes: number;
  readonly isContiguous: boolean = true;
  readonly release: PageRelease = 'never';
  readonly isZeroed: boolean = false;
  readonly placement: PagePlacement;
  private readonly state: DebugState;

  constructor(state: DebugState) {
    this.state = state;
    this.granularityBytes = state.geometry.pageBytes;
    this.placement = {
      reserveAt: (address: number, bytes: number): boolean =>
        address === this.end() && this.reserve(bytes) !== NO_MEMORY,
    };
  }

  reserve(bytes: number): number {
    const { state } = this;
    const taken = state.word(WORD_BREAK);
    const pages = Math.ceil(bytes / this.granularityBytes);
    if (!(pages > 0 && taken >= 0 && taken + pages <= state.geometry.pageCount)) return NO_MEMORY;
    const address = this.end();
    state.setWord(WORD_BREAK, taken + pages);
    return address;
  }

  giveBack(): boolean {
    return false;
  }

  private end(): number {
    return this.state.base + this.state.offsetOf(this.state.word(WORD_BREAK));
  }
}
