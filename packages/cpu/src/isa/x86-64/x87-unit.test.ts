/**
 * The x87 unit against what a real processor did, as tools/oracle/x86-x87.mjs recorded it, and
 * properties of its arithmetic.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { add, divide, multiply, squareRoot } from './x87-arithmetic.ts';
import { DOUBLE, fromBinary, fromInteger, toBinary } from './x87-convert.ts';
import { X87Environment } from './x87-number.ts';
import { X87State } from './x87-state.ts';
import { X87Unit } from './x87-unit.ts';

const FILE = new URL('../../../../../tools/oracle/x86-truth/x87.txt', import.meta.url);
const IMAGE_BYTES = 160;
const STATUS_AT = 2;
/** OF SF ZF AF PF CF. */
const STATUS_FLAGS = 0x8d5;

const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function imageOf(text: string): Uint8Array {
  const image = new Uint8Array(IMAGE_BYTES);
  const [words, ...registers] = text.split(' ');
  image.set(bytesOf(words!));
  registers.forEach((register, n) => {
    image.set(bytesOf(register), 32 + n * 16);
  });
  return image;
}

/** A state as the record has it, its undefined condition bits cleared. */
function stateText(image: Uint8Array, undefinedConditions: number): string {
  const copy = Uint8Array.from(image);
  const view = new DataView(copy.buffer);
  view.setUint16(STATUS_AT, view.getUint16(STATUS_AT, true) & ~undefinedConditions, true);
  const registers = Array.from({ length: 8 }, (_, n) =>
    hexOf(copy.subarray(32 + n * 16, 42 + n * 16)),
  );
  return [hexOf(copy.subarray(0, 5)), ...registers].join(' ');
}

interface Outcome {
  readonly isPending: boolean;
  readonly memory: string;
  readonly flags: number;
  readonly ax: number;
  readonly state: string;
}

/** What the unit and what the processor made of a recorded line. */
function run(line: string): { readonly name: string; ours: Outcome; theirs: Outcome } {
  const [mnemonic, registers, memory, flags, before, isPending, stored, flagsAfter, axAfter, ax] =
    line.split('\t') as string[];
  const [undefinedText, after] = line.split('\t').slice(10) as [string, string];
  const undefinedConditions = Number.parseInt(undefinedText, 16);
  const image = imageOf(before!);
  const unit = new X87Unit(new X87State(new DataView(image.buffer)));
  const result = unit.execute({
    mnemonic: mnemonic!,
    registers: registers === '' ? [] : registers!.split(' ').map(Number),
    memory: memory === '-' ? null : bytesOf(memory!),
    flags: Number.parseInt(flags!, 16),
  });
  // A pending exception leaves even what is undefined as it was.
  const mask = isPending === '1' ? 0 : undefinedConditions;
  return {
    name: `${mnemonic} ${registers} ${memory}, ${before}`,
    ours: {
      isPending: result.isPending,
      memory: result.store === null ? memory! : hexOf(result.store),
      flags: result.flags < 0 ? Number.parseInt(flags!, 16) & STATUS_FLAGS : result.flags,
      ax: result.ax < 0 ? Number.parseInt(ax!, 16) : result.ax,
      state: stateText(image, mask),
    },
    theirs: {
      isPending: isPending === '1',
      memory: stored!,
      flags: Number.parseInt(flagsAfter!, 16),
      ax: Number.parseInt(axAfter!, 16),
      state: stateText(imageOf(after), mask),
    },
  };
}

const lines = readFileSync(FILE, 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'));

test('as the processor does it', () => {
  expect(lines.length).toBeGreaterThan(900);
  for (const line of lines) {
    const { name, ours, theirs } = run(line);
    expect(ours, name).toEqual(theirs);
  }
});

test('every instruction of the unit is in the record', () => {
  const seen = new Set(lines.map((line) => line.split('\t')[0]!));
  for (const name of [
    'fadd',
    'fdivrp',
    'fprem1',
    'fbstp',
    'fisttp',
    'fcmovnu',
    'frstor',
    'fldpi',
  ]) {
    expect(seen).toContain(name);
  }
  expect([...seen].filter((name) => !X87Unit.executes(name))).toEqual([]);
});

describe('arithmetic in double precision is that of JavaScript', () => {
  /** Numbers of all sizes, from a seeded sequence. */
  function* pairs(count: number): Generator<readonly [number, number]> {
    let state = 12345;
    const next = (): number => {
      state = (Math.imul(state, 1103515245) + 12345) | 0;
      return state;
    };
    const number = (): number => (next() / 2 ** 31) * 2 ** ((next() >>> 16) % 60);
    for (let n = 0; n < count; n++) yield [number(), number()];
  }
  const view = new DataView(new ArrayBuffer(8));
  const env = new X87Environment();
  const load = (value: number) => {
    view.setFloat64(0, value);
    return fromBinary(env, DOUBLE, view.getBigUint64(0));
  };
  const unload = (value: ReturnType<typeof load>): number => {
    view.setBigUint64(0, toBinary(env, DOUBLE, value)!);
    return view.getFloat64(0);
  };

  test.each([
    ['add', add, (a: number, b: number) => a + b],
    ['multiply', multiply, (a: number, b: number) => a * b],
    ['divide', divide, (a: number, b: number) => a / b],
    ['square root', (e: X87Environment, a: Parameters<typeof squareRoot>[1]) => squareRoot(e, a)],
  ] as const)('%s', (_, operation, expected?: (a: number, b: number) => number) => {
    for (const [x, b] of pairs(2000)) {
      const a = expected === undefined ? Math.abs(x) : x;
      env.begin(0x27f);
      const result = unload(operation(env, load(a), load(b)));
      expect(result, `${a} ${b}`).toBe(expected === undefined ? Math.sqrt(a) : expected(a, b));
    }
  });

  test('integers of 64 bits are exact', () => {
    for (const value of [0n, 1n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 12345678901234567n]) {
      const { sign, exponent, significand } = fromInteger(value);
      const magnitude = exponent === 0 ? 0n : significand >> BigInt(63 - (exponent - 16383));
      expect(sign === 1 ? -magnitude : magnitude).toBe(value);
    }
  });
});
