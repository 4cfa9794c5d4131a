/** Heap calls are seen wherever the engine happens to stop, and whoever runs between. */
import { describe, expect, test } from 'vitest';
import { BX_LR, movs, NOP, RESULTS, ThumbProgram } from '../../test/thumb-program.ts';

const BLX_R3 = 0x4798;
const SYS_TICK_CONTROL = 0xe000e010;
const SYS_TICK_RELOAD = 0xe000e014;
const SYS_TICK = 15;
const CALLS = 6;

/** Calls `malloc`, which gives one block after the other, and `free`, which does nothing. */
function program(): ThumbProgram {
  const made = new ThumbProgram();
  const sub = (rd: number, rn: number, rm: number) => 0x1a00 | (rm << 6) | (rn << 3) | rd;
  const malloc = made.label('malloc').here() | 1;
  // r6 is the next block's address.
  made.emit(NOP, 0x4630, 0x3640, BX_LR);
  const free = made.label('free').here() | 1;
  made.emit(NOP, sub(0, 0, 0), BX_LR);
  made
    .handler(SYS_TICK)
    .emit(NOP, BX_LR)
    .handler(1)
    .load(6, RESULTS + 0x400);
  return Object.assign(made, { malloc, free });
}

function calls(made: ThumbProgram & { malloc?: number; free?: number }): ThumbProgram {
  for (let call = 0; call < CALLS; call++) {
    made.emit(movs(0, 16)).load(3, made.malloc!).emit(BLX_R3, NOP);
    made.load(3, made.free!).emit(BLX_R3, NOP);
  }
  return made.exit();
}

const figures = { allocations: CALLS, frees: CALLS, blocksLive: 0, bytesPeak: 16 };

describe('heap calls', () => {
  test('are seen when a run ends and goes on after each instruction', () => {
    const { firmware } = calls(program()).run('cortex-m3', {}, 1);
    let end = firmware.run({ maxInstructions: 2 });
    for (let most = 3; end.kind === 'limit'; most++) end = firmware.run({ maxInstructions: most });
    expect(end.kind).toBe('exit');
    expect(firmware.report()).toMatchObject({ heap: figures, findings: [] });
  });

  test('are seen when an interrupt comes at any instruction of them', () => {
    for (let reload = 20; reload < 60; reload++) {
      const made = program();
      made.poke(SYS_TICK_RELOAD, reload).poke(SYS_TICK_CONTROL, 7);
      const { firmware, end } = calls(made).run('cortex-m3');
      expect(end.kind).toBe('exit');
      expect(firmware.report(), `reload ${reload}`).toMatchObject({ heap: figures, findings: [] });
    }
  });
});

const BLOCK = RESULTS + 0x400;
const PEND_SV = 14;
const ICSR = 0xe000ed04;
const PENDSVSET = 1 << 28;
const [PUSH_LR, POP_PC] = [0xb500, 0xbd00];

/** One block, given out whenever asked; `release` is a function that ends its life. */
function oneBlock(release: string, result: number) {
  const made = new ThumbProgram();
  const malloc = made.label('malloc').here();
  made.load(0, BLOCK);
  made.emit(BX_LR);
  const free = made.label(release).here() | 1;
  made.poke(ICSR, PENDSVSET).emit(movs(0, result), BX_LR);
  const call = (address: number, argument: number, size: number) =>
    made
      .load(0, argument)
      .emit(movs(1, size))
      .load(3, address | 1)
      .emit(BLX_R3);
  return { made, malloc, free, call };
}

describe('a block that another activity gets while its release returns', () => {
  test('is that one’s block, and may be freed again', () => {
    const { made, malloc, free, call } = oneBlock('free', 0);
    made.handler(PEND_SV).emit(PUSH_LR);
    call(malloc, 24, 0).emit(POP_PC).handler(1);
    call(malloc, 16, 0);
    call(free, BLOCK, 0);
    const { firmware } = made.exit().run('cortex-m3');
    const report = firmware.report();
    expect(report.findings).toEqual([]);
    expect(report.heap).toMatchObject({ allocations: 2, frees: 1, blocksLive: 1, bytesLive: 24 });
  });

  test('realloc that moves does not end it', () => {
    const { made, malloc, free, call } = oneBlock('realloc', 0x20);
    made.handler(PEND_SV).emit(PUSH_LR);
    call(malloc, 24, 0).emit(POP_PC).handler(1);
    call(malloc, 16, 0);
    call(free, BLOCK, 40);
    const { firmware } = made.exit().run('cortex-m3');
    const report = firmware.report();
    expect(report.findings).toEqual([]);
    expect(report.heap).toMatchObject({ reallocations: 1, blocksLive: 2, bytesLive: 64 });
  });
});

test('realloc to nothing that answers null has freed the block', () => {
  const { made, malloc, free, call } = oneBlock('realloc', 0);
  made.handler(PEND_SV).emit(BX_LR).handler(1);
  call(malloc, 16, 0);
  call(free, BLOCK, 0);
  const { firmware } = made.exit().run('cortex-m3');
  expect(firmware.report().heap).toMatchObject({ frees: 1, blocksLive: 0, failures: 0 });
});
