/**
 * `bareheap conform posix`: the rules of Linux's memory calls, as recorded from a kernel, on
 * platform-posix.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { parsePosixRules, posixTable, runPosixRules } from '@bareheap/conformance/posix';
import { MemoryProbe } from '@bareheap/platform-posix';

const FOLDER = new URL('../../test/posix/', import.meta.url);

/** @returns the table's lines, and how many cases failed */
export function conformPosix() {
  const truth = JSON.parse(readFileSync(new URL('truth/linux-x86_64.json', FOLDER), 'utf8'));
  const texts = readdirSync(new URL('cases', FOLDER)).map((name) =>
    readFileSync(new URL(`cases/${name}`, FOLDER), 'utf8'),
  );
  const rows = runPosixRules(parsePosixRules(texts.join('\n')), truth, MemoryProbe.make);
  const failures = rows.filter(({ outcome }) => outcome === 'fail').length;
  return { lines: [`as Linux ${truth.release} has it`, ...posixTable(rows)], failures };
}
