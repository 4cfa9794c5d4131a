import { Random } from '@bareheap/conformance';
import { expect, test } from 'vitest';
import { type Packet, ReceiveQueue, SendAccount } from './receive-queue.ts';

const NOBODY = { process: 1, user: 1000, group: 1000 };

function packet(account: SendAccount, bytes: Uint8Array): Packet {
  return { bytes, from: new Uint8Array(0), credentials: NOBODY, cargo: [], account, start: 0 };
}

test('bytes come out as they went in, however they are cut, and nothing stays charged', () => {
  const seed = 7;
  const random = new Random(seed);
  const share = { used: 0, files: 0 };
  const account = new SendAccount(share, 1 << 20);
  const queue = new ReceiveQueue();
  const sent: number[] = [];
  const read: number[] = [];
  for (let step = 0; step < 2000; step++) {
    if (random.below(2) === 0) {
      const bytes = Uint8Array.from({ length: 1 + random.below(50) }, () => random.below(256));
      sent.push(...bytes);
      queue.push(packet(account, bytes));
    } else {
      for (const { packet: one, part } of queue.along(random.below(80))) {
        read.push(...part);
        queue.consume(one, part.length);
      }
    }
    expect(queue.length, `seed ${seed}, step ${step}`).toBe(sent.length - read.length);
  }
  expect(read).toEqual(sent.slice(0, read.length));
  queue.clear();
  expect([account.inTransit, share.used, share.files]).toEqual([0, 0, 0]);
});

test('all sockets together have an end to what is on its way', () => {
  const share = { used: 0, files: 0 };
  const queue = new ReceiveQueue();
  let sent = 0;
  for (let account = new SendAccount(share, 1 << 22); account.isOpen; ) {
    queue.push(packet(account, new Uint8Array(1 << 20)));
    sent++;
    if (!account.isOpen) account = new SendAccount(share, 1 << 22);
  }
  expect(sent).toBeGreaterThan(50);
  expect(sent).toBeLessThan(80);
});
