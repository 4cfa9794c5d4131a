/** What stands behind a VMA: memory made on first touch, or a device. */
import type { Device } from './device.ts';

export type Backing =
  | { readonly kind: 'anonymous' }
  /** Memory whose stores the bus takes and drops: told by the MMU's `onDroppedStore`. */
  | { readonly kind: 'rom' }
  | { readonly kind: 'device'; readonly device: Device; readonly base: number }
  /** Frames that exist already, first page of the VMA first; they are shared with their owner. */
  | { readonly kind: 'frames'; readonly frames: readonly number[] };

/** The backing of a part of a VMA that begins `offset` bytes into it. */
export function backingFrom(backing: Backing, offset: number): Backing {
  if (backing.kind !== 'frames') return backing;
  return { kind: 'frames', frames: backing.frames.slice(offset / 4096) };
}

/** Whether two neighbours with these backings may be one VMA. */
export function joinable(low: Backing, high: Backing): boolean {
  if (low.kind === 'anonymous' || low.kind === 'rom') return high.kind === low.kind;
  return (
    low.kind === 'device' &&
    high.kind === 'device' &&
    low.device === high.device &&
    low.base === high.base
  );
}
