/** A `_sbrk` of a few instructions, called from a stack that is near to the heap. */
import { describe, expect, test } from 'vitest';
import {
  BX_LR,
  ldr,
  mov,
  movs,
  RESULTS,
  SP,
  STACK_TOP,
  str,
  ThumbProgram,
} from '../../test/thumb-program.ts';

const BREAK = RESULTS;
const HEAP = 0x20000800;
const BLX_R3 = 0x4798;

/** A program with `_sbrk`, which never refuses, and `malloc`, which returns r0 + 0x20000000. */
class SbrkProgram extends ThumbProgram {
  readonly sbrk: number;
  readonly malloc: number;

  constructor(heap: number = HEAP) {
    super();
    this.sbrk = this.label('_sbrk').here() | 1;
    const addTo = (rd: number, rn: number, rm: number) => 0x1800 | (rm << 6) | (rn << 3) | rd;
    this.load(2, BREAK).emit(ldr(1, 2, 0), addTo(0, 1, 0), str(0, 2, 0), mov(0, 1), BX_LR);
    this.malloc = this.label('malloc').here() | 1;
    this.load(1, heap).emit(mov(0, 1), BX_LR);
    this.handler(1).poke(BREAK, heap);
  }

  move(increment: number): this {
    return this.load(0, increment).load(3, this.sbrk).emit(BLX_R3);
  }

  allocate(size: number): this {
    return this.load(0, size).load(3, this.malloc).emit(BLX_R3);
  }

  stack(address: number): this {
    return this.load(0, address).emit(mov(SP, 0));
  }

  findings() {
    const { firmware, end } = this.exit().run('cortex-m0');
    expect(end.kind).toBe('exit');
    return firmware.report().findings;
  }
}

describe('the break', () => {
  test('below the stack pointer it is no finding', () => {
    expect(new SbrkProgram().move(STACK_TOP - HEAP).findings()).toEqual([]);
  });

  test('past the stack pointer it is one finding, whatever follows', () => {
    const program = new SbrkProgram().move(0x400).move(STACK_TOP - HEAP - 0x400 + 8);
    const findings = program.move(64).findings();
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({
      kind: 'heap-stack-collision',
      address: STACK_TOP + 8,
      size: STACK_TOP - HEAP - 0x400 + 8,
      place: { name: 'the stack', start: STACK_TOP },
      message: 'the break moves to 0x20001008, 8 bytes past the stack pointer 0x20001000',
    });
    expect(findings[0]!.stack).not.toHaveLength(0);
  });

  test('a heap that lies above the stack may grow', () => {
    const program = new SbrkProgram(STACK_TOP).move(0x400);
    expect(program.move(0x400).findings()).toEqual([]);
  });

  test('a call that is refused moves nothing', () => {
    const program = new SbrkProgram(0xffffffff).stack(0x1000).move(0x7fff);
    expect(program.findings()).toEqual([]);
  });

  test('a break that goes back is no finding', () => {
    expect(new SbrkProgram().move(64).move(-64).findings()).toEqual([]);
  });
});

describe('the stack pointer at a heap call', () => {
  test('above the used part it is no finding', () => {
    expect(
      new SbrkProgram()
        .move(0x400)
        .stack(HEAP + 0x400)
        .allocate(64)
        .findings(),
    ).toEqual([]);
  });

  test('in the used part it is one finding', () => {
    const program = new SbrkProgram()
      .move(0x400)
      .stack(HEAP + 0x3f8)
      .allocate(64);
    const findings = program.allocate(64).findings();
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({
      kind: 'heap-stack-collision',
      address: HEAP + 0x3f8,
      place: { name: 'the heap', start: HEAP, end: HEAP + 0x400 },
      message: 'the stack pointer 0x20000bf8 is in the heap, which is used up to 0x20000c00',
    });
  });

  test.each([
    [512, 0],
    [128, 1],
  ])('in a live block of %i bytes: %i findings, as it may be a thread’s stack', (size, count) => {
    const program = new SbrkProgram()
      .move(0x400)
      .allocate(size)
      .stack(HEAP + 96);
    expect(program.allocate(16).findings()).toHaveLength(count);
  });

  test('below the heap it is no finding', () => {
    const program = new SbrkProgram()
      .move(0x400)
      .stack(HEAP - 8)
      .allocate(64);
    expect(program.emit(movs(0, 0)).findings()).toEqual([]);
  });
});
