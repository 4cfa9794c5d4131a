import { expect, test } from 'vitest';
import { type MessageQueue, MessageQueues } from './message-queue.ts';

const EAGAIN = 11;
const ENOMEM = 12;
const options = { key: 0, mode: 0o600, user: 1000, group: 1000, time: 5 };
const EMPTY = { type: 1, bytes: new Uint8Array(0) };
/** Bytes of the host's that an empty message was measured to take, and that all may. */
const MEASURED = 253;
const MOST = 64 << 20;

/** Sends empty messages until there is no more room: how many, and the error. */
function fill(queues: MessageQueues, into: MessageQueue[]): { sent: number; error: number } {
  for (let sent = 0; ; ) {
    const queue = queues.get(queues.make(options, () => 7))!;
    into.push(queue);
    let error = 0;
    while (error === 0) {
      error = queue.send(EMPTY, 1);
      if (error === 0) sent++;
    }
    if (error !== -EAGAIN) return { sent, error };
  }
}

test('there is an end to the messages of all queues, and what is received makes room', () => {
  const queues = new MessageQueues();
  const all: MessageQueue[] = [];
  const { sent, error } = fill(queues, all);
  expect(error).toBe(-ENOMEM);
  expect(sent).toBeGreaterThan(100_000);
  expect(sent * MEASURED).toBeLessThanOrEqual(MOST);
  const last = all.at(-1)!;
  expect(all[0]!.receive({ kind: 'any', type: 0, room: 0 }, 1)).toBe(EMPTY);
  expect(last.send(EMPTY, 1)).toBe(0);
  expect(last.send(EMPTY, 1)).toBe(-ENOMEM);
  for (const queue of all) queues.remove(queue);
  expect(fill(queues, []).sent).toBe(sent);
});
