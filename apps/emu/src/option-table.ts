/**
 * The options of `bareheap run`, as data: the parser, the help text and the refusals of what is not
 * there yet all come from here.
 * @table
 */

import { HEAP_CHOICES } from '@bareheap/machine';

export interface OptionRow {
  readonly name: string;
  readonly short?: string;
  /** What stands for the value in the help; absent for a switch. */
  readonly value?: string;
  /** The value may be left out; it is written after `=` then, `--strace=memory`. */
  readonly isOptional?: boolean;
  readonly help: string;
  /** Values that belong to the command line and that this version cannot serve. */
  readonly later?: readonly string[];
  /** The values there are; anything else is refused. Absent for free values. */
  readonly choices?: readonly string[];
  /** False: the option belongs to the command line and this version refuses it by name. */
  readonly available: boolean;
}

export const RUN_OPTIONS: readonly OptionRow[] = [
  {
    name: 'platform',
    value: 'static|posix|win',
    help: 'default: from the file',
    choices: ['static', 'posix', 'win'],
    available: true,
  },
  {
    name: 'machine',
    value: 'NAME',
    help: "bare-metal board; default: from the file's attributes",
    available: true,
  },
  {
    name: 'cpu',
    value: 'jit|unicorn',
    help: 'default jit; unicorn: the Unicorn that you have (docs/unicorn.md)',
    choices: ['jit', 'unicorn'],
    available: true,
  },
  {
    name: 'heap',
    value: 'guest|null|bump|llff|tlsf|buddy|buckets|debug|…',
    help: "who serves the program's heap calls; default guest, observed",
    choices: HEAP_CHOICES,
    available: true,
  },
  {
    name: 'heap-size',
    value: 'BYTES',
    help: 'size of the heap region; default: from the linker symbols, else 8192',
    available: true,
  },
  {
    name: 'check',
    value: 'none',
    help: 'default none',
    choices: ['none'],
    later: ['heap', 'byte'],
    available: true,
  },
  {
    name: 'strace',
    value: 'FILTER',
    isOptional: true,
    help: 'system calls with arguments and results; FILTER as in docs/strace.md',
    available: true,
  },
  {
    name: 'counts',
    short: 'c',
    help: 'table of the system calls that --strace would show',
    available: true,
  },
  { name: 'ltrace', help: 'heap calls with arguments, results and callers', available: true },
  { name: 'profile', value: 'KIND=FILE', help: 'heap profile', available: false },
  { name: 'stats', help: 'heap, MMU and TLB figures', available: true },
  {
    name: 'json',
    value: 'FILE',
    help: 'everything, machine-readable (bareheap-run/1)',
    available: true,
  },
  {
    name: 'root',
    value: 'DIR',
    help: "the guest's /, read-only: its writes stay in memory",
    available: true,
  },
  {
    name: 'write',
    value: 'DIR',
    help: 'lets writes under DIR (inside the root) through',
    available: true,
  },
  {
    name: 'env',
    value: 'K=V',
    help: 'a variable of its environment, which has PATH and HOME only; repeatable',
    available: true,
  },
  { name: 'stdin', value: 'FILE', help: "the program's standard input", available: true },
  {
    name: 'base',
    value: 'ADDRESS',
    help: 'the file is raw bytes for this address (needs --machine)',
    available: true,
  },
  {
    name: 'max-instructions',
    value: 'N',
    help: 'end with status 124 after N instructions',
    available: true,
  },
  { name: 'timeout', value: 'SECONDS', help: 'end with status 124 after so long', available: true },
  {
    name: 'memory',
    value: 'BYTES',
    help: 'most memory the guest may use; default 256M, of a Linux or Windows one 2G',
    available: true,
  },
  {
    name: 'seed',
    value: 'N',
    help: 'of all that differs between runs; default 0',
    available: true,
  },
  {
    name: 'error-exitcode',
    value: 'N',
    help: 'exit with N when there are findings',
    available: true,
  },
  { name: 'help', short: 'h', help: 'this text', available: true },
];
