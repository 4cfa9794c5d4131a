import { FramePool } from '@bareheap/mmu';
import { expect, test } from 'vitest';
import { SharedSegments } from './shared-segment.ts';

const ENOSPC = 28;
const MOST_SEGMENTS = 4096;

function options(key: number) {
  return { key, sizeBytes: 4096, mode: 0o600, user: 1000, group: 1000, maker: 1, time: 5 };
}

test('a removed segment has no key, its number is not given again, and its memory goes', () => {
  const pool = new FramePool(1 << 20);
  const segments = new SharedSegments();
  const id = segments.make(pool, options(9));
  const segment = segments.get(id)!;
  segment.object.frame(0);
  expect(pool.inUse).toBe(1);
  expect(segments.withKey(9)).toBe(segment);
  segments.remove(segment);
  expect(pool.inUse).toBe(0);
  expect([segments.get(id), segments.withKey(9)]).toEqual([null, null]);
  expect(segments.make(pool, options(9))).not.toBe(id);
});

test('there is an end to how many there are', () => {
  const pool = new FramePool(1 << 20);
  const segments = new SharedSegments();
  for (let count = 0; count < MOST_SEGMENTS; count++) {
    expect(segments.make(pool, options(0))).toBe(count);
  }
  expect(segments.make(pool, options(0))).toBe(-ENOSPC);
  expect(segments.withKey(0)).toBeNull();
  segments.remove(segments.get(7)!);
  expect(segments.make(pool, options(0))).toBe(MOST_SEGMENTS);
});

test('a removed segment that is attached counts until nobody has it attached', () => {
  const pool = new FramePool(1 << 20);
  const segments = new SharedSegments();
  const user = { forgetPages: () => {}, mapsForWriting: () => false };
  const attached = segments.get(segments.make(pool, options(9)))!;
  attached.object.join(user);
  segments.remove(attached);
  expect(segments.get(attached.id)).toBe(attached);
  for (let count = 1; count < MOST_SEGMENTS; count++) segments.make(pool, options(0));
  expect(segments.make(pool, options(0))).toBe(-ENOSPC);
  attached.object.leave(user);
  expect(segments.make(pool, options(0))).toBe(MOST_SEGMENTS);
  expect(segments.get(attached.id)).toBeNull();
});
