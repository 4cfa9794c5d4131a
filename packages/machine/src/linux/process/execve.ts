/**
 * execve: another program in the same process.
 *
 * @see execve(2); fs/exec.c, fs/binfmt_script.c of Linux 6.18
 */

import { ImageError, type LoadPlan } from '@bareheap/image';
import { DescriptorTable } from '../file/descriptor-table.ts';
import {
  E2BIG,
  EACCES,
  EBADF,
  EFAULT,
  EINVAL,
  ELOOP,
  ENAMETOOLONG,
  ENOENT,
  ENOMEM,
  ENOTDIR,
} from '../file/errno.ts';
import type { WalkStart } from '../file/path-walk.ts';
import type { Place } from '../file/place.ts';
import { REGISTERS_SET, type SystemCall, type Words } from '../system-call.ts';
import { startThread } from './first-thread.ts';
import { GuestMemory, latin1 } from './guest-memory.ts';
import type { Process } from './process.ts';
import { endOtherThreads, leaveSpace, usersOf } from './process-end.ts';
import { type ProgramFile, parseProgram } from './program-file.ts';
import { type StartedProgram, startProgram } from './program-loader.ts';
import { openProgram, programAt } from './program-source.ts';
import { ownUsage } from './resource-usage.ts';
import { startRecord } from './start-record.ts';
import type { Thread } from './thread.ts';

const ENOEXEC = 8;
const AT_FDCWD = -100;
const AT_SYMLINK_NOFOLLOW = 0x100;
const AT_EMPTY_PATH = 0x1000;
const POINTER_BYTES = 8;
/** Longest string, MAX_ARG_STRLEN; and of all of them a quarter of the stack, 6 MiB at most. */
const MOST_STRING_BYTES = 32 * 4096;
const STACK_SHARE = 4;
const MOST_BYTES = 6 << 20;
const LEAST_BYTES = 32 * 4096;
const RLIMIT_STACK = 3;
/** Bytes of a script's first line that count, BINPRM_BUF_SIZE; and scripts that name scripts. */
const FIRST_LINE_BYTES = 256;
const MOST_SCRIPTS = 5;
const COMMAND_LENGTH = 15;

/** What is to be run, and how it was asked for. */
interface Execution {
  readonly program: ProgramFile;
  readonly path: string;
  /** What the thread is called then; default: the last name of `path`. */
  readonly name?: string;
  readonly argv: readonly string[];
}

/** Strings that a vector of pointers names, or a negative error number; a null vector is empty. */
function readStrings(thread: Thread, vector: number, most: number): string[] | number {
  const strings: string[] = [];
  if (vector === 0) return strings;
  for (let at = vector, bytes = 0; ; at += POINTER_BYTES) {
    const pointer = thread.memory.word(at);
    if (pointer === null) return -EFAULT;
    if (pointer === 0) return strings;
    const string = thread.memory.string(pointer, MOST_STRING_BYTES);
    if (string === null) return -EFAULT;
    bytes += string.length + 1 + POINTER_BYTES;
    if (string.length >= MOST_STRING_BYTES || bytes > most) return -E2BIG;
    strings.push(latin1(string));
  }
}

/** Bytes that arguments and environment may take together. */
function spaceForStrings({ space }: Thread): number {
  const share = Math.floor(space.limits.soft(RLIMIT_STACK) / STACK_SHARE);
  return Math.max(LEAST_BYTES, Math.min(share, MOST_BYTES));
}

function walkFrom(thread: Thread, base: Place): WalkStart {
  const { process } = thread;
  return {
    root: process.kernel.files.root,
    base,
    looker: { processId: process.id, threadId: thread.id },
  };
}

/** What a script's first line asks for: `#!`, an interpreter, and at most one argument. */
function interpreterOf(firstBytes: Uint8Array): { path: string; argument: string | null } | number {
  const text = latin1(firstBytes);
  const end = text.indexOf('\n');
  const line = text.slice(2, end < 0 ? text.length : end).replace(/^[ \t]+|[ \t\0]+$/g, '');
  const name = line.split(/[ \t\0]/, 1)[0]!;
  if (name === '') return -ENOEXEC;
  // A name that may have been cut off is none.
  if (end < 0 && name.length === line.length && text.length >= FIRST_LINE_BYTES) return -ENOEXEC;
  const rest = line.slice(name.length).replace(/^[ \t]+/, '');
  return { path: name, argument: rest === '' ? null : rest };
}

function isScript(bytes: Uint8Array): boolean {
  return bytes[0] === 0x23 && bytes[1] === 0x21;
}

/** Goes from scripts to the program that reads them: that, or a negative error number. */
function resolveScripts(thread: Thread, first: Execution): Execution | number {
  let execution = first;
  for (let depth = 0; depth <= MOST_SCRIPTS; depth++) {
    const { object } = execution.program.file;
    const bytes = object.read(0, Math.min(FIRST_LINE_BYTES, object.sizeBytes));
    if (!isScript(bytes)) return execution;
    const wanted = interpreterOf(bytes);
    if (typeof wanted === 'number') return wanted;
    const program = openProgram(walkFrom(thread, thread.process.directory), wanted.path);
    if (typeof program === 'number') return program;
    const { path, argv } = execution;
    const before = wanted.argument === null ? [wanted.path] : [wanted.path, wanted.argument];
    execution = { program, path: wanted.path, argv: [...before, path, ...argv.slice(1)] };
  }
  return -ELOOP;
}

function parse(program: ProgramFile): LoadPlan | number {
  try {
    return parseProgram(program);
  } catch (error) {
    if (error instanceof ImageError) return -ENOEXEC;
    throw error;
  }
}

