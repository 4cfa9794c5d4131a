// @table
/** Functions of the C library around the beginning and the end of a program. */
import { resetX87 } from '@bareheap/cpu';
import type { Call } from '../call.ts';
import { callStep, type Steps, TRANSFERRED } from '../call-steps.ts';
import { latin1Bytes } from '../process/process-memory.ts';
import { DLL_PROCESS_DETACH, tellModules } from '../startup.ts';
import { type SystemFunction, systemFunctions } from '../system-function.ts';
import { EINVAL, ENOMEM, errnoAddress, errnoOf, failWith, setErrno } from './crt-errno.ts';
import { flushAll, flushStream, writeStream } from './stream-io.ts';

const POINTER_BYTES = 8;
const SIGNALS: ReadonlySet<number> = new Set([2, 4, 8, 11, 15, 21, 22]);
const SIGABRT = 22;
const SIG_IGN = 1;
const ABORT_CODE = 3;
const EXIT_LIMIT = 100_000;

/** Functions of atexit, the last one first; those that they add too. */
export function* runExitFunctions(c: Call): Generator<ReturnType<typeof callStep>, void, number> {
  const { exitFunctions } = c.process.crt;
  for (let n = 0; n < EXIT_LIMIT && exitFunctions.length > 0; n++) {
    yield callStep(exitFunctions.pop()!);
  }
}

/** Ends the process after libraries were told. */
export function* endProcess(c: Call, code: number): Steps {
  if (!c.process.crt.isExiting) {
    c.process.crt.isExiting = true;
    yield* tellModules(c.process, DLL_PROCESS_DETACH);
  }
  c.process.exit(code);
  return TRANSFERRED;
}

function* exit(c: Call): Steps {
  const code = c.i32(0);
  yield* runExitFunctions(c);
  flushAll(c.process);
  return yield* endProcess(c, code);
}

function* cleanExit(c: Call): Steps {
  yield* runExitFunctions(c);
  flushAll(c.process);
  return 0;
}

function* runTable(c: Call, stopsAtError: boolean): Steps {
  const end = c.word(1);
  for (let at = c.word(0); at < end && !c.memory.mmu.faulted; at += POINTER_BYTES) {
    const address = c.memory.u64(at);
    if (address === 0) continue;
    const result = yield callStep(address);
    if (stopsAtError && (result | 0) !== 0) return result | 0;
  }
  return 0;
}

/** The function, or 0 when there are too many. */
function addExitFunction(c: Call): number {
  const { exitFunctions } = c.process.crt;
  if (exitFunctions.length >= EXIT_LIMIT) return failWith(c.process, ENOMEM, 0);
  exitFunctions.push(c.word(0));
  return c.word(0);
}

/** 0, or -1 when there are too many. */
function addAtExit(c: Call): number {
  return addExitFunction(c) === 0 ? -1 : 0;
}

function mainArguments(c: Call, names: readonly [string, string]): number {
  const { memory } = c;
  const { crt } = c.process;
  memory.setU32(c.word(0), memory.u32(crt.variable('__argc')));
  memory.setU64(c.word(1), memory.u64(crt.variable(names[0])));
  memory.setU64(c.word(2), memory.u64(crt.variable(names[1])));
  return 0;
}

function say(c: Call, text: string): void {
  const { process } = c;
  const stream = process.crt.streams.get(process.crt.fileAddress(2));
  if (stream !== undefined) writeStream(process, stream, latin1Bytes(text));
}

function* abort(c: Call): Steps {
  const handler = c.process.crt.signals.get(SIGABRT) ?? 0;
  if (handler > SIG_IGN) yield callStep(handler, SIGABRT);
  const { streams } = c.process.crt;
  for (const stream of streams.values()) flushStream(c.process, stream);
  return yield* endProcess(c, ABORT_CODE);
}

function* raise(c: Call): Steps {
  const number = c.i32(0);
  const { signals } = c.process.crt;
  const handler = signals.get(number) ?? 0;
  if (!SIGNALS.has(number)) return failWith(c.process, EINVAL, -1);
  if (handler === SIG_IGN) return 0;
  if (handler === 0) return yield* endProcess(c, ABORT_CODE);
  signals.delete(number);
  yield callStep(handler, number);
  return 0;
}

function setSignal(c: Call): number {
  const number = c.i32(0);
  if (!SIGNALS.has(number)) return failWith(c.process, EINVAL, -1);
  const before = c.process.crt.signals.get(number) ?? 0;
  c.process.crt.signals.set(number, c.word(1));
  return before;
}

function variable(name: string): (c: Call) => number {
  return (c) => c.process.crt.variable(name);
}

/** All exceptions masked, rounding to nearest. */
const INITIAL_MXCSR = 0x1f80;

