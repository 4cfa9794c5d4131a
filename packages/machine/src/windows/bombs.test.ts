/**
 * Programs that take of one thing as much as there is: each ends with what it was given, at a limit
 * or in its own exception, and never in an error of ours. With BAREHEAP_FUZZ set, all of them.
 */
import { parseImage } from '@bareheap/image';
import { describe, expect, test } from 'vitest';
import { TextHost } from '../../test/text-host.ts';
import { openProgram, prebuiltProgram } from '../../test/windows-program.ts';

const IS_LONG = process.env['BAREHEAP_FUZZ'] !== undefined;
const LIMITS = { maxInstructions: 200_000_000 };

interface Bomb {
  readonly name: string;
  readonly end: 'exit' | 'exception' | 'limit';
  /** 0 when the program was told of the end, or the exception's code, or 124. */
  readonly code: number;
  /** How often the limit of time is asked before it is over; else it never is. */
  readonly asks?: number;
  /** Takes seconds. */
  readonly isLong?: boolean;
}

const BOMBS: readonly Bomb[] = [
  { name: 'reserve', end: 'exit', code: 0 },
  { name: 'commit', end: 'exit', code: 0 },
  // STATUS_IN_PAGE_ERROR: what is committed beyond the memory is not there when it is touched.
  { name: 'touch', end: 'exception', code: 0xc000_0006 },
  { name: 'blocks', end: 'exit', code: 0 },
  { name: 'fixed-heaps', end: 'exit', code: 0 },
  // A handler that faults as its program did, until the stack is at its end.
  { name: 'recursion', end: 'exception', code: 0xc000_0005 },
  { name: 'handles', end: 'exit', code: 0, isLong: true },
  { name: 'threads', end: 'exit', code: 0, isLong: true },
  { name: 'heaps', end: 'exit', code: 0, isLong: true },
  { name: 'sections', end: 'exit', code: 0, isLong: true },
  { name: 'views', end: 'exit', code: 0, isLong: true },
  { name: 'protections', end: 'exit', code: 0, isLong: true },
  // Nobody of a hundred thousand handles it.
  { name: 'handlers', end: 'exception', code: 0xe000_0001, isLong: true },
  { name: 'tables', end: 'exit', code: 0 },
  // One after another: each gives its stack back.
  { name: 'short-threads', end: 'exit', code: 0 },
  // One exception that is looked at for hours.
  { name: 'frames', end: 'limit', code: 124, asks: 4 },
  { name: 'more-handles', end: 'limit', code: 124, isLong: true },
  // What a handler jumped out of is forgotten, but for what lies on a stack that nobody told of.
  { name: 'jumps', end: 'exit', code: 0, isLong: true },
  { name: 'stacks', end: 'exception', code: 0xc000_00fd, isLong: true },
];

const plan = parseImage(prebuiltProgram('bombs.exe'));

describe('bombs', () => {
  const bombs = BOMBS.filter(({ isLong }) => IS_LONG || isLong !== true);
  test.each(bombs)('$name', { timeout: 600_000 }, ({ name, end, code, asks }) => {
    const guest = openProgram(plan, new TextHost(), { argv: [name], memoryBytes: 2 ** 25 });
    let left = asks ?? Number.POSITIVE_INFINITY;
    const { kind, code: given } = guest.run({ ...LIMITS, shouldStop: () => left-- <= 0 });
    expect([kind, given]).toEqual([end, code]);
  });
});
