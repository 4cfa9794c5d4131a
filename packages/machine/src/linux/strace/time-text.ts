/** Times as strace writes them, dates in UTC. */
import type { ArgumentText, Fields } from './call-view.ts';
import { addressText, unsignedText } from './scalar-text.ts';
import {
  arrayAt,
  type StructureFormat,
  structureAt,
  structureIn,
  structureOut,
} from './structure-text.ts';

const DAY = 86_400;
const UTIME_NOW = 0x3fffffff;
const UTIME_OMIT = 0x3ffffffe;
const BILLION = 1e9;
const MILLION = 1e6;

function timespec(fields: Fields, at = 0): string {
  return `{tv_sec=${fields.word(at)}, tv_nsec=${unsignedText(fields.word(at + 8))}}`;
}

function timeval(fields: Fields, at = 0): string {
  return `{tv_sec=${fields.word(at)}, tv_usec=${unsignedText(fields.word(at + 8))}}`;
}

export const TIMESPEC: StructureFormat = { bytes: 16, text: (fields) => timespec(fields) };
export const TIMEVAL: StructureFormat = { bytes: 16, text: (fields) => timeval(fields) };

const ITIMERVAL: StructureFormat = {
  bytes: 32,
  text: (fields) => `{it_interval=${timeval(fields)}, it_value=${timeval(fields, 16)}}`,
};

const ITIMERSPEC: StructureFormat = {
  bytes: 32,
  text: (fields) => `{it_interval=${timespec(fields)}, it_value=${timespec(fields, 16)}}`,
};

const TIMEZONE: StructureFormat = {
  bytes: 8,
  text: (fields) => `{tz_minuteswest=${fields.i32(0)}, tz_dsttime=${fields.i32(4)}}`,
};

const TICKS_PER_SECOND = 100;

/** Clock ticks, and in a comment the seconds that they are. */
export function ticksText(ticks: number): string {
  return ticks === 0 ? '0' : `${ticks} /* ${(ticks / TICKS_PER_SECOND).toFixed(2)} s */`;
}

const TIMES_NAMES = ['tms_utime', 'tms_stime', 'tms_cutime', 'tms_cstime'];
const TIMES: StructureFormat = {
  bytes: 32,
  text: (fields) =>
    `{${TIMES_NAMES.map((name, at) => `${name}=${ticksText(fields.word(8 * at))}`).join(', ')}}`,
};

export const timespecIn: ArgumentText = structureIn(TIMESPEC);
export const timespecOut: ArgumentText = structureOut(TIMESPEC);
export const timevalIn: ArgumentText = structureIn(TIMEVAL);
export const timevalOut: ArgumentText = structureOut(TIMEVAL);
export const itimervalIn: ArgumentText = structureIn(ITIMERVAL);
export const itimervalOut: ArgumentText = structureOut(ITIMERVAL);
export const itimerspecIn: ArgumentText = structureIn(ITIMERSPEC);
export const itimerspecOut: ArgumentText = structureOut(ITIMERSPEC);
export const timezoneOut: ArgumentText = structureOut(TIMEZONE);
export const timesOut: ArgumentText = structureOut(TIMES);

/** What is left of a sleep is there when it was interrupted only. */
export const remainingOut: ArgumentText = (word, call) => {
  const EINTR = -4;
  const RESTART = -516;
  const wasCut = call.result === EINTR || call.result === RESTART;
  return wasCut ? structureAt(word, call.memory, TIMESPEC) : addressText(word);
};

/** `2026-11-21T13:27:48+0000`, with `fraction` digits after the second. */
export function dateText(seconds: number, fraction = ''): string {
  const days = Math.floor(seconds / DAY);
  const { year, month, day } = civilDate(days);
  const second = seconds - days * DAY;
  const two = (value: number): string => String(value).padStart(2, '0');
  const clock = [second / 3600, (second / 60) % 60, second % 60];
  const date = `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`;
  return `${date}T${clock.map((part) => two(Math.floor(part))).join(':')}${fraction}+0000`;
}

/** Year, month and day of a number of days since 1970, by the Gregorian calendar. */
function civilDate(days: number): { year: number; month: number; day: number } {
  // Years are counted from March: the day that leap years have more is the last one.
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const ofEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) /
      365,
  );
  const ofYear =
    ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * ofYear + 2) / 153);
  const day = ofYear - Math.floor((153 * marchMonth + 2) / 5) + 1;
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day };
}

function dateComment(seconds: number, parts: number, unit: number, digits: number): string {
  if (seconds === 0 || parts < 0 || parts >= unit) return '';
  const fraction = parts === 0 ? '' : `.${String(parts).padStart(digits, '0')}`;
  return ` /* ${dateText(seconds, fraction)} */`;
}

const FILE_TIME: StructureFormat = {
  bytes: 16,
  text: (fields) => {
    const nanoseconds = fields.word(8);
    if (nanoseconds === UTIME_NOW) return 'UTIME_NOW';
    if (nanoseconds === UTIME_OMIT) return 'UTIME_OMIT';
    return timespec(fields) + dateComment(fields.word(0), nanoseconds, BILLION, 9);
  },
};

const FILE_TIMEVAL: StructureFormat = {
  bytes: 16,
  text: (fields) => timeval(fields) + dateComment(fields.word(0), fields.word(8), MILLION, 6),
};

const UTIMBUF: StructureFormat = {
  bytes: 16,
  text: (fields) => {
    const [access, change] = [fields.word(0), fields.word(8)];
    const comments = [access, change].map((time) => dateComment(time, 0, 1, 0));
    return `{actime=${access}${comments[0]}, modtime=${change}${comments[1]}}`;
  },
};

export const fileTimesIn: ArgumentText = (word, call) => arrayAt(word, 2, call.memory, FILE_TIME);
export const fileTimevalsIn: ArgumentText = (word, call) =>
  arrayAt(word, 2, call.memory, FILE_TIMEVAL);
export const utimbufIn: ArgumentText = structureIn(UTIMBUF);

export const timeOut: ArgumentText = structureOut({
  bytes: 8,
  text: (fields) => `[${fields.word(0)}${dateComment(fields.word(0), 0, 1, 0)}]`,
});
