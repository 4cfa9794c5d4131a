/**
 * What happens to an exception: vectored handlers, then the handlers of frames from the innermost
 * out, then the filter for what nobody handles, then the end of the process.
 *
 * @see Microsoft, "Structured exception handling"
 */
import { callBelow, type Step, type Steps, TRANSFERRED } from '../call-steps.ts';
import { RSP } from '../process/registers.ts';
import type { Thread } from '../process/thread.ts';
import type { WindowsProcess } from '../process/windows-process.ts';
import { CONTEXT_BYTES, loadContext, saveContext } from './context-record.ts';
import { DISPATCHER_BYTES, writeDispatcher } from './dispatcher-context.ts';
import {
  EXCEPTION_NESTED_CALL,
  EXCEPTION_NONCONTINUABLE,
  EXCEPTION_RECORD_BYTES,
  type ExceptionRecord,
  RECORD_FLAGS,
  STATUS_INVALID_DISPOSITION,
  STATUS_NONCONTINUABLE_EXCEPTION,
  writeExceptionRecord,
} from './exception-record.ts';
import {
  FRAME_LIMIT,
  isCollided,
  isFrame,
  LEAF_LIMIT,
  stepFrame,
  type WalkedFrame,
} from './frame-walk.ts';
import { vectoredFunctions } from './vectored-handlers.ts';
import { HANDLER_OF_EXCEPTIONS } from './virtual-unwind.ts';

export const EXCEPTION_CONTINUE_EXECUTION = -1;
const EXCEPTION_EXECUTE_HANDLER = 1;
/** What a frame's handler answers. */
const CONTINUE_EXECUTION = 0;
const CONTINUE_SEARCH = 1;
const NESTED_EXCEPTION = 2;
const STACK_ALIGN = 16;

/** Where the parts of a dispatch lie on the thread's stack. */
interface Layout {
  readonly context: number;
  /** A copy for whoever unwinds through here: handlers may use the first as they like. */
  readonly saved: number;
  readonly work: number;
  readonly record: number;
  readonly pointers: number;
  readonly dispatcher: number;
  readonly stackPointer: number;
}

function layoutBelow(stackPointer: number): Layout {
  const context = stackPointer - CONTEXT_BYTES - (stackPointer % STACK_ALIGN);
  const saved = context - CONTEXT_BYTES;
  const work = saved - CONTEXT_BYTES;
  const record = work - EXCEPTION_RECORD_BYTES;
  const pointers = record - 16;
  const dispatcher = pointers - DISPATCHER_BYTES;
  return {
    context,
    saved,
    work,
    record,
    pointers,
    dispatcher,
    stackPointer: dispatcher - (dispatcher % STACK_ALIGN),
  };
}

/** What the frames made of an exception. */
type Verdict = 'goes-on' | 'unhandled' | 'invalid-disposition' | 'noncontinuable';

/** What a verdict that the handlers had no right to is an exception of. */
const COMPLAINTS: Readonly<Partial<Record<Verdict, number>>> = {
  'invalid-disposition': STATUS_INVALID_DISPOSITION,
  noncontinuable: STATUS_NONCONTINUABLE_EXCEPTION,
};

/** Dispatches an exception of the running thread, which stands at `pc`. */
export function* dispatchException(
  process: WindowsProcess,
  thread: Thread,
  record: ExceptionRecord,
  pc: number,
): Steps {
  const { memory, registers } = process;
  const layout = layoutBelow(registers.get(RSP));
  saveContext(memory, registers, layout.context, pc);
  return yield* dispatchFrom(process, thread, layout, record);
}

/** The same with the context in its place. */
function* dispatchFrom(
  process: WindowsProcess,
  thread: Thread,
  layout: Layout,
  record: ExceptionRecord,
): Steps {
  const { memory, registers } = process;
  memory.write(layout.saved, memory.read(layout.context, CONTEXT_BYTES));
  writeExceptionRecord(memory, layout.record, record);
  memory.setU64(layout.pointers, layout.record);
  memory.setU64(layout.pointers + 8, layout.context);
  // A stack that has no room for this is at its end, and so is the program.
  if (memory.mmu.faulted) return lost(process, record);
  thread.pending.at(-1)!.context = layout.saved;
  const verdict = yield* askAll(process, thread, layout, record);
  const complaint = COMPLAINTS[verdict];
  if (complaint !== undefined && record.nested === undefined) {
    const next = layoutBelow(layout.stackPointer);
    memory.write(next.context, memory.read(layout.saved, CONTEXT_BYTES));
    return yield* dispatchFrom(process, thread, next, {
      code: complaint,
      flags: EXCEPTION_NONCONTINUABLE,
      address: record.address,
      information: [],
      nested: layout.record,
    });
  }
  if (verdict !== 'goes-on') return lost(process, record);
  for (const handler of vectoredFunctions(process, process.vectoredContinueHandlers)) {
    const answer = yield callBelow(layout.stackPointer, handler, layout.pointers);
    if ((answer | 0) === EXCEPTION_CONTINUE_EXECUTION) break;
  }
  loadContext(memory, registers, layout.context);
  return TRANSFERRED;
}

