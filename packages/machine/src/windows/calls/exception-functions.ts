// @table
/** Exceptions: handlers, raising, unwinding, and the handler of C's __try. */
import type { Call } from '../call.ts';
import { callBelow, callStep, type Steps, TRANSFERRED } from '../call-steps.ts';
import { CONTEXT_BYTES, CONTEXT_RIP } from '../exception/context-record.ts';
import { DISPATCHER } from '../exception/dispatcher-context.ts';
import {
  EXCEPTION_NONCONTINUABLE,
  EXCEPTION_PARAMETERS,
  EXCEPTION_TARGET_UNWIND,
  EXCEPTION_UNWINDING,
  RECORD_ADDRESS,
  RECORD_FLAGS,
  readExceptionRecord,
  STATUS_BREAKPOINT,
  STATUS_NO_MEMORY,
} from '../exception/exception-record.ts';
import { stepFrame } from '../exception/frame-walk.ts';
import { functionAt } from '../exception/function-table.ts';
import { readEntry } from '../exception/runtime-function.ts';
import { guaranteeStack } from '../exception/stack-guard.ts';
import { restoreContext, saveCaller, unwindTo } from '../exception/unwind.ts';
import { addVectoredHandler, removeVectoredHandler } from '../exception/vectored-handlers.ts';
import { virtualUnwind } from '../exception/virtual-unwind.ts';
import { RSP } from '../process/registers.ts';
import { ERROR_INVALID_PARAMETER } from '../process/windows-error.ts';
import {
  type FunctionRows,
  type Handler,
  type SystemFunction,
  systemFunctions,
} from '../system-function.ts';

/** What handlers of frames answer. */
const CONTINUE_EXECUTION = 0;
const CONTINUE_SEARCH = 1;
const SCOPE_BYTES = 16;
const EXECUTE_HANDLER = 1;
const UNW_FLAG_NHANDLER = 0;
const STACK_ALIGN = 16;
const HASH_RANGE = 2 ** 32;
/** As documented: a trace has fewer frames than 2^16. */
const MOST_FRAMES = 0xffff;

/** The exception's address is RaiseException's own. */
function raiseException(c: Call): typeof TRANSFERRED {
  const count = Math.min(c.word(3) === 0 ? 0 : c.u32(2), EXCEPTION_PARAMETERS);
  const information = Array.from({ length: count }, (_, n) => c.memory.u64(c.word(3) + n * 8));
  const flags = c.u32(1) & EXCEPTION_NONCONTINUABLE;
  c.process.raising = { code: c.u32(0), flags, information };
  return TRANSFERRED;
}

/** The exception is at the caller, as if it stood behind its call. */
function raiseRecord(c: Call): typeof TRANSFERRED {
  const { process } = c;
  const record = readExceptionRecord(c.memory, c.word(0));
  c.memory.setU64(c.word(0) + RECORD_ADDRESS, c.returnAddress);
  process.registers.set(RSP, c.stackPointer + 8);
  process.cpu.pc = c.returnAddress;
  process.raising = record;
  return TRANSFERRED;
}

function* lookUp(c: Call): Steps {
  const pc = c.word(0);
  const base = c.word(1);
  const entry = yield* functionAt(c.process, pc, c.stackPointer);
  c.memory.setU64(base, entry?.imageBase ?? 0);
  return entry?.address ?? 0;
}

function addTable(c: Call): number {
  return c.process.dynamicTables.add(c.word(0), c.u32(1), c.word(2)) ? 1 : 0;
}

/** (table, entries, how many, how many at most, first and last address of the code): a status. */
function addGrowableTable(c: Call): number {
  const [at, count, base, end] = [c.word(1), c.u32(2), c.word(4), c.word(5)];
  const handle = c.process.dynamicTables.addGrowable(at, count, base, end);
  if (handle === 0) return STATUS_NO_MEMORY;
  c.memory.setU64(c.word(0), handle);
  return 0;
}

/** Its identifier has both of its lowest bits set, to be told from a table's address. */
function installCallback(c: Call): number {
  const id = c.word(0);
  if ((id & 3) !== 3) return 0;
  const table = { id, base: c.word(1), callback: c.word(3), context: c.word(4) };
  return c.process.dynamicTables.addCallback(table, c.u32(2)) ? 1 : 0;
}

/** (kind, image base, pc, entry, context, data, establisher, pointers): the handler's address. */
function unwindFrame(c: Call): number {
  const at = c.word(3);
  const frame = virtualUnwind(c.memory, {
    kind: c.u32(0),
    entry: readEntry(c.memory, at, c.word(1)),
    context: c.word(4),
    pc: c.word(2),
    pointers: c.word(7),
  });
  if (frame === null) return 0;
  if (frame.handler !== 0) c.memory.setU64(c.word(5), frame.handlerData);
  c.memory.setU64(c.word(6), frame.establisher);
  return frame.handler;
}

