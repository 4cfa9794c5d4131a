/**
 * Floating-point instructions of SSE against what a real processor did, as
 * tools/oracle/x86-float.mjs recorded it, and against JavaScript's own doubles.
 */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { add, DOUBLE, divide, FloatEnvironment, multiply, subtract } from './float-exact.ts';
import { floatFlags, floatToInteger, integerToFloat, PACKED_FLOAT } from './packed-float.ts';

const FILE = new URL('../../../../../tools/oracle/x86-truth/float.txt', import.meta.url);
const MXCSR_RESET = 0x1f80;

const viewOf = (hex: string): DataView =>
  new DataView(Uint8Array.from(Buffer.from(hex, 'hex')).buffer);
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const env = new FloatEnvironment();

/** The result as the record has it: bytes, an integer, or flags. */
function compute(name: string, immediate: number, size: number, a: DataView, b: DataView): string {
  const bits = size * 8;
  if (/^u?comis/.test(name)) return floatFlags(env, name, a, b).toString(16);
  if (/^cvtt?s[sd]2si$/.test(name)) {
    return BigInt.asUintN(bits, floatToInteger(env, name, b, bits)).toString(16);
  }
  if (name.startsWith('cvtsi2')) {
    return hexOf(integerToFloat(env, name, a, BigInt.asIntN(bits, b.getBigInt64(0, true))));
  }
  return hexOf(PACKED_FLOAT[name]!(env, a, b, immediate));
}

const lines = readFileSync(FILE, 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => line.split('\t') as string[] & { length: 9 });

test('as the processor does it: results, flags, traps', () => {
  expect(lines.length).toBeGreaterThan(1000);
  for (const [name, immediate, size, mxcsr, a, b, ...expected] of lines) {
    const control = Number.parseInt(mxcsr!, 16);
    env.beginFloat(control);
    const result = compute(name!, Number(immediate), Number(size), viewOf(a!), viewOf(b!));
    const traps = env.unmasked !== 0;
    const ours = [traps ? '1' : '0', (control | env.raised).toString(16), traps ? '-' : result];
    expect(ours, `${name} ${immediate} ${mxcsr} ${a} ${b}`).toEqual(expected);
  }
});

test('every operation is in the record', () => {
  const seen = new Set(lines.map(([name]) => name));
  expect(Object.keys(PACKED_FLOAT).filter((name) => !seen.has(name))).toEqual([]);
});

test.each([
  ['add', add, (a: number, b: number) => a + b],
  ['subtract', subtract, (a: number, b: number) => a - b],
  ['multiply', multiply, (a: number, b: number) => a * b],
  ['divide', divide, (a: number, b: number) => a / b],
] as const)('%s is that of JavaScript', (_, operation, expected) => {
  const view = new DataView(new ArrayBuffer(16));
  let state = 99;
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state;
  };
  for (let n = 0; n < 3000; n++) {
    for (let at = 0; at < 16; at += 4) view.setInt32(at, next());
    const [a, b] = [view.getFloat64(0), view.getFloat64(8)];
    if (Number.isNaN(a) || Number.isNaN(b)) continue;
    env.beginFloat(MXCSR_RESET);
    const bits = operation(env, DOUBLE, view.getBigUint64(0), view.getBigUint64(8));
    view.setBigUint64(0, bits);
    expect(view.getFloat64(0), `${a} ${b}`).toBe(expected(a, b));
  }
});
