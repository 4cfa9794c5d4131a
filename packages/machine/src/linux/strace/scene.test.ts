/** A program of several processes traced whole, against `strace -f` of the same file. */
import { readFileSync } from 'node:fs';
import { parseImage } from '@bareheap/image';
import { expect, test } from 'vitest';
import { TextHost } from '../../../test/text-host.ts';
import { openLinux } from '../linux-guest.ts';
import { traceFilter } from './trace-filter.ts';

const FOLDER = new URL('../../../../../test/probes/strace/', import.meta.url);
const PROGRAM = new Uint8Array(readFileSync(new URL('scene.elf', FOLDER)));
const LIMIT = 1e7;

function ourTrace(words: string): { text: string; guest: ReturnType<typeof openLinux> } {
  const parsed = traceFilter(words);
  if (parsed.kind !== 'filter') throw new Error(parsed.word);
  let text = '';
  const write = (line: string): void => {
    text += line;
  };
  const guest = openLinux(
    parseImage(PROGRAM, { memoryLimit: 2 ** 46 }),
    {
      bytes: PROGRAM,
      path: '/scene',
      directory: '/',
      argv: ['scene'],
      environment: [],
      heap: 'guest',
      observesHeap: false,
      memoryBytes: 64 << 20,
      seed: 1,
      trace: { filter: parsed.filter, write },
    },
    new TextHost(),
  );
  expect(guest.run({ maxInstructions: LIMIT })).toMatchObject({ kind: 'exit', code: 3 });
  return { text, guest };
}

/** Whole lines of each process in its order: cut ones are joined. */
function byProcess(text: string, first: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const cut = new Map<string, string>();
  for (const line of text.trimEnd().split('\n')) {
    const [, ours, theirs, rest] = /^(?:\[pid +(\d+)\] |(\d+) +(?=\D))?(.*)$/.exec(line)!;
    const id = ours ?? theirs ?? first;
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(rest!)?.[1];
    const whole = resumed === undefined ? rest! : cut.get(id)! + resumed;
    const begun = / <unfinished \.\.\.>$/.exec(whole);
    if (begun !== null) cut.set(id, whole.slice(0, begun.index));
    else found.set(id, [...(found.get(id) ?? []), whole]);
  }
  return found;
}

/** Without what differs from run to run: addresses and ids become the how many-th they are. */
function normalised(text: string, first: string): string[][] {
  const processes = [...byProcess(text, first)];
  const ids = processes.map(([id]) => id);
  const addresses: string[] = [];
  const numberOf = (address: string): string => {
    if (!addresses.includes(address)) addresses.push(address);
    return `ADDRESS${addresses.indexOf(address)}`;
  };
  return processes.map(([, lines]) =>
    lines
      // strace makes the kernel tell of signals that the program ignores.
      .filter((line) => !line.startsWith('--- SIGCHLD') && !line.startsWith('execve('))
      .map((line) =>
        line
          .replace(/\) +=/, ') =')
          .replace(/, SIGKILL\) = (0|\?)$/, ', SIGKILL)')
          .replace(/si_uid=\d+/, 'si_uid=U')
          .replace(/\b\d+\b/g, (word) => (ids.includes(word) ? `P${ids.indexOf(word)}` : word))
          .replace(/0x[0-9a-f]{5,}/g, numberOf),
      ),
  );
}

test('every process makes the calls that it makes natively, in the same words', () => {
  const theirs = readFileSync(new URL('scene.strace', FOLDER), 'utf8');
  const first = /^\d+/.exec(theirs)![0];
  const expected = normalised(theirs, first);
  expect(expected.map((lines) => lines.length)).toEqual([27, 4, 3, 4]);
  expect(normalised(ourTrace('all').text, '1001')).toEqual(expected);
});

test('a filter leaves its calls only, with their stacks when these are asked for', () => {
  const { text } = ourTrace('brk,munmap,stack');
  const lines = text.trimEnd().split('\n');
  expect(
    lines.filter((line) => !line.startsWith(' ')).map((line) => line.replace(/\(.*/, '')),
  ).toEqual(['brk', 'brk', 'munmap', 'munmap', 'brk']);
  expect(lines.filter((line) => line.startsWith(' > ')).length).toBeGreaterThanOrEqual(5);
});

test('the same run has the same trace', () => {
  expect(ourTrace('all').text).toBe(ourTrace('all').text);
});
