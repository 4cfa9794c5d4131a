import { expect, test } from 'vitest';
import { FramePool, NO_FRAME } from './frame-pool.ts';
import { PAGE_BYTES } from './memory-layout.ts';
import { Mmu } from './mmu.ts';

const AT = 0x10000;

function mapped(): Mmu {
  const mmu = new Mmu({ addressBits: 32, memoryBytes: 1 << 20 });
  mmu.map(AT, PAGE_BYTES, 3);
  mmu.storeSlow(AT, 4, 1);
  return mmu;
}

test('the check sees a frame with a reference too many, and one too few', () => {
  const mmu = mapped();
  const frame = (mmu.peekOffset(AT) - mmu.pool.offset(0)) / PAGE_BYTES;
  mmu.pool.share(frame);
  expect(mmu.check()).toEqual(['frame 0 counts 2 references, 1 are held']);
  mmu.pool.release(frame);
  expect(mmu.check()).toEqual([]);
  mmu.pool.release(frame);
  expect(mmu.check()).not.toEqual([]);
});

test('a frame that nobody says to hold is a wrong count', () => {
  const { pool } = mapped();
  const frame = pool.allocate();
  expect(pool.check()).toHaveLength(1);
  pool.holders.add({
    countFrames: (counts) => {
      counts[frame]!++;
    },
  });
  expect(pool.check()).toEqual([]);
});

test('frames are zero when handed out, also the second time', () => {
  const pool = new FramePool(2 * PAGE_BYTES);
  const first = pool.allocate();
  pool.u8.fill(7, pool.offset(first), pool.offset(first) + PAGE_BYTES);
  const copy = pool.duplicate(first);
  expect(pool.u8[pool.offset(copy) + 99]).toBe(7);
  expect([pool.allocate(), pool.duplicate(first), pool.refusals]).toEqual([NO_FRAME, NO_FRAME, 2]);
  pool.release(first);
  const again = pool.allocate();
  expect(again).toBe(first);
  expect(pool.u8.subarray(pool.offset(again), pool.offset(again) + PAGE_BYTES).some(Boolean)).toBe(
    false,
  );
});
