// @table
/** Threads, and what belongs to each of them: TLS, FLS. */

import type { HandleObject } from '@bareheap/platform-win';
import { loadRegisters, saveRegisters } from '../../register-image.ts';
import type { Call } from '../call.ts';
import { callStep, type Steps, TRANSFERRED } from '../call-steps.ts';
import { setErrno } from '../crt/crt-errno.ts';
import { loadContext, saveContext } from '../exception/context-record.ts';
import { PROCESS_ID, TEB, TLS_SLOTS } from '../process/environment-block.ts';
import { ProcessObject, ThreadObject } from '../process/kernel-object.ts';
import type { Thread } from '../process/thread.ts';
import {
  ERROR_ACCESS_DENIED,
  ERROR_GEN_FAILURE,
  ERROR_INVALID_HANDLE,
  ERROR_INVALID_PARAMETER,
  ERROR_NOT_ENOUGH_MEMORY,
} from '../process/windows-error.ts';
import { DLL_THREAD_DETACH, startThread, tellModules } from '../startup.ts';
import { type FunctionRows, type SystemFunction, systemFunctions } from '../system-function.ts';

const CURRENT_THREAD = -2;
const CURRENT_PROCESS = -1;
const CREATE_SUSPENDED = 4;
const ERROR_NO_MORE_SLOTS = 259;
const NO_SLOT = 0xffff_ffff;
/** MAXIMUM_SUSPEND_COUNT */
const MOST_SUSPENDED = 127;
/** Calls that wait for a thread; Windows has as many as its memory has room for. */
const MOST_QUEUED = 65_536;
const ERROR_SIGNAL_REFUSED = 156;
const DUPLICATE_CLOSE_SOURCE = 1;
const DUPLICATE_SAME_ACCESS = 2;
const EAGAIN = 11;

function threadOf(c: Call, index: number): Thread | null {
  if (c.signedWord(index) === CURRENT_THREAD) return c.thread;
  const object = c.process.handles.get(c.word(index));
  return object instanceof ThreadObject ? object.thread : null;
}

/** A new thread's handle, or 0. */
function create(
  c: Call,
  parts: { start: number; argument: number; flags: number; stackBytes: number; idAt: number },
): number {
  const { process } = c;
  const reserve = process.modules[0]!.plan!.pe!.stackReserveBytes;
  const isReserve = (parts.flags & 0x1_0000) !== 0;
  const stackBytes = Math.max(isReserve ? parts.stackBytes : reserve, 0x1_0000);
  const thread = process.createThread(stackBytes, (one) =>
    startThread(process, one, parts.start, parts.argument),
  );
  if (thread === null) return 0;
  if ((parts.flags & CREATE_SUSPENDED) !== 0) thread.suspendCount = 1;
  if (parts.idAt !== 0) c.memory.setU32(parts.idAt, thread.id);
  return process.handles.open(new ThreadObject(thread));
}

/** _beginthread and _beginthreadex. */
function begin(
  c: Call,
  parts: { start: number; argument: number; flags: number; stackBytes: number; idAt: number },
  failed: number,
): number {
  const handle = create(c, parts);
  if (handle !== 0) return handle;
  setErrno(c.process, EAGAIN);
  return failed;
}

export function* exitThread(c: Call): Steps {
  const code = c.i32(0);
  yield* tellModules(c.process, DLL_THREAD_DETACH);
  c.process.endThread(c.thread, code);
  return TRANSFERRED;
}

function onThread(action: (c: Call, thread: Thread) => number, failed = 0): (c: Call) => number {
  return (c) => {
    const thread = threadOf(c, 0);
    return thread === null ? c.fail(ERROR_INVALID_HANDLE, failed) : action(c, thread);
  };
}

