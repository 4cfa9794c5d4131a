// @table
/** Critical sections, locks, condition variables, events and their kin, and waiting for them. */
import type { Call } from '../call.ts';
import { callStep, type Steps } from '../call-steps.ts';
import {
  EventObject,
  MutexObject,
  ProcessObject,
  SemaphoreObject,
  ThreadObject,
  type WaitObject,
} from '../process/kernel-object.ts';
import {
  ERROR_INVALID_HANDLE,
  ERROR_INVALID_PARAMETER,
  ERROR_TIMEOUT,
} from '../process/windows-error.ts';
import { type FunctionRows, type SystemFunction, systemFunctions } from '../system-function.ts';
import { openNamed, openObject } from './named-objects.ts';
import { TIMER_ROWS } from './timer-rows.ts';
import {
  INFINITE,
  WAIT_FAILED,
  WAIT_IO_COMPLETION,
  waitAlertably,
  waitFor,
  waitUntil,
} from './wait.ts';

const ERROR_NOT_OWNER = 288;
const ERROR_TOO_MANY_POSTS = 298;
const MOST_WAITS = 64;

/** CRITICAL_SECTION: lock count, recursion count, owner. */
const LOCK_COUNT = 8;
const RECURSION = 12;
const OWNER = 16;
const SECTION_BYTES = 40;

function initialise(c: Call): number {
  c.memory.fill(c.word(0), 0, SECTION_BYTES);
  // No debug information, as since Windows 8.
  c.memory.setU64(c.word(0), -1);
  c.memory.setU32(c.word(0) + LOCK_COUNT, -1);
  return 1;
}

function isFree(c: Call, section: number): boolean {
  const owner = c.memory.u64(section + OWNER);
  return owner === 0 || owner === c.thread.id;
}

function take(c: Call, section: number): void {
  c.memory.setU64(section + OWNER, c.thread.id);
  c.memory.setU32(section + RECURSION, c.memory.i32(section + RECURSION) + 1);
  c.memory.setU32(section + LOCK_COUNT, c.memory.i32(section + LOCK_COUNT) + 1);
}

function enter(c: Call): number | Steps {
  const section = c.word(0);
  if (!isFree(c, section)) return enterLater(c, section);
  take(c, section);
  return 0;
}

function* enterLater(c: Call, section: number): Steps {
  yield* waitUntil(c, () => isFree(c, section), INFINITE);
  take(c, section);
  return 0;
}

function leaveSection(c: Call, section: number): void {
  const recursion = c.memory.i32(section + RECURSION) - 1;
  c.memory.setU32(section + RECURSION, recursion);
  c.memory.setU32(section + LOCK_COUNT, c.memory.i32(section + LOCK_COUNT) - 1);
  if (recursion <= 0) c.memory.setU64(section + OWNER, 0);
}

function leave(c: Call): number {
  leaveSection(c, c.word(0));
  return 0;
}

const SECTIONS: FunctionRows = {
  'InitializeCriticalSection(section: pointer)': initialise,
  'InitializeCriticalSectionAndSpinCount(section: pointer, spins: u32): bool': initialise,
  'InitializeCriticalSectionEx(section: pointer, spins: u32, flags: u32): bool': initialise,
  'RtlInitializeCriticalSection(section: pointer): status': (c) => initialise(c) - 1,
  'DeleteCriticalSection(section: pointer)': (c) => {
    c.memory.fill(c.word(0), 0, SECTION_BYTES);
    return 0;
  },
  'EnterCriticalSection(section: pointer)': enter,
  'RtlEnterCriticalSection(section: pointer): status': enter,
  'TryEnterCriticalSection(section: pointer): bool': (c) => {
    if (!isFree(c, c.word(0))) return 0;
    take(c, c.word(0));
    return 1;
  },
  'LeaveCriticalSection(section: pointer)': leave,
  'RtlLeaveCriticalSection(section: pointer): status': leave,
};

/** SRWLOCK is a word: 0 is free, -1 taken alone, n taken by n that share it. */
function lockAlone(c: Call): boolean {
  if (c.memory.big(c.word(0)) !== 0n) return false;
  c.memory.setU64(c.word(0), -1);
  return true;
}

