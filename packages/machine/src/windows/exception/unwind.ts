/**
 * RtlUnwindEx: leaves frames one by one, asks the handlers of each to clean up, and goes on in the
 * target frame.
 */
import type { Call } from '../call.ts';
import { callBelow, type Steps, TRANSFERRED } from '../call-steps.ts';
import { RAX, RSP } from '../process/registers.ts';
import {
  CONTEXT_BYTES,
  CONTEXT_RIP,
  contextRegister,
  loadContext,
  saveContext,
} from './context-record.ts';
import { DISPATCHER, DISPATCHER_BYTES, writeDispatcher } from './dispatcher-context.ts';
import {
  EXCEPTION_EXIT_UNWIND,
  EXCEPTION_RECORD_BYTES,
  EXCEPTION_TARGET_UNWIND,
  EXCEPTION_UNWINDING,
  RECORD_COUNT,
  RECORD_FLAGS,
  RECORD_WORDS,
  STATUS_LONGJUMP,
  STATUS_UNWIND,
  STATUS_UNWIND_CONSOLIDATE,
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
import { readJumpBuffer } from './jump-buffer.ts';
import { HANDLER_OF_UNWINDS } from './virtual-unwind.ts';

const STACK_ALIGN = 16;
const COLLIDED_UNWIND = 3;
/** More than everything that an unwind keeps on the stack. */
const FRAME_BYTES = 4096;

export interface UnwindTarget {
  /** Establisher of the frame to go on in; 0 leaves all of them. */
  readonly frame: number;
  readonly ip: number;
  /** Address of the exception's record, or 0. */
  readonly record: number;
  readonly returnValue: number;
}

/** Captures the context of a function's caller: what its registers are when it returns. */
export function saveCaller(call: Call, context: number): void {
  const { memory, process, stackPointer } = call;
  saveContext(memory, process.registers, context, call.returnAddress);
  memory.setU64(contextRegister(context, RSP), stackPointer + 8);
}

/** @param work  address of a CONTEXT that may be overwritten, or 0 */
export function* unwindTo(call: Call, target: UnwindTarget, work: number): Steps {
  const { memory, process } = call;
  const top = call.stackPointer - (call.stackPointer % STACK_ALIGN);
  const context = work === 0 ? top - CONTEXT_BYTES : work;
  const next = top - 2 * CONTEXT_BYTES;
  const ownRecord = next - EXCEPTION_RECORD_BYTES - 8;
  const dispatcher = ownRecord - DISPATCHER_BYTES;
  saveCaller(call, context);
  const record = target.record === 0 ? ownRecord : target.record;
  if (target.record === 0) {
    const address = call.returnAddress;
    writeExceptionRecord(memory, record, {
      code: STATUS_UNWIND,
      flags: 0,
      address,
      information: [],
    });
  }
  const exits = target.frame === 0 ? EXCEPTION_EXIT_UNWIND : 0;
  const flags = memory.u32(record + RECORD_FLAGS) | EXCEPTION_UNWINDING | exits;
  let scopeIndex = 0;
  let leaves = 0;
  for (let frames = 0; frames < FRAME_LIMIT; frames++) {
    memory.write(next, memory.read(context, CONTEXT_BYTES));
    const walked = yield* stepFrame(process, call.thread, {
      kind: HANDLER_OF_UNWINDS,
      context: next,
      below: dispatcher - (dispatcher % STACK_ALIGN),
    });
    leaves = walked === 'leaf' ? leaves + 1 : 0;
    if (walked === null || leaves > LEAF_LIMIT) break;
    if (isCollided(walked)) {
      scopeIndex = walked.scopeIndex;
      memory.write(context, memory.read(next, CONTEXT_BYTES));
      continue;
    }
    const isTarget = isFrame(walked) && walked.frame.establisher === target.frame;
    if (isFrame(walked) && walked.frame.handler !== 0) {
      memory.setU32(record + RECORD_FLAGS, flags | (isTarget ? EXCEPTION_TARGET_UNWIND : 0));
      const parts = { target, record, context, dispatcher, scopeIndex };
      scopeIndex = 0;
      const collided = yield* askHandler(call, walked, parts);
      if (collided) {
        memory.write(
          context,
          memory.read(memory.u64(dispatcher + DISPATCHER.context), CONTEXT_BYTES),
        );
        continue;
      }
    }
    if (isTarget) break;
    memory.write(context, memory.read(next, CONTEXT_BYTES));
  }
  memory.setU32(record + RECORD_FLAGS, flags);
  return yield* land(call, target, record, context);
}

function* askHandler(
  call: Call,
  { pc, entry, frame }: WalkedFrame,
  parts: {
    readonly target: UnwindTarget;
    readonly record: number;
    readonly context: number;
    readonly dispatcher: number;
    readonly scopeIndex: number;
  },
): Generator<ReturnType<typeof callBelow>, boolean, number> {
  const { memory } = call;
  const { target, record, context, dispatcher, scopeIndex } = parts;
  const pending = call.thread.pending.at(-1)!;
  memory.setU64(contextRegister(context, RAX), target.returnValue);
  writeDispatcher(memory, dispatcher, {
    pc,
    entry,
    frame,
    targetIp: target.ip,
    context,
    scopeIndex,
  });
  pending.dispatcher = dispatcher;
  const answer = yield callBelow(
    dispatcher - (dispatcher % STACK_ALIGN),
    frame.handler,
    record,
    frame.establisher,
    context,
    dispatcher,
  );
  pending.dispatcher = 0;
  return (answer | 0) === COLLIDED_UNWIND;
}

function* land(call: Call, target: UnwindTarget, record: number, context: number): Steps {
  const { memory } = call;
  memory.setU64(contextRegister(context, RAX), target.returnValue);
  if (target.ip !== 0) memory.setU64(context + CONTEXT_RIP, target.ip);
  return yield* restoreContext(call, context, record);
}

/**
 * Goes on in a context, or where a record of a long jump or of frames to be consolidated says.
 *
 * @param record  address of an exception's record, or 0
 * @see Microsoft, RtlRestoreContext
 */
export function* restoreContext(call: Call, context: number, record: number): Steps {
  const { memory, process } = call;
  const hasWord = record !== 0 && memory.u32(record + RECORD_COUNT) > 0;
  const code = hasWord ? memory.u32(record) : 0;
  const word = hasWord ? memory.u64(record + RECORD_WORDS) : 0;
  if (code === STATUS_UNWIND_CONSOLIDATE) {
    // The frames above stay until its callback has told where to go on.
    const ip = yield callBelow(call.stackPointer - FRAME_BYTES, word, record);
    memory.setU64(context + CONTEXT_RIP, ip);
  }
  if (code === STATUS_LONGJUMP) readJumpBuffer(memory, word, context);
  loadContext(memory, process.registers, context);
  return TRANSFERRED;
}
