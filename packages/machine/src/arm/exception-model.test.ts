/** Frames, priorities and faults as Armv7-M ARM B1.5 and Armv6-M ARM B1.5 have them. */
import { describe, expect, test } from 'vitest';
import {
  adds,
  BASEPRI,
  BX_LR,
  CONTROL,
  CPSID_I,
  CPSIE_I,
  IPSR,
  LR,
  ldr,
  MSP,
  mov,
  movs,
  mrs,
  msr,
  PSP,
  RESULTS,
  SP,
  STACK_TOP,
  str,
  strb,
  svc,
  ThumbProgram,
  type ThumbRun,
  UDF,
  WFI,
} from '../../test/thumb-program.ts';

const ICSR = 0xe000ed04;
const SHPR3 = 0xe000ed20;
const SHCSR = 0xe000ed24;
const ISER = 0xe000e100;
const ISPR = 0xe000e200;
const IPR = 0xe000e400;
const SYST_CSR = 0xe000e010;
const PENDSV = 1 << 28;
const SYSTICK = 1 << 26;
const HARD_FAULT = 3;

const ARM_BOARDS = ['cortex-m0', 'cortex-m3', 'cortex-m4'];

/** A handler that appends the number of its exception to the log at r7. */
function logs(program: ThumbProgram, ...exceptions: number[]): ThumbProgram {
  for (const exception of exceptions) program.handler(exception);
  return program.emit(...mrs(6, IPSR), strb(6, 7), adds(7, 1), BX_LR);
}

const started = (program: ThumbProgram): ThumbProgram => program.handler(1).load(7, RESULTS);

