// @table
/** Timers that threads wait for. */
import type { Call } from '../call.ts';
import { NS_PER_MS, NS_PER_TICK } from '../process/file-time.ts';
import { TimerObject } from '../process/kernel-object.ts';
import { ERROR_INVALID_HANDLE } from '../process/windows-error.ts';
import type { FunctionRows } from '../system-function.ts';
import { openNamed, openObject } from './named-objects.ts';

const MANUAL_RESET = 1;

function create(c: Call, isManual: boolean, name: string | null): number {
  const { process } = c;
  return openObject(c, new TimerObject(isManual, () => process.now), name);
}

/** Negative times are from now on, others since 1601. */
function set(c: Call): number {
  const { process } = c;
  const timer = process.handles.get(c.word(0));
  if (!(timer instanceof TimerObject)) return c.fail(ERROR_INVALID_HANDLE);
  const due = c.memory.big(c.word(1));
  const ticks = due < 0n ? -due : due - process.fileTime;
  timer.start(process.now + Math.max(0, Number(ticks) * NS_PER_TICK), c.i32(2) * NS_PER_MS);
  return 1;
}

export const TIMER_ROWS: FunctionRows = {
  'CreateWaitableTimerA(security: pointer, manual: bool, name: text): handle': (c) =>
    create(c, c.i32(1) !== 0, c.textOrNull(2)),
  'CreateWaitableTimerW(security: pointer, manual: bool, name: wide): handle': (c) =>
    create(c, c.i32(1) !== 0, c.wideOrNull(2)),
  'CreateWaitableTimerExW(security: pointer, name: wide, flags: u32, access: u32): handle': (c) =>
    create(c, (c.u32(2) & MANUAL_RESET) !== 0, c.wideOrNull(1)),
  'SetWaitableTimer(timer: handle, due: pointer, period: i32, routine: pointer, argument: pointer, resume: bool): bool':
    set,
  'SetWaitableTimerEx(timer: handle, due: pointer, period: i32, routine: pointer, argument: pointer, wake: pointer, delay: u32): bool':
    set,
  'OpenWaitableTimerA(access: u32, inherit: bool, name: text): handle': (c) =>
    openNamed(c, 'timer', c.textOrNull(2)),
  'OpenWaitableTimerW(access: u32, inherit: bool, name: wide): handle': (c) =>
    openNamed(c, 'timer', c.wideOrNull(2)),
  'CancelWaitableTimer(timer: handle): bool': (c) => {
    const timer = c.process.handles.get(c.word(0));
    if (!(timer instanceof TimerObject)) return c.fail(ERROR_INVALID_HANDLE);
    timer.cancel();
    return 1;
  },
};
