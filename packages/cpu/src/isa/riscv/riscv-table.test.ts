/** The table itself: rows do not overlap, patterns take apart what they put together, texts. */
import { describe, expect, test } from 'vitest';
import { encodePattern, matchPattern, parsePattern } from './pattern.ts';
import { riscvIsa } from './riscv-isa.ts';

const full = riscvIsa({ extensions: ['m', 'a', 'f', 'd'] });

/** A seeded sequence of 32-bit words (xorshift). */
function* words(seed: number, count: number): Generator<number> {
  let state = seed;
  for (let n = 0; n < count; n++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    yield state;
  }
}

describe('the instruction table', () => {
  test('has one row at most for each 16-bit encoding', () => {
    const narrow = full.rows.filter(({ pattern }) => pattern.width === 16);
    const clashes: string[] = [];
    for (let bits = 0; bits < 0x10000; bits++) {
      if ((bits & 3) === 3) continue;
      const found = narrow.filter(({ pattern }) => matchPattern(pattern, bits) !== null);
      if (found.length > 1) clashes.push(found.map(({ mnemonic }) => mnemonic).join());
      expect(full.rowOf(bits)).toBe(found[0] ?? null);
    }
    expect(clashes).toEqual([]);
  });

  test('has no two rows that one 32-bit encoding fits', () => {
    const wide = full.rows.filter(({ pattern }) => pattern.width === 32);
    for (const [n, a] of wide.entries()) {
      for (const b of wide.slice(n + 1)) {
        const common = a.pattern.mask & b.pattern.mask;
        const clash = ((a.pattern.match ^ b.pattern.match) & common) === 0;
        expect(clash, `${a.mnemonic} and ${b.mnemonic}`).toBe(false);
      }
    }
  });

  test('puts together what it takes apart', () => {
    for (const row of full.rows) {
      const free = row.pattern.width === 16 ? 0xffff : -1;
      for (const word of words(row.pattern.match + 1, 50)) {
        const bits = ((word & ~row.pattern.mask) | row.pattern.match) & free;
        const fields = matchPattern(row.pattern, bits);
        if (fields === null) continue;
        const again = encodePattern(row.pattern, fields);
        expect(matchPattern(row.pattern, again), `${row.mnemonic} ${bits}`).toEqual(fields);
      }
    }
  });

  test('refuses a pattern that is not 16 or 32 bits wide', () => {
    expect(() => parsePattern('rs1 000')).toThrow('8 bits');
    expect(() => parsePattern('rx 00000000000')).toThrow('rx');
  });

  test('has only the rows of the extensions asked for', () => {
    const plain = riscvIsa({ extensions: [] });
    expect(plain.describe(0x02b50533)).toBe('illegal');
    expect(full.describe(0x02b50533)).toBe('mul a0, a0, a1');
    expect(() => riscvIsa({ extensions: ['d'] })).toThrow('D needs F');
  });
});

// Texts as GNU objdump -M no-aliases prints them, but for numbers in decimal and relative targets.
test.each([
  [0x00c58533, 'add a0, a1, a2'],
  [0xfff50513, 'addi a0, a0, -1'],
  [0x0085a503, 'lw a0, 8(a1)'],
  [0xfea42e23, 'sw a0, -4(s0)'],
  [0x12345537, 'lui a0, 0x12345'],
  [0xfe000ee3, 'beq zero, zero, .-4'],
  [0x300022f3, 'csrrs t0, 0x300, zero'],
  [0x3002f073, 'csrrci zero, 0x300, 5'],
  [0x1005252f, 'lr.w a0, (a0)'],
  [0x18b5252f, 'sc.w a0, a1, (a0)'],
  [0x02c5f553, 'fadd.d fa0, fa1, fa2'],
  [0x0085b507, 'fld fa0, 8(a1)'],
  [0x4501, 'c.li a0, 0'],
  [0x8082, 'c.jr ra'],
  [0x7179, 'c.addi16sp sp, -48'],
  [0xc606, 'c.swsp ra, 12(sp)'],
  [0x0000, 'illegal'],
])('%s is %s', (bits, text) => {
  expect(full.describe(bits)).toBe(text);
});