function* askAll(
  process: WindowsProcess,
  thread: Thread,
  layout: Layout,
  record: ExceptionRecord,
): Generator<Step, Verdict, number> {
  if (yield* askVectored(process, layout)) return 'goes-on';
  const verdict = yield* askFrames(process, thread, layout, record);
  if (verdict !== 'unhandled') return verdict;
  return (yield* askFilter(process, layout)) ? 'goes-on' : 'unhandled';
}

/** Nobody handled it: the process ends. */
function lost(process: WindowsProcess, record: ExceptionRecord): typeof TRANSFERRED {
  const { code, address, information } = record;
  process.memory.mmu.faulted = false;
  process.end ??= { kind: 'exception', code, address, information };
  return TRANSFERRED;
}

function* askVectored(process: WindowsProcess, layout: Layout): Generator<Step, boolean, number> {
  for (const handler of vectoredFunctions(process, process.vectoredHandlers)) {
    const answer = yield callBelow(layout.stackPointer, handler, layout.pointers);
    if ((answer | 0) === EXCEPTION_CONTINUE_EXECUTION) return true;
  }
  return false;
}

/** Handlers of frames, from the innermost out. */
function* askFrames(
  process: WindowsProcess,
  thread: Thread,
  layout: Layout,
  record: ExceptionRecord,
): Generator<Step, Verdict, number> {
  const { memory } = process;
  const { context, work } = layout;
  memory.write(work, memory.read(context, CONTEXT_BYTES));
  const how = { kind: HANDLER_OF_EXCEPTIONS, context: work, below: layout.stackPointer };
  // Frames up to this one are in the middle of another exception's handler.
  let nested = 0;
  let scopeIndex = 0;
  let leaves = 0;
  for (let frames = 0; frames < FRAME_LIMIT; frames++) {
    const walked = yield* stepFrame(process, thread, how);
    memory.mmu.faulted = false;
    leaves = walked === 'leaf' ? leaves + 1 : 0;
    if (walked === null || leaves > LEAF_LIMIT) break;
    if (walked === 'leaf') continue;
    if (isCollided(walked)) {
      scopeIndex = walked.scopeIndex;
      continue;
    }
    if (!isFrame(walked)) {
      nested = Math.max(nested, walked.establisher);
      continue;
    }
    const isNested = nested !== 0;
    const answer = yield* askFrame(process, thread, layout, { walked, isNested, scopeIndex });
    scopeIndex = 0;
    if (walked.frame.establisher >= nested) nested = 0;
    if (answer === CONTINUE_SEARCH || answer === NESTED_EXCEPTION) continue;
    if (answer !== CONTINUE_EXECUTION) return 'invalid-disposition';
    return (record.flags & EXCEPTION_NONCONTINUABLE) === 0 ? 'goes-on' : 'noncontinuable';
  }
  return 'unhandled';
}

/** What the handler of one frame answers; a frame without one goes on searching. */
function* askFrame(
  process: WindowsProcess,
  thread: Thread,
  layout: Layout,
  asked: { readonly walked: WalkedFrame; readonly isNested: boolean; readonly scopeIndex: number },
): Generator<Step, number, number> {
  const { memory } = process;
  const { walked, isNested, scopeIndex } = asked;
  const { pc, entry, frame } = walked;
  const { handler, establisher } = frame;
  if (handler === 0) return CONTINUE_SEARCH;
  const { context, dispatcher, record, stackPointer } = layout;
  const flags = memory.u32(record + RECORD_FLAGS) & ~EXCEPTION_NESTED_CALL;
  memory.setU32(record + RECORD_FLAGS, flags | (isNested ? EXCEPTION_NESTED_CALL : 0));
  writeDispatcher(memory, dispatcher, { pc, entry, frame, targetIp: 0, context, scopeIndex });
  const pending = thread.pending.at(-1)!;
  pending.establisher = establisher;
  const answer = yield callBelow(stackPointer, handler, record, establisher, context, dispatcher);
  pending.establisher = 0;
  memory.setU32(record + RECORD_FLAGS, memory.u32(record + RECORD_FLAGS) & ~EXCEPTION_NESTED_CALL);
  return answer | 0;
}

function* askFilter(process: WindowsProcess, layout: Layout): Generator<Step, boolean, number> {
  const { unhandledFilter } = process;
  if (unhandledFilter === 0) return false;
  const answer = yield callBelow(layout.stackPointer, unhandledFilter, layout.pointers);
  if ((answer | 0) === EXCEPTION_EXECUTE_HANDLER) {
    process.exit(process.memory.u32(layout.record));
  }
  return (answer | 0) === EXCEPTION_CONTINUE_EXECUTION;
}
