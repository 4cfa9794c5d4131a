/** Times of files: seconds and nanoseconds apart, as the sum is no exact number. */

export interface FileTime {
  /** Since 1970. */
  readonly seconds: number;
  /** 0 … 999,999,999. */
  readonly nanoseconds: number;
}

/** @param time  nanoseconds since 1970 */
export function fileTime(time: number): FileTime {
  const seconds = Math.floor(time / 1e9);
  return { seconds, nanoseconds: Math.floor(time - seconds * 1e9) };
}
