import { Random } from '@bareheap/conformance';
import { describe, expect, test } from 'vitest';
import { BufferHeapMemory } from '../heap-memory.ts';
import { CountInterceptor } from '../interceptor/count.ts';
import { FailNthInterceptor } from '../interceptor/failure.ts';
import { HeapHook } from '../interceptor/heap-hook.ts';
import { createHeap, STRATEGIES, type StrategyName } from '../strategies.ts';
import { HeapArray } from './heap-array.ts';
import { HeapString } from './heap-string.ts';
import type { PlacedHeap } from './placed-heap.ts';

const BASE = 0x2000_0000;
const REAL = (Object.keys(STRATEGIES) as StrategyName[]).filter((name) => name !== 'null');

function placed(name: StrategyName, bytes = 1 << 20): PlacedHeap & { heap: HeapHook } {
  const memory = new BufferHeapMemory(new ArrayBuffer(bytes));
  return { heap: new HeapHook(createHeap(name, memory, BASE, bytes)), memory, base: BASE };
}

describe.each(REAL)('in %s', (name) => {
  test('an array is an array, and what it had is free when it is', () => {
    const place = placed(name);
    const array = new HeapArray(place);
    const model: number[] = [];
    const random = new Random(3);
    for (let step = 0; step < 2000; step++) {
      if (random.below(5) < 3) {
        const word = random.next() | 0;
        expect(array.push(word)).toBe(true);
        model.push(word);
      } else expect(array.pop()).toBe(model.pop());
    }
    expect(array.length).toBe(model.length);
    model.forEach((word, index) => {
      expect(array.get(index)).toBe(word);
    });
    array.shrinkToFit();
    expect(array.get(0)).toBe(model[0]);
    array.free();
    expect([array.length, place.heap.stats().liveBlocks]).toEqual([0, 0]);
    expect(place.heap.check()).toEqual([]);
  });

  test('a string keeps any text', () => {
    const place = placed(name);
    const text = new HeapString(place);
    const parts = ['', 'heap', 'Größe 8 KiB', '€', '𝄞 clef', '\u0000', 'x'.repeat(500)];
    for (const part of parts) expect(text.append(part)).toBe(true);
    expect(text.toString()).toBe(parts.join(''));
    expect(text.length).toBe(new TextEncoder().encode(parts.join('')).length);
    text.free();
    expect(place.heap.stats().liveBlocks).toBe(0);
  });
});

test('bytes of a string are UTF-8 as the host encodes it, lone surrogates replaced', () => {
  const place = placed('tlsf');
  for (const sample of [
    '\u007f\u0080\u07ff\u0800\uffff\u{10000}\u{10ffff}',
    'a\ud800b',
    '\udc00',
  ]) {
    const text = new HeapString(place);
    text.append(sample);
    const bytes = Array.from({ length: text.length }, (_, index) => text.byteAt(index));
    expect(bytes).toEqual([...new TextEncoder().encode(sample)]);
    expect(text.toString()).toBe(new TextDecoder().decode(Uint8Array.from(bytes)));
  }
});

test('strings are equal by their bytes', () => {
  const place = placed('llff');
  const [one, two] = [new HeapString(place), new HeapString(place)];
  one.append('malloc');
  two.append('mal');
  expect(one.equals(two)).toBe(false);
  two.append('loc');
  expect(one.equals(two)).toBe(true);
  two.clear();
  two.append('mallox');
  expect(one.equals(two)).toBe(false);
});

test('a collection without room stays as it was, and takes what there is', () => {
  const place = placed('llff', 256);
  const array = new HeapArray(place);
  while (array.push(array.length));
  expect(array.length).toBeGreaterThan(40);
  expect(array.get(array.length - 1)).toBe(array.length - 1);
  const text = new HeapString(place);
  expect(text.append('x'.repeat(300))).toBe(false);
  expect(text.length).toBe(0);
  array.free();
  expect(text.append('x'.repeat(200))).toBe(true);
});

test('one failure of the heap is got over by asking for less', () => {
  for (let nth = 1; nth <= 8; nth++) {
    const place = placed('tlsf');
    place.heap.attach(new FailNthInterceptor(nth));
    const array = new HeapArray(place);
    for (let word = 0; word < 300; word++) expect(array.push(word)).toBe(true);
    for (let at = 0; at < 300; at++) expect(array.get(at)).toBe(at);
  }
});

test('when the heap fails for good, what is there stays', () => {
  for (let nth = 1; nth <= 8; nth++) {
    const place = placed('tlsf');
    place.heap.attach(new FailNthInterceptor(nth, true));
    const array = new HeapArray(place);
    const taken = Array.from({ length: 1000 }, (_, word) => array.push(word));
    const { length } = array;
    expect(length).toBe(nth === 1 ? 0 : 4 * 2 ** (nth - 2));
    expect(taken.lastIndexOf(true)).toBe(length - 1);
    for (let at = 0; at < length; at++) expect(array.get(at)).toBe(at);
  }
});

test('an array doubles: the heap is asked a few times only', () => {
  const place = placed('tlsf');
  const count = new CountInterceptor('asked');
  place.heap.attach(count);
  const array = new HeapArray(place);
  for (let word = 0; word < 1000; word++) array.push(word);
  const { allocations, reallocations, liveBytes } = count.counts();
  expect([allocations, reallocations, liveBytes]).toEqual([1, 8, 4096]);
  array.free();
  expect(count.counts().liveBytes).toBe(0);
});

test('an array gives back the room that it does not need', () => {
  const place = placed('tlsf');
  const array = new HeapArray(place);
  for (let word = 0; word < 1000; word++) array.push(word);
  const before = place.heap.stats().liveBytes;
  while (array.length > 10) array.pop();
  expect(place.heap.stats().liveBytes).toBe(before);
  array.shrinkToFit();
  expect(place.heap.stats().liveBytes).toBeLessThan(60);
  expect([array.length, array.capacity, array.get(9)]).toEqual([10, 10, 9]);
  while (array.pop() !== undefined);
  array.shrinkToFit();
  expect(place.heap.stats().liveBlocks).toBe(0);
});

test('an index beyond the end is a mistake', () => {
  const array = new HeapArray(placed('tlsf'));
  array.push(1);
  expect(() => array.get(1)).toThrow('index 1 of 1 words');
  expect(() => array.set(-1, 0)).toThrow('index -1 of 1 words');
  expect([array.pop(), array.pop()]).toEqual([1, undefined]);
});