/** Loads the program beside the old one, which goes on if that fails. */
function load(
  thread: Thread,
  { program, argv }: Execution,
  path: string,
  environment: readonly string[],
): StartedProgram | number {
  const { process, space } = thread;
  const plan = parse(program);
  if (typeof plan === 'number') return plan;
  try {
    return startProgram(process.kernel, {
      program,
      plan,
      path,
      argv,
      environment,
      limits: space.limits,
      openLoader: (loader) => openProgram(walkFrom(thread, process.kernel.files.root), loader),
    });
  } catch (error) {
    if (error instanceof ImageError) return -ENOEXEC;
    throw error;
  }
}

function execute(thread: Thread, first: Execution | number, words: Words): number {
  if (typeof first === 'number') return first;
  const most = spaceForStrings(thread);
  const given = readStrings(thread, words[0]!, most);
  if (typeof given === 'number') return given;
  const environment = readStrings(thread, words[1]!, most);
  if (typeof environment === 'number') return environment;
  // A program has always a name, if an empty one.
  const argv = given.length === 0 ? [''] : given;
  const execution = resolveScripts(thread, { ...first, argv });
  if (typeof execution === 'number') return execution;
  const { process } = thread;
  if (sharesFiles(process) && !process.files.hasRoomForCopy) return -ENOMEM;
  const started = load(thread, execution, first.path, environment);
  if (typeof started === 'number') return started;
  replace(thread, execution, started, first.name ?? lastName(first.path));
  return REGISTERS_SET;
}

/** Puts the loaded program in the place of the one that runs. */
function replace(
  thread: Thread,
  { program }: Execution,
  started: StartedProgram,
  name: string,
): void {
  const { process } = thread;
  const { kernel } = process;
  endOtherThreads(thread);
  becomeLeader(thread);
  const { residentBytes, faults } = ownUsage(process);
  process.before = { nanoseconds: 0, residentBytes, faults };
  leaveSpace(process);
  process.space = started.space;
  process.memory = new GuestMemory(started.space.mmu);
  process.cpu = kernel.makeCpu(started.space);
  closeFiles(process);
  resetSignals(thread);
  process.executable = program.path;
  process.start = startRecord(process.memory, started.stackPointer);
  process.hasExecuted = true;
  process.personality = 0;
  thread.name = name.slice(0, COMMAND_LENGTH);
  started.space.mmu.activate();
  process.cpu.takeOver();
  startThread(process.cpu, started.entry, started.stackPointer);
}

function lastName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The thread that called takes the process's number. */
function becomeLeader(thread: Thread): void {
  thread.id = thread.process.id;
}

/** Descriptors that were shared with other processes are so no longer. */
function closeFiles(process: Process): void {
  if (sharesFiles(process)) process.files = process.files.copy();
  process.files.closeOnExec();
}

function sharesFiles(process: Process): boolean {
  return usersOf(process, (other) => other.files === process.files) > 0;
}

function resetSignals(thread: Thread): void {
  const { process, signals } = thread;
  process.signals.actions = process.signals.actions.forNewProgram();
  signals.stack.reset();
  signals.stack.flags = 0;
  thread.robustList = 0;
  thread.restartable = null;
  thread.clearChildId = 0;
  process.timers.clearMade();
}

/** A path in memory, or a negative error number. */
function readPath(thread: Thread, address: number): string | number {
  const path = thread.memory.path(address);
  if (path === null) return -EFAULT;
  return path === undefined ? -ENAMETOOLONG : path;
}

function execve(thread: Thread, words: Words): number {
  const path = readPath(thread, words[0]!);
  if (typeof path === 'number') return path;
  return execute(thread, found(thread, thread.process.directory, path, path), [
    words[1]!,
    words[2]!,
  ]);
}

/** The program of a path; `shown` is what a script's interpreter is given as its name. */
function found(thread: Thread, base: Place, path: string, shown: string): Execution | number {
  if (path === '') return -ENOENT;
  const program = openProgram(walkFrom(thread, base), path);
  return typeof program === 'number' ? program : { program, path: shown, argv: [] };
}

function execveat(thread: Thread, words: Words): number {
  const flags = words[4]! | 0;
  if ((flags & ~(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW)) !== 0) return -EINVAL;
  const path = readPath(thread, words[1]!);
  if (typeof path === 'number') return path;
  const rest = [words[2]!, words[3]!];
  const descriptor = words[0]! | 0;
  const { directory } = thread.process;
  if (path.startsWith('/') || (descriptor === AT_FDCWD && path !== '')) {
    return execute(thread, found(thread, directory, path, path), rest);
  }
  const place = placeOf(thread, descriptor);
  if (typeof place === 'number') return place;
  if (path !== '') {
    if (!place.inode.isDirectory) return -ENOTDIR;
    return execute(thread, found(thread, place, path, `/dev/fd/${descriptor}/${path}`), rest);
  }
  if ((flags & AT_EMPTY_PATH) === 0) return -ENOENT;
  const program = place.inode.isDirectory ? -EACCES : programAt(place);
  const shown = `/dev/fd/${descriptor}`;
  if (typeof program === 'number') return program;
  const first = { program, path: shown, name: lastName(program.path), argv: [] };
  return execute(thread, first, rest);
}

function placeOf(thread: Thread, descriptor: number): Place | number {
  const { files } = thread.process;
  if (!(files instanceof DescriptorTable)) return -EBADF;
  return files.get(descriptor)?.place ?? -EBADF;
}

export const EXECVE_CALLS: readonly SystemCall[] = [
  {
    name: 'execve',
    number: 59,
    arguments: ['path', 'strings', 'environment'],
    result: 'int',
    call: execve,
  },
  {
    name: 'execveat',
    number: 322,
    arguments: ['directory', 'path', 'strings', 'environment', 'at-flags'],
    result: 'int',
    call: execveat,
  },
];
