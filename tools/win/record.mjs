/**
 * Records what Wine does with the cases of test/probes/win/cases, for `bareheap conform win`.
 *
 *   node tools/win/record.mjs            writes test/probes/win/truth/wine.json
 *   node tools/win/record.mjs --check    says what differs from it; status 1 when something does
 *
 * Needs Debian's wine64 and gcc-mingw-w64-x86-64. WINEPREFIX is used when it is set.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseWinResults, parseWinRules, winProbeText } from '@bareheap/platform-win';
import { buildProbe, PROBE_FOLDER, rulesText, runProbe, wineVersion } from './probe-runner.mjs';

const FOLDER = join(PROBE_FOLDER, 'truth');
const FILE = join(FOLDER, 'wine.json');

/** A process for each rule, so that no rule lives in what another left. */
function record() {
  const program = buildProbe();
  const rules = parseWinRules(rulesText());
  const results = Object.assign(
    {},
    ...rules.map((rule) => parseWinResults(runProbe(program, winProbeText([rule])))),
  );
  return { system: wineVersion(), results };
}

function check(fresh) {
  const known = JSON.parse(readFileSync(FILE, 'utf8'));
  const names = Object.keys(fresh.results);
  const differing = names.filter((name) => known.results[name] !== fresh.results[name]);
  for (const name of differing) {
    console.error(`${name}: ${known.system} ${known.results[name]}`);
    console.error(`${name}: ${fresh.system} ${fresh.results[name]}`);
  }
  console.log(`${names.length} cases, ${differing.length} differ`);
  return differing.length === 0 ? 0 : 1;
}

const fresh = record();
if (process.argv.includes('--check')) {
  process.exitCode = check(fresh);
} else {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(FILE, `${JSON.stringify(fresh, null, 2)}\n`);
  console.log(`${Object.keys(fresh.results).length} cases of ${fresh.system} written`);
}
