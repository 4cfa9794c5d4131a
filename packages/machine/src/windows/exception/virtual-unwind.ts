/**
 * Takes a CONTEXT from a function's body to its caller, by the function's unwind information.
 *
 * @see Microsoft, "x64 exception handling", RtlVirtualUnwind
 */
import {
  decodeUnwindInfo,
  UNW_FLAG_EHANDLER,
  UNW_FLAG_UHANDLER,
  UNWIND_INFO_BYTES,
  type UnwindInfo,
  type UnwindOperation,
} from '@bareheap/image';
import type { ProcessMemory } from '../process/process-memory.ts';
import { RSP } from '../process/registers.ts';
import { CONTEXT_RIP, contextRegister, contextStack, contextXmm } from './context-record.ts';
import { isInEpilog, leaveEpilog } from './epilog.ts';
import type { RuntimeFunction } from './function-table.ts';

export const HANDLER_OF_EXCEPTIONS: number = UNW_FLAG_EHANDLER;
export const HANDLER_OF_UNWINDS: number = UNW_FLAG_UHANDLER;

/** Parts that a function may be split into, chained one to the next. */
const CHAIN_LIMIT = 32;

export interface UnwoundFrame {
  /** Address of the language's handler of the kind that was asked for; 0 without one. */
  readonly handler: number;
  /** Address of the handler's own data. */
  readonly handlerData: number;
  /** What identifies the frame: its stack pointer, or its frame register less its offset. */
  readonly establisher: number;
}

/** A leaf function has pushed nothing but its return address. */
export function unwindLeaf(memory: ProcessMemory, context: number): void {
  const stack = memory.u64(contextStack(context));
  memory.setU64(context + CONTEXT_RIP, memory.u64(stack));
  memory.setU64(contextStack(context), stack + 8);
}

/** Unwinds one frame in `context`; null when its unwind information is none. */
export function virtualUnwind(
  memory: ProcessMemory,
  kind: number,
  entry: RuntimeFunction,
  context: number,
): UnwoundFrame | null {
  const info = readInfo(memory, entry.imageBase + entry.unwind);
  if (info === null) return null;
  const offset = memory.u64(context + CONTEXT_RIP) - entry.imageBase - entry.begin;
  const establisher = establisherOf(memory, info, context, offset);
  if (offset >= info.prologBytes && isInEpilog(memory, context, entry, info)) {
    leaveEpilog(memory, context);
    return { handler: 0, handlerData: 0, establisher };
  }
  const isMachineFrame = undo(memory, { entry, info, context, offset, establisher });
  if (!isMachineFrame) unwindLeaf(memory, context);
  const hasHandler = info.handlerRva !== 0 && (info.flags & kind) !== 0;
  if (!hasHandler || offset < info.prologBytes) {
    return { handler: 0, handlerData: 0, establisher };
  }
  return {
    handler: entry.imageBase + info.handlerRva,
    handlerData: entry.imageBase + entry.unwind + info.handlerDataOffset,
    establisher,
  };
}

function readInfo(memory: ProcessMemory, address: number): UnwindInfo | null {
  const bytes = memory.read(address, UNWIND_INFO_BYTES);
  // The end of the section may come before that of the longest information there could be.
  memory.mmu.faulted = false;
  return decodeUnwindInfo(bytes);
}

function establisherOf(
  memory: ProcessMemory,
  info: UnwindInfo,
  context: number,
  offset: number,
): number {
  const setter = info.operations.find(({ kind }) => kind === 'set-frame');
  const isSet = info.frameRegister !== 0 && (setter === undefined || offset >= setter.offset);
  if (!isSet) return memory.u64(contextStack(context));
  return memory.u64(contextRegister(context, info.frameRegister)) - info.frameOffset;
}

interface Prolog {
  readonly entry: RuntimeFunction;
  readonly info: UnwindInfo;
  readonly context: number;
  readonly offset: number;
  readonly establisher: number;
}

/** Undoes what the prolog did so far, and those of the parts that this one is chained to. */
function undo(
  memory: ProcessMemory,
  { entry, info, context, offset, establisher }: Prolog,
): boolean {
  let part: UnwindInfo | null = info;
  let done = offset;
  for (let depth = 0; part !== null && depth < CHAIN_LIMIT; depth++) {
    for (const operation of part.operations) {
      if (operation.offset > done) continue;
      if (undoOne(memory, operation, part, context, establisher)) return true;
    }
    const chained: UnwindInfo['chained'] = part.chained;
    part = chained === null ? null : readInfo(memory, entry.imageBase + chained[2]);
    done = Number.POSITIVE_INFINITY;
  }
  return false;
}

/** True for a machine frame, which has the stack pointer and the return address itself. */
function undoOne(
  memory: ProcessMemory,
  operation: UnwindOperation,
  info: UnwindInfo,
  context: number,
  establisher: number,
): boolean {
  const stackPlace = contextStack(context);
  const stack = memory.u64(stackPlace);
  switch (operation.kind) {
    case 'push':
      copyWord(memory, contextRegister(context, operation.register), stack);
      if (operation.register !== RSP) memory.setU64(stackPlace, stack + 8);
      return false;
    case 'allocate':
      memory.setU64(stackPlace, stack + operation.bytes);
      return false;
    case 'set-frame': {
      const frame = memory.u64(contextRegister(context, info.frameRegister));
      memory.setU64(stackPlace, frame - info.frameOffset);
      return false;
    }
    case 'save':
      copyWord(memory, contextRegister(context, operation.register), establisher + operation.at);
      return false;
    case 'save-xmm': {
      const place = contextXmm(context, operation.register);
      copyWord(memory, place, establisher + operation.at);
      copyWord(memory, place + 8, establisher + operation.at + 8);
      return false;
    }
    case 'machine-frame': {
      const frame = stack + (operation.hasErrorCode ? 8 : 0);
      copyWord(memory, context + CONTEXT_RIP, frame);
      copyWord(memory, stackPlace, frame + 24);
      return true;
    }
  }
}

function copyWord(memory: ProcessMemory, to: number, from: number): void {
  memory.setHalves(to, memory.i32(from), memory.i32(from + 4));
}
