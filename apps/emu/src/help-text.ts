/** What `--help` prints, made from the table of options. */
import { spelled } from './option-reader.ts';
import { RUN_OPTIONS } from './option-table.ts';

const OPTION_COLUMNS = 36;

/** Help for the whole command. */
export function mainHelp(): string {
  return `bareheap: run a program on the heap you choose

usage:
  bareheap run [options] PROGRAM [-- ARGS...]      run a bare-metal ELF, Intel HEX or raw program
  bareheap bench SUBJECT [--json FILE]             this repository's: cpu, heap, mmu, start, windows
  bareheap conform [static|posix|win]              a platform's rule table
  bareheap run --help                              the options of run
  bareheap --version

exit status:
  the program's own; 139 for a fault it does not handle; 124 when a limit ended it;
  2 for bad usage or a file that cannot be run; 70 for a mistake in bareheap itself
`;
}

/** Help for `run`: options that are there, then the names of those that are not yet. */
export function runHelp(): string {
  const lines = RUN_OPTIONS.filter((row) => row.available).map((row) => {
    const long = `--${row.name}${spelled(row)}`;
    const written = row.short === undefined ? long : `-${row.short}, ${long}`;
    return `  ${written.padEnd(OPTION_COLUMNS)} ${row.help}`;
  });
  const options = RUN_OPTIONS.filter((row) => !row.available).map((row) =>
    row.short === undefined ? `--${row.name}` : `-${row.short}`,
  );
  const values = RUN_OPTIONS.flatMap((row) =>
    (row.later ?? []).map((value) => `--${row.name} ${value}`),
  );
  return `usage: bareheap run [options] PROGRAM [-- ARGS...]

${lines.join('\n')}

BYTES may end in K, M or G. The program's own output passes through untouched; what bareheap says
goes to standard error.
not available yet: ${[...options, ...values].join(', ')}
`;
}
