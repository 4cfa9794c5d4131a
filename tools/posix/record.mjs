/**
 * Records what this kernel does with the cases of test/posix/cases, for `bareheap conform posix`.
 *
 *   node tools/posix/record.mjs            writes test/posix/truth/linux-x86_64.json
 *   node tools/posix/record.mjs --check    says what differs from it; status 1 when something does
 *
 * A kernel older than a rule is not asked about it.
 */
import { join } from 'node:path';
import {
  hasPosixRule,
  parsePosixRules,
  parsePosixTruth,
  posixProbeText,
} from '@bareheap/conformance/posix';
import { keepTruth } from '../probe/case-truth.mjs';
import { buildProbe, ROOT, release, rulesText, runProbe } from './probe-runner.mjs';

function record() {
  const all = parsePosixRules(rulesText());
  const rules = all.filter((rule) => hasPosixRule(rule, release()));
  const output = runProbe(buildProbe(), posixProbeText(rules));
  return parsePosixTruth(output, release());
}

const FILE = join(ROOT, 'test/posix/truth/linux-x86_64.json');
process.exitCode = keepTruth(FILE, record(), (truth) => truth.release);
