import { describe, expect, test } from 'vitest';
import { OutputQueue } from './output-queue.ts';
import { Progress } from './progress.ts';
import { paintFor } from './terminal.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function recorder(lineBuffered: readonly number[] = []) {
  const writes: [number, string][] = [];
  const queue = new OutputQueue(new Set(lineBuffered), (stream, part) => {
    writes.push([stream, new TextDecoder().decode(part)]);
  });
  return { writes, queue };
}

describe('output', () => {
  test('keeps the order of both streams', () => {
    const { writes, queue } = recorder();
    queue.write(1, bytes('a'));
    queue.write(1, bytes('b'));
    queue.write(2, bytes('error'));
    queue.write(1, bytes('c'));
    queue.flush();
    queue.flush();
    expect(writes).toEqual([
      [1, 'ab'],
      [2, 'error'],
      [1, 'c'],
    ]);
  });

  test('shows whole lines at once to people, collects for files', () => {
    const people = recorder([1]);
    const file = recorder();
    for (const { queue } of [people, file]) queue.write(1, bytes('line\n'));
    expect(people.writes).toEqual([[1, 'line\n']]);
    expect(file.writes).toEqual([]);
  });

  test('loses nothing of writes larger than the queue', () => {
    const { writes, queue } = recorder();
    const sizes = [1, 16_000, 500, 16_384, 16_385, 3];
    for (const size of sizes) queue.write(1, new Uint8Array(size).fill(0x61));
    queue.flush();
    const total = sizes.reduce((sum, size) => sum + size, 0);
    expect(writes.map(([, text]) => text).join('')).toBe('a'.repeat(total));
  });
});

describe('colours', () => {
  test('only on a terminal, and not with NO_COLOR or a dumb one', () => {
    expect(paintFor(true, {})('bad', 'x')).toBe('\u001b[31mx\u001b[39m');
    expect(paintFor(true, { NO_COLOR: '' })('bad', 'x')).not.toBe('x');
    expect(paintFor(true, { NO_COLOR: '1' })('bad', 'x')).toBe('x');
    expect(paintFor(true, { TERM: 'dumb' })('bad', 'x')).toBe('x');
    expect(paintFor(false, {})('bad', 'x')).toBe('x');
  });
});

test('progress says nothing of short runs, twice a second of long ones, and goes away', () => {
  const shown: string[] = [];
  let now = 0;
  const progress = new Progress(
    (text) => shown.push(text),
    () => now,
  );
  for (const at of [100, 1900, 2000, 2100, 2600]) {
    now = at;
    progress.update(at * 1e5);
  }
  progress.clear();
  progress.clear();
  expect(shown).toEqual([
    '\r\u001b[Kbareheap: 200,000,000 instructions, 2 s, 100 M/s',
    '\r\u001b[Kbareheap: 260,000,000 instructions, 3 s, 100 M/s',
    '\r\u001b[K',
  ]);
});