/** Does something while a thread that is suspended has its registers on the engine. */
function withRegisters(c: Call, thread: Thread, action: () => void): number {
  const { cpu } = c.process;
  // Of a thread that runs they mean nothing, and of one in a function they are the function's.
  if (thread === c.thread || thread.registers === null) return c.fail(ERROR_INVALID_HANDLE);
  const own = saveRegisters(cpu);
  loadRegisters(cpu, thread.registers);
  action();
  thread.registers = saveRegisters(cpu);
  loadRegisters(cpu, own);
  return 1;
}

function duplicated(c: Call, source: number): HandleObject | null {
  if (source === CURRENT_THREAD) return new ThreadObject(c.thread);
  if (source === CURRENT_PROCESS) return new ProcessObject();
  return c.process.handles.get(c.word(1));
}

function duplicate(c: Call): number {
  const source = c.signedWord(1);
  const object = duplicated(c, source);
  if (object === null) return c.fail(ERROR_INVALID_HANDLE);
  const access = (c.u32(6) & DUPLICATE_SAME_ACCESS) === 0 ? c.u32(4) : null;
  const handle = c.process.handles.open(object.duplicate?.(access) ?? object);
  if ((c.u32(6) & DUPLICATE_CLOSE_SOURCE) !== 0) c.process.handles.close(c.word(1));
  c.memory.setU64(c.word(3), handle);
  return 1;
}

function allocateSlot(c: Call): number {
  const { tlsSlots, threads } = c.process;
  const slot = Array.from({ length: TLS_SLOTS }, (_, n) => n).find((n) => tlsSlots[n] !== true);
  if (slot === undefined) return c.fail(ERROR_NO_MORE_SLOTS, NO_SLOT);
  tlsSlots[slot] = true;
  for (const { teb } of threads) c.memory.setU64(teb + TEB.tlsSlots + slot * 8, 0);
  return slot;
}

function freeSlot(c: Call): number {
  const slot = c.u32(0);
  if (c.process.tlsSlots[slot] !== true) return c.fail(ERROR_INVALID_PARAMETER);
  c.process.tlsSlots[slot] = false;
  c.process.slotCallbacks.delete(slot);
  return 1;
}

function slotValue(c: Call): number | bigint {
  if (c.u32(0) >= TLS_SLOTS) return c.fail(ERROR_INVALID_PARAMETER);
  c.lastError = 0;
  return c.memory.big(c.thread.teb + TEB.tlsSlots + c.u32(0) * 8);
}

function setSlot(c: Call): number {
  if (c.u32(0) >= TLS_SLOTS) return c.fail(ERROR_INVALID_PARAMETER);
  c.memory.setBig(c.thread.teb + TEB.tlsSlots + c.u32(0) * 8, c.big(1));
  return 1;
}

const SLOTS: FunctionRows = {
  'TlsAlloc(): u32': allocateSlot,
  'TlsFree(slot: u32): bool': freeSlot,
  'TlsGetValue(slot: u32): pointer': slotValue,
  'TlsSetValue(slot: u32, value: pointer): bool': setSlot,
  'FlsAlloc(callback: pointer): u32': (c) => {
    const slot = allocateSlot(c);
    if (slot !== NO_SLOT && c.word(0) !== 0) c.process.slotCallbacks.set(slot, c.word(0));
    return slot;
  },
  'FlsFree(slot: u32): bool': function* (c) {
    const callback = c.process.slotCallbacks.get(c.u32(0));
    const value = c.memory.u64(c.thread.teb + TEB.tlsSlots + c.u32(0) * 8);
    if (callback !== undefined && value !== 0) yield callStep(callback, value);
    return freeSlot(c);
  },
  'FlsGetValue(slot: u32): pointer': slotValue,
  'FlsSetValue(slot: u32, value: pointer): bool': setSlot,
};

function id(thread: Thread): number {
  return thread.id;
}

