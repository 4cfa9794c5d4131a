/** Reads an argument list by a table of options. */
import { parseArgs } from 'node:util';
import type { OptionRow } from './option-table.ts';
import { quoted } from './quantity.ts';
import { UsageError } from './usage-error.ts';

export interface ReadArguments {
  /** The last value of each option given, by long name; `true` of a switch. */
  readonly values: ReadonlyMap<string, string | true>;
  /** Every value of each option that takes one, in the order given. */
  readonly all: ReadonlyMap<string, readonly string[]>;
  readonly positionals: readonly string[];
  /** What stands after `--`; null when there is no `--`. */
  readonly rest: readonly string[] | null;
}

/**
 * Splits `args` into options, positionals and what follows `--`.
 *
 * @throws UsageError  an option that the table does not have or does not have yet, a value that
 *                     is missing, not wanted, or not among the choices
 */
export function readArguments(
  args: readonly string[],
  rows: readonly OptionRow[],
  command: string,
): ReadArguments {
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(rows.map((row) => [row.name, nodeOption(row)])),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const end = tokens.find((token) => token.kind === 'option-terminator');
  const values = new Map<string, string | true>();
  const all = new Map<string, string[]>();
  const positionals: string[] = [];
  for (const token of tokens) {
    if (end !== undefined && token.index >= end.index) break;
    if (token.kind === 'positional') positionals.push(token.value);
    else if (token.kind === 'option') {
      const row = rowOf(token.name, token.rawName, rows, command);
      const value = readValue(row, token);
      values.set(row.name, value);
      if (value !== true) all.set(row.name, [...(all.get(row.name) ?? []), value]);
    }
  }
  return { values, all, positionals, rest: end === undefined ? null : args.slice(end.index + 1) };
}

type NodeOption = { type: 'string' | 'boolean'; short?: string; multiple: boolean };

function nodeOption(row: OptionRow): NodeOption {
  const type = row.value === undefined || row.isOptional === true ? 'boolean' : 'string';
  return { type, multiple: true, ...(row.short === undefined ? {} : { short: row.short }) };
}

function rowOf(
  name: string,
  written: string,
  rows: readonly OptionRow[],
  command: string,
): OptionRow {
  const row = rows.find((candidate) => candidate.name === name);
  if (row === undefined) {
    throw new UsageError(`unknown option ${quoted(written)} (see bareheap ${command} --help)`);
  }
  if (!row.available) throw new UsageError(`not available yet: ${written}`);
  return row;
}

interface OptionToken {
  readonly rawName: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

function readValue(row: OptionRow, token: OptionToken): string | true {
  const written = token.rawName;
  if (row.value === undefined) {
    if (token.value === undefined) return true;
    throw new UsageError(`${written} takes no value`);
  }
  if (row.isOptional === true && token.value === undefined) return true;
  if (token.value === undefined || token.value === '') {
    throw new UsageError(`${written} needs a value: ${written}${spelled(row)}`);
  }
  if (token.inlineValue !== true && /^-./.test(token.value)) {
    throw new UsageError(
      `${written} needs a value, and ${quoted(token.value)} looks like an option (write ${written}=${token.value} to mean it)`,
    );
  }
  checkChoice(row, written, token.value);
  return token.value;
}

/** A row's value as the help spells it: ` NAME`, `[=FILTER]`, or nothing for a switch. */
export function spelled(row: OptionRow): string {
  if (row.value === undefined) return '';
  return row.isOptional === true ? `[=${row.value}]` : ` ${row.value}`;
}

function checkChoice(row: OptionRow, written: string, value: string): void {
  if (row.later?.includes(value)) throw new UsageError(`not available yet: ${written} ${value}`);
  if (row.choices !== undefined && !row.choices.includes(value)) {
    throw new UsageError(`${written}: no ${quoted(value)}; there is ${row.choices.join(', ')}`);
  }
}
