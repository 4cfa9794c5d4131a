/** System calls by name as a table, in strace's form. */

export interface CallCount {
  readonly name: string;
  /** Number in the system's table: what orders calls that took the same time. */
  readonly number: number;
  readonly calls: number;
  readonly errors: number;
  /** Time between the calls and their returns, ns of the guest's clock. */
  readonly nanoseconds: number;
}

const NAME_COLUMNS = 16;
const MICROSECOND = 1000;

/** `strace -c`'s table, the longest time first; each line ends with `\n`. */
export function callCountTable(counts: readonly CallCount[]): string {
  const rows = counts.toSorted(
    (a, b) => b.nanoseconds - a.nanoseconds || a.number - b.number || (a.name < b.name ? -1 : 1),
  );
  const total = {
    name: 'total',
    number: 0,
    calls: sum(rows, (row) => row.calls),
    errors: sum(rows, (row) => row.errors),
    nanoseconds: sum(rows, (row) => row.nanoseconds),
  };
  const columns = Math.max(NAME_COLUMNS, ...rows.map(({ name }) => name.length + 1));
  const rule = ['------', ...['-----------', '-----------', '---------', '---------']].join(' ');
  const line = `${rule} ${'-'.repeat(columns)}`;
  return [
    '% time     seconds  usecs/call     calls    errors syscall',
    line,
    ...rows.map((row) => rowText(row, share(row.nanoseconds, total.nanoseconds))),
    line,
    rowText(total, 100),
    '',
  ].join('\n');
}

function rowText(row: CallCount, percent: number): string {
  const microseconds = Math.floor(row.nanoseconds / MICROSECOND);
  const each = row.calls === 0 ? 0 : Math.floor(microseconds / row.calls);
  return [
    percent.toFixed(2).padStart(6),
    (microseconds / 1e6).toFixed(6).padStart(11),
    String(each).padStart(11),
    String(row.calls).padStart(9),
    (row.errors === 0 ? '' : String(row.errors)).padStart(9),
    row.name,
  ].join(' ');
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : (100 * part) / whole;
}

function sum(rows: readonly CallCount[], of: (row: CallCount) => number): number {
  return rows.reduce((total, row) => total + of(row), 0);
}
