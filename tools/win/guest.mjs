/**
 * Runs the C probe as a Windows program in bareheap and compares every case with what Wine gave, or
 * with the documentation where Wine is known to be wrong.
 *
 *   node tools/win/guest.mjs [RULE…]
 *
 * Needs Debian's gcc-mingw-w64-x86-64, and no Wine.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseWinResults, parseWinRules, runWinRules, winProbeText } from '@bareheap/platform-win';
import { buildProbe, PROBE_FOLDER, ROOT, rulesText, scratchFile } from './probe-runner.mjs';

const asked = process.argv.slice(2);
const rules = parseWinRules(rulesText()).filter(
  ({ id }) => asked.length === 0 || asked.includes(id),
);
const truth = readJson('truth/wine.json');
const known = readJson('known-differences.json');
const program = buildProbe();
const input = scratchFile('cases');

function readJson(name) {
  return JSON.parse(readFileSync(join(PROBE_FOLDER, name), 'utf8'));
}

/** What the guest printed for a rule's cases. */
function runGuest(rule) {
  writeFileSync(input, winProbeText([rule]));
  const command = [join(ROOT, 'apps/emu/bin/bareheap.js'), 'run', program, '--stdin', input];
  const run = spawnSync(process.execPath, command, { encoding: 'utf8' });
  if (run.status !== 0) console.log(`${rule.id}: status ${run.status}: ${run.stderr.trim()}`);
  return parseWinResults(run.stdout.replaceAll('\r', ''));
}

let cases = 0;
let failed = 0;
for (const rule of rules) {
  const results = runGuest(rule);
  const given = rule.cases.map(({ name }) => (results[`${rule.id}/${name}`] ?? '').split('\n'));
  const rows = runWinRules([rule], truth, known, () => given.shift());
  const wrong = rows.filter(({ outcome }) => outcome === 'fail');
  for (const row of wrong) console.log(`${rule.id}/${row.case}: ${row.difference}`);
  cases += rows.length;
  failed += wrong.length;
}
console.log(`${cases} cases in bareheap, ${failed} differ`);
process.exitCode = failed === 0 ? 0 : 1;