describe.each(ARM_BOARDS)('%s', (board) => {
  test('reset takes the stack pointer from the table; LR is all ones', () => {
    const program = started(new ThumbProgram()).emit(mov(0, SP), str(0, 7, 0));
    const run = program
      .emit(mov(0, LR), str(0, 7, 1))
      .exit()
      .run(board);
    expect(run.results(2)).toEqual([STACK_TOP, 0xffffffff]);
    expect(run.end).toEqual({ kind: 'exit', code: 0 });
  });

  test('SVC stacks eight words, and the return gives them back', () => {
    const program = new ThumbProgram().handler(11).emit(mov(4, SP), str(4, 7, 0));
    program.emit(mov(4, LR), str(4, 7, 1), ...mrs(4, IPSR), str(4, 7, 2), movs(0, 99), BX_LR);
    started(program).emit(movs(5, 12), mov(12, 5), movs(5, 14), mov(14, 5));
    program.emit(movs(0, 10), movs(1, 11), movs(2, 22), movs(3, 33), svc(5));
    const returnTo = program.here();
    const run = program
      .emit(str(0, 7, 3), mov(0, SP), str(0, 7, 4))
      .exit()
      .run(board);
    const frame = STACK_TOP - 32;
    expect(run.results(5)).toEqual([frame, 0xfffffff9, 11, 10, STACK_TOP]);
    const words = Array.from({ length: 8 }, (_, index) => run.word(frame + index * 4));
    expect(words).toEqual([10, 11, 22, 33, 12, 14, returnTo, 0x01000000]);
  });

  test('a stack pointer that is not a multiple of 8 is aligned, and bit 9 of xPSR says so', () => {
    const program = new ThumbProgram().handler(11).emit(mov(4, SP), str(4, 7, 0), BX_LR);
    const subtract = 0xb081;
    started(program).emit(subtract, svc(0), mov(0, SP), str(0, 7, 1));
    const run = program.exit().run(board);
    const frame = STACK_TOP - 40;
    expect(run.results(2)).toEqual([frame, STACK_TOP - 4]);
    expect(run.word(frame + 28) & 0x200).toBe(0x200);
  });

  test('a thread on the process stack is stacked there; the main stack stays', () => {
    const program = new ThumbProgram().handler(11).emit(mov(4, LR), str(4, 7, 0));
    program.emit(mov(4, SP), str(4, 7, 1), ...mrs(4, PSP), str(4, 7, 2), BX_LR);
    const process = 0x20000800;
    started(program)
      .load(0, process)
      .emit(...msr(PSP, 0), movs(0, 2), ...msr(CONTROL, 0), svc(0));
    program.emit(mov(0, SP), str(0, 7, 3), ...mrs(0, MSP), str(0, 7, 4));
    const run = program.exit().run(board);
    expect(run.results(5)).toEqual([0xfffffffd, STACK_TOP, process - 32, process, STACK_TOP]);
  });

  test('of two pending exceptions the lower number is first, unless priorities say otherwise', () => {
    const both = logs(new ThumbProgram(), 14, 15);
    const equal = started(both)
      .poke(ICSR, PENDSV | SYSTICK)
      .exit()
      .run(board);
    expect(equal.log(3)).toEqual([14, 15, 0]);
    const other = started(logs(new ThumbProgram(), 14, 15)).poke(SHPR3, 0x00c00000);
    expect(
      other
        .poke(ICSR, PENDSV | SYSTICK)
        .exit()
        .run(board)
        .log(3),
    ).toEqual([15, 14, 0]);
  });

  test('a more urgent interrupt preempts a handler, one of its own priority does not', () => {
    const nested = (priority: number): number[] => {
      const program = logs(new ThumbProgram(), 16).handler(14);
      program.emit(mov(3, LR), movs(6, 1), strb(6, 7), adds(7, 1)).poke(ISPR, 1);
      program.emit(movs(6, 2), strb(6, 7), adds(7, 1), mov(LR, 3), BX_LR);
      started(program).poke(IPR, priority).poke(SHPR3, 0x00800000).poke(ISER, 1);
      return program.poke(ICSR, PENDSV).exit().run(board).log(4);
    };
    expect(nested(0x40)).toEqual([1, 16, 2, 0]);
    expect(nested(0x80)).toEqual([1, 2, 16, 0]);
  });

  test('PRIMASK holds exceptions back until it is clear', () => {
    const program = started(logs(new ThumbProgram(), 14)).emit(CPSID_I).poke(ICSR, PENDSV);
    program.emit(movs(6, 1), strb(6, 7), adds(7, 1), CPSIE_I);
    expect(program.exit().run(board).log(3)).toEqual([1, 14, 0]);
  });

  test('an interrupt that is not enabled stays pending until it is', () => {
    const program = started(logs(new ThumbProgram(), 18)).poke(ISPR, 4);
    program.emit(movs(6, 1), strb(6, 7), adds(7, 1)).poke(ISER, 4);
    expect(program.exit().run(board).log(3)).toEqual([1, 18, 0]);
  });

  test('SysTick rings every reload + 1 ticks and ends WFI', () => {
    const program = started(logs(new ThumbProgram(), 15)).load(4, SYST_CSR);
    program.load(5, 999).emit(str(5, 4, 1), movs(5, 7), str(5, 4, 0));
    const run = program.emit(WFI, WFI, WFI).exit().run(board);
    expect(run.log(4)).toEqual([15, 15, 15, 0]);
    expect(run.end.kind).toBe('exit');
  });

  test('SysTick counts down, an instruction a tick, and reading COUNTFLAG clears it', () => {
    const program = started(new ThumbProgram()).load(4, SYST_CSR).load(5, 40);
    program.emit(str(5, 4, 1), str(5, 4, 2), movs(5, 5), str(5, 4, 0));
    program.emit(ldr(0, 4, 2), ldr(1, 4, 2), str(0, 7, 0), str(1, 7, 1));
    for (let count = 0; count < 60; count++) program.emit(adds(2, 1));
    program.emit(ldr(0, 4, 0), ldr(1, 4, 0), str(0, 7, 2), str(1, 7, 3));
    const [first, second, flagged, clear] = program.exit().run(board).results(4);
    expect(first! - second!).toBe(1);
    expect([flagged, clear]).toEqual([0x10005, 5]);
  });

  test('AIRCR.SYSRESETREQ starts the program again, its memory kept', () => {
    const program = started(new ThumbProgram()).emit(ldr(0, 7, 0), adds(0, 1), str(0, 7, 0));
    const compare = 0x2803;
    const skip = 0xd000;
    program.emit(compare, skip | 0xb);
    const from = program.here();
    program.poke(0xe000ed0c, 0x05fa0004).emit(WFI);
    while (program.here() < from + 24) program.emit(0x46c0);
    const run = program.exit().run(board);
    expect(run.results(1)).toEqual([3]);
    expect(run.end.kind).toBe('exit');
  });
});

