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

export function timeText(format: string, fields: readonly number[]): string {
  return format.replace(/%#?([a-zA-Z%])/g, (_all, letter: string) => PARTS[letter]?.(fields) ?? '');
}
