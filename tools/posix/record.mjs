/**
 * Records what this kernel does with the cases of test/posix/cases, for `bareheap conform posix`.
 *
 *   node tools/posix/record.mjs            writes test/posix/truth/linux-x86_64.json
 *   node tools/posix/record.mjs --check    says what differs from it; status 1 when something does
 *
 * A kernel older than a rule is not asked about it.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  hasPosixRule,
  parsePosixRules,
  parsePosixTruth,
  posixProbeText,
} from '@bareheap/conformance/posix';
import { buildProbe, ROOT, release, rulesText, runProbe } from './probe-runner.mjs';

const FOLDER = join(ROOT, 'test/posix/truth');
const FILE = join(FOLDER, 'linux-x86_64.json');

function record() {
  const all = parsePosixRules(rulesText());
  const rules = all.filter((rule) => hasPosixRule(rule, release()));
  const output = runProbe(buildProbe(), posixProbeText(rules));
  return parsePosixTruth(output, release());
}

function check(fresh) {
  const known = JSON.parse(readFileSync(FILE, 'utf8'));
  const names = Object.keys(fresh.results);
  const differing = names.filter((name) => known.results[name] !== fresh.results[name]);
  for (const name of differing) {
    console.error(`${name}: ${known.release} ${known.results[name]}`);
    console.error(`${name}: ${fresh.release} ${fresh.results[name]}`);
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
  console.log(`${Object.keys(fresh.results).length} cases of ${fresh.release} written`);
}
