/**
 * The rules of Linux's memory calls: cases with what a kernel gave, run on a model of it. The cases
 * are text (test/posix/cases); the truth was recorded from them by tools/posix/record.mjs.
 */
import { runPosixProgram } from './posix-program.ts';
import type { PosixUnderTest } from './posix-under-test.ts';

export interface PosixCase {
  readonly name: string;
  readonly statements: readonly string[];
  /** Why the model is known to differ; absent when it must not. */
  readonly gap?: string;
}

export interface PosixRule {
  readonly id: string;
  /** What the kernel does, in a sentence. */
  readonly text: string;
  /** The first version of Linux that has it, `6.17`; null for as long as anybody remembers. */
  readonly since: string | null;
  readonly cases: readonly PosixCase[];
}

/** The system that a truth comes from, and that a model is asked to be. */
export interface PosixSystem {
  /** `uname -r` of the kernel. */
  readonly release: string;
  /** Memory and swap of the machine, bytes: what overcommitting is measured by. */
  readonly memoryBytes: number;
}

/** What a kernel gave: a line for each statement of a case, by `rule/case`. */
export interface PosixTruth extends PosixSystem {
  readonly results: Readonly<Record<string, string>>;
}

export interface PosixDifference {
  readonly statement: string;
  readonly expected: string;
  readonly actual: string;
}

/** How a case came out; a gap that is none any more is a failure too, so that lists stay true. */
export interface PosixRow {
  readonly rule: string;
  readonly text: string;
  readonly name: string;
  readonly outcome: 'pass' | 'known gap' | 'fail';
  readonly gap: string | null;
  readonly difference: PosixDifference | null;
}

/** Whether a kernel, by `uname -r`, has what a rule describes. */
export function hasPosixRule(rule: PosixRule, release: string): boolean {
  if (rule.since === null) return true;
  const [major = 0, minor = 0] = release.split(/[.-]/).map(Number);
  const [sinceMajor = 0, sinceMinor = 0] = rule.since.split('.').map(Number);
  return major > sinceMajor || (major === sinceMajor && minor >= sinceMinor);
}

/** Reads rules and cases from their text; an Error names a line that is neither. */
export function parsePosixRules(text: string): PosixRule[] {
  const rules: { id: string; text: string; since: string | null; cases: PosixCase[] }[] = [];
  let statements: string[] = [];
  for (const raw of text.split('\n')) {
    const line = raw.replace(/#.*$/, '').trim();
    const [word = '', ...rest] = line.split(/\s+/);
    const rule = rules.at(-1);
    const cases = rule?.cases;
    if (line === '') continue;
    if (word === 'since' && rule !== undefined) {
      rule.since = rest[0]!;
    } else if (word === 'rule') {
      rules.push({ id: rest[0]!, text: rest.slice(1).join(' '), since: null, cases: [] });
    } else if (cases === undefined) {
      throw new Error(`no rule before: ${line}`);
    } else if (word === 'case') {
      statements = [];
      cases.push({ name: rest.join(' '), statements });
    } else if (word === 'gap') {
      const last = cases.pop();
      if (last === undefined) throw new Error(`no case before: ${line}`);
      cases.push({ ...last, gap: rest.join(' ') });
    } else {
      statements.push([word, ...rest].join(' '));
    }
  }
  return rules;
}

/** The program of all cases for the C probe, which names them `rule/case`. */
export function posixProbeText(rules: readonly PosixRule[]): string {
  return rules
    .flatMap((rule) =>
      rule.cases.map((one) =>
        [`case ${rule.id}/${one.name}`, ...one.statements].map((line) => `${line}\n`).join(''),
      ),
    )
    .join('');
}

/** Reads what the probe printed. */
export function parsePosixTruth(text: string, release: string): PosixTruth {
  const results: Record<string, string> = {};
  let memoryBytes = 0;
  let name = '';
  for (const line of text.split('\n')) {
    if (line.startsWith('memory ')) {
      memoryBytes = Number(line.slice('memory '.length));
    } else if (line.startsWith('case ')) {
      name = line.slice('case '.length);
      results[name] = '';
    } else if (line !== '') {
      results[name] += `${results[name] === '' ? '' : '\n'}${line}`;
    }
  }
  return { release, memoryBytes, results };
}

function firstDifference(
  statements: readonly string[],
  expected: readonly string[],
  actual: readonly string[],
): PosixDifference | null {
  for (let index = 0; index < Math.max(actual.length, expected.length); index++) {
    if (expected[index] === actual[index]) continue;
    return {
      statement: statements[index] ?? 'end',
      expected: expected[index] ?? 'nothing',
      actual: actual[index] ?? 'nothing',
    };
  }
  return null;
}

/**
 * Runs every case that the kernel knew on a model, compares, and checks the model itself.
 *
 * @param make  a new process of such a system, with the limits of the probe
 */
export function runPosixRules(
  rules: readonly PosixRule[],
  truth: PosixTruth,
  make: (system: PosixSystem) => PosixUnderTest,
): PosixRow[] {
  const known = rules.filter((rule) => hasPosixRule(rule, truth.release));
  return known.flatMap((rule) => rule.cases.map((one) => runCase(rule, one, truth, make(truth))));
}

function runCase(
  rule: PosixRule,
  one: PosixCase,
  truth: PosixTruth,
  process: PosixUnderTest,
): PosixRow {
  const results = runPosixProgram(one.statements, process);
  const actual = [...results, ...process.check()];
  process.dispose();
  const expected = (truth.results[`${rule.id}/${one.name}`] ?? '').split('\n');
  const difference = firstDifference(one.statements, expected, actual);
  const gap = one.gap ?? null;
  const asExpected = (difference !== null) === (gap !== null);
  const outcome = !asExpected ? 'fail' : gap === null ? 'pass' : 'known gap';
  return { rule: rule.id, text: rule.text, name: one.name, outcome, gap, difference };
}

/** A line for each rule, and under it one for each case that did not pass; totals at the end. */
export function posixTable(rows: readonly PosixRow[]): string[] {
  const lines: string[] = [];
  for (const rule of new Set(rows.map((row) => row.rule))) {
    const mine = rows.filter((row) => row.rule === rule);
    const outcomes = ['fail', 'known gap', 'pass'] as const;
    const worst = outcomes.find((outcome) => mine.some((row) => row.outcome === outcome))!;
    const passed = mine.filter((row) => row.outcome === 'pass').length;
    lines.push(`${worst.padEnd(9)}  ${rule.padEnd(24)} ${passed}/${mine.length}  ${mine[0]!.text}`);
    for (const row of mine.filter(({ outcome }) => outcome !== 'pass')) lines.push(caseLine(row));
  }
  const count = (outcome: PosixRow['outcome']): number =>
    rows.filter((row) => row.outcome === outcome).length;
  lines.push(`${count('pass')} pass, ${count('known gap')} known gaps, ${count('fail')} fail`);
  return lines;
}

function caseLine({ name, gap, difference }: PosixRow): string {
  const why = gap === null ? '' : ` (${gap})`;
  if (difference === null) return `           ${name}: passes although it is a known gap${why}`;
  const { statement, expected, actual } = difference;
  return `           ${name}: ${statement}: Linux ${expected}, here ${actual}${why}`;
}
