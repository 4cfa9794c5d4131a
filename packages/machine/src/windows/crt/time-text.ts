/** strftime in the C locale, with the formats that msvcrt has. */

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

const two = (value: number): string => String(value).padStart(2, '0');

/** By letter: from second, minute, hour, day, month, year, weekday and day of the year. */
const PARTS: Readonly<Record<string, (f: readonly number[]) => string>> = {
  a: (f) => DAYS[f[6]!]?.slice(0, 3) ?? '',
  A: (f) => DAYS[f[6]!] ?? '',
  b: (f) => MONTHS[f[4]!]?.slice(0, 3) ?? '',
  B: (f) => MONTHS[f[4]!] ?? '',
  c: (f) => timeText('%m/%d/%y %H:%M:%S', f),
  d: (f) => two(f[3]!),
  H: (f) => two(f[2]!),
  I: (f) => two(f[2]! % 12 || 12),
  j: (f) => String(f[7]! + 1).padStart(3, '0'),
  m: (f) => two(f[4]! + 1),
  M: (f) => two(f[1]!),
  p: (f) => (f[2]! < 12 ? 'AM' : 'PM'),
  S: (f) => two(f[0]!),
  U: (f) => two(Math.floor((f[7]! + 7 - f[6]!) / 7)),
  w: (f) => String(f[6]),
  W: (f) => two(Math.floor((f[7]! + 7 - ((f[6]! + 6) % 7)) / 7)),
  x: (f) => timeText('%m/%d/%y', f),
  X: (f) => timeText('%H:%M:%S', f),
  y: (f) => two(((f[5]! % 100) + 100) % 100),
  Y: (f) => String(f[5]! + 1900),
  z: () => '+0000',
  Z: () => 'UTC',
  '%': () => '%',
};

/** What C99 added, and only the universal C library has. */
const LATER: Readonly<Record<string, string | ((f: readonly number[]) => string)>> = {
  C: (f) => two(Math.floor((f[5]! + 1900) / 100)),
  D: '%m/%d/%y',
  e: (f) => String(f[3]!).padStart(2),
  F: '%Y-%m-%d',
  G: (f) => String(weekOf(f).year),
  g: (f) => two(weekOf(f).year % 100),
  h: '%b',
  n: '\n',
  r: '%I:%M:%S %p',
  R: '%H:%M',
  t: '\t',
  T: '%H:%M:%S',
  u: (f) => String(f[6] || 7),
  V: (f) => two(weekOf(f).week),
};

/** The week of ISO 8601, which begins with a Monday and lies in the year of its Thursday. */
function weekOf(f: readonly number[]): { readonly year: number; readonly week: number } {
  const thursday = f[7]! - ((f[6]! + 6) % 7) + 3;
  const year = f[5]! + 1900;
  if (thursday < 0) {
    const days = yearDays(year - 1);
    return { year: year - 1, week: Math.floor((thursday + days) / 7) + 1 };
  }
  if (thursday >= yearDays(year)) return { year: year + 1, week: 1 };
  return { year, week: Math.floor(thursday / 7) + 1 };
}

function yearDays(year: number): number {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 366 : 365;
}

/** The text of a time by a format; `isUniversal` for the letters of C99. */
export function timeText(format: string, fields: readonly number[], isUniversal = false): string {
  return format.replace(/%[#EO]?([a-zA-Z%])/g, (_all, letter: string) => {
    const later = isUniversal ? LATER[letter] : undefined;
    if (typeof later === 'string') return timeText(later, fields, true);
    return (later ?? PARTS[letter])?.(fields) ?? '';
  });
}