export const THREAD_FUNCTIONS: readonly SystemFunction[] = [
  ...systemFunctions('kernel', {
    ...SLOTS,
    'CreateThread(security: pointer, stack: u64, start: pointer, argument: pointer, flags: u32, id: pointer): handle':
      (c) => {
        const parts = {
          start: c.word(2),
          argument: c.word(3),
          flags: c.u32(4),
          stackBytes: c.word(1),
          idAt: c.word(5),
        };
        return create(c, parts) || c.fail(ERROR_NOT_ENOUGH_MEMORY);
      },
    'ExitThread(code: u32)': exitThread,
    'GetCurrentThread(): handle': () => CURRENT_THREAD,
    'GetCurrentThreadId(): u32': (c) => id(c.thread),
    'GetThreadId(thread: handle): u32': onThread((_c, thread) => id(thread)),
    'GetProcessIdOfThread(thread: handle): u32': () => PROCESS_ID,
    'GetExitCodeThread(thread: handle, to: pointer): bool': onThread((c, thread) => {
      c.memory.setU32(c.word(1), thread.exitCode);
      return 1;
    }),
    'TerminateThread(thread: handle, code: u32): bool': onThread((c, thread) => {
      c.process.endThread(thread, c.i32(1));
      return 1;
    }),
    'SuspendThread(thread: handle): u32': onThread((c, thread) => {
      if (thread.state === 'ended') return c.fail(ERROR_ACCESS_DENIED, NO_SLOT);
      if (thread.suspendCount >= MOST_SUSPENDED) return c.fail(ERROR_SIGNAL_REFUSED, NO_SLOT);
      thread.suspendCount++;
      if (thread === c.thread) c.process.yields = true;
      return thread.suspendCount - 1;
    }, NO_SLOT),
    'ResumeThread(thread: handle): u32': onThread((_c, thread) => {
      const before = thread.suspendCount;
      thread.suspendCount = Math.max(0, before - 1);
      return before;
    }, NO_SLOT),
    'GetThreadPriority(thread: handle): i32': () => 0,
    'SetThreadPriority(thread: handle, priority: i32): bool': () => 1,
    'SetThreadAffinityMask(thread: handle, mask: u64): u64': () => 1,
    'QueueUserAPC(routine: pointer, thread: handle, argument: u64): bool': (c) => {
      const thread = threadOf(c, 1);
      if (thread === null) return c.fail(ERROR_INVALID_HANDLE);
      if (thread.state === 'ended') return c.fail(ERROR_GEN_FAILURE);
      if (thread.queued.length >= MOST_QUEUED) return c.fail(ERROR_NOT_ENOUGH_MEMORY);
      thread.queued.push({ routine: c.word(0), argument: c.big(2) });
      return 1;
    },
    'GetThreadContext(thread: handle, context: pointer): bool': onThread((c, thread) =>
      withRegisters(c, thread, () => {
        saveContext(c.memory, c.process.registers, c.word(1), c.process.cpu.pc);
      }),
    ),
    'SetThreadContext(thread: handle, context: pointer): bool': onThread((c, thread) =>
      withRegisters(c, thread, () => {
        loadContext(c.memory, c.process.registers, c.word(1));
      }),
    ),
    'SetThreadDescription(thread: handle, name: wide): status': () => 0,
    'SwitchToThread(): bool': (c) => {
      c.process.yields = true;
      return 1;
    },
    'DuplicateHandle(from: handle, handle: handle, to: handle, result: pointer, access: u32, inherit: bool, options: u32): bool':
      duplicate,
  }),
  ...systemFunctions('crt', {
    '_beginthreadex(security: pointer, stack: u32, start: pointer, argument: pointer, flags: u32, id: pointer): handle':
      (c) => {
        const flags = c.u32(4);
        const parts = { start: c.word(2), argument: c.word(3), flags, stackBytes: c.u32(1) };
        return begin(c, { ...parts, idAt: c.word(5) }, 0);
      },
    '_beginthread(start: pointer, stack: u32, argument: pointer): handle': (c) => {
      const parts = { start: c.word(0), argument: c.word(2), flags: 0, stackBytes: c.u32(1) };
      return begin(c, { ...parts, idAt: 0 }, -1);
    },
    '_endthreadex(code: u32)': exitThread,
    '_endthread()': exitThread,
  }),
];
