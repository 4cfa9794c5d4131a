/**
 * What happens to an exception: vectored handlers, then the handlers of frames from the innermost
 * out, then the filter for what nobody handles, then the end of the process.
 *
 * @see Microsoft, "Structured exception handling"
 */
import { callBelow, type Steps, TRANSFERRED } from '../call-steps.ts';
import { RSP } from '../process/registers.ts';
import type { Thread } from '../process/thread.ts';
import type { WindowsProcess } from '../process/windows-process.ts';
import { CONTEXT_BYTES, loadContext, saveContext } from './context-record.ts';
import { DISPATCHER_BYTES, writeDispatcher } from './dispatcher-context.ts';
import {
  EXCEPTION_NONCONTINUABLE,
  EXCEPTION_RECORD_BYTES,
  type ExceptionRecord,
  writeExceptionRecord,
} from './exception-record.ts';
import { stepFrame } from './frame-walk.ts';
import { HANDLER_OF_EXCEPTIONS } from './virtual-unwind.ts';

export const EXCEPTION_CONTINUE_EXECUTION = -1;
const EXCEPTION_EXECUTE_HANDLER = 1;
/** What a frame's handler answers. */
const CONTINUE_EXECUTION = 0;
const CONTINUE_SEARCH = 1;
/** Exceptions inside handlers of exceptions; more is a handler that cannot do its work. */
const DEPTH_LIMIT = 64;
const STACK_ALIGN = 16;
/** Most frames of a stack: one that is deeper leads in a circle. */
const FRAME_LIMIT = 1 << 20;

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
  memory.write(layout.saved, memory.read(layout.context, CONTEXT_BYTES));
  writeExceptionRecord(memory, layout.record, record);
  memory.setU64(layout.pointers, layout.record);
  memory.setU64(layout.pointers + 8, layout.context);
  if (memory.mmu.faulted || thread.dispatchDepth >= DEPTH_LIMIT) return lost(process, record);
  thread.pending.at(-1)!.context = layout.saved;
  thread.dispatchDepth++;
  const goesOn =
    (yield* askVectored(process, layout)) ||
    (yield* askFrames(process, thread, layout, record)) ||
    (yield* askFilter(process, layout));
  thread.dispatchDepth--;
  if (!goesOn) return lost(process, record);
  for (const handler of [...process.vectoredContinueHandlers]) {
    yield callBelow(layout.stackPointer, handler, layout.pointers);
  }
  loadContext(memory, registers, layout.context);
  return TRANSFERRED;
}

/** Nobody handled it: the process ends. */
function lost(process: WindowsProcess, record: ExceptionRecord): typeof TRANSFERRED {
  const { code, address, information } = record;
  process.memory.mmu.faulted = false;
  process.end ??= { kind: 'exception', code, address, information };
  return TRANSFERRED;
}

function* askVectored(process: WindowsProcess, layout: Layout): Generator<CallOf, boolean, number> {
  for (const handler of [...process.vectoredHandlers]) {
    const answer = yield callBelow(layout.stackPointer, handler, layout.pointers);
    if ((answer | 0) === EXCEPTION_CONTINUE_EXECUTION) return true;
  }
  return false;
}

type CallOf = ReturnType<typeof callBelow>;

function* askFrames(
  process: WindowsProcess,
  thread: Thread,
  layout: Layout,
  record: ExceptionRecord,
): Generator<CallOf, boolean, number> {
  const { memory } = process;
  const { context, work, dispatcher } = layout;
  memory.write(work, memory.read(context, CONTEXT_BYTES));
  for (let frames = 0; frames < FRAME_LIMIT; frames++) {
    const walked = stepFrame(process, thread, HANDLER_OF_EXCEPTIONS, work);
    memory.mmu.faulted = false;
    if (walked === null) return false;
    if (walked === 'leaf' || walked.frame.handler === 0) continue;
    const { pc, entry, frame } = walked;
    writeDispatcher(memory, dispatcher, { pc, entry, frame, targetIp: 0, context });
    const { handler, establisher } = frame;
    const { record: at, stackPointer } = layout;
    const answer = yield callBelow(stackPointer, handler, at, establisher, context, dispatcher);
    if ((answer | 0) === CONTINUE_SEARCH) continue;
    const mayGoOn = (record.flags & EXCEPTION_NONCONTINUABLE) === 0;
    if ((answer | 0) === CONTINUE_EXECUTION) return mayGoOn;
  }
  return false;
}

function* askFilter(process: WindowsProcess, layout: Layout): Generator<CallOf, boolean, number> {
  const { unhandledFilter } = process;
  if (unhandledFilter === 0) return false;
  const answer = yield callBelow(layout.stackPointer, unhandledFilter, layout.pointers);
  if ((answer | 0) === EXCEPTION_EXECUTE_HANDLER) {
    process.exit(process.memory.u32(layout.record));
  }
  return (answer | 0) === EXCEPTION_CONTINUE_EXECUTION;
}
