/**
 * Records what Wine does with the cases of test/probes/win/cases, for `bareheap conform win`.
 *
 *   node tools/win/record.mjs            writes test/probes/win/truth/wine.json
 *   node tools/win/record.mjs --check    says what differs from it; status 1 when something does
 *
 * Needs Debian's wine64 and gcc-mingw-w64-x86-64. WINEPREFIX is used when it is set.
 */
import { join } from 'node:path';
import { parseWinResults, parseWinRules, winProbeText } from '@bareheap/platform-win';
import { keepTruth } from '../probe/case-truth.mjs';
import { buildProbe, PROBE_FOLDER, rulesText, runProbe, wineVersion } from './probe-runner.mjs';

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

const FILE = join(PROBE_FOLDER, 'truth/wine.json');
process.exitCode = keepTruth(FILE, record(), (truth) => truth.system);
