/**
 * The heap suite and random programs through every interceptor that a program must not notice,
 * and through all of them at once.
 */
import {
  bufferRegion,
  HEAP_BASES,
  HEAP_RULES,
  HeapModel,
  Random,
  randomProgram,
} from '@bareheap/conformance';
import { describe, expect, test } from 'vitest';
import { STRATEGY_TRAITS } from '../../test/strategy-traits.ts';
import type { Heap } from '../heap.ts';
import { BufferHeapMemory, type HeapMemory } from '../heap-memory.ts';
import { createHeap, STRATEGIES, type StrategyName } from '../strategies.ts';
import { CountInterceptor } from './count.ts';
import { GuardInterceptor } from './guard.ts';
import { HeapHook } from './heap-hook.ts';
import { type Interceptor, PassThrough } from './interceptor.ts';
import { LockInterceptor } from './lock.ts';
import { OnThread } from './on-thread.ts';
import { OutOfMemoryInterceptor } from './out-of-memory.ts';
import { RecordInterceptor } from './record.ts';
import { TraceInterceptor } from './trace.ts';

const SEED = Number(process.env['BAREHEAP_SEED'] ?? 1);
const OPERATIONS = Number(process.env['BAREHEAP_FUZZ'] ?? 300);
const PER_PROGRAM = 300;

const TRANSPARENT: Readonly<Record<string, () => Interceptor>> = {
  pass: () => new PassThrough(),
  count: () => new CountInterceptor(),
  trace: () => new TraceInterceptor({ capacity: 16 }),
  record: () => new RecordInterceptor({ capacityBytes: 64, blocks: 4 }),
  guard: () => new GuardInterceptor({ peakBytes: 2 ** 31, stepsPerCall: 2 ** 31 }),
  'out-of-memory': () => new OutOfMemoryInterceptor(),
  lock: () => new LockInterceptor(new Int32Array(new SharedArrayBuffer(4))),
  'on-thread': () => new OnThread(1, () => 1, new CountInterceptor()),
  'on another thread': () => new OnThread(1, () => 2, new CountInterceptor()),
};

function hooked(heap: Heap, names: readonly string[]): HeapHook {
  const hook = new HeapHook(heap);
  for (const name of names) hook.attach(TRANSPARENT[name]!());
  return hook;
}

const STACKS: Readonly<Record<string, readonly string[]>> = {
  nothing: [],
  ...Object.fromEntries(Object.keys(TRANSPARENT).map((name) => [name, [name]])),
  'all at once': Object.keys(TRANSPARENT),
};

describe.each(Object.keys(STACKS))('%s', (stack) => {
  test.each(HEAP_RULES)('$id: $title', ({ verify }) => {
    const make = (memory: HeapMemory, base: number, size: number) =>
      hooked(createHeap('tlsf', memory, base, size), STACKS[stack]!);
    verify({ make, region: bufferRegion(HEAP_BASES[0]!), traits: STRATEGY_TRAITS.tlsf, seeds: 8 });
  });

  test.each(Object.keys(STRATEGIES) as StrategyName[])('before %s: the same answers', (name) => {
    for (let run = 0; run * PER_PROGRAM < OPERATIONS; run++) {
      const seed = SEED + run;
      const [plain, seen] = [[], STACKS[stack]!].map((names) => play(name, names, seed));
      const again = `BAREHEAP_SEED=${seed} npx vitest run interceptor.test -t "${stack} before ${name}"`;
      expect(seen, `repeat with ${again}`).toEqual(plain);
    }
  });
});

/** Runs a random program; what the program and its bytes are in the end. */
function play(name: StrategyName, names: readonly string[], seed: number) {
  const size = 20_000;
  const base = 0x2000_0000;
  const buffer = new ArrayBuffer(size);
  const heap = hooked(createHeap(name, new BufferHeapMemory(buffer), base, size), names);
  const model = new HeapModel(heap, { base, bytes: new Uint8Array(buffer) });
  const shape = { operations: PER_PROGRAM, largest: 2000, frees: 110 };
  model.run(randomProgram(new Random(seed), shape), { checkEvery: 401 });
  return { live: model.live, refusals: model.refusals, steps: heap.worstSteps, buffer };
}
