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
import {
  CONTEXT_RIP,
  contextRegister,
  contextStack,
  contextXmm,
  copyWord,
  restoreRegister,
} from './context-record.ts';
import { isInEpilog, leaveEpilog } from './epilog.ts';
import type { RuntimeFunction } from './runtime-function.ts';

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

/** What is to be unwound. */
export interface UnwindRequest {
  /** HANDLER_OF_EXCEPTIONS or HANDLER_OF_UNWINDS. */
  readonly kind: number;
  readonly entry: RuntimeFunction;
  /** Address of the CONTEXT, which becomes the caller's. */
  readonly context: number;
  /** Where the function stands. */
  readonly pc: number;
  /** KNONVOLATILE_CONTEXT_POINTERS, told where registers were found; 0 without one. */
  readonly pointers: number;
}

/** Unwinds one frame; null when its unwind information is none. */
export function virtualUnwind(memory: ProcessMemory, asked: UnwindRequest): UnwoundFrame | null {
  const { kind, entry, context, pc, pointers } = asked;
  const info = readInfo(memory, entry.imageBase + entry.unwind);
  if (info === null) return null;
  const offset = pc - entry.imageBase - entry.begin;
  const isInProlog = offset >= 0 && offset < info.prologBytes;
  const done = isInProlog ? offset : Number.POSITIVE_INFINITY;
  const establisher = establisherOf(memory, info, context, done);
  // Without a prolog there is no epilog either.
  const hasEpilog = info.operations.length > 0;
  if (!isInProlog && hasEpilog && isInEpilog(memory, pc, entry, info)) {
    leaveEpilog(memory, pc, context, pointers);
    return { handler: 0, handlerData: 0, establisher };
  }
  const last = undo(memory, { entry, info, context, done, establisher, pointers });
  if (last === null) return null;
  if (!last.isMachineFrame) unwindLeaf(memory, context);
  const { part, at } = last;
  const hasHandler = part.handlerRva !== 0 && (part.flags & kind) !== 0;
  if (!hasHandler || isInProlog) return { handler: 0, handlerData: 0, establisher };
  return {
    handler: entry.imageBase + part.handlerRva,
    handlerData: at + part.handlerDataOffset,
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
  done: number,
): number {
  const setter = info.operations.find(({ kind }) => kind === 'set-frame');
  const isSet = info.frameRegister !== 0 && (setter === undefined || done >= setter.offset);
  if (!isSet) return memory.u64(contextStack(context));
  return memory.u64(contextRegister(context, info.frameRegister)) - info.frameOffset;
}

interface Prolog {
  readonly entry: RuntimeFunction;
  readonly info: UnwindInfo;
  readonly context: number;
  /** Operations up to this offset were done. */
  readonly done: number;
  readonly establisher: number;
  readonly pointers: number;
}

/** The last of the parts that a function is chained to, which has the handler. */
interface LastPart {
  readonly part: UnwindInfo;
  /** Address of its information. */
  readonly at: number;
  readonly isMachineFrame: boolean;
}

/** Undoes what the prolog did so far, and those of the parts that this one is chained to. */
function undo(memory: ProcessMemory, prolog: Prolog): LastPart | null {
  let part = prolog.info;
  let at = prolog.entry.imageBase + prolog.entry.unwind;
  let { done } = prolog;
  for (let depth = 0; depth < CHAIN_LIMIT; depth++) {
    for (const operation of part.operations) {
      if (operation.offset > done) continue;
      if (undoOne(memory, operation, part, prolog)) return { part, at, isMachineFrame: true };
    }
    if (part.chained === null) return { part, at, isMachineFrame: false };
    at = prolog.entry.imageBase + part.chained[2];
    const next = readInfo(memory, at);
    if (next === null) return null;
    part = next;
    done = Number.POSITIVE_INFINITY;
  }
  return null;
}

/** True for a machine frame, which has the stack pointer and the return address itself. */
function undoOne(
  memory: ProcessMemory,
  operation: UnwindOperation,
  info: UnwindInfo,
  { context, establisher, pointers }: Prolog,
): boolean {
  const stackPlace = contextStack(context);
  const stack = memory.u64(stackPlace);
  switch (operation.kind) {
    case 'push':
      restoreRegister(memory, { context, pointers }, operation.register, stack);
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
    case 'save': {
      const from = establisher + operation.at;
      restoreRegister(memory, { context, pointers }, operation.register, from);
      return false;
    }
    case 'save-xmm': {
      const place = contextXmm(context, operation.register);
      const from = establisher + operation.at;
      copyWord(memory, place, from);
      copyWord(memory, place + 8, from + 8);
      if (pointers !== 0) memory.setU64(pointers + operation.register * 8, from);
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
