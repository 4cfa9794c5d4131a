import { describe, expect, test } from 'vitest';
import { HeapLedger } from './heap-ledger.ts';
import { blockInfo, misuseFinding } from './misuse.ts';

const at = (instruction: number) => ({ stack: [], instruction });

/** Blocks of 16, 32 and 8 bytes at 0x100, 0x200 and 0x300. */
function three(): HeapLedger {
  const ledger = new HeapLedger();
  ledger.allocated(0x100, 16, at(1));
  ledger.allocated(0x200, 32, at(2));
  ledger.allocated(0x300, 8, at(3));
  return ledger;
}

describe('ledger', () => {
  test('ordinals count on when an address comes back', () => {
    const ledger = three();
    expect(ledger.released(0x200, at(4))?.ordinal).toBe(2);
    expect(ledger.allocated(0x200, 8, at(5))).toBe(4);
    expect(ledger.live.get(0x200)?.freedAt).toBeNull();
  });

  test('bytes: in all, live, peak; blocks at the peak; the highest end', () => {
    const ledger = three();
    ledger.released(0x200, at(4));
    ledger.allocated(0x400, 4, at(5));
    const { bytesTotal, bytesLive, bytesPeak, blocksPeak, highest } = ledger;
    expect({ bytesTotal, bytesLive, bytesPeak, blocksPeak, highest }).toEqual({
      bytesTotal: 60,
      bytesLive: 28,
      bytesPeak: 56,
      blocksPeak: 3,
      highest: 0x404,
    });
  });

  test('a copy takes room for each live block, and has each', () => {
    const ledger = three();
    const whole = ledger.copyBytes;
    ledger.released(0x200, at(4));
    expect(ledger.copyBytes * 3).toBe(whole * 2);
    expect([...ledger.copy().live.keys()]).toEqual([0x100, 0x300]);
  });

  test('a release of what is not live changes nothing', () => {
    const ledger = three();
    expect(ledger.released(0x108, at(4))).toBeNull();
    expect([ledger.live.size, ledger.bytesLive]).toEqual([3, 56]);
  });

  test('the last freed block that held an address', () => {
    const ledger = three();
    ledger.released(0x200, at(4));
    ledger.allocated(0x210, 64, at(5));
    ledger.released(0x210, at(6));
    expect(ledger.freedAt(0x20f)?.ordinal).toBe(2);
    expect(ledger.freedAt(0x218)?.ordinal).toBe(4);
    expect(ledger.freedAt(0x250)).toBeNull();
    expect(ledger.freedAt(0x100)).toBeNull();
  });

  test('the block that holds an address, or the nearest within reach', () => {
    const ledger = three();
    expect(ledger.near(0x10f, 0)?.ordinal).toBe(1);
    expect(ledger.near(0x110, 0)).toBeNull();
    expect(ledger.near(0x110, 1)?.ordinal).toBe(1);
    expect(ledger.near(0x1f8, 8)?.ordinal).toBe(2);
    expect(ledger.near(0x1f7, 8)).toBeNull();
  });

  test('the largest gap, at either end or between blocks', () => {
    const ledger = three();
    expect(ledger.largestGap(0x100, 0x320)).toBe(0xf0);
    expect(ledger.largestGap(0x100, 0x500)).toBe(0x1f8);
    expect(new HeapLedger().largestGap(0x100, 0x180)).toBe(0x80);
  });
});

describe('misuse', () => {
  test('a second free names the block, and both of its times', () => {
    const ledger = three();
    ledger.released(0x200, at(4));
    expect(misuseFinding(ledger, 'free', 0x200, 0x42, at(9))).toEqual({
      kind: 'double-free',
      address: 0x200,
      pc: 0x42,
      instruction: 9,
      stack: [],
      block: {
        ordinal: 2,
        address: 0x200,
        size: 32,
        offset: 0,
        allocatedAt: at(2),
        freedAt: at(4),
      },
      message: 'free: block 2 at 0x200 is freed a second time',
    });
  });

  test('a pointer into a block is invalid, and the block is named with the offset', () => {
    const finding = misuseFinding(three(), '_free_r', 0x208, 0x42, at(9));
    expect(finding).toMatchObject({
      kind: 'invalid-free',
      block: { ordinal: 2, offset: 8 },
      message: '_free_r: 0x208 is no block that is live',
    });
  });

  test('a pointer into a freed block is invalid, not freed twice', () => {
    const ledger = new HeapLedger();
    ledger.allocated(0x200, 32, at(1));
    ledger.released(0x200, at(2));
    const finding = misuseFinding(ledger, 'free', 0x204, 0x42, at(9));
    expect(finding).toMatchObject({ kind: 'invalid-free', block: { ordinal: 1, offset: 4 } });
  });

  test('far from every block none is named', () => {
    expect(misuseFinding(three(), 'free', 0x9000, 0x42, at(9))).not.toHaveProperty('block');
  });

  test('an offset before the block is negative', () => {
    const block = three().live.get(0x200)!;
    expect(blockInfo(block, 0x1fc).offset).toBe(-4);
  });
});
