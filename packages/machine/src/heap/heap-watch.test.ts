/** Heap calls are seen wherever the engine happens to stop. */
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
