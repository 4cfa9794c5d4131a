/**
 * From frame to frame of a thread's stack, through callbacks: where the program's code was called
 * by a system function, the walk goes on with that function's own caller.
 */
import type { Step } from '../call-steps.ts';
import { TEB } from '../process/environment-block.ts';
import { RSP } from '../process/registers.ts';
import type { Thread } from '../process/thread.ts';
import type { WindowsProcess } from '../process/windows-process.ts';
import { CONTEXT_BYTES, CONTEXT_RIP, contextRegister } from './context-record.ts';
import { DISPATCHER } from './dispatcher-context.ts';
import { functionAt } from './function-table.ts';
import type { RuntimeFunction } from './runtime-function.ts';
import { type UnwoundFrame, unwindLeaf, virtualUnwind } from './virtual-unwind.ts';

const STACK_ALIGN = 8;

export interface WalkedFrame {
  readonly pc: number;
  readonly entry: RuntimeFunction;
  readonly frame: UnwoundFrame;
}

/** Left the handler of an exception: what lies below is what the exception interrupted. */
export interface NestedDispatch {
  /** Establisher of the frame whose handler it was; 0 for a handler of no frame. */
  readonly establisher: number;
}

/** Left the handler of an unwind: the walk goes on with the frame that it was cleaning up. */
export interface CollidedUnwind {
  /** The scope that its handler would have come to next. */
  readonly scopeIndex: number;
}

export type WalkResult = WalkedFrame | NestedDispatch | CollidedUnwind | 'leaf' | null;

/**
 * Unwinds `context` to the caller of its function. Null at the end of the stack, or where it makes
 * no sense; `leaf` for code without unwind information.
 *
 * @param below  stack that callbacks for unwind information may use
 */
export function* stepFrame(
  process: WindowsProcess,
  thread: Thread,
  parts: { readonly kind: number; readonly context: number; readonly below: number },
): Generator<Step, WalkResult, number> {
  const { memory } = process;
  const { context } = parts;
  const place = contextRegister(context, RSP);
  const before = memory.u64(place);
  const pc = memory.u64(context + CONTEXT_RIP);
  const walked =
    pc === process.gates.callbackReturn
      ? leaveCallback(process, thread, context)
      : unwindFrame(process, thread, {
          kind: parts.kind,
          context,
          entry: yield* functionAt(process, pc, parts.below),
        });
  // A caller's frame lies above: damaged information must not lead in a circle.
  return memory.u64(place) > before ? walked : null;
}

function unwindFrame(
  process: WindowsProcess,
  thread: Thread,
  parts: {
    readonly kind: number;
    readonly context: number;
    readonly entry: RuntimeFunction | null;
  },
): WalkedFrame | 'leaf' | null {
  const { memory } = process;
  const { kind, context, entry } = parts;
  const pc = memory.u64(context + CONTEXT_RIP);
  const before = memory.u64(contextRegister(context, RSP));
  // The program's own word for where its stack is: it may have switched to another.
  const low = memory.u64(thread.teb + TEB.stackLimit);
  const high = memory.u64(thread.teb + TEB.stackBase);
  if (before < low || before >= high) return null;
  if (entry === null) {
    unwindLeaf(memory, context);
    return 'leaf';
  }
  const frame = virtualUnwind(memory, { kind, entry, context, pc, pointers: 0 });
  if (frame === null || memory.mmu.faulted) return null;
  const { establisher } = frame;
  const isInside = establisher >= low && establisher < high;
  if (establisher % STACK_ALIGN !== 0 || !isInside) return null;
  return { pc, entry, frame };
}

/** From a callback to what the system function that made it will return to. */
function leaveCallback(
  process: WindowsProcess,
  thread: Thread,
  context: number,
): NestedDispatch | CollidedUnwind | 'leaf' | null {
  const { memory } = process;
  const stackPointer = memory.u64(contextRegister(context, RSP));
  const pending = thread.pending.find((one) => one.callbackStackPointer === stackPointer);
  if (pending === undefined || pending.completion === 'thread-end') return null;
  if (pending.completion === 'transfer') {
    if (pending.context === 0) return null;
    memory.write(context, memory.read(pending.context, CONTEXT_BYTES));
    return { establisher: pending.establisher };
  }
  if (pending.dispatcher !== 0) {
    const own = memory.u64(pending.dispatcher + DISPATCHER.context);
    memory.write(context, memory.read(own, CONTEXT_BYTES));
    return { scopeIndex: memory.u32(pending.dispatcher + DISPATCHER.scopeIndex) };
  }
  memory.setU64(context + CONTEXT_RIP, pending.returnPc);
  memory.setU64(contextRegister(context, RSP), pending.stackPointer);
  return 'leaf';
}

/** Most frames of a stack: one that is deeper leads in a circle. */
export const FRAME_LIMIT: number = 1 << 20;
/** Code without unwind information that one walk goes through on end: more is no stack of calls. */
export const LEAF_LIMIT = 64;

/** Whether a step of the walk was a frame with unwind information. */
export function isFrame(walked: WalkResult): walked is WalkedFrame {
  return walked !== null && walked !== 'leaf' && 'frame' in walked;
}

/** Whether a step of the walk went past an unwind. */
export function isCollided(walked: WalkResult): walked is CollidedUnwind {
  return walked !== null && walked !== 'leaf' && 'scopeIndex' in walked;
}
