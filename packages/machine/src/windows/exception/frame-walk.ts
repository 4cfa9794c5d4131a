/**
 * From frame to frame of a thread's stack, through callbacks: where the program's code was called
 * by a system function, the walk goes on with that function's own caller.
 */
import { RSP } from '../process/registers.ts';
import type { Thread } from '../process/thread.ts';
import type { WindowsProcess } from '../process/windows-process.ts';
import { CONTEXT_BYTES, CONTEXT_RIP, contextRegister } from './context-record.ts';
import { functionAt, type RuntimeFunction } from './function-table.ts';
import { type UnwoundFrame, unwindLeaf, virtualUnwind } from './virtual-unwind.ts';

const STACK_ALIGN = 8;

export interface WalkedFrame {
  readonly pc: number;
  readonly entry: RuntimeFunction;
  readonly frame: UnwoundFrame;
}

/**
 * Unwinds `context` to the caller of its function. Null at the end of the stack, or where it makes
 * no sense; `leaf` for code without unwind information.
 */
export function stepFrame(
  process: WindowsProcess,
  thread: Thread,
  kind: number,
  context: number,
): WalkedFrame | 'leaf' | null {
  const place = contextRegister(context, RSP);
  const before = process.memory.u64(place);
  const walked = unwindFrame(process, thread, kind, context);
  // A caller's frame lies above: damaged information must not lead in a circle.
  return process.memory.u64(place) > before ? walked : null;
}

function unwindFrame(
  process: WindowsProcess,
  thread: Thread,
  kind: number,
  context: number,
): WalkedFrame | 'leaf' | null {
  const { memory } = process;
  const pc = memory.u64(context + CONTEXT_RIP);
  if (pc === process.stubs.callbackReturn) return leaveCallback(process, thread, context);
  const entry = functionAt(process, pc);
  const before = memory.u64(contextRegister(context, RSP));
  if (before < thread.stackBottom || before >= thread.stackHigh) return null;
  if (entry === null) {
    if (!process.stubs.contains(pc) && process.moduleAt(pc) === null) return null;
    unwindLeaf(memory, context);
    return 'leaf';
  }
  const frame = virtualUnwind(memory, { kind, entry, context, pc, pointers: 0 });
  if (frame === null || memory.mmu.faulted) return null;
  const { establisher } = frame;
  const isInside = establisher >= thread.stackBottom && establisher < thread.stackHigh;
  if (establisher % STACK_ALIGN !== 0 || !isInside) return null;
  return { pc, entry, frame };
}

/** From a callback to what the system function that made it will return to. */
function leaveCallback(process: WindowsProcess, thread: Thread, context: number): 'leaf' | null {
  const { memory } = process;
  const stackPointer = memory.u64(contextRegister(context, RSP));
  const pending = thread.pending.find((one) => one.callbackStackPointer === stackPointer);
  if (pending === undefined || pending.completion === 'thread-end') return null;
  if (pending.completion === 'transfer') {
    // An exception's handler: below it lies what the exception interrupted.
    if (pending.context === 0) return null;
    memory.write(context, memory.read(pending.context, CONTEXT_BYTES));
    return 'leaf';
  }
  memory.setU64(context + CONTEXT_RIP, pending.returnPc);
  memory.setU64(contextRegister(context, RSP), pending.stackPointer);
  return 'leaf';
}
