/** What was asked, from the words of a command line. Pure: it looks at no file. */
import { HEAP_CHOICES, type HeapChoice } from '@bareheap/machine';
import { type ReadArguments, readArguments } from './option-reader.ts';
import { type OptionRow, RUN_OPTIONS } from './option-table.ts';
import { parseByteCount, parseSeconds, parseWholeNumber, quoted } from './quantity.ts';
import { UsageError } from './usage-error.ts';

export interface RunRequest {
  readonly kind: 'run';
  readonly program: string;
  /** What follows `--`; null when there was none. */
  readonly args: readonly string[] | null;
  readonly board: string | null;
  readonly cpu: CpuChoice;
  readonly heap: HeapChoice;
  readonly heapSizeBytes: number | null;
  readonly base: number | null;
  /** Which system calls are written, as --strace has it; null: none. */
  readonly strace: string | null;
  /** System calls are counted, not written. */
  readonly counts: boolean;
  readonly ltrace: boolean;
  readonly stats: boolean;
  readonly jsonFile: string | null;
  readonly root: string | null;
  readonly writable: string | null;
  readonly stdinFile: string | null;
  readonly maxInstructions: number | null;
  readonly timeoutSeconds: number | null;
  /** Null: what the platform has when nothing is said. */
  readonly memoryBytes: number | null;
  readonly platform: Platform | null;
  /** `NAME=value`, in the order given. */
  readonly environment: readonly string[];
  readonly seed: number;
  readonly errorExitCode: number | null;
}

export type Platform = 'static' | 'posix' | 'win';

/** The engine: our own, or the user's Unicorn. */
export type CpuChoice = 'jit' | 'unicorn';

export interface BenchRequest {
  readonly kind: 'bench';
  readonly subject: BenchSubject;
  readonly jsonFile: string | null;
}

export interface ConformRequest {
  readonly kind: 'conform';
  /** Null: all. */
  readonly platform: string | null;
}

export type Request =
  | RunRequest
  | BenchRequest
  | ConformRequest
  | { readonly kind: 'help'; readonly topic: 'bareheap' | 'run' }
  | { readonly kind: 'version' };

export type BenchSubject = 'cpu' | 'heap' | 'mmu' | 'start' | 'windows';
export const BENCH_SUBJECTS: readonly BenchSubject[] = ['cpu', 'heap', 'mmu', 'start', 'windows'];
const PLATFORMS: readonly Platform[] = ['static', 'posix', 'win'];
export const CONFORM_PLATFORMS: readonly string[] = ['static', 'posix', 'win'];

const MOST_BYTES = 2 ** 32;

const HELP_ROW: OptionRow = { name: 'help', short: 'h', help: 'this text', available: true };
const JSON_ROW: OptionRow = {
  name: 'json',
  value: 'FILE',
  help: 'the figures, machine-readable',
  available: true,
};

/**
 * Reads a whole command line, without node and the script.
 *
 * @throws UsageError
 */
export function parseCommandLine(args: readonly string[]): Request {
  const [command, ...rest] = args;
  if (command === undefined) {
    throw new UsageError('no command; bareheap run PROGRAM runs a program (see bareheap --help)');
  }
  const parse = COMMANDS[command];
  if (parse !== undefined && Object.hasOwn(COMMANDS, command)) return parse(rest);
  const what = command.startsWith('-') ? 'option' : 'command';
  throw new UsageError(`unknown ${what} ${quoted(command)} (see bareheap --help)`);
}

const COMMANDS: Readonly<Record<string, (args: readonly string[]) => Request>> = {
  run: parseRun,
  bench: parseBench,
  conform: parseConform,
  help: () => ({ kind: 'help', topic: 'bareheap' }),
  '--help': () => ({ kind: 'help', topic: 'bareheap' }),
  '-h': () => ({ kind: 'help', topic: 'bareheap' }),
  '--version': () => ({ kind: 'version' }),
};

function parseRun(args: readonly string[]): Request {
  const read = readArguments(args, RUN_OPTIONS, 'run');
  if (read.values.has('help')) return { kind: 'help', topic: 'run' };
  const [program, extra] = read.positionals;
  if (program === undefined) throw new UsageError('run: no program; bareheap run PROGRAM');
  if (extra !== undefined) {
    throw new UsageError(`run: one program, then ${quoted(extra)}; its arguments go after --`);
  }
  return { ...runLimits(read), ...runFiles(read), ...runHeap(read), kind: 'run', program };
}

