/**
 * Rules of Windows' memory calls: cases as text, what a system recorded for them, and what this
 * package gives. A case may differ from the recorded truth where the documentation says that the
 * system is wrong; then both are written down, with the reason.
 */
import { runProbeProgram } from './probe-run.ts';

export interface WinCase {
  readonly name: string;
  readonly statements: readonly string[];
}

export interface WinRule {
  readonly id: string;
  readonly text: string;
  readonly cases: readonly WinCase[];
}

/** What a system gave, by `rule/case`: a line a statement. */
export interface WinTruth {
  /** Name and version. */
  readonly system: string;
  readonly results: Readonly<Record<string, string>>;
}

/** Where the recorded system is known to be wrong. */
export interface KnownDifference {
  /** `rule/case`. */
  readonly case: string;
  /** What the documentation says, or why it is left. */
  readonly why: string;
  /** What is right, by statement from 0. */
  readonly lines: Readonly<Record<string, string>>;
}

export interface WinRow {
  readonly rule: string;
  readonly case: string;
  readonly outcome: 'pass' | 'known' | 'fail';
  /** The first statement that differs, with what was expected and given. */
  readonly difference: string | null;
}

/** `rule ID  TEXT` begins a rule; `case NAME: STATEMENT; STATEMENT` is a case of it. */
export function parseWinRules(text: string): WinRule[] {
  const rules: { id: string; text: string; cases: WinCase[] }[] = [];
  for (const line of text.split('\n')) {
    const rule = /^rule (\S+) +(.*)$/.exec(line);
    const one = /^case ([^:]+): (.*)$/.exec(line);
    if (rule !== null) rules.push({ id: rule[1]!, text: rule[2]!, cases: [] });
    else if (one !== null) {
      rules.at(-1)!.cases.push({ name: one[1]!, statements: one[2]!.split('; ') });
    } else if (line !== '' && !line.startsWith('#'))
      throw new Error(`neither rule nor case: ${line}`);
  }
  return rules;
}

/** The text that the C probe reads: cases by `rule/case`. */
export function winProbeText(rules: readonly WinRule[]): string {
  return rules
    .flatMap(({ id, cases }) =>
      cases.map(({ name, statements }) => `case ${id}/${name}\n${statements.join('\n')}\n`),
    )
    .join('');
}

/** What the C probe printed, by case. */
export function parseWinResults(output: string): Record<string, string> {
  const results: Record<string, string> = {};
  for (const part of output.split(/^case /m).slice(1)) {
    const [name, ...lines] = part.trimEnd().split('\n');
    results[name!] = lines.join('\n');
  }
  return results;
}

/** Runs every case and compares. */
export function runWinRules(
  rules: readonly WinRule[],
  truth: WinTruth,
  known: readonly KnownDifference[],
  run: (statements: readonly string[]) => string[] = runProbeProgram,
): WinRow[] {
  return rules.flatMap((rule) =>
    rule.cases.map((one) => {
      const name = `${rule.id}/${one.name}`;
      const difference = known.find((entry) => entry.case === name) ?? null;
      const recorded = (truth.results[name] ?? '').split('\n');
      const expected = recorded.map((line, index) => difference?.lines[index] ?? line);
      const found = differenceOf(one.statements, expected, run(one.statements));
      const passed = difference === null ? 'pass' : 'known';
      const outcome = found === null ? passed : 'fail';
      return { rule: rule.id, case: one.name, outcome, difference: found } as const;
    }),
  );
}

/** The first statement whose line differs, as text; null when none does. */
export function differenceOf(
  statements: readonly string[],
  expected: readonly string[],
  actual: readonly string[],
): string | null {
  const count = Math.max(expected.length, actual.length);
  for (let index = 0; index < count; index++) {
    if (expected[index] === actual[index]) continue;
    const statement = statements[index] ?? 'after the last statement';
    return `${statement}: expected ${expected[index] ?? 'nothing'}, is ${actual[index] ?? 'nothing'}`;
  }
  return null;
}

/**
 * A line for each rule: pass, documented where the recorded system is known to be wrong, or fail with
 * what differs; and how many cases of each there are.
 */
export function winTable(rows: readonly WinRow[], rules: readonly WinRule[]): string[] {
  const lines = rules.flatMap((rule) => {
    const mine = rows.filter((row) => row.rule === rule.id);
    const passed = countOf(mine, 'pass');
    const failed = mine.filter(({ outcome }) => outcome === 'fail');
    const outcome = failed.length > 0 ? 'fail' : passed < mine.length ? 'documented' : 'pass';
    const figures = `${passed}/${mine.length}`;
    const head = `${outcome.padEnd(10)}  ${rule.id.padEnd(18)} ${figures}  ${rule.text}`;
    return [head, ...failed.map((row) => `             ${row.case}: ${row.difference}`)];
  });
  const known = `${countOf(rows, 'known')} as documented where the system is known to be wrong`;
  return [...lines, `${countOf(rows, 'pass')} pass, ${known}, ${countOf(rows, 'fail')} fail`];
}

function countOf(rows: readonly WinRow[], outcome: WinRow['outcome']): number {
  return rows.filter((row) => row.outcome === outcome).length;
}
