/** Heaps of ours behind the program's calls: failures, errno, misuse, overwritten headers. */
import { describe, expect, test } from 'vitest';
import {
  BX_LR,
  mov,
  movs,
  NOP,
  RESULTS,
  str,
  ThumbProgram,
  type ThumbRun,
} from '../../test/thumb-program.ts';
import { HEAP_CHOICES, type HeapChoice } from '../firmware-options.ts';

const HEAP = 0x20000800;
const HEAP_END = 0x20000f00;
const REENTRANCY = 0x20000100;
const IMPURE = 0x20000200;
const BLX_R3 = 0x4798;
const ENOMEM = 12;

/** Functions whose own code is a single return: a served call never runs it. */
class HeapProgram extends ThumbProgram {
  private readonly functions = new Map<string, number>();

  constructor() {
    super();
    for (const name of ['malloc', 'free', 'realloc', 'posix_memalign', 'malloc_usable_size']) {
      this.functions.set(name, this.label(name).here() | 1);
      this.emit(movs(0, 1), BX_LR, NOP, NOP);
    }
    this.symbol('__heap_start', HEAP, 'other').symbol('__heap_end', HEAP_END, 'other');
    this.symbol('_impure_ptr', IMPURE, 'object');
    this.handler(1).load(7, RESULTS).poke(IMPURE, REENTRANCY);
  }

  /** Calls with r0 as it is. */
  with(name: string): this {
    return this.load(3, this.functions.get(name)!).emit(BLX_R3);
  }

  call(name: string, first: number): this {
    return this.load(0, first).with(name);
  }

  /** Puts r0 into a result. */
  keep(index: number): this {
    return this.emit(str(0, 7, index));
  }

  served(heap: HeapChoice): ThumbRun {
    const run = this.exit().run('cortex-m0', { heap });
    expect(run.end.kind).toBe('exit');
    return run;
  }
}

const kinds = (run: ThumbRun): string[] => run.firmware.report().findings.map(({ kind }) => kind);
const REAL = HEAP_CHOICES.filter((name) => !['guest', 'null', 'heap-1', 'arena'].includes(name));

describe.each(REAL)('%s', (heap) => {
  test('a block lies in the region, and errno is left alone', () => {
    const run = new HeapProgram().call('malloc', 24).keep(0).served(heap);
    const [block] = run.results(1);
    expect(block).toBeGreaterThanOrEqual(HEAP);
    expect(block! + 24).toBeLessThanOrEqual(HEAP_END);
    expect(block! % 8).toBe(0);
    expect(run.word(REENTRANCY)).toBe(0);
  });

  test('without room malloc returns NULL and sets newlib’s errno', () => {
    const run = new HeapProgram().call('malloc', 0x10000).keep(0).served(heap);
    expect(run.results(1)).toEqual([0]);
    expect(run.word(REENTRANCY)).toBe(ENOMEM);
    expect(run.firmware.report().heap).toMatchObject({ failures: 1, blocksLive: 0 });
  });

  test.each([
    [64, 0],
    [0x10000, ENOMEM],
  ])('posix_memalign of %i bytes returns %i and leaves errno alone', (size, result) => {
    const program = new HeapProgram().load(2, size).load(1, 16);
    const run = program
      .call('posix_memalign', RESULTS + 4)
      .keep(0)
      .served(heap);
    const [returned, block] = run.results(2);
    expect(returned).toBe(result);
    expect(block! % 16).toBe(0);
    expect(block !== 0).toBe(result === 0);
    expect(run.word(REENTRANCY)).toBe(0);
    expect(kinds(run)).toEqual([]);
  });

  test('a second free is a double free, a pointer into a block an invalid one', () => {
    const program = new HeapProgram().call('malloc', 64).emit(mov(6, 0)).with('free');
    program.emit(mov(0, 6)).with('free').call('malloc', 64).emit(0x3008).with('free');
    expect(kinds(program.served(heap))).toEqual(['double-free', 'invalid-free']);
  });

  test('realloc of a block that was freed is a finding, and fails', () => {
    const program = new HeapProgram().call('malloc', 64).emit(mov(6, 0)).with('free');
    const run = program.load(1, 128).emit(mov(0, 6)).with('realloc').keep(0).served(heap);
    expect(run.results(1)).toEqual([0]);
    expect(kinds(run)).toEqual(['double-free']);
  });

  test('the usable size of NULL is 0, which is no failure', () => {
    const run = new HeapProgram().call('malloc_usable_size', 0).keep(0).served(heap);
    expect(run.results(1)).toEqual([0]);
    expect(run.word(REENTRANCY)).toBe(0);
  });
});

test.each<HeapChoice>(['llff', 'tlsf'])(
  '%s: a live block whose header was written over is heap corruption',
  (heap) => {
    const program = new HeapProgram().call('malloc', 64).emit(mov(6, 0)).load(5, 0xa5a5a5a4);
    program.emit(mov(4, 6), 0x3c08, str(5, 4, 0), str(5, 4, 1));
    const run = program.emit(mov(0, 6)).with('free').served(heap);
    const [finding] = run.firmware.report().findings;
    expect(finding).toMatchObject({ kind: 'heap-corruption', block: { ordinal: 1, offset: 0 } });
  },
);

test('null: every allocation fails', () => {
  const run = new HeapProgram().call('malloc', 8).keep(0).served('null');
  expect(run.results(1)).toEqual([0]);
  expect(run.word(REENTRANCY)).toBe(ENOMEM);
});
