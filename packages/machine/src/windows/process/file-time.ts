/** FILETIME, units ("ticks") of 100 ns since 1601, and the other counts of time that there are. */

export const NS_PER_MS = 1_000_000;
export const NS_PER_TICK = 100;
export const TICKS_PER_MS = 10_000n;
const TICKS_PER_SECOND = 10_000_000n;
/** From 1601 to 1970. */
const EPOCH_SECONDS = 11_644_473_600n;
const EPOCH_MS = EPOCH_SECONDS * 1000n;

/** Seconds since 1970 of a FILETIME. */
export function unixSeconds(time: bigint): number {
  return Number(time / TICKS_PER_SECOND - EPOCH_SECONDS);
}

/** The same in milliseconds. */
export function unixMilliseconds(time: bigint): number {
  return Number(time / TICKS_PER_MS - EPOCH_MS);
}

/** Nanoseconds of a FILETIME beyond its last whole second. */
export function nanosecondsOf(time: bigint): number {
  return Number(time % TICKS_PER_SECOND) * NS_PER_TICK;
}

/** The FILETIME of seconds since 1970 and nanoseconds. */
export function fileTimeOf(seconds: number, nanoseconds = 0): bigint {
  const ticks = BigInt(Math.floor(nanoseconds / NS_PER_TICK));
  return (BigInt(seconds) + EPOCH_SECONDS) * TICKS_PER_SECOND + ticks;
}
