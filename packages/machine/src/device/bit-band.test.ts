import { describe, expect, test } from 'vitest';
import { ldr, NOP, RESULTS, str, ThumbProgram } from '../../test/thumb-program.ts';

const DATA = RESULTS + 0x100;
/** Alias of a bit of a word of SRAM. */
const alias = (address: number, bit: number): number =>
  0x22000000 + (address - 0x20000000) * 32 + bit * 4;

describe.each(['cortex-m3', 'cortex-m4'])('%s', (board) => {
  test('a store to an alias sets or clears its bit alone', () => {
    const program = new ThumbProgram().handler(1).poke(DATA, 0x0f0f0f0f);
    program.poke(alias(DATA, 31), 1).poke(alias(DATA, 8), 0xfe).poke(alias(DATA, 4), 3);
    expect(program.exit().run(board).word(DATA)).toBe(0x8f0f0e1f);
  });

  test('a load gives the bit', () => {
    const program = new ThumbProgram().handler(1).load(7, RESULTS).poke(DATA, 0x00020000);
    for (const [index, bit] of [16, 17, 18].entries()) {
      program.load(4, alias(DATA, bit)).emit(ldr(5, 4, 0), str(5, 7, index));
    }
    expect(program.exit().run(board).results(3)).toEqual([0, 1, 0]);
  });

  test('an alias of what no memory answers is a fault of the alias', () => {
    const address = 0x42000000 + 0xf0000 * 32;
    const program = new ThumbProgram()
      .handler(1)
      .load(4, address)
      .emit(ldr(5, 4, 0), NOP);
    expect(program.run(board).end).toMatchObject({ kind: 'fault', finding: { address } });
  });
});

test('a Cortex-M0 has none', () => {
  const program = new ThumbProgram()
    .handler(1)
    .load(4, alias(DATA, 0))
    .emit(ldr(5, 4, 0));
  expect(program.run('cortex-m0').end.kind).toBe('fault');
});
