/** Times of files: seconds and nanoseconds apart, as the sum is no exact number. */

export interface FileTime {
  /** Since 1970. */
  readonly seconds: number;
  /** 0 … 999,999,999. */
  readonly nanoseconds: number;
}

/** Whether a time is later than another one. */
export function isLater(time: FileTime, other: FileTime): boolean {
  if (time.seconds !== other.seconds) return time.seconds > other.seconds;
  return time.nanoseconds > other.nanoseconds;
}
