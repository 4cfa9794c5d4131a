import { describe, expect, test } from 'vitest';
import type { Expression } from '../ir/expression.ts';
import { OPERATIONS, type Value, type ValueType } from '../ir/operation.ts';
import type { Statement } from '../ir/statement.ts';
import { CpuState } from './cpu-state.ts';
import { EVALUATED, Evaluator } from './evaluate.ts';
import type { GuestAccess } from './guest-access.ts';

const CASES = Number(process.env['BAREHEAP_FUZZ'] ?? 200);
const TYPES: readonly ValueType[] = ['i32', 'i64', 'f32', 'f64', 'v128'];
/** Two registers of each type, by number. */
const REGISTERS = TYPES.flatMap((type) => [
  { name: `${type}a`, type },
  { name: `${type}b`, type },
]);
const EDGES = [
  0n,
  1n,
  31n,
  32n,
  33n,
  63n,
  64n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 63n,
  -1n,
  -(2n ** 32n),
];

/** A seeded generator (Numerical Recipes' constants). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state;
  };
}

function drawValue(type: ValueType, random: () => number): Value {
  const pick = random() >>> 8;
  const drawn = EDGES[pick % (EDGES.length * 2)];
  const bits = drawn ?? (BigInt(random()) << 32n) | BigInt(random());
  switch (type) {
    case 'i32':
      return Number(BigInt.asIntN(32, bits));
    case 'i64':
      return BigInt.asIntN(64, bits);
    case 'f32':
      return Math.fround(Number(BigInt.asIntN(64, bits)));
    case 'f64':
      return Number(BigInt.asIntN(64, bits));
    case 'v128':
      return BigInt.asUintN(128, (bits << 64n) ^ (bits * 0x9e3779b97f4a7c15n));
  }
}

const register = (type: ValueType, n: 0 | 1): Expression => ({
  kind: 'register',
  type,
  register: TYPES.indexOf(type) * 2 + n,
});

function makeEvaluator(): { evaluator: Evaluator; state: CpuState } {
  const state = new CpuState(new WebAssembly.Memory({ initial: 64 }), REGISTERS);
  const system = { readSystem: () => 0, writeSystem: () => {}, refused: false };
  return { evaluator: new Evaluator(state, {} as GuestAccess, system), state };
}

describe.each(OPERATIONS.map((operation, number) => ({ number, ...operation })))('$name', (row) => {
  test('means what the table says, of registers and of temporaries', () => {
    const { evaluator, state } = makeEvaluator();
    const random = randomFrom(row.number + 1);
    const [first, second] = row.operands as [ValueType, ValueType | undefined];
    for (let n = 0; n < CASES; n++) {
      const a = drawValue(first, random);
      const b = second === undefined ? 0 : drawValue(second, random);
      if (/^(div|rem)/.test(row.name) && Number(b) === 0) continue;
      const ra = register(first, 0);
      const rb = second === undefined ? null : register(second, 1);
      state.setValue(TYPES.indexOf(first) * 2, a);
      if (second !== undefined) state.setValue(TYPES.indexOf(second) * 2 + 1, b);
      const { number: operation, result: type } = row;
      const e: Expression = { kind: 'operation', type, operation, a: ra, b: rb };
      const expected = row.evaluate(a as never, b as never);
      expect(evaluator.value(e), `case ${n}: ${a}, ${b}`).toEqual(expected);
      const statements: Statement[] = [{ kind: 'let', temporary: 700, value: e }];
      const outcome = evaluator.instruction({ pc: 0, length: 1, context: 0, statements });
      expect(outcome).toBe(EVALUATED);
      const kept = evaluator.value({ kind: 'temporary', type, temporary: 700 });
      expect(kept, `case ${n}: ${a}, ${b}`).toEqual(expected);
    }
  });
});
