/** Waiting for kernel objects: any of them, or all at once. */
import type { Call } from '../call.ts';
import { type CallStep, callStep, type Steps } from '../call-steps.ts';
import { NS_PER_MS } from '../process/file-time.ts';
import type { WaitObject } from '../process/kernel-object.ts';
import type { Thread } from '../process/thread.ts';

export const WAIT_OBJECT_0 = 0;
const WAIT_ABANDONED_0 = 0x80;
export const WAIT_IO_COMPLETION = 192;
export const WAIT_TIMEOUT = 258;
export const WAIT_FAILED = 0xffff_ffff;
/** Milliseconds that never are over. */
export const INFINITE = 0xffff_ffff;

/** Virtual time in nanoseconds at which a wait of so many milliseconds is over. */
export function deadlineOf(c: Call, milliseconds: number): number {
  if (milliseconds === INFINITE) return Number.POSITIVE_INFINITY;
  return c.process.now + milliseconds * NS_PER_MS;
}

/** Waits until a condition holds; 0 when the time came first. */
export function* waitUntil(
  c: Call,
  until: () => boolean,
  milliseconds: number,
): Generator<{ kind: 'wait'; until: () => boolean; deadline: number }, number, number> {
  if (until()) return 1;
  if (milliseconds === 0) {
    c.process.yields = true;
    return 0;
  }
  const deadline = deadlineOf(c, milliseconds);
  for (;;) {
    const came = yield { kind: 'wait', until, deadline };
    // Another thread may have been quicker.
    if (until()) return 1;
    if (came === 0 || c.process.now >= deadline) return 0;
  }
}

/** Whether any of the objects is signalled for a thread, or all are. */
function areSignalled(objects: readonly WaitObject[], all: boolean, thread: Thread): boolean {
  const isSignalled = (object: WaitObject): boolean => object.isSignalled(thread);
  return all ? objects.every(isSignalled) : objects.some(isSignalled);
}

export function* waitFor(
  c: Call,
  objects: readonly WaitObject[],
  all: boolean,
  milliseconds: number,
): Steps {
  const { thread } = c;
  thread.waitsFor = objects;
  const came = yield* waitUntil(c, () => areSignalled(objects, all, thread), milliseconds);
  thread.waitsFor = [];
  if (came === 0) return WAIT_TIMEOUT;
  const index = all ? 0 : objects.findIndex((object) => object.isSignalled(thread));
  const taken = all ? objects : [objects[index]!];
  const isAbandoned = taken.some((object) => object.isAbandoned === true);
  for (const object of taken) object.acquire(thread);
  return (isAbandoned ? WAIT_ABANDONED_0 : WAIT_OBJECT_0) + index;
}

/** Does the calls that are queued to the thread: false when there are none. */
function* runQueued(c: Call): Generator<CallStep, boolean, number> {
  const { queued } = c.thread;
  if (queued.length === 0) return false;
  for (let one = queued.shift(); one !== undefined; one = queued.shift()) {
    yield callStep(one.routine, Number(BigInt.asUintN(64, one.argument)));
  }
  return true;
}

/** Waits for objects, or for time only, and does what is queued meanwhile. */
export function* waitAlertably(
  c: Call,
  objects: readonly WaitObject[],
  all: boolean,
  milliseconds: number,
): Steps {
  if (yield* runQueued(c)) return WAIT_IO_COMPLETION;
  const { thread } = c;
  const { queued } = thread;
  const isOver = (): boolean => objects.length > 0 && areSignalled(objects, all, thread);
  thread.waitsFor = objects;
  yield* waitUntil(c, () => queued.length > 0 || isOver(), milliseconds);
  thread.waitsFor = [];
  if (!isOver() && (yield* runQueued(c))) return WAIT_IO_COMPLETION;
  return yield* waitFor(c, objects, all, 0);
}
