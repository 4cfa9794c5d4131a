/**
 * SSE's arithmetic as it is lifted, in both tiers, against the exact one of float-exact.ts:
 * results, MXCSR and traps, for operands at the edges of the formats and MXCSRs as programs have
 * them.
 */
import { describe, expect, test } from 'vitest';
import { unhex, X86Program } from '../../../test/x86-program.ts';
import { FloatEnvironment } from './float-exact.ts';
import { PACKED_FLOAT } from './packed-float.ts';
import { MXCSR, XMM0 } from './state.ts';

const COUNT = Number(process.env['BAREHEAP_FUZZ'] ?? 20);
const INT3 = 'cc';

/** Prefixes by suffix. */
const PREFIX = { ps: '', pd: '66', ss: 'f3', sd: 'f2' } as const;
type Suffix = keyof typeof PREFIX;

/** Opcodes of what there is in four forms. */
const FOUR = { sqrt: '51', add: '58', mul: '59', sub: '5c', min: '5d', div: '5e', max: '5f' };

/** xmm0 with xmm1, and the name and immediate of what it does. */
interface Form {
  readonly name: string;
  readonly code: string;
  readonly immediate: number;
  readonly isDouble: boolean;
}

const form = (name: string, code: string, isDouble: boolean, immediate = 0): Form => ({
  name,
  code,
  immediate,
  isDouble,
});
const SUFFIXES = Object.keys(PREFIX) as Suffix[];

const FORMS: readonly Form[] = [
  ...Object.entries(FOUR).flatMap(([stem, opcode]) =>
    SUFFIXES.map((suffix) =>
      form(`${stem}${suffix}`, `${PREFIX[suffix]}0f${opcode}c1`, suffix.endsWith('d')),
    ),
  ),
  ...SUFFIXES.flatMap((suffix) =>
    [0, 1, 2, 3, 4, 5, 6, 7].map((n) =>
      form(`cmp${suffix}`, `${PREFIX[suffix]}0fc2c10${n}`, suffix.endsWith('d'), n),
    ),
  ),
  ...(['0a', '0b', '08', '09'] as const).flatMap((opcode, n) =>
    [0, 1, 2, 3, 4, 8].map((mode) => {
      const suffix = (['ss', 'sd', 'ps', 'pd'] as const)[n]!;
      return form(`round${suffix}`, `660f3a${opcode}c10${mode}`, suffix.endsWith('d'), mode);
    }),
  ),
  form('haddpd', '660f7cc1', true),
  form('haddps', 'f20f7cc1', false),
  form('hsubpd', '660f7dc1', true),
  form('addsubpd', '660fd0c1', true),
  form('addsubps', 'f20fd0c1', false),
  form('cvtps2pd', '0f5ac1', false),
  form('cvtpd2ps', '660f5ac1', true),
  form('cvtss2sd', 'f30f5ac1', false),
  form('cvtsd2ss', 'f20f5ac1', true),
  form('cvtdq2ps', '0f5bc1', false),
  form('cvtps2dq', '660f5bc1', false),
  form('cvttps2dq', 'f30f5bc1', false),
  form('cvttpd2dq', '660fe6c1', true),
  form('cvtpd2dq', 'f20fe6c1', true),
];

/** As a program starts, after a rounded result, without denormals, rounding down, trapping. */
const STATES = [0x1f80, 0x1f80, 0x1fa0, 0x1fa0, 0x9fc0, 0x9fe0, 0x3fa0, 0x1f20, 0x0fa0];

const DOUBLES = [0n, 1n, 0xfffffffffffffn, 0x10000000000000n, 0x10000000000001n];
DOUBLES.push(0x3ff0000000000000n, 0x3ff8000000000000n, 0x4008000000000000n, 0x7fefffffffffffffn);
DOUBLES.push(0x7ff0000000000000n, 0x7ff8000000000001n, 0x7ff0000000000001n, 0x41dfffffffc00000n);
DOUBLES.push(0x41e0000000000000n, 0x47efffffe0000000n, 0x3810000000000000n, 0x380fffffffffffffn);
const SINGLES = [0, 1, 0x7fffff, 0x800000, 0x800001, 0x3f800000, 0x3fc00000, 0x40400000];
SINGLES.push(0x7f7fffff, 0x7f800000, 0x7fc00001, 0x7f800001, 0x4effffff, 0x4f000000, 0x4b800001);

