/** Times of files: seconds and nanoseconds apart, as the sum is no exact number. */

export interface FileTime {
  /** Since 1970. */
  readonly seconds: number;
  /** 0 … 999,999,999. */
  readonly nanoseconds: number;
}
