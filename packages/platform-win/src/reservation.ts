/** A range of addresses that one call allocated: private memory, or a view of a section. */

import type { PageStates } from './page-states.ts';
import type { Section } from './section.ts';

/** What stands behind a view. */
export interface SectionView {
  readonly section: Section;
  /** Bytes into the section where the view begins; a multiple of 64 KiB. */
  readonly offset: number;
}

export interface Reservation {
  /** A multiple of 64 KiB. */
  readonly base: number;
  /** Bytes; a page multiple. */
  readonly size: number;
  /** MEM_PRIVATE, MEM_MAPPED or MEM_IMAGE. */
  readonly type: number;
  /** The protection that the call asked for, modifiers included. */
  readonly protection: number;
  readonly isWatched: boolean;
  readonly view: SectionView | null;
  readonly pages: PageStates;
}