class Numbers {
  private state: number;

  constructor(seed: number) {
    this.state = seed;
  }

  word(): number {
    this.state = (Math.imul(this.state, 1664525) + 1013904223) | 0;
    return (this.state ^ (this.state >>> 15)) >>> 0;
  }

  below(limit: number): number {
    return this.word() % limit;
  }

  double(): bigint {
    const sign = BigInt(this.below(2)) << 63n;
    const kind = this.below(4);
    if (kind === 0) return DOUBLES[this.below(DOUBLES.length)]! | sign;
    const high = BigInt(kind === 1 ? 0x3fd00000 + this.below(0x400000) : this.word()) << 32n;
    const bits = BigInt.asUintN(63, high | BigInt(this.word()));
    // Half of them with few significant bits, whose sums and products are exact.
    return (this.below(2) === 0 ? (bits >> 40n) << 40n : bits) | sign;
  }

  single(): number {
    const sign = this.below(2) << 31;
    const kind = this.below(4);
    if (kind === 0) return SINGLES[this.below(SINGLES.length)]! | sign;
    const bits = kind === 1 ? 0x3e800000 + this.below(0x2000000) : this.word() & 0x7fffffff;
    return (this.below(2) === 0 ? bits & ~0xfff : bits) | sign;
  }

  register(isDouble: boolean): DataView {
    const view = new DataView(new ArrayBuffer(16));
    for (let at = 0; at < 16; at += isDouble ? 8 : 4) {
      if (isDouble) view.setBigUint64(at, this.double(), true);
      else view.setInt32(at, this.single(), true);
    }
    return view;
  }
}

const hexOf = (view: DataView): string => Buffer.from(view.buffer).toString('hex');

function write(program: X86Program, register: number, value: DataView): void {
  for (let n = 0; n < 4; n++) program.cpu.writeWord(register, n, value.getInt32(n * 4, true));
}

function read(program: X86Program, register: number): string {
  const view = new DataView(new ArrayBuffer(16));
  for (let n = 0; n < 4; n++) view.setInt32(n * 4, program.cpu.readWord(register, n), true);
  return hexOf(view);
}

describe.each([
  ['interpreted', 0],
  ['compiled', 1],
])('%s', (_, compileAfter) => {
  test.each(FORMS)('$name, $immediate', ({ name, code, immediate, isDouble }) => {
    const program = new X86Program(compileAfter, `${code} ${INT3}`);
    const numbers = new Numbers(unhex(code).reduce((sum, byte) => sum * 31 + byte, 7));
    const env = new FloatEnvironment();
    for (let n = 0; n < COUNT; n++) {
      const [a, b] = [numbers.register(isDouble), numbers.register(isDouble)];
      const mxcsr = STATES[numbers.below(STATES.length)]!;
      program.reset();
      write(program, XMM0, a);
      write(program, XMM0 + 1, b);
      program.cpu.write(MXCSR, mxcsr);
      const stop = program.run();
      env.beginFloat(mxcsr);
      const result = PACKED_FLOAT[name]!(env, a, b, immediate);
      const traps = env.unmasked !== 0;
      const expected = traps ? hexOf(a) : Buffer.from(result).toString('hex');
      const what = `${name} ${immediate}, mxcsr ${mxcsr.toString(16)}, ${hexOf(a)} ${hexOf(b)}`;
      const trap = stop.kind === 'trap' ? stop.trap : stop.kind;
      expect(
        [trap, program.cpu.read(MXCSR).toString(16), read(program, XMM0)],
        `round ${n}: ${what}`,
      ).toEqual([
        traps ? 'simd-exception' : 'breakpoint-instruction',
        (mxcsr | env.raised).toString(16),
        expected,
      ]);
    }
  });
});
