import { expect, test } from 'vitest';
import { StaticBreak } from './static-break.ts';

test('the break moves up and down and answers where it was', () => {
  const brk = new StaticBreak(1000, 2000);
  expect(brk.move(100, null)).toEqual({ ok: true, previous: 1000 });
  expect(brk.move(-40, null)).toEqual({ ok: true, previous: 1100 });
  expect(brk.move(0, null)).toEqual({ ok: true, previous: 1060 });
  expect(brk.highest).toBe(1100);
});

test('a failed move changes nothing', () => {
  const brk = new StaticBreak(1000, 2000);
  expect(brk.move(1001, null)).toEqual({ ok: false, why: 'out-of-memory' });
  expect(brk.move(-1, null)).toEqual({ ok: false, why: 'below-start' });
  expect(brk.current).toBe(1000);
  expect(brk.move(1000, null).ok).toBe(true);
});

test('the break does not pass the stack pointer, but may when the stack lies below it', () => {
  const brk = new StaticBreak(1000, null);
  expect(brk.move(600, 1500)).toEqual({ ok: false, why: 'heap-stack-collision', by: 100 });
  expect(brk.move(600, 900).ok).toBe(true);
});
