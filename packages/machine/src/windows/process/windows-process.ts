/** One Windows process: what its threads share. */
import type { Cpu } from '@bareheap/cpu';
import type { Mmu } from '@bareheap/mmu';
import type { WinHandles, WinProcess } from '@bareheap/platform-win';
import type { HostPort } from '../../host-port.ts';
import type { Steps } from '../call-steps.ts';
import { CrtState } from '../crt/crt-state.ts';
import { DynamicTables } from '../exception/dynamic-tables.ts';
import type { GateTable } from '../module/gate-table.ts';
import type { LoadedModule, ModuleLoader } from '../module/loaded-module.ts';
import type { WindowsOptions } from '../windows-options.ts';
import type { AddressSpace } from './address-space.ts';
import { makeThreadBlocks, releaseThreadBlocks } from './environment-block.ts';
import { FileStore } from './file-store.ts';
import { FileObject, type NamedObject } from './kernel-object.ts';
import type { MappedFile } from './mapped-file.ts';
import type { ProcessHeaps } from './process-heaps.ts';
import type { ProcessMemory } from './process-memory.ts';
import { Registers } from './registers.ts';
import { Thread } from './thread.ts';

/** How a process ended. */
export type ProcessEnd =
  | { readonly kind: 'exit'; readonly code: number }
  /** Nobody handled an exception. */
  | {
      readonly kind: 'exception';
      readonly code: number;
      readonly address: number;
      readonly information: readonly number[];
    }
  /** A function that is not there was called. */
  | { readonly kind: 'missing'; readonly what: string; readonly caller: number };

export interface ProcessParts {
  readonly options: WindowsOptions;
  readonly host: HostPort;
  readonly mmu: Mmu;
  readonly memory: ProcessMemory;
  readonly space: AddressSpace;
  readonly cpu: Cpu;
  readonly gates: GateTable;
  readonly heaps: ProcessHeaps;
  readonly standardHandles: readonly [number, number, number];
  /** Its memory, heaps and handles. */
  readonly win: WinProcess;
}

/** Units of 100 ns from 1601 to the time that runs begin at: 2024-01-01. */
const EPOCH = 133_485_408_000_000_000n;
/** Characters of a variable as documented, its name and its ends included; and of all, here. */
const MOST_VARIABLE_UNITS = 32_767;
const MOST_ENVIRONMENT_UNITS = 1 << 22;
const FIRST_THREAD = 0x24;
const THREAD_ID_STEP = 4;

export class WindowsProcess {
  readonly options: WindowsOptions;
  readonly host: HostPort;
  readonly mmu: Mmu;
  readonly memory: ProcessMemory;
  readonly space: AddressSpace;
  readonly cpu: Cpu;
  readonly registers: Registers;
  readonly gates: GateTable;
  readonly heaps: ProcessHeaps;
  readonly win: WinProcess;
  readonly handles: WinHandles;
  readonly standardHandles: [number, number, number];
  readonly files: FileStore;
  readonly threads: Thread[] = [];
  /** In the order in which they were initialised; the program itself is the first. */
  readonly modules: LoadedModule[] = [];
  /** Address of the PEB. */
  peb = 0;
  commandLine = '';
  directory = 'C:\\';
  /** By name in capitals: the name as it is spelt, and the value. */
  readonly environment: Map<string, readonly [name: string, value: string]> = new Map();
  /** Handles of vectored handlers, in the order in which they are asked: see vectored-handlers.ts. */
  readonly vectoredHandlers: number[] = [];
  readonly vectoredContinueHandlers: number[] = [];
  /** Unwind information of code that the program made. */
  readonly dynamicTables: DynamicTables = new DynamicTables();
  unhandledFilter = 0;
  /** Who waits at condition variables, in the order of arrival. */
  readonly sleepers: { readonly variable: number; isAwake: boolean }[] = [];
  /** TLS slots in use; the first is the system's: some programs take a 0 for no slot at all. */
  readonly tlsSlots: boolean[] = [true];
  /** What was made under a name. */
  readonly namedObjects: Map<string, NamedObject> = new Map<string, NamedObject>();
  /** Callbacks of fiber-local slots. */
  readonly slotCallbacks: Map<number, number> = new Map<number, number>();
  /** Bytes of files that sections show, by the number of their file. */
  readonly mappedFiles: Map<number, MappedFile> = new Map<number, MappedFile>();
  /** What SetErrorMode was told: nothing here asks anybody. */
  errorMode = 0;
  /** Code pages of the console, which takes bytes as they are. */
  readonly consolePages: { input: number; output: number } = { input: 437, output: 437 };
  running: Thread | null = null;
  /** Set by a function that gives the rest of its thread's turn away. */
  yields = false;
  readonly crt: CrtState;
  loader: ModuleLoader | null = null;
  end: ProcessEnd | null = null;
  /** Raised by a function instead of returning. */
  raising: {
    readonly code: number;
    readonly flags: number;
    readonly information: readonly number[];
  } | null = null;
  /** Calls of system functions that told of an error, so far. */
  failures = 0;
  /** Characters of all variables. */
  private environmentUnits = 0;
  /** Nanoseconds by which waiting threads moved time on. */
  private skippedNs = 0;
  private nextThreadId = FIRST_THREAD;
  private randomState: number;

