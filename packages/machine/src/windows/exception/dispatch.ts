/**
 * What happens to an exception: vectored handlers, then the handlers of frames from the innermost
 * out, then the filter for what nobody handles, then the end of the process.
 *
 * @see Microsoft, "Structured exception handling"
 */
import { callStep, type Steps, TRANSFERRED } from '../call-steps.ts';
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

/** Where the parts of a dispatch lie on the thread's stack. */
interface Layout {
  readonly context: number;
  readonly work: number;
  readonly record: number;
  readonly pointers: number;
  readonly dispatcher: number;
  readonly stackPointer: number;
}

function layoutBelow(stackPointer: number): Layout {
  const context = stackPointer - CONTEXT_BYTES - (stackPointer % STACK_ALIGN);
  const work = context - CONTEXT_BYTES;
  const record = work - EXCEPTION_RECORD_BYTES;
  const pointers = record - 16;
  const dispatcher = pointers - DISPATCHER_BYTES;
  return {
    context,
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
  writeExceptionRecord(memory, layout.record, record);
  memory.setU64(layout.pointers, layout.record);
  memory.setU64(layout.pointers + 8, layout.context);
  if (memory.mmu.faulted || thread.dispatchDepth >= DEPTH_LIMIT) return lost(process, record);
  registers.set(RSP, layout.stackPointer);
  thread.pending.at(-1)!.context = layout.context;
  thread.dispatchDepth++;
  const goesOn =
    (yield* askVectored(process, layout)) ||
    (yield* askFrames(process, thread, layout, record)) ||
    (yield* askFilter(process, layout));
  thread.dispatchDepth--;
  if (!goesOn) return lost(process, record);
  for (const handler of [...process.vectoredContinueHandlers]) {
    yield callStep(handler, layout.pointers);
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
    process.registers.set(RSP, layout.stackPointer);
    const answer = yield callStep(handler, layout.pointers);
    if ((answer | 0) === EXCEPTION_CONTINUE_EXECUTION) return true;
  }
  return false;
}

type CallOf = ReturnType<typeof callStep>;

function* askFrames(
  process: WindowsProcess,
  thread: Thread,
  layout: Layout,
  record: ExceptionRecord,
): Generator<CallOf, boolean, number> {
  const { memory, registers } = process;
  const { context, work, dispatcher } = layout;
  memory.write(work, memory.read(context, CONTEXT_BYTES));
  for (;;) {
    const walked = stepFrame(process, thread, HANDLER_OF_EXCEPTIONS, work);
    memory.mmu.faulted = false;
    if (walked === null) return false;
    if (walked === 'leaf') continue;
    const { pc, entry, frame } = walked;
    writeDispatcher(memory, dispatcher, { pc, entry, frame, targetIp: 0, context });
    registers.set(RSP, layout.stackPointer);
    const { handler, establisher } = frame;
    const answer = yield callStep(handler, layout.record, establisher, context, dispatcher);
    if ((answer | 0) === CONTINUE_SEARCH) continue;
    const mayGoOn = (record.flags & EXCEPTION_NONCONTINUABLE) === 0;
    if ((answer | 0) === CONTINUE_EXECUTION) return mayGoOn;
  }
}

function* askFilter(process: WindowsProcess, layout: Layout): Generator<CallOf, boolean, number> {
  const { unhandledFilter, registers } = process;
  if (unhandledFilter === 0) return false;
  registers.set(RSP, layout.stackPointer);
  const answer = yield callStep(unhandledFilter, layout.pointers);
  if ((answer | 0) === EXCEPTION_EXECUTE_HANDLER) {
    process.exit(process.memory.u32(layout.record));
  }
  return (answer | 0) === EXCEPTION_CONTINUE_EXECUTION;
}
