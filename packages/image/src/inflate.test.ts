import { deflateSync, inflateSync } from 'node:zlib';
import { Random } from '@bareheap/conformance';
import { describe, expect, test } from 'vitest';
import { ImageError } from './image-error.ts';
import { inflateZlib } from './inflate.ts';

const LIMIT = 1 << 20;
const deflate = (bytes: Uint8Array, options = {}): Uint8Array =>
  Uint8Array.from(deflateSync(bytes, options));

/** Bytes that compress somewhat: few values, with repeats from far and near. */
function sample(random: Random, length: number, values: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; ) {
    const run = Math.min(random.between(1, 300), length - at);
    if (at > 0 && random.below(3) === 0) {
      const from = random.below(at);
      for (let n = 0; n < run; n++) bytes[at + n] = bytes[from + n]!;
    } else for (let n = 0; n < run; n++) bytes[at + n] = random.below(values);
    at += run;
  }
  return bytes;
}

/** A result, or null for an error. */
function outcome(make: () => Uint8Array): Uint8Array | null {
  try {
    return make();
  } catch {
    return null;
  }
}

describe('streams of the host’s zlib', () => {
  test.each([
    ['stored', { level: 0 }],
    ['with fixed codes', { level: 9, strategy: 4 }],
    ['with dynamic codes', { level: 9 }],
    ['with Huffman codes alone', { level: 9, strategy: 2 }],
    ['of run lengths', { level: 9, strategy: 3 }],
  ])('%s come back', (_, options) => {
    const random = new Random(7);
    for (const length of [0, 1, 2, 100, 4000, 70_000, 150_000]) {
      for (const values of [1, 3, 256]) {
        const bytes = sample(random, length, values);
        const inflated = inflateZlib(deflate(bytes, options), length, LIMIT);
        expect(Buffer.compare(inflated, bytes), `${length} bytes of ${values} values`).toBe(0);
      }
    }
  });
});

describe('a damaged stream is an ImageError', () => {
  const bytes = sample(new Random(3), 3000, 20);
  const stream = deflate(bytes);

  test('when cut anywhere', () => {
    for (let length = 0; length < stream.length; length++) {
      expect(() => inflateZlib(stream.subarray(0, length), 3000, LIMIT)).toThrow(ImageError);
    }
  });

  test('when any byte is changed, if the host’s zlib refuses it too', () => {
    let refused = 0;
    for (let at = 0; at < stream.length; at++) {
      const changed = Uint8Array.from(stream);
      changed[at]! ^= 0x41;
      const [ours, theirs] = [
        outcome(() => inflateZlib(changed, 3000, LIMIT)),
        outcome(() => Uint8Array.from(inflateSync(changed))),
      ];
      const same = ours === theirs || (ours && theirs && Buffer.compare(ours, theirs) === 0);
      expect([at, same]).toEqual([at, true]);
      refused += ours === null ? 1 : 0;
    }
    expect(refused).toBeGreaterThan(stream.length - 10);
  });

  test('when it has more or fewer bytes than it claims', () => {
    expect(() => inflateZlib(stream, 2999, LIMIT)).toThrow('more bytes than it claims');
    expect(() => inflateZlib(stream, 3001, LIMIT)).toThrow('fewer bytes than it claims');
  });

  test('when it claims more than the limit or than deflate can do', () => {
    expect(() => inflateZlib(stream, LIMIT + 1, LIMIT)).toThrow(`claims ${LIMIT + 1} bytes`);
    expect(() => inflateZlib(new Uint8Array(10), 2 ** 40, 2 ** 50)).toThrow('claims');
  });
});
