/** Our text against that of the real strace, for the same words and bytes. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ArenaMemory, type RecordedCall, recordedCalls } from '../../../test/strace-record.ts';
import { SYSTEM_CALL_TABLE } from '../calls/system-call-table.ts';
import type { ArgumentFormat, ResultFormat } from '../system-call.ts';
import { ARGUMENT_FORMATS } from './argument-formats.ts';
import { CallText, type ShownCall } from './call-text.ts';

const calls = recordedCalls();

/** Calls that the table may not have: `name = result: formats`. */
const OTHERS = readFileSync(new URL('../../../test/strace-rows.txt', import.meta.url), 'utf8');
const ROWS: ReadonlyMap<string, ShownCall> = new Map(
  OTHERS.trimEnd()
    .split('\n')
    .map((line) => {
      const [head, formats] = line.split(':');
      const [name, result] = head!.split(' = ');
      const parts = formats!
        .trim()
        .split(' ')
        .filter((part) => part !== '');
      return [
        name!,
        { name: name!, arguments: parts as ArgumentFormat[], result: result as ResultFormat },
      ];
    }),
);

const rowOf = (call: RecordedCall): ShownCall => {
  const name = call.line.slice(0, call.line.indexOf('('));
  const row = SYSTEM_CALL_TABLE.get(call.number) ?? ROWS.get(name);
  if (row === undefined) throw new Error(`no row of ${name}`);
  return row;
};

function ourLine(call: RecordedCall): string {
  const memory = new ArenaMemory(call.arena, call.before);
  const text = new CallText(rowOf(call), call.words, memory);
  memory.bytes = call.after;
  return text.entry + text.exit(call.result);
}

test('every recorded call is written as strace writes it', () => {
  expect(calls.length).toBeGreaterThan(450);
  expect(calls.map(ourLine)).toEqual(calls.map(({ line }) => line));
});

test('what is known before a call is said before it', () => {
  const entries = calls.map((call) => {
    const memory = new ArenaMemory(call.arena, call.before);
    return new CallText(rowOf(call), call.words, memory).entry;
  });
  const wrong = entries.filter((entry, at) => !calls[at]!.line.startsWith(entry));
  expect(wrong).toEqual([]);
  expect(entries).toContain('read(3, ');
  expect(entries).toContain('sched_yield(');
  expect(entries).toContain('lseek(3, -5, SEEK_END');
});

test('every format of an argument has its text', () => {
  const sources = [
    new URL('../call-format.ts', import.meta.url),
    new URL('../../../../platform-posix/src/system-calls.ts', import.meta.url),
  ].map((url) => readFileSync(url, 'utf8'));
  const named = sources.flatMap((source) => {
    const union = /export type Argument(?:Format|Type) =([^;]*);/.exec(source)![1]!;
    return [...union.matchAll(/'([a-z0-9-]+)'/g)].map(([, name]) => name!);
  });
  expect(named.length).toBeGreaterThan(90);
  expect(named.filter((name) => !Object.hasOwn(ARGUMENT_FORMATS, name))).toEqual([]);
});
