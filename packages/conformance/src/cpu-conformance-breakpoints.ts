/**
 * What every engine keeps of breakpoints, on whatever program: each arrival of control is told once,
 * before its instruction, wherever budgets end, faults are tried again and threads take turns.
 */
import type { Cpu, StopReason } from '@bareheap/cpu';
import { type CpuRule, type CpuUnderTest, demand, PLENTY, same } from './cpu-rule.ts';

/** A program that can be started anew, and where control comes by in it. */
export interface PassedProgram {
  start(): Cpu;
  /** Places in it, with how often control comes there within `most` instructions. */
  readonly places: readonly (readonly [address: number, passes: number])[];
  /** Instructions to run; it goes on behind them. */
  readonly most: number;
}

/** Budgets that end before, at and behind every place. */
const STRIDES = [1, 2, 7];

/** Where and when breakpoints were told, in runs of at most so many instructions. */
function arrivals(cpu: Cpu, most: number, stride: number): [pc: number, count: number][] {
  const told: [number, number][] = [];
  while (cpu.instructionCount < most) {
    const before = cpu.instructionCount;
    const budget = Math.min(stride, most - before);
    const stop = cpu.run(budget);
    const ran = cpu.instructionCount - before;
    if (stop.kind === 'breakpoint') told.push([cpu.pc, cpu.instructionCount]);
    else same([stop.kind, ran], ['budget', budget], `stop after ${cpu.instructionCount}`);
    demand(told.length <= most, 'a breakpoint is told without end');
  }
  return told;
}

/** Control comes to each breakpoint as often as it does, whatever the budgets are. */
function tellsEachArrival({ start, places, most }: PassedProgram): void {
  const told = (stride: number): [number, number][] => {
    const cpu = start();
    for (const [address] of places) cpu.setBreakpoint(address);
    return arrivals(cpu, most, stride);
  };
  const whole = told(PLENTY);
  for (const [address, passes] of places) {
    const times = whole.filter(([pc]) => pc === address).length;
    same(times, passes, `arrivals at 0x${address.toString(16)}`);
  }
  for (const stride of STRIDES) same(told(stride), whole, `arrivals in runs of ${stride}`);
}

/** The same in code that has been compiled before anything stops in it. */
function tellsArrivalsInHotCode({ start, places, most }: PassedProgram): void {
  const half = Math.floor(most / 2);
  const told = (stride: number): [number, number][] => {
    const cpu = start();
    cpu.run(half);
    for (const [address] of places) cpu.setBreakpoint(address);
    return arrivals(cpu, most, stride);
  };
  const cold = start();
  for (const [address] of places) cold.setBreakpoint(address);
  const whole = arrivals(cold, most, PLENTY).filter(([, count]) => count >= half);
  for (const stride of [PLENTY, ...STRIDES]) same(told(stride), whole, `in runs of ${stride}`);
}

/** A place where nothing has been told yet stops before it; one that was, when control is put there. */
function tellsTheFirstInstruction({ start, places }: PassedProgram): void {
  const [at] = places[0]!;
  const cpu = start();
  cpu.setBreakpoint(at);
  same(cpu.run(PLENTY).kind, 'breakpoint', 'the stop');
  const { instructionCount } = cpu;
  same([cpu.pc, cpu.resumeFlag], [at, true], 'pc and resume flag');
  cpu.clearBreakpoint(at);
  cpu.setBreakpoint(at);
  same([cpu.run(1).kind, cpu.resumeFlag], ['budget', false], 'it is passed');
  same(cpu.instructionCount, instructionCount + 1, 'instructions');
  cpu.pc = at;
  same([cpu.run(1).kind, cpu.pc], ['breakpoint', at], 'control is put there');
  cpu.pc = at;
  same([cpu.run(1).kind, cpu.pc], ['breakpoint', at], 'control is put there again');
  cpu.requestStop();
  same([cpu.run(1).kind, cpu.resumeFlag], ['requested', true], 'a stop where nothing retires');
  same(cpu.run(1).kind, 'budget', 'it is passed then');
  cpu.setBreakpoint(cpu.pc);
  same(cpu.run(1).kind, 'breakpoint', 'a breakpoint that is set where the engine stands');
}

/** Two threads by turns on one engine: what was told to the one is not told again, nor the other's. */
function keepsTheFlagWithTheState({ start, places }: PassedProgram): void {
  const [at] = places[0]!;
  const cpu = start();
  const first = cpu.pc;
  cpu.setBreakpoint(at);
  cpu.setBreakpoint(first);
  same([cpu.run(PLENTY).kind, cpu.pc], ['breakpoint', first], 'one thread is told');
  cpu.pc = at;
  same(cpu.resumeFlag, false, 'the other thread was not');
  same([cpu.run(PLENTY).kind, cpu.pc], ['breakpoint', at], 'the other thread is told');
  cpu.pc = first;
  cpu.resumeFlag = true;
  same(cpu.run(1).kind, 'budget', 'the first one goes on');
  cpu.pc = at;
  cpu.resumeFlag = true;
  same(cpu.run(1).kind, 'budget', 'the second one goes on');
  cpu.pc = first;
  cpu.resumeFlag = false;
  same(cpu.run(1).kind, 'breakpoint', 'a new arrival');
}

/** An instruction that faults is told when control comes to it, and not when it is tried again. */
export function tellsOnceWhatFaults(
  cpu: Cpu,
  at: number,
  allow: () => void,
  isEnd: (stop: StopReason) => boolean,
): void {
  cpu.setBreakpoint(at);
  same([cpu.run(PLENTY).kind, cpu.pc], ['breakpoint', at], 'the stop before it');
  for (let attempt = 0; attempt < 2; attempt++) {
    same([cpu.run(PLENTY).kind, cpu.pc], ['fault', at], `attempt ${attempt}`);
  }
  allow();
  demand(isEnd(cpu.run(PLENTY)), 'it is passed when it is allowed');
}

type BreakpointRow = readonly [id: string, title: string, verify: CpuRule['verify']];

/** The rules above on a program. */
export function breakpointRows(
  programOf: (subject: CpuUnderTest) => PassedProgram,
): readonly BreakpointRow[] {
  const row = (
    id: string,
    title: string,
    verify: (program: PassedProgram) => void,
  ): BreakpointRow => [id, title, (subject) => verify(programOf(subject))];
  return [
    row('breakpoint-arrival', 'an arrival is told once, wherever budgets end', tellsEachArrival),
    row('breakpoint-hot', 'the same in code that was compiled before', tellsArrivalsInHotCode),
    row(
      'breakpoint-first',
      'the first instruction is told, and then passed',
      tellsTheFirstInstruction,
    ),
    row('breakpoint-turns', 'whether it was told goes with a thread', keepsTheFlagWithTheState),
  ];
}
