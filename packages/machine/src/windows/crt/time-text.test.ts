import { expect, test } from 'vitest';
import { brokenTime, secondsOf } from './civil-time.ts';
import { timeText } from './time-text.ts';

const at = (year: number, month: number, day: number): number[] =>
  brokenTime(secondsOf([56, 34, 12, day, month - 1, year - 1900]));

// As date -d … +'%G-%V %u' of GNU's core utilities has them.
test.each([
  [2020, 1, 1, '2020-01 3'],
  [2016, 1, 3, '2015-53 7'],
  [2018, 12, 31, '2019-01 1'],
  [2021, 1, 1, '2020-53 5'],
  [2024, 2, 29, '2024-09 4'],
])('the week of %d-%d-%d', (year, month, day, text) => {
  expect(timeText('%G-%V %u', at(year, month, day), true)).toBe(text);
});

test('letters of C99 are of the universal library only', () => {
  const fields = at(2020, 3, 4);
  expect(timeText('%F %T %e', fields, true)).toBe('2020-03-04 12:34:56  4');
  expect(timeText('%F', fields)).toBe('');
  expect(timeText('%Y-%m-%d %H:%M:%S', fields)).toBe('2020-03-04 12:34:56');
});