interface Scope {
  readonly begin: number;
  readonly end: number;
  /** RVA of the filter or of the __finally block; 1 stands for a filter that takes all. */
  readonly handler: number;
  /** RVA of the __except block; 0 for __finally. */
  readonly target: number;
}

function scopeAt(c: Call, table: number, index: number): Scope {
  const at = table + 4 + index * SCOPE_BYTES;
  return {
    begin: c.memory.u32(at),
    end: c.memory.u32(at + 4),
    handler: c.memory.u32(at + 8),
    target: c.memory.u32(at + 12),
  };
}

/** The handler of C frames with __try: (record, frame, context, dispatcher). */
function* handleScopes(c: Call): Steps {
  const { memory } = c;
  const [record, frame, context, dispatcher] = [c.word(0), c.word(1), c.word(2), c.word(3)];
  const base = memory.u64(dispatcher + DISPATCHER.imageBase);
  const pc = memory.u64(dispatcher + DISPATCHER.controlPc) - base;
  const table = memory.u64(dispatcher + DISPATCHER.handlerData);
  const isUnwinding = (memory.u32(record + RECORD_FLAGS) & EXCEPTION_UNWINDING) !== 0;
  const count = memory.u32(table);
  const first = memory.u32(dispatcher + DISPATCHER.scopeIndex);
  for (let index = first; index < count && !memory.mmu.faulted; index++) {
    const scope = scopeAt(c, table, index);
    if (pc < scope.begin || pc >= scope.end) continue;
    if (isUnwinding) {
      if (yield* leaveScope(c, scope, base, index)) return CONTINUE_SEARCH;
      continue;
    }
    if (scope.target === 0) continue;
    const pointers = c.stackPointer - 64;
    memory.setU64(pointers, record);
    memory.setU64(pointers + 8, context);
    const isAll = scope.handler === EXECUTE_HANDLER;
    const answer = isAll
      ? 1
      : (yield callBelow(pointers, base + scope.handler, pointers, frame)) | 0;
    if (answer < 0) return CONTINUE_EXECUTION;
    if (answer === 0) continue;
    const returnValue = memory.u32(record);
    return yield* unwindTo(c, { frame, ip: base + scope.target, record, returnValue }, 0);
  }
  return CONTINUE_SEARCH;
}

/** Runs a __finally block; true when the frame goes on in this scope. */
function* leaveScope(
  c: Call,
  scope: Scope,
  base: number,
  index: number,
): Generator<ReturnType<typeof callStep>, boolean, number> {
  const { memory } = c;
  const dispatcher = c.word(3);
  const isTarget = (memory.u32(c.word(0) + RECORD_FLAGS) & EXCEPTION_TARGET_UNWIND) !== 0;
  const target = memory.u64(dispatcher + DISPATCHER.targetIp) - base;
  if (isTarget && target >= scope.begin && target < scope.end) return true;
  if (scope.target !== 0) return isTarget && scope.target === target;
  memory.setU32(dispatcher + DISPATCHER.scopeIndex, index + 1);
  yield callStep(base + scope.handler, 1, c.word(1));
  return false;
}

/**
 * (frames to leave out, most of them, to, hash): how many return addresses were written, the
 * caller's own first. The hash is their sum.
 */
function* traceStack(c: Call): Steps {
  const { memory, process, thread } = c;
  const [skip, most, to, hashAt] = [
    c.u32(0),
    Math.min(c.u32(1), MOST_FRAMES),
    c.word(2),
    c.word(3),
  ];
  const context = c.stackPointer - (c.stackPointer % STACK_ALIGN) - CONTEXT_BYTES;
  saveCaller(c, context);
  let count = 0;
  let hash = 0;
  for (let depth = 0; count < most && !memory.mmu.faulted; depth++) {
    const pc = memory.u64(context + CONTEXT_RIP);
    // A system function that called the program has no frame of its own.
    if (!process.gates.contains(pc)) {
      if (process.moduleAt(pc) === null) break;
      if (depth >= skip) {
        memory.setU64(to + count++ * 8, pc);
        hash = (hash + pc) % HASH_RANGE;
      }
    }
    const parts = { kind: UNW_FLAG_NHANDLER, context, below: context - STACK_ALIGN };
    if ((yield* stepFrame(process, thread, parts)) === null) break;
  }
  if (hashAt !== 0) memory.setU32(hashAt, hash);
  return count;
}

/** (size): what is kept of the stack for the handler of its end; told is what was before. */
function guarantee(c: Call): number {
  const before = guaranteeStack(c.process, c.thread, c.memory.u32(c.word(0)));
  c.memory.setU32(c.word(0), before ?? 0);
  return before === null ? c.fail(ERROR_INVALID_PARAMETER) : 1;
}

/** Adds a handler to one of the process's lists: (first, handler). */
function adding(listOf: (c: Call) => number[]): Handler {
  return (c) => addVectoredHandler(c.process, listOf(c), c.word(1), c.u32(0) !== 0);
}