function lockShared(c: Call): boolean {
  const holders = c.memory.big(c.word(0));
  if (holders < 0n) return false;
  c.memory.setBig(c.word(0), holders + 1n);
  return true;
}

function* lock(c: Call, acquire: (c: Call) => boolean): Steps {
  while (!acquire(c)) {
    const before = c.memory.big(c.word(0));
    yield* waitUntil(c, () => c.memory.big(c.word(0)) !== before, INFINITE);
  }
  return 0;
}

function releaseShared(c: Call): number {
  c.memory.setBig(c.word(0), c.memory.big(c.word(0)) - 1n);
  return 0;
}

const LOCKS: FunctionRows = {
  'InitializeSRWLock(lock: pointer)': (c) => {
    c.memory.setU64(c.word(0), 0);
    return 0;
  },
  'AcquireSRWLockExclusive(lock: pointer)': (c) => lock(c, lockAlone),
  'AcquireSRWLockShared(lock: pointer)': (c) => lock(c, lockShared),
  'TryAcquireSRWLockExclusive(lock: pointer): bool': (c) => Number(lockAlone(c)),
  'TryAcquireSRWLockShared(lock: pointer): bool': (c) => Number(lockShared(c)),
  'ReleaseSRWLockExclusive(lock: pointer)': (c) => {
    c.memory.setU64(c.word(0), 0);
    return 0;
  },
  'ReleaseSRWLockShared(lock: pointer)': releaseShared,
  'InitializeConditionVariable(variable: pointer)': (c) => {
    c.memory.setU64(c.word(0), 0);
    return 0;
  },
  'SleepConditionVariableCS(variable: pointer, section: pointer, time: u32): bool': function* (c) {
    const section = c.word(1);
    leaveSection(c, section);
    const came = yield* sleepOn(c, c.u32(2));
    yield* waitUntil(c, () => isFree(c, section), INFINITE);
    take(c, section);
    return came === 0 ? c.fail(ERROR_TIMEOUT) : 1;
  },
  'SleepConditionVariableSRW(variable: pointer, lock: pointer, time: u32, flags: u32): bool':
    function* (c) {
      const at = c.word(1);
      const isShared = (c.u32(3) & 1) !== 0;
      c.memory.setBig(at, isShared ? c.memory.big(at) - 1n : 0n);
      const came = yield* sleepOn(c, c.u32(2));
      const free = (): boolean => (isShared ? c.memory.big(at) >= 0n : c.memory.big(at) === 0n);
      yield* waitUntil(c, free, INFINITE);
      c.memory.setBig(at, isShared ? c.memory.big(at) + 1n : -1n);
      return came === 0 ? c.fail(ERROR_TIMEOUT) : 1;
    },
  'WakeConditionVariable(variable: pointer)': (c) => wake(c, 1),
  'WakeAllConditionVariable(variable: pointer)': (c) => wake(c, Number.POSITIVE_INFINITY),
};

/** Waits at the variable of argument 0, in the order of arrival; 0 when the time came first. */
export function* sleepOn(c: Call, milliseconds: number): ReturnType<typeof waitUntil> {
  const { sleepers } = c.process;
  const place = { variable: c.word(0), isAwake: false };
  sleepers.push(place);
  const came = yield* waitUntil(c, () => place.isAwake, milliseconds);
  const at = sleepers.indexOf(place);
  if (at >= 0) sleepers.splice(at, 1);
  return came;
}

/** Wakes those who wait at the variable of argument 0, at most so many. */
export function wake(c: Call, count: number): number {
  const { sleepers } = c.process;
  let left = count;
  for (const place of sleepers) {
    if (left <= 0) break;
    if (place.variable !== c.word(0) || place.isAwake) continue;
    place.isAwake = true;
    left--;
  }
  return 0;
}

/** States of INIT_ONCE: 0 before, 1 while it is done; after, its context with this bit. */
const ONCE_DONE = 2n;
const ONCE_BITS = 3n;

function* once(c: Call): Steps {
  const { memory } = c;
  const [at, contextAt] = [c.word(0), c.word(3)];
  if (memory.u64(at) === 1) yield* waitUntil(c, () => memory.u64(at) !== 1, INFINITE);
  if (memory.u64(at) === 0) {
    memory.setU64(at, 1);
    const done = ((yield callStep(c.word(1), at, c.word(2), contextAt)) | 0) !== 0;
    const context = done && contextAt !== 0 ? memory.big(contextAt) : 0n;
    memory.setBig(at, done ? context | ONCE_DONE : 0n);
    return done ? 1 : 0;
  }
  if (contextAt !== 0) memory.setBig(contextAt, memory.big(at) & ~ONCE_BITS);
  return 1;
}

