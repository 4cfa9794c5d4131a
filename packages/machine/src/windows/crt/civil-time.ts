/** Days and seconds of the calendar, as numbers alone. */

/** Seconds of a broken-down time, whose fields may lie out of their ranges. */
export function secondsOf(fields: readonly number[]): number {
  const [second, minute, hour, day, month, year] = fields as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  // Days from 1970 to the first of a month, by years that begin in March.
  const y = year + 1900 + Math.floor(month / 12) - (((month % 12) + 12) % 12 < 2 ? 1 : 0);
  const m = ((((month % 12) + 12) % 12) + 10) % 12;
  const years = y * 365 + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400);
  const days = years + Math.floor((m * 153 + 2) / 5) - 719_468 + day - 1;
  return ((days * 24 + hour) * 60 + minute) * 60 + second;
}
