/** SYS_HEAPINFO on boards with several RAMs. */
import { describe, expect, test } from 'vitest';
import { movs, RESULTS, ThumbProgram } from '../../test/thumb-program.ts';

const PSRAM = 0x21000000;
const PSRAM_END = 0x22000000;
const RAM_END = 0x20400000;

/** What SYS_HEAPINFO says to a program whose data ends at `end`. */
function heapInfo(end: number): number[] {
  const block = RESULTS + 0x10;
  const program = new ThumbProgram().symbol('end', end, 'other').handler(1).poke(RESULTS, block);
  program.load(1, RESULTS).emit(movs(0, 0x16), 0xbeab);
  return program.exit().run('cortex-m3').results(8).slice(4);
}

describe('SYS_HEAPINFO', () => {
  test('the stack is at the top of the RAM that the heap is in', () => {
    const heap = RESULTS + 0x100;
    expect(heapInfo(heap)).toEqual([heap, heap + 8192, RAM_END, heap + 8192]);
  });

  test('so it is when the program lies in another RAM than the first', () => {
    expect(heapInfo(PSRAM)).toEqual([PSRAM, PSRAM + 8192, PSRAM_END, PSRAM + 8192]);
  });
});
