/** What stands behind a VMA: memory made on first touch, pages of an object, or a device. */
import type { Device } from './device.ts';
import type { MemoryObject } from './memory-object.ts';
import type { Vma } from './vma-map.ts';

export type Backing =
  | { readonly kind: 'anonymous' }
  /** Memory whose stores the bus takes and drops: told by the MMU's `onDroppedStore`. */
  | { readonly kind: 'rom' }
  | { readonly kind: 'device'; readonly device: Device; readonly base: number }
  /**
   * Pages of a file or of shared memory from an offset, a multiple of the page. `shared`: stores
   * are the object's, seen by its other mappings and written back. Otherwise pages are copied when
   * first stored to, and the copies are private.
   */
  | {
      readonly kind: 'object';
      readonly object: MemoryObject;
      readonly offset: number;
      readonly shared: boolean;
    };

/** Frames that exist already, first page of the VMA first: shared with their owner. */
export interface FramesBacking {
  readonly kind: 'frames';
  readonly frames: readonly number[];
}

/** The backing of a part of a VMA that begins `offset` bytes into it. */
export function backingFrom(backing: Backing, offset: number): Backing {
  if (backing.kind !== 'object' || offset === 0) return backing;
  return { ...backing, offset: backing.offset + offset };
}

/** The backing of a VMA that moves by `distance` bytes. */
export function backingMoved(backing: Backing, distance: number): Backing {
  return backing.kind === 'device' ? { ...backing, base: backing.base + distance } : backing;
}

/** Whether two neighbours can be one VMA. */
export function joinable(low: Vma<Backing>, high: Vma<Backing>): boolean {
  return (
    low.end === high.start &&
    low.protection === high.protection &&
    low.flags === high.flags &&
    low.guard === high.guard &&
    low.name === high.name &&
    continues(low.backing, high.backing, low.end - low.start)
  );
}

/** Whether a backing goes on where another one, of `length` bytes, ends. */
function continues(low: Backing, high: Backing, length: number): boolean {
  if (low.kind === 'device') {
    return high.kind === 'device' && low.device === high.device && low.base === high.base;
  }
  if (low.kind !== 'object') return high.kind === low.kind;
  return (
    high.kind === 'object' &&
    low.object === high.object &&
    low.shared === high.shared &&
    low.offset + length === high.offset
  );
}
