/**
 * `bareheap conform win`: the rules of Windows' memory and heap calls, as recorded from Wine, on
 * platform-win.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { parseWinRules, runWinRules, winTable } from '@bareheap/platform-win';

const FOLDER = new URL('../../test/probes/win/', import.meta.url);

function readJson(name) {
  return JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8'));
}

/** @returns the table's lines, and how many cases failed */
export function conformWin() {
  const truth = readJson('truth/wine.json');
  const texts = readdirSync(new URL('cases', FOLDER)).map((name) =>
    readFileSync(new URL(`cases/${name}`, FOLDER), 'utf8'),
  );
  const rules = parseWinRules(texts.join('\n'));
  const rows = runWinRules(rules, truth, readJson('known-differences.json'));
  const failures = rows.filter(({ outcome }) => outcome === 'fail').length;
  return { lines: [`as ${truth.system} has it`, ...winTable(rows, rules)], failures };
}