function objectAt(c: Call, handle: number, signed: number): WaitObject | null {
  if (signed === -1) return new ProcessObject();
  if (signed === -2) return new ThreadObject(c.thread);
  const object = c.process.handles.get(handle) as WaitObject | null;
  return object !== null && 'isSignalled' in object ? object : null;
}

function waitOne(c: Call, isAlertable: boolean): number | Steps {
  const object = objectAt(c, c.word(0), c.signedWord(0));
  if (object === null) return c.fail(ERROR_INVALID_HANDLE, WAIT_FAILED);
  const wait = isAlertable ? waitAlertably : waitFor;
  return wait(c, [object], false, c.u32(1));
}

function waitMany(c: Call, isAlertable: boolean): number | Steps {
  const count = c.u32(0);
  if (count === 0 || count > MOST_WAITS) return c.fail(ERROR_INVALID_PARAMETER, WAIT_FAILED);
  const objects: WaitObject[] = [];
  for (let n = 0; n < count; n++) {
    const object = objectAt(c, c.memory.u64(c.word(1) + n * 8), 0);
    if (object === null) return c.fail(ERROR_INVALID_HANDLE, WAIT_FAILED);
    objects.push(object);
  }
  const wait = isAlertable ? waitAlertably : waitFor;
  return wait(c, objects, c.i32(2) !== 0, c.u32(3));
}

function onEvent(signalled: boolean): (c: Call) => number {
  return (c) => {
    const event = c.process.handles.get(c.word(0));
    if (!(event instanceof EventObject)) return c.fail(ERROR_INVALID_HANDLE);
    event.signalled = signalled;
    return 1;
  };
}

function releaseSemaphore(c: Call): number {
  const semaphore = c.process.handles.get(c.word(0));
  if (!(semaphore instanceof SemaphoreObject)) return c.fail(ERROR_INVALID_HANDLE);
  const more = c.i32(1);
  if (more <= 0) return c.fail(ERROR_INVALID_PARAMETER);
  if (semaphore.count + more > semaphore.most) return c.fail(ERROR_TOO_MANY_POSTS);
  if (c.word(2) !== 0) c.memory.setU32(c.word(2), semaphore.count);
  semaphore.count += more;
  return 1;
}

function releaseMutex(c: Call): number {
  const mutex = c.process.handles.get(c.word(0));
  if (!(mutex instanceof MutexObject)) return c.fail(ERROR_INVALID_HANDLE);
  if (mutex.owner !== c.thread) return c.fail(ERROR_NOT_OWNER);
  mutex.depth--;
  if (mutex.depth === 0) mutex.owner = null;
  return 1;
}

function createMutex(c: Call, owned: boolean, name: string | null): number {
  const mutex = new MutexObject();
  if (owned) mutex.acquire(c.thread);
  return openObject(c, mutex, name);
}

function createEvent(c: Call, name: string | null): number {
  return openObject(c, new EventObject(c.i32(1) !== 0, c.i32(2) !== 0), name);
}

/** CREATE_EVENT_ and CREATE_MUTEX_ flags of the Ex functions. */
const EVENT_MANUAL = 1;
const EVENT_SIGNALLED = 2;
const MUTEX_OWNED = 1;

function createEventEx(c: Call, name: string | null): number {
  const flags = c.u32(2);
  const isManual = (flags & EVENT_MANUAL) !== 0;
  return openObject(c, new EventObject(isManual, (flags & EVENT_SIGNALLED) !== 0), name);
}

function createSemaphore(c: Call, name: string | null): number {
  const count = c.i32(1);
  const most = c.i32(2);
  if (most <= 0 || count < 0 || count > most) return c.fail(ERROR_INVALID_PARAMETER);
  return openObject(c, new SemaphoreObject(count, most), name);
}

function* sleep(c: Call): Steps {
  if (c.u32(0) === 0) c.process.yields = true;
  else yield* waitUntil(c, () => false, c.u32(0));
  return 0;
}

