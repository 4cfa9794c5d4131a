/** Days and seconds of the calendar, as numbers alone. */

const DAY_SECONDS = 86_400;
const MONTH_STARTS = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];

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

/** The nine fields of struct tm for seconds since 1970, without daylight saving. */
export function brokenTime(seconds: number): number[] {
  const days = Math.floor(seconds / DAY_SECONDS);
  const rest = seconds - days * DAY_SECONDS;
  let year = 1970 + Math.floor(days / 365.2425);
  while (daysBefore(year + 1) <= days) year++;
  while (daysBefore(year) > days) year--;
  const dayOfYear = days - daysBefore(year);
  const leap = isLeap(year) ? 1 : 0;
  let month = 11;
  while (monthStart(month, leap) > dayOfYear) month--;
  return [
    rest % 60,
    Math.floor(rest / 60) % 60,
    Math.floor(rest / 3600),
    dayOfYear - monthStart(month, leap) + 1,
    month,
    year - 1900,
    (((days + 4) % 7) + 7) % 7,
    dayOfYear,
    0,
  ];
}

function monthStart(month: number, leap: number): number {
  return MONTH_STARTS[month]! + (month > 1 ? leap : 0);
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

/** Days from 1970 to the start of a year. */
function daysBefore(year: number): number {
  const y = year - 1;
  const leaps = Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400) - 477;
  return (year - 1970) * 365 + leaps;
}