  constructor(parts: ProcessParts) {
    this.options = parts.options;
    this.host = parts.host;
    this.mmu = parts.mmu;
    this.memory = parts.memory;
    this.space = parts.space;
    this.cpu = parts.cpu;
    this.registers = new Registers(parts.cpu);
    this.gates = parts.gates;
    this.heaps = parts.heaps;
    this.win = parts.win;
    this.handles = parts.win.handles;
    this.standardHandles = [...parts.standardHandles];
    const { tree = null, memoryBytes } = parts.options;
    this.files = new FileStore(tree, memoryBytes, () => this.fileTime);
    this.crt = new CrtState(parts.space, parts.memory);
    this.randomState = parts.options.seed | 1;
    for (const entry of parts.options.environment) {
      const at = entry.indexOf('=', 1);
      if (at > 0) this.setEnvironment(entry.slice(0, at), entry.slice(at + 1));
    }
  }

  /** Virtual time since the start in nanoseconds: one for each instruction. */
  get now(): number {
    return this.cpu.instructionCount + this.skippedNs;
  }

  /** Units of 100 ns since 1601, as FILETIME has them. */
  get fileTime(): bigint {
    return EPOCH + BigInt(Math.floor(this.now / 100));
  }

  skipTo(time: number): void {
    this.skippedNs += Math.max(0, time - this.now);
  }

  /** The next number of the run's randomness, 32 bits. */
  random(): number {
    let state = this.randomState;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.randomState = state;
    return state >>> 0;
  }

  /** Sets a variable, or removes it when the value is null; false when it or all are too long. */
  setEnvironment(name: string, value: string | null): boolean {
    const key = name.toUpperCase();
    const before = this.environment.get(key);
    const without = this.environmentUnits - (before === undefined ? 0 : entryUnits(...before));
    const units = value === null ? 0 : entryUnits(name, value);
    if (units > MOST_VARIABLE_UNITS || without + units > MOST_ENVIRONMENT_UNITS) return false;
    this.environmentUnits = without + units;
    if (value === null) this.environment.delete(key);
    else this.environment.set(key, [name, value]);
    return true;
  }

  /** Makes a thread that begins with `steps`; null when there is no memory. */
  createThread(stackBytes: number, steps: (thread: Thread) => Steps): Thread | null {
    const id = this.nextThreadId;
    this.nextThreadId += THREAD_ID_STEP;
    const { space, memory, peb } = this;
    const blocks = makeThreadBlocks(space, memory, { id, peb, stackBytes });
    if (blocks === null) return null;
    const thread = new Thread({ id, ...blocks });
    thread.firstSteps = steps(thread);
    this.threads.push(thread);
    return thread;
  }

  /** Ends a thread, which gives back its stack and its TEB; the last one ends the process. */
  endThread(thread: Thread, code: number): void {
    if (thread.state !== 'ended') releaseThreadBlocks(this.space, thread);
    thread.state = 'ended';
    if (thread !== this.running) this.forgetThread(thread);
    thread.exitCode = code >>> 0;
    thread.pending.length = 0;
    if (this.threads.every(({ state }) => state === 'ended')) this.exit(code);
  }

  /** Takes a thread that has ended out of the turns. */
  forgetThread(thread: Thread): void {
    const at = this.threads.indexOf(thread);
    if (at >= 0) this.threads.splice(at, 1);
  }

  exit(code: number): void {
    this.end ??= { kind: 'exit', code: code >>> 0 };
  }

  moduleAt(address: number): LoadedModule | null {
    return (
      this.modules.find(({ base, sizeBytes }) => address >= base && address < base + sizeBytes) ??
      null
    );
  }

  /** The module whose handle, its base, it is; 0 is the program's. */
  moduleByHandle(handle: number): LoadedModule | null {
    if (handle === 0) return this.modules[0] ?? null;
    return this.modules.find(({ base }) => base === handle) ?? null;
  }

  moduleByName(name: string): LoadedModule | null {
    const small = name.toLowerCase().replace(/^.*[\\/]/, '');
    const wanted = small.includes('.') ? small : `${small}.dll`;
    return this.modules.find((module) => module.name === wanted) ?? null;
  }

  /** The file behind a handle; null when it is none's. */
  file(handle: number): FileObject | null {
    const object = this.handles.get(handle);
    return object instanceof FileObject ? object : null;
  }
}

/** Characters of `name=value` with its end. */
function entryUnits(name: string, value: string): number {
  return name.length + value.length + 2;
}