const OBJECTS: FunctionRows = {
  'CreateEventA(security: pointer, manual: bool, signalled: bool, name: text): handle': (c) =>
    createEvent(c, c.textOrNull(3)),
  'CreateEventW(security: pointer, manual: bool, signalled: bool, name: wide): handle': (c) =>
    createEvent(c, c.wideOrNull(3)),
  'CreateEventExA(security: pointer, name: text, flags: u32, access: u32): handle': (c) =>
    createEventEx(c, c.textOrNull(1)),
  'CreateEventExW(security: pointer, name: wide, flags: u32, access: u32): handle': (c) =>
    createEventEx(c, c.wideOrNull(1)),
  'OpenEventA(access: u32, inherit: bool, name: text): handle': (c) =>
    openNamed(c, 'event', c.textOrNull(2)),
  'OpenEventW(access: u32, inherit: bool, name: wide): handle': (c) =>
    openNamed(c, 'event', c.wideOrNull(2)),
  'CreateSemaphoreA(security: pointer, count: i32, most: i32, name: text): handle': (c) =>
    createSemaphore(c, c.textOrNull(3)),
  'CreateSemaphoreW(security: pointer, count: i32, most: i32, name: wide): handle': (c) =>
    createSemaphore(c, c.wideOrNull(3)),
  'CreateSemaphoreExW(security: pointer, count: i32, most: i32, name: wide, flags: u32, access: u32): handle':
    (c) => createSemaphore(c, c.wideOrNull(3)),
  'OpenSemaphoreA(access: u32, inherit: bool, name: text): handle': (c) =>
    openNamed(c, 'semaphore', c.textOrNull(2)),
  'OpenSemaphoreW(access: u32, inherit: bool, name: wide): handle': (c) =>
    openNamed(c, 'semaphore', c.wideOrNull(2)),
  'CreateMutexA(security: pointer, own: bool, name: text): handle': (c) =>
    createMutex(c, c.i32(1) !== 0, c.textOrNull(2)),
  'CreateMutexW(security: pointer, own: bool, name: wide): handle': (c) =>
    createMutex(c, c.i32(1) !== 0, c.wideOrNull(2)),
  'CreateMutexExW(security: pointer, name: wide, flags: u32, access: u32): handle': (c) =>
    createMutex(c, (c.u32(2) & MUTEX_OWNED) !== 0, c.wideOrNull(1)),
  'OpenMutexA(access: u32, inherit: bool, name: text): handle': (c) =>
    openNamed(c, 'mutex', c.textOrNull(2)),
  'OpenMutexW(access: u32, inherit: bool, name: wide): handle': (c) =>
    openNamed(c, 'mutex', c.wideOrNull(2)),
  'SetEvent(event: handle): bool': onEvent(true),
  'ResetEvent(event: handle): bool': onEvent(false),
  'ReleaseSemaphore(semaphore: handle, more: i32, before: pointer): bool': releaseSemaphore,
  'ReleaseMutex(mutex: handle): bool': releaseMutex,
  'WaitForSingleObject(object: handle, time: u32): u32': (c) => waitOne(c, false),
  'WaitForSingleObjectEx(object: handle, time: u32, alertable: bool): u32': (c) =>
    waitOne(c, c.i32(2) !== 0),
  'WaitForMultipleObjects(count: u32, objects: pointer, all: bool, time: u32): u32': (c) =>
    waitMany(c, false),
  'WaitForMultipleObjectsEx(count: u32, objects: pointer, all: bool, time: u32, alertable: bool): u32':
    (c) => waitMany(c, c.i32(4) !== 0),
};

export const SYNC_FUNCTIONS: readonly SystemFunction[] = systemFunctions('kernel', {
  ...SECTIONS,
  ...LOCKS,
  ...OBJECTS,
  ...TIMER_ROWS,
  'InitOnceExecuteOnce(once: pointer, function: pointer, argument: pointer, context: pointer): bool':
    once,
  'Sleep(time: u32)': sleep,
  'SleepEx(time: u32, alertable: bool): u32': function* (c) {
    if (c.i32(1) === 0) return yield* sleep(c);
    const outcome = yield* waitAlertably(c, [], false, c.u32(0));
    return outcome === WAIT_IO_COMPLETION ? outcome : 0;
  },
});