function removing(listOf: (c: Call) => number[]): Handler {
  return (c) => (removeVectoredHandler(c.process, listOf(c), c.word(0)) ? 1 : 0);
}

const EXCEPTIONS = (c: Call): number[] => c.process.vectoredHandlers;
const CONTINUES = (c: Call): number[] => c.process.vectoredContinueHandlers;

function setFilter(c: Call): number {
  const before = c.process.unhandledFilter;
  c.process.unhandledFilter = c.word(0);
  return before;
}

const HANDLERS: FunctionRows = {
  'SetUnhandledExceptionFilter(filter: pointer): pointer': setFilter,
  'RtlSetUnhandledExceptionFilter(filter: pointer): pointer': setFilter,
  'UnhandledExceptionFilter(pointers: pointer): i32': () => CONTINUE_SEARCH,
  'AddVectoredExceptionHandler(first: u32, handler: pointer): pointer': adding(EXCEPTIONS),
  'RtlAddVectoredExceptionHandler(first: u32, handler: pointer): pointer': adding(EXCEPTIONS),
  'RemoveVectoredExceptionHandler(handle: pointer): u32': removing(EXCEPTIONS),
  'RtlRemoveVectoredExceptionHandler(handle: pointer): u32': removing(EXCEPTIONS),
  'AddVectoredContinueHandler(first: u32, handler: pointer): pointer': adding(CONTINUES),
  'RtlAddVectoredContinueHandler(first: u32, handler: pointer): pointer': adding(CONTINUES),
  'RemoveVectoredContinueHandler(handle: pointer): u32': removing(CONTINUES),
  'RtlRemoveVectoredContinueHandler(handle: pointer): u32': removing(CONTINUES),
};

const TABLES: FunctionRows = {
  'RtlAddFunctionTable(entries: pointer, count: u32, base: pointer): bool': addTable,
  'RtlDeleteFunctionTable(entries: pointer): bool': (c) =>
    c.process.dynamicTables.delete(c.word(0)) ? 1 : 0,
  'RtlInstallFunctionTableCallback(id: pointer, base: pointer, length: u32, callback: pointer, context: pointer, library: wide): bool':
    installCallback,
  'RtlAddGrowableFunctionTable(table: pointer, entries: pointer, count: u32, most: u32, base: pointer, end: pointer): status':
    addGrowableTable,
  'RtlGrowFunctionTable(table: pointer, count: u32)': (c) => {
    c.process.dynamicTables.grow(c.word(0), c.u32(1));
    return 0;
  },
  'RtlDeleteGrowableFunctionTable(table: pointer)': (c) => {
    c.process.dynamicTables.delete(c.word(0));
    return 0;
  },
};

export const EXCEPTION_FUNCTIONS: readonly SystemFunction[] = [
  ...systemFunctions('kernel', {
    ...HANDLERS,
    ...TABLES,
    'RaiseException(code: u32, flags: u32, count: u32, arguments: pointer)': raiseException,
    'RtlRaiseException(record: pointer)': raiseRecord,
    'DebugBreak()': (c) => {
      c.process.raising = { code: STATUS_BREAKPOINT, flags: 0, information: [0] };
      return 0;
    },
    'RtlCaptureContext(context: pointer)': (c) => {
      saveCaller(c, c.word(0));
      return 0;
    },
    'RtlRestoreContext(context: pointer, record: pointer)': (c) =>
      restoreContext(c, c.word(0), c.word(1)),
    'RtlLookupFunctionEntry(pc: pointer, base: pointer, history: pointer): pointer': lookUp,
    'RtlVirtualUnwind(kind: u32, base: pointer, pc: pointer, entry: pointer, context: pointer, data: pointer, frame: pointer, pointers: pointer): pointer':
      unwindFrame,
    'RtlUnwindEx(frame: pointer, ip: pointer, record: pointer, value: pointer, context: pointer, history: pointer)':
      (c) =>
        unwindTo(
          c,
          { frame: c.word(0), ip: c.word(1), record: c.word(2), returnValue: c.signedWord(3) },
          c.word(4),
        ),
    'RtlUnwind(frame: pointer, ip: pointer, record: pointer, value: pointer)': (c) =>
      unwindTo(
        c,
        { frame: c.word(0), ip: c.word(1), record: c.word(2), returnValue: c.signedWord(3) },
        0,
      ),
    'RtlPcToFileHeader(pc: pointer, base: pointer): pointer': (c) => {
      const base = c.process.moduleAt(c.word(0))?.base ?? 0;
      c.memory.setU64(c.word(1), base);
      return base;
    },
    'RtlCaptureStackBackTrace(skip: u32, count: u32, to: pointer, hash: pointer): u32': traceStack,
    'SetThreadStackGuarantee(size: pointer): bool': guarantee,
  }),
  ...systemFunctions('crt', {
    '__C_specific_handler(record: pointer, frame: pointer, context: pointer, dispatcher: pointer): i32':
      handleScopes,
    '_XcptFilter(code: u32, pointers: pointer): i32': () => 0,
  }),
];
