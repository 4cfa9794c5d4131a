/**
 * Transcendental instructions beside JavaScript's functions, which are good to about a unit of
 * double precision; tools/oracle/x86-x87.mjs --transcendental compares them with the processor to
 * the last places of the extended format.
 */
import { describe, expect, test } from 'vitest';
import { DOUBLE, fromBinary, toBinary } from './x87-convert.ts';
import { classOf, type Extended, IE, infinity, X87Environment, ZE, zero } from './x87-number.ts';
import {
  arcTangentOf,
  exponential,
  isAngleTooLarge,
  logarithm,
  logarithmPlusOne,
  ofAngle,
} from './x87-transcendental.ts';

const view = new DataView(new ArrayBuffer(8));
const env = new X87Environment();

function load(value: number): Extended {
  view.setFloat64(0, value);
  return fromBinary(env, DOUBLE, view.getBigUint64(0));
}

function unload(value: Extended): number {
  view.setBigUint64(0, toBinary(env, DOUBLE, value)!);
  return view.getFloat64(0);
}

/** Numbers in (0, 1) from a seeded sequence. */
function* fractions(seed: number, count: number): Generator<number> {
  let state = seed;
  for (let n = 0; n < count; n++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    yield ((state >>> 0) + 0.5) / 2 ** 32;
  }
}

const COUNT = 300;
const TOLERANCE = 2 ** -50;

function expectNear(ours: number, theirs: number, what: string): void {
  const error = Math.abs(ours - theirs) / Math.max(Math.abs(theirs), 2 ** -1000);
  expect(error, `${what}: ${ours}, ${theirs}`).toBeLessThan(TOLERANCE);
}

type One = readonly [string, (a: Extended) => Extended, (a: number) => number, number];

describe('of one number', () => {
  test.each<One>([
    ['2^x - 1', (a) => exponential(env, a), (a) => Math.expm1(a * Math.LN2), 1],
    ['sine', (a) => ofAngle(env, a, 'sine'), Math.sin, 3],
    ['cosine', (a) => ofAngle(env, a, 'cosine'), Math.cos, 1.5],
    ['tangent', (a) => ofAngle(env, a, 'tangent'), Math.tan, 1.5],
    ['log2', (a) => logarithm(env, a, load(1)), Math.log2, 1000],
    [
      'log2(x + 1)',
      (a) => logarithmPlusOne(env, a, load(1)),
      (a) => Math.log1p(a) / Math.LN2,
      0.25,
    ],
  ])('%s', (name, ours, theirs, range) => {
    for (const fraction of fractions(7, COUNT)) {
      const value = fraction * range;
      expectNear(unload(ours(load(value))), theirs(value), `${name} of ${value}`);
    }
  });

  test('an odd function is odd', () => {
    for (const fraction of fractions(9, COUNT)) {
      for (const name of ['sine', 'tangent'] as const) {
        const [plus, minus] = [load(fraction), load(-fraction)].map((a) => ofAngle(env, a, name));
        expect(minus).toEqual({ ...plus, sign: 1 });
      }
    }
  });
});

test('the angle of a point in each quadrant', () => {
  for (const [n, fraction] of [...fractions(11, COUNT)].entries()) {
    const x = n & 1 ? fraction : -fraction;
    const y = n & 2 ? 1 - fraction : fraction - 1;
    expectNear(unload(arcTangentOf(env, load(y), load(x))), Math.atan2(y, x), `${y} ${x}`);
  }
});

test('powers of two have exact logarithms', () => {
  for (const power of [-1000, -3, 1, 2, 64, 1000]) {
    env.begin(0x37f);
    expect(unload(logarithm(env, load(2 ** power), load(3)))).toBe(3 * power);
    expect(env.raised).toBe(0);
  }
});

describe('limits', () => {
  test.each<[string, () => Extended, string, number]>([
    ['log2 of 0', () => logarithm(env, zero(0), load(1)), 'infinity', ZE],
    ['log2 of a negative number', () => logarithm(env, load(-1), load(1)), 'quiet', IE],
    ['0 × log2(∞)', () => logarithm(env, infinity(0), zero(0)), 'quiet', IE],
    ['sine of ∞', () => ofAngle(env, infinity(0), 'sine'), 'quiet', IE],
    ['2^-∞ - 1', () => exponential(env, infinity(1)), 'normal', 0],
    ['angle of the origin', () => arcTangentOf(env, zero(0), zero(0)), 'zero', 0],
  ])('%s', (_, run, kind, raised) => {
    env.begin(0x37f);
    expect(classOf(run())).toBe(kind);
    expect(env.raised).toBe(raised);
  });

  test('angles from 2^63 on are too large', () => {
    expect(isAngleTooLarge(load(2 ** 63))).toBe(true);
    expect(isAngleTooLarge(load(2 ** 62))).toBe(false);
    expect(isAngleTooLarge(infinity(0))).toBe(false);
  });
});