function resetFloats(c: Call): number {
  const { cpu, registers } = c.process;
  resetX87(cpu);
  registers.mxcsrValue = INITIAL_MXCSR;
  return 0;
}

export const STARTUP_FUNCTIONS: readonly SystemFunction[] = systemFunctions('crt', {
  '__set_app_type(type: i32)': () => 0,
  '_set_app_type(type: i32)': () => 0,
  '__setusermatherr(handler: pointer)': () => 0,
  '__getmainargs(count: pointer, arguments: pointer, environment: pointer, expand: i32, info: pointer): i32':
    (c) => mainArguments(c, ['__argv', '_environ']),
  '__wgetmainargs(count: pointer, arguments: pointer, environment: pointer, expand: i32, info: pointer): i32':
    (c) => mainArguments(c, ['__wargv', '_wenviron']),
  '_initterm(start: pointer, end: pointer)': (c) => runTable(c, false),
  '_initterm_e(start: pointer, end: pointer): i32': (c) => runTable(c, true),
  '_onexit(function: pointer): pointer': addExitFunction,
  '__dllonexit(function: pointer, start: pointer, end: pointer): pointer': addExitFunction,
  'atexit(function: pointer): i32': addAtExit,
  '_crt_atexit(function: pointer): i32': addAtExit,
  'exit(code: i32)': exit,
  '_exit(code: i32)': (c) => endProcess(c, c.i32(0)),
  '_Exit(code: i32)': (c) => endProcess(c, c.i32(0)),
  '_cexit()': cleanExit,
  '_c_exit()': () => 0,
  'abort()': abort,
  'raise(signal: i32): i32': raise,
  'signal(signal: i32, handler: pointer): pointer': setSignal,
  '_amsg_exit(message: i32)': (c) => {
    say(c, `runtime error R60${String(c.i32(0)).padStart(2, '0')}\n`);
    return endProcess(c, 255);
  },
  '_errno(): pointer': (c) => errnoAddress(c.process),
  '__doserrno(): pointer': variable('_doserrno'),
  '_get_errno(result: pointer): i32': (c) => {
    c.memory.setU32(c.word(0), errnoOf(c.process));
    return 0;
  },
  '_set_errno(value: i32): i32': (c) => {
    setErrno(c.process, c.i32(0));
    return 0;
  },
  '_lock(number: i32)': () => 0,
  '_unlock(number: i32)': () => 0,
  '__p__fmode(): pointer': variable('_fmode'),
  '__p__commode(): pointer': variable('_commode'),
  '__p__acmdln(): pointer': variable('_acmdln'),
  '__p__wcmdln(): pointer': variable('_wcmdln'),
  '__p__environ(): pointer': variable('_environ'),
  '__p__wenviron(): pointer': variable('_wenviron'),
  '__p___argc(): pointer': variable('__argc'),
  '__p___argv(): pointer': variable('__argv'),
  '__p___wargv(): pointer': variable('__wargv'),
  '__p___initenv(): pointer': variable('__initenv'),
  '__p__pgmptr(): pointer': variable('_pgmptr'),
  '__p__iob(): pointer': variable('_iob'),
  '___lc_codepage_func(): u32': () => 0,
  '___mb_cur_max_func(): i32': () => 1,
  '__mb_cur_max_func(): i32': () => 1,
  '___lc_handle_func(): pointer': (c) => c.process.crt.textAddress('\0'.repeat(48)),
  '_fpreset()': resetFloats,
  '_configthreadlocale(type: i32): i32': () => 2,
  '_set_invalid_parameter_handler(handler: pointer): pointer': () => 0,
  '_get_invalid_parameter_handler(): pointer': () => 0,
  '_callnewh(size: u64): i32': () => 0,
  '_purecall()': abort,
  '_assert(message: text, file: text, line: u32)': function* (c) {
    say(c, `Assertion failed: ${c.text(0)}, file ${c.text(1)}, line ${c.u32(2)}\n`);
    return yield* abort(c);
  },
  '_wassert(message: wide, file: wide, line: u32)': function* (c) {
    say(c, `Assertion failed: ${c.wide(0)}, file ${c.wide(1)}, line ${c.u32(2)}\n`);
    return yield* abort(c);
  },
  '_set_error_mode(mode: i32): i32': (c) => {
    const { crt } = c.process;
    const before = crt.errorMode;
    const ASK = 3;
    if (c.i32(0) >= 0 && c.i32(0) < ASK) crt.errorMode = c.i32(0);
    else if (c.i32(0) !== ASK) return failWith(c.process, EINVAL, -1);
    return before;
  },
  '_set_abort_behavior(flags: u32, mask: u32): u32': (c) => {
    const { crt } = c.process;
    const before = crt.abortBehaviour;
    crt.abortBehaviour = (before & ~c.u32(1)) | (c.u32(0) & c.u32(1));
    return before;
  },
  '_getpid(): i32': () => 0x20,
});
