/** Rows of a label, a number and words, under a heading. */
import { countText } from './number-text.ts';
import { type Paint, PLAIN } from './paint.ts';

export interface TableRow {
  readonly label: string;
  /** Null leaves the column empty. */
  readonly count: number | null;
  readonly words?: string;
  /** Marks the row as something that should not be. */
  readonly bad?: boolean;
}

/** The heading's line and one line for each row, columns aligned; each line ends with `\n`. */
export function tableText(
  heading: string,
  rows: readonly TableRow[],
  paint: Paint = PLAIN,
): string {
  const counts = rows.map((row) => (row.count === null ? '' : countText(row.count)));
  const labelColumns = Math.max(0, ...rows.map((row) => row.label.length));
  const countColumns = Math.max(0, ...counts.map((count) => count.length));
  const lines = rows.map((row, index) => {
    const label = paint('label', row.label.padEnd(labelColumns));
    const count = counts[index]!.padStart(countColumns);
    const rest = `${count} ${row.words ?? ''}`.trimEnd();
    return `  ${label}  ${row.bad === true ? paint('bad', rest) : rest}`.trimEnd();
  });
  return `${[paint('heading', heading), ...lines].join('\n')}\n`;
}
