import { expect, test } from 'vitest';
import { callCountTable } from './call-counts.ts';

test('calls by time, then by number, as strace -c has them', () => {
  const text = callCountTable([
    { name: 'brk', number: 12, calls: 3, errors: 0, nanoseconds: 0 },
    { name: 'read', number: 0, calls: 2, errors: 1, nanoseconds: 0 },
    { name: 'futex', number: 202, calls: 1, errors: 0, nanoseconds: 90_400 },
    { name: 'clock_nanosleep', number: 230, calls: 2, errors: 2, nanoseconds: 28_000 },
  ]);
  // The figures of a run of strace 6.1.
  expect(text).toBe(`\
% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ----------------
 76.35    0.000090          90         1           futex
 23.65    0.000028          14         2         2 clock_nanosleep
  0.00    0.000000           0         2         1 read
  0.00    0.000000           0         3           brk
------ ----------- ----------- --------- --------- ----------------
100.00    0.000118          14         8         3 total
`);
});

test('a long name widens the last column, and no calls are a table too', () => {
  const name = 'sched_get_priority_max';
  const text = callCountTable([{ name, number: 146, calls: 1, errors: 0, nanoseconds: 0 }]);
  const [, rule, row] = text.split('\n');
  expect(rule).toBe(`------ ----------- ----------- --------- --------- ${'-'.repeat(23)}`);
  expect(row).toBe(`  0.00    0.000000           0         1           ${name}`);
  expect(callCountTable([]).split('\n')[3]).toBe(
    '100.00    0.000000           0         0           total',
  );
});
