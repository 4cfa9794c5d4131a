/** How threads and the process begin and end: libraries and TLS callbacks are told. */
import { callStep, type Steps } from './call-steps.ts';
import type { LoadedModule } from './module/loaded-module.ts';
import { PEB, TEB } from './process/environment-block.ts';
import type { Thread } from './process/thread.ts';
import type { WindowsProcess } from './process/windows-process.ts';

export const DLL_PROCESS_DETACH = 0;
export const DLL_PROCESS_ATTACH = 1;
export const DLL_THREAD_ATTACH = 2;
export const DLL_THREAD_DETACH = 3;

type Calls = Generator<ReturnType<typeof callStep>, void, number>;

/** Most TLS callbacks of an image. */
const CALLBACK_LIMIT = 256;

/** The first thread: everything is initialised, then the program begins. */
export function* startProcess(process: WindowsProcess, thread: Thread): Steps {
  initialiseTls(process, thread);
  yield* tellModules(process, DLL_PROCESS_ATTACH);
  const program = process.modules[0]!;
  return yield callStep(program.entry, process.memory.u64(thread.teb + TEB.peb));
}

/** Any other thread: a function with its argument. */
export function* startThread(
  process: WindowsProcess,
  thread: Thread,
  start: number,
  argument: number,
): Steps {
  initialiseTls(process, thread);
  yield* tellModules(process, DLL_THREAD_ATTACH);
  const code = yield callStep(start, argument);
  yield* tellModules(process, DLL_THREAD_DETACH);
  return code;
}

/** Libraries that are loaded later: threads that run already get their data, too. */
export function* attachModules(process: WindowsProcess, modules: readonly LoadedModule[]): Calls {
  const begun = process.threads.filter(({ firstSteps }) => firstSteps === null);
  for (const module of modules) for (const thread of begun) giveTls(process, thread, module);
  for (const module of modules) yield* tellModule(process, module, DLL_PROCESS_ATTACH);
}

/** Libraries first, in the order in which they were loaded; the program's callbacks last. */
export function* tellModules(process: WindowsProcess, reason: number): Calls {
  const isEnd = reason === DLL_PROCESS_DETACH || reason === DLL_THREAD_DETACH;
  const [program, ...libraries] = process.modules;
  const order = [...libraries, program!];
  if (isEnd) order.reverse();
  for (const module of order) yield* tellModule(process, module, reason);
}

function* tellModule(process: WindowsProcess, module: LoadedModule, reason: number): Calls {
  for (const callback of tlsCallbacks(process, module)) {
    yield callStep(callback, module.base, reason, 0);
  }
  const isThread = reason === DLL_THREAD_ATTACH || reason === DLL_THREAD_DETACH;
  if (isThread && module.ignoresThreads === true) return;
  if (module.plan?.pe?.isLibrary === true && module.entry !== 0) {
    yield callStep(module.entry, module.base, reason, 1);
  }
}

function tlsCallbacks({ memory }: WindowsProcess, module: LoadedModule): number[] {
  const tls = module.plan?.pe?.tls ?? null;
  const callbacks: number[] = [];
  if (tls === null || tls.callbacksAddress === 0) return callbacks;
  for (let n = 0; n < CALLBACK_LIMIT; n++) {
    const callback = memory.u64(tls.callbacksAddress + module.bias + n * 8);
    if (callback === 0) break;
    callbacks.push(callback);
  }
  return callbacks;
}

function initialiseTls(process: WindowsProcess, thread: Thread): void {
  process.memory.setU64(process.peb + PEB.processHeap, process.heaps.handle);
  for (const module of process.modules) giveTls(process, thread, module);
}

/** Copies an image's thread-local data for a thread. */
function giveTls(process: WindowsProcess, thread: Thread, module: LoadedModule): void {
  const tls = module.plan?.pe?.tls ?? null;
  if (tls === null || module.tlsIndex < 0) return;
  const { memory, heaps } = process;
  const length = tls.templateEnd - tls.templateStart;
  const block = heaps.allocateOwn(length + tls.zeroBytes + 16);
  memory.write(block, memory.read(tls.templateStart + module.bias, length));
  memory.fill(block + length, 0, tls.zeroBytes);
  memory.setU32(tls.indexAddress + module.bias, module.tlsIndex);
  memory.setU64(memory.u64(thread.teb + TEB.tlsPointer) + module.tlsIndex * 8, block);
}
