// @table
/** Time, all of it virtual: a nanosecond for each instruction, and what waiting adds. */
import type { Call } from '../call.ts';
import { brokenTime, secondsOf } from '../crt/civil-time.ts';
import {
  fileTimeOf,
  NS_PER_MS,
  NS_PER_TICK,
  TICKS_PER_MS,
  unixMilliseconds,
} from '../process/file-time.ts';
import { ERROR_INVALID_PARAMETER } from '../process/windows-error.ts';
import { type SystemFunction, systemFunctions } from '../system-function.ts';

/** Ticks of the performance counter in a second. */
const COUNTER_FREQUENCY = 10_000_000;

function systemTime(c: Call): number {
  writeSystemTime(c, c.word(0), c.process.fileTime);
  return 0;
}

/** SYSTEMTIME: year, month, day of the week, day, hour, minute, second, millisecond. */
function writeSystemTime(c: Call, at: number, fileTime: bigint): void {
  const milliseconds = unixMilliseconds(fileTime);
  const seconds = Math.floor(milliseconds / 1000);
  const [second, minute, hour, day, month, year, weekday] = brokenTime(seconds);
  const rest = milliseconds - seconds * 1000;
  const all = [year! + 1900, month! + 1, weekday!, day!, hour!, minute!, second!, rest];
  all.forEach((value, n) => {
    c.memory.setU16(at + n * 2, value);
  });
}

/** The time of a SYSTEMTIME; null when its fields are none. */
function readSystemTime(c: Call, at: number): bigint | null {
  const [year, month, , day, hour, minute, second, millisecond] = Array.from(
    { length: 8 },
    (_, n) => c.memory.u16(at + n * 2),
  ) as [number, number, number, number, number, number, number, number];
  const isDate = year >= 1601 && month >= 1 && month <= 12 && day >= 1 && day <= 31;
  if (!isDate || hour > 23 || minute > 59 || second > 59 || millisecond > 999) return null;
  const seconds = secondsOf([second, minute, hour, day, month - 1, year - 1900]);
  return fileTimeOf(seconds) + BigInt(millisecond) * TICKS_PER_MS;
}

function toFileTime(c: Call): number {
  const time = readSystemTime(c, c.word(0));
  if (time === null) return c.fail(ERROR_INVALID_PARAMETER);
  c.memory.setBig(c.word(1), time);
  return 1;
}

/** Local time is the world's. */
function sameTime(c: Call): number {
  c.memory.write(c.word(2), c.memory.read(c.word(1), 16));
  return 1;
}

function compareTimes(c: Call): number {
  const [a, b] = [c.memory.big(c.word(0)), c.memory.big(c.word(1))];
  return a === b ? 0 : a < b ? -1 : 1;
}

/** All of it is the program's own; threads are not told apart. */
function processTimes(c: Call): number {
  const used = BigInt(Math.floor(c.process.now / NS_PER_TICK));
  c.memory.setBig(c.word(1), c.process.fileTime - used);
  c.memory.setBig(c.word(2), 0n);
  c.memory.setBig(c.word(3), 0n);
  c.memory.setBig(c.word(4), used);
  return 1;
}

function uptime(c: Call): number {
  return Math.floor(c.process.now / NS_PER_MS);
}

const MULTIMEDIA: readonly SystemFunction[] = systemFunctions('other', {
  'timeGetTime(): u32': (c) => uptime(c) >>> 0,
  'timeBeginPeriod(period: u32): u32': () => 0,
  'timeEndPeriod(period: u32): u32': () => 0,
});

export const TIME_FUNCTIONS: readonly SystemFunction[] = systemFunctions('kernel', {
  'GetTickCount(): u32': (c) => uptime(c) >>> 0,
  'GetTickCount64(): u64': uptime,
  'QueryPerformanceCounter(to: pointer): bool': (c) => {
    c.memory.setU64(c.word(0), Math.floor(c.process.now / NS_PER_TICK));
    return 1;
  },
  'QueryPerformanceFrequency(to: pointer): bool': (c) => {
    c.memory.setU64(c.word(0), COUNTER_FREQUENCY);
    return 1;
  },
  'GetSystemTimeAsFileTime(to: pointer)': (c) => {
    c.memory.setBig(c.word(0), c.process.fileTime);
    return 0;
  },
  'GetSystemTimePreciseAsFileTime(to: pointer)': (c) => {
    c.memory.setBig(c.word(0), c.process.fileTime);
    return 0;
  },
  'GetSystemTime(to: pointer)': systemTime,
  'GetLocalTime(to: pointer)': systemTime,
  'FileTimeToSystemTime(time: pointer, to: pointer): bool': (c) => {
    const time = c.memory.big(c.word(0));
    if (time < 0n) return c.fail(ERROR_INVALID_PARAMETER);
    writeSystemTime(c, c.word(1), time);
    return 1;
  },
  'FileTimeToLocalFileTime(time: pointer, to: pointer): bool': (c) => {
    c.memory.setBig(c.word(1), c.memory.big(c.word(0)));
    return 1;
  },
  'LocalFileTimeToFileTime(time: pointer, to: pointer): bool': (c) => {
    c.memory.setBig(c.word(1), c.memory.big(c.word(0)));
    return 1;
  },
  'SystemTimeToFileTime(time: pointer, to: pointer): bool': toFileTime,
  'CompareFileTime(a: pointer, b: pointer): i32': compareTimes,
  'SystemTimeToTzSpecificLocalTime(zone: pointer, time: pointer, to: pointer): bool': sameTime,
  'TzSpecificLocalTimeToSystemTime(zone: pointer, time: pointer, to: pointer): bool': sameTime,
  'QueryUnbiasedInterruptTime(to: pointer): bool': (c) => {
    c.memory.setU64(c.word(0), Math.floor(c.process.now / NS_PER_TICK));
    return 1;
  },
  'GetDynamicTimeZoneInformation(to: pointer): u32': (c) => {
    c.memory.fill(c.word(0), 0, 432);
    return 0;
  },
  'GetTimeZoneInformation(to: pointer): u32': (c) => {
    c.memory.fill(c.word(0), 0, 172);
    return 0;
  },
  'GetThreadTimes(thread: handle, created: pointer, ended: pointer, kernel: pointer, user: pointer): bool':
    processTimes,
  'GetProcessTimes(process: handle, created: pointer, ended: pointer, kernel: pointer, user: pointer): bool':
    processTimes,
}).concat(MULTIMEDIA);
