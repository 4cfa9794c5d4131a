/**
 * Guests that want more processes, threads, signals, timers and stack than there is: they get an
 * error or a limit, and the host nothing of it. The program is the probe of signals.
 */
import { readFileSync } from 'node:fs';
import { parseImage } from '@bareheap/image';
import { expect, test } from 'vitest';
import { TextHost } from '../../../test/text-host.ts';
import type { RunEnd } from '../../run-end.ts';
import { openLinux } from '../linux-guest.ts';

const FILE = '../../../../../test/probes/linux-signals/probe.elf';
const PROGRAM = new Uint8Array(readFileSync(new URL(FILE, import.meta.url)));

interface Outcome {
  readonly end: RunEnd;
  readonly text: string;
  /** Names of system calls that the report tells of. */
  readonly calls: readonly string[];
}

function run(kind: string, maxInstructions: number): Outcome {
  const host = new TextHost();
  const guest = openLinux(
    parseImage(PROGRAM, { memoryLimit: 2 ** 46 }),
    {
      bytes: PROGRAM,
      path: '/probe',
      directory: '/',
      argv: ['/probe', '@hostile', kind],
      environment: [],
      heap: 'guest',
      observesHeap: false,
      memoryBytes: 128 << 20,
      seed: 1,
    },
    host,
  );
  const end = guest.run({ maxInstructions });
  return { end, text: host.text(1), calls: Object.keys(guest.report().syscalls) };
}

test.each([
  ['forks', '1023 EAGAIN\n'],
  ['threads', '1023 EAGAIN\n'],
  ['queue', '3000 EAGAIN\n'],
  ['sleeps', 'woken 1\n'],
  ['futexes', 'EINTR\nEFAULT\n0\n'],
  ['user_pages', '32760 ENOMEM\n'],
  ['guards', '98304 ENOMEM\n'],
  ['copies', '9 ENOMEM\n'],
  ['far_copies', '2 ENOMEM\n'],
])('%s: an error tells of the limit', { timeout: 60_000 }, (kind, text) => {
  const { end, text: told } = run(kind, 1e8);
  expect(told).toBe(text);
  expect(end.kind).toBe('exit');
});

test('system calls that no Linux has are told of up to a number', () => {
  const { text, calls } = run('numbers', 1e7);
  expect(text).toBe('5000 ENOSYS\n');
  const unknown = calls.filter((name) => name.startsWith('syscall_'));
  expect([unknown.length, unknown[0], unknown.at(-1)]).toEqual([
    257,
    'syscall_0x3e8',
    'syscall_others',
  ]);
});

test.each(['handlers', 'stacks', 'frames'])('%s: no room for a frame is SIGSEGV', (kind) => {
  expect(run(kind, 1e7).end).toMatchObject({ kind: 'signal', code: 128 + 11 });
});

test.each([
  ['fork_bomb', 200_000],
  ['vforks', 300_000],
  ['programs', 50_000],
  ['timers', 100_000],
])('%s: goes on until the limit of instructions', { timeout: 60_000 }, (kind, limit) => {
  const { end } = run(kind, limit);
  expect(end).toMatchObject({ kind: 'limit', what: `after ${limit} instructions` });
});

test('stops: a program that nobody can wake ends the run', () => {
  expect(run('stops', 1e7).end.kind).toBe('limit');
});