/** A program whose HardFault and UsageFault handlers keep IPSR, CFSR, HFSR, MMFAR and BFAR. */
function faulting(prepare: (program: ThumbProgram) => void): ThumbProgram {
  const program = new ThumbProgram().handler(HARD_FAULT).handler(5).handler(6);
  program.emit(...mrs(4, IPSR), str(4, 7, 0)).load(6, 0xe000ed28);
  program.emit(ldr(4, 6, 0), str(4, 7, 1), ldr(4, 6, 1), str(4, 7, 2));
  program.emit(ldr(4, 6, 3), str(4, 7, 3), ldr(4, 6, 4), str(4, 7, 4)).exit();
  prepare(started(program));
  return program;
}

const status = (run: ThumbRun): number[] => run.results(3);

describe('faults of Armv7-M', () => {
  test('a fault whose exception is off becomes a HardFault, FORCED', () => {
    const run = faulting((program) => program.emit(UDF)).run('cortex-m3');
    expect(status(run)).toEqual([3, 0x00010000, 0x40000000]);
    expect(run.firmware.report().findings.map(({ kind }) => kind)).toEqual(['bad-request']);
  });

  test('the same with UsageFault on is UsageFault', () => {
    const run = faulting((program) => program.poke(SHCSR, 1 << 18).emit(UDF)).run('cortex-m3');
    expect(status(run)).toEqual([6, 0x00010000, 0]);
  });

  test('an access to nothing is a precise bus error with its address', () => {
    const read = (program: ThumbProgram) => program.load(0, 0x60000000).emit(ldr(0, 0, 1));
    const run = faulting(read).run('cortex-m3');
    expect(status(run)).toEqual([3, 0x8200, 0x40000000]);
    expect(run.word(RESULTS + 16)).toBe(0x60000004);
    expect(run.firmware.report().findings[0]).toMatchObject({
      kind: 'wild-access',
      access: 'read',
      address: 0x60000004,
    });
  });

  test('an EXC_RETURN to a thread that is not there is INVPC', () => {
    const program = new ThumbProgram().handler(11).load(0, 0xfffffff5).emit(0x4700);
    program
      .handler(HARD_FAULT)
      .load(6, 0xe000ed28)
      .emit(ldr(4, 6, 0), str(4, 7, 0))
      .exit();
    expect(started(program).emit(svc(0)).run('cortex-m3').results(1)).toEqual([0x00040000]);
  });

  test('BASEPRI holds back priorities at and below it', () => {
    const program = logs(new ThumbProgram(), 14, 15);
    started(program)
      .poke(SHPR3, 0x40c00000)
      .emit(movs(0, 0x80), ...msr(BASEPRI, 0));
    program.poke(ICSR, PENDSV | SYSTICK).emit(movs(6, 1), strb(6, 7), adds(7, 1));
    program.emit(movs(0, 0), ...msr(BASEPRI, 0));
    expect(program.exit().run('cortex-m3').log(4)).toEqual([15, 1, 14, 0]);
  });
});

describe.each(ARM_BOARDS)('%s without a way out', (board) => {
  test('a fault in the HardFault handler locks up and ends the run', () => {
    const program = new ThumbProgram().handler(HARD_FAULT).emit(UDF);
    const { end } = started(program).emit(UDF).run(board);
    expect(end).toMatchObject({ kind: 'fault', code: 139, finding: { kind: 'bad-request' } });
  });

  test('a default handler that spins ends the run with the fault', () => {
    const { end } = started(new ThumbProgram())
      .load(0, 0x60000000)
      .emit(ldr(0, 0, 0))
      .run(board);
    expect(end).toMatchObject({ kind: 'fault', finding: { address: 0x60000000 } });
  });

  test('waiting with nothing that can come is a limit', () => {
    const { end } = started(new ThumbProgram()).emit(CPSID_I, WFI).run(board);
    expect(end).toMatchObject({ kind: 'limit', code: 124 });
  });
});
