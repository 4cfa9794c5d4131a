/** A guest without an operating system. */
import type { Guest } from './guest.ts';

export interface Firmware extends Guest {
  /** Name of the board it runs on. */
  readonly boardName: string;
}
