import { expect, test } from 'vitest';
import type { StackFrame } from './stack-frame.ts';
import { frameText, stackLines } from './stack-text.ts';

const frame = (over: Partial<StackFrame>): StackFrame => ({
  pc: 0x214,
  function: 'poke',
  file: 'poke.c',
  line: 12,
  offset: 4,
  ...over,
});

test('a frame says as much as is known', () => {
  expect(frameText(frame({}))).toBe('poke (poke.c:12)');
  expect(frameText(frame({ line: null }))).toBe('poke (poke.c)');
  expect(frameText(frame({ file: null, line: null }))).toBe('poke+0x4');
  expect(frameText(frame({ function: null, file: null }))).toBe('0x00000214 (no symbol)');
});

test('stacks are innermost first, and long ones are cut with a count', () => {
  expect(stackLines([frame({}), frame({ pc: 0x300, function: null })])).toEqual([
    '#0 0x00000214 in poke (poke.c:12)',
    '#1 0x00000300 in (no symbol)',
  ]);
  const deep = stackLines(Array.from({ length: 30 }, () => frame({})));
  expect(deep).toHaveLength(25);
  expect(deep[24]).toBe('… 6 more frames');
  expect(stackLines([])).toEqual(['(no stack)']);
});
