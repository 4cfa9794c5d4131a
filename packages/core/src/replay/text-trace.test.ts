import { expect, test } from 'vitest';
import { TraceError } from './heap-trace.ts';
import { replayOn } from './replay-table.ts';
import { parseTextTrace } from './text-trace.ts';
import { TraceReader } from './trace-reader.ts';

test('calls a line; what is freed twice is freed once', () => {
  const reader = new TraceReader(
    parseTextTrace('Alloc(24),\nAlloc(0),\nFree(0),\nFree(0),\nAlloc(8),\n'),
  );
  const calls: number[][] = [];
  while (reader.next()) calls.push([reader.kind, reader.slot, reader.size, reader.align]);
  expect(calls).toEqual([
    [0, 0, 24, 8],
    [0, 1, 1, 8],
    [2, 0, 0, 1],
    [0, 0, 8, 8],
  ]);
});

test('it can be replayed', () => {
  const text = Array.from({ length: 50 }, (_, nth) => `Alloc(${nth}),\nFree(${nth >> 1}),`);
  expect(replayOn('tlsf', parseTextTrace(text.join('\n')), 8192)).toMatchObject({
    calls: 75,
    refusals: 0,
    liveBlocks: 25,
  });
});

test.each(['Alloc(x)', 'Realloc(1, 2)', 'Free(-1),'])('%s is no call', (line) => {
  expect(() => parseTextTrace(line)).toThrow(TraceError);
});