function runHeap(read: ReadArguments) {
  const heap = text(read, 'heap') ?? 'guest';
  const choice = HEAP_CHOICES.find((name) => name === heap);
  if (choice === undefined) throw new UsageError(`--heap: no ${quoted(heap)}`);
  return {
    heap: choice,
    cpu: text(read, 'cpu') === 'unicorn' ? ('unicorn' as const) : ('jit' as const),
    board: text(read, 'machine'),
    platform: PLATFORMS.find((name) => name === text(read, 'platform')) ?? null,
    environment: environment(read),
    heapSizeBytes: optional(read, 'heap-size', (option, value) =>
      parseByteCount(option, value, { least: 1, most: MOST_BYTES }),
    ),
    strace: straceFilter(read),
    counts: read.values.has('counts'),
    ltrace: read.values.has('ltrace'),
    stats: read.values.has('stats'),
    args: read.rest,
  };
}

/** What is asked of a trace; which calls there are, the program's platform says. */
function straceFilter(read: ReadArguments): string | null {
  const value = read.values.get('strace');
  if (value === undefined) return null;
  return value === true ? 'all' : value;
}

function environment(read: ReadArguments): readonly string[] {
  const given = read.all.get('env') ?? [];
  const wrong = given.find((entry) => !/^[^=]+=/.test(entry));
  if (wrong !== undefined) throw new UsageError(`--env ${quoted(wrong)}: not NAME=VALUE`);
  return given;
}

function runFiles(read: ReadArguments) {
  const root = text(read, 'root');
  const writable = text(read, 'write');
  if (writable !== null && root === null) {
    throw new UsageError('--write needs --root: it opens a part of what the program can see');
  }
  return {
    root,
    writable,
    jsonFile: text(read, 'json'),
    stdinFile: text(read, 'stdin'),
    base: optional(read, 'base', (option, value) =>
      parseWholeNumber(option, value, { least: 0, most: MOST_BYTES - 1 }),
    ),
  };
}

function runLimits(read: ReadArguments) {
  const number = (name: string, least: number, most: number): number | null =>
    optional(read, name, (option, value) => parseWholeNumber(option, value, { least, most }));
  return {
    maxInstructions: number('max-instructions', 1, Number.MAX_SAFE_INTEGER),
    seed: number('seed', 0, 2 ** 32 - 1) ?? 0,
    errorExitCode: number('error-exitcode', 0, 255),
    timeoutSeconds: optional(read, 'timeout', parseSeconds),
    memoryBytes: optional(read, 'memory', (option, value) =>
      parseByteCount(option, value, { least: 4096, most: MOST_BYTES }),
    ),
  };
}

function parseBench(args: readonly string[]): Request {
  const read = readArguments(args, [JSON_ROW, HELP_ROW], 'bench');
  if (read.values.has('help')) return { kind: 'help', topic: 'bareheap' };
  const [name, extra] = read.positionals;
  const subject = BENCH_SUBJECTS.find((candidate) => candidate === name);
  if (subject === undefined || extra !== undefined) {
    throw new UsageError(`bench: one of ${BENCH_SUBJECTS.join(', ')}`);
  }
  return { kind: 'bench', subject, jsonFile: text(read, 'json') };
}

function parseConform(args: readonly string[]): Request {
  const read = readArguments(args, [HELP_ROW], 'conform');
  if (read.values.has('help')) return { kind: 'help', topic: 'bareheap' };
  const [platform, extra] = read.positionals;
  const known = platform === undefined || CONFORM_PLATFORMS.includes(platform);
  if (!known || extra !== undefined) {
    throw new UsageError(`conform: one of ${CONFORM_PLATFORMS.join(', ')}`);
  }
  return { kind: 'conform', platform: platform ?? null };
}

function text(read: ReadArguments, name: string): string | null {
  const value = read.values.get(name);
  return typeof value === 'string' ? value : null;
}

function optional<T>(
  read: ReadArguments,
  name: string,
  parse: (option: string, value: string) => T,
): T | null {
  const value = text(read, name);
  return value === null ? null : parse(`--${name}`, value);
}
