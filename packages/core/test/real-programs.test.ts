/**
 * Traces of real programs, see traces/record.mjs, on every strategy, with contents in the blocks; the long ones on a few that
 * are fast, unless BAREHEAP_FUZZ asks for more. BAREHEAP_TRACES=FOLDER takes those in a folder as
 * well, such as wee_alloc's.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { BufferHeapMemory } from '../src/heap-memory.ts';
import { InterceptedHeap } from '../src/interceptor/interceptor.ts';
import { replayTrace, traceNeeds } from '../src/replay/replay.ts';
import { replayStrategies } from '../src/replay/replay-table.ts';
import { parseTextTrace } from '../src/replay/text-trace.ts';
import { TraceReader } from '../src/replay/trace-reader.ts';
import { createHeap } from '../src/strategies.ts';
import { TLSF_STEPS } from '../src/tlsf/tlsf.ts';
import { PaintedHeap } from './painted-heap.ts';

const OWN = join(dirname(fileURLToPath(import.meta.url)), 'traces');
const MORE = process.env['BAREHEAP_TRACES'];
const IS_LONG_RUN = process.env['BAREHEAP_FUZZ'] !== undefined;
const BASE = 0x4000_0000;
/** Traces of more calls are long. */
const SHORT_CALLS = 1000;
const FAST: readonly string[] = ['bump', 'tlsf'];
/** Bytes of heap for a byte of the peak: enough also for those that hardly free. */
const ROOM = 16;

function tracesIn(folder: string): [string, Uint8Array][] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.trace'))
    .map((name) => [name, read(join(folder, name))]);
}

function read(file: string): Uint8Array {
  const bytes = new Uint8Array(readFileSync(file));
  return bytes[0] === 0x42 ? bytes : parseTextTrace(new TextDecoder().decode(bytes));
}

const traces = [...tracesIn(OWN), ...(MORE === undefined ? [] : tracesIn(MORE))];

test('there are traces', () => {
  expect(tracesIn(OWN).map(([name]) => name)).toEqual([
    'bash.trace',
    'cc1.trace',
    'ls.trace',
    'perl.trace',
  ]);
});

describe.each(traces)('%s', (_name, trace) => {
  const { peakBytes } = traceNeeds(trace);
  const regionBytes = 2 ** Math.ceil(Math.log2(ROOM * peakBytes));

  const isShort = new TraceReader(trace).callCount <= SHORT_CALLS;
  const strategies = replayStrategies().filter(
    (strategy) => isShort || IS_LONG_RUN || FAST.includes(strategy),
  );

  test.each(strategies)('on %s', (strategy) => {
    const buffer = new ArrayBuffer(regionBytes);
    const heap = createHeap(strategy, new BufferHeapMemory(buffer), BASE, regionBytes);
    const painted = new PaintedHeap(new Uint8Array(buffer), BASE);
    const figures = replayTrace(trace, new InterceptedHeap(painted, heap), BASE);
    painted.verifyAll();
    expect(heap.check()).toEqual([]);
    expect(figures.liveBlocks).toBe(painted.live.size);
    expect(figures.liveBlocks).toBe(heap.stats().liveBlocks);
    expect(figures.peakBytes).toBeLessThanOrEqual(peakBytes);
    expect(figures.highWaterBytes).toBeLessThanOrEqual(regionBytes);
    if (strategy === 'llff') expect(figures.refusals).toBe(0);
    if (strategy === 'tlsf') expect(figures.worstSteps).toBeLessThanOrEqual(TLSF_STEPS);
  });
});
