/**
 * The heap calls of a Windows program: functions of the system at their addresses, and those of the
 * program and its libraries by their symbols. What the program's own functions do in the end is ask
 * the system, so a heap of ours serves behind the system's functions; only an allocator that the
 * program brings itself is answered at its own.
 */
import type { BlockInfo, Finding, HeapCall, HeapReport, Moment } from '@bareheap/inspect';
import { PAGE_BYTES } from '@bareheap/mmu';
import { microsoftConvention } from '../../heap/call-convention.ts';
import { sweepFindings } from '../../heap/damage.ts';
import { heapFigures } from '../../heap/heap-figures.ts';
import { HeapLedger } from '../../heap/heap-ledger.ts';
import { HeapWatch } from '../../heap/heap-watch.ts';
import { blockInfo } from '../../heap/misuse.ts';
import type { Moments } from '../explain/moments.ts';
import type { LoadedModule } from '../module/loaded-module.ts';
import type { Thread } from '../process/thread.ts';
import type { WindowsProcess } from '../process/windows-process.ts';
import type { HeapDamage, ServedBlocks } from './served-blocks.ts';
import { WINDOWS_HEAP_FUNCTIONS } from './windows-heap-functions.ts';

/** Blocks this near to an address are named. */
const BLOCK_REACH = 64;
/** An allocator's own functions; what else allocates by name calls one of them. */
const ALLOCATORS: ReadonlySet<string> = new Set([
  'malloc',
  'calloc',
  'realloc',
  'reallocarray',
  'free',
  'memalign',
  'aligned_alloc',
  'posix_memalign',
  'malloc_usable_size',
]);
const EXITS: ReadonlySet<string> = new Set(['crt!exit', 'kernel!ExitProcess']);
/** The entry point and what it calls: main is one deeper. */
const START_UP_DEPTH = 2;
/** JMP through memory: a library's function under a name of the program's. */
const JUMP = [0xff, 0x25];

export interface WindowsHeapParts {
  readonly process: WindowsProcess;
  readonly moments: Moments;
  /** What serves; null: the system's own heap, observed. */
  readonly served: ServedBlocks | null;
  readonly onCall: ((call: HeapCall) => void) | null;
  readonly onFinding: (finding: Finding) => void;
}

export class WindowsHeap {
  private readonly parts: WindowsHeapParts;
  private readonly ledger = new HeapLedger();
  private readonly watch: HeapWatch;
  private readonly added = new Set<LoadedModule>();
  private readonly firstThread: Thread | undefined;
  private modulesSeen = 0;
  private gatesSeen = 0;

  /** The program and what it needs are mapped, and not one instruction was run. */
  constructor(parts: WindowsHeapParts) {
    this.parts = parts;
    const { process, moments, served, onCall, onFinding } = parts;
    [this.firstThread] = process.threads;
    const { cpu, mmu } = process;
    this.watch = new HeapWatch({
      cpu,
      mmu,
      convention: microsoftConvention(cpu, mmu),
      callers: () => moments.ofCallers(),
      instructions: () => cpu.instructionCount,
      onCall,
      onFinding,
      heap: served === null ? null : () => served.heap,
      // An allocator that sets errno at all keeps it where nobody else can know.
      setErrno: () => undefined,
      breaks: null,
      ledger: this.ledger,
      context: () => process.running?.id ?? 0,
      ...(served === null ? {} : { below: served }),
    });
    process.heaps.onGiven = (address, size) => this.given(address, size);
    process.heaps.onTaken = (address) => this.taken(address);
    if (served !== null) served.onDamage = (damage) => this.damaged(damage);
    this.look();
    this.markMain();
  }

  /** The engine stopped at a breakpoint. */
  stopped(): void {
    this.watch.stopped();
  }

  /** The process has ended: what a heap of ours that looks for damage finds in it. */
  finish(): void {
    const { process, served, onFinding } = this.parts;
    if (served === null) return;
    const { pc } = process.cpu;
    const found = sweepFindings(served.heap, this.ledger, pc, () => this.momentNow());
    for (const finding of found) onFinding(finding);
  }

  /** Looks for functions that are new: of libraries, and such as were asked for by name. */
  look(): void {
    const { modules, gates } = this.parts.process;
    while (this.gatesSeen + 1 < gates.count) this.addGate(++this.gatesSeen);
    if (modules.length === this.modulesSeen) return;
    this.modulesSeen = modules.length;
    for (const module of modules) this.addModule(module);
  }

  /** The block that an address is in or near, live or freed; null when none is known. */
  blockAt(address: number): BlockInfo | null {
    const block = this.ledger.near(address, BLOCK_REACH) ?? this.ledger.freedAt(address);
    return block === null ? null : blockInfo(block, address);
  }

  /** The figures so far. What lies between the system's own heap and its pages is not known: 0. */
  report(): HeapReport {
    const { process, served } = this.parts;
    const stats = served?.stats() ?? null;
    return {
      ...heapFigures(this.watch, served?.name ?? null),
      residentBytes: process.mmu.pages * PAGE_BYTES,
      overheadBytes: stats?.overheadBytes ?? 0,
      ...(stats === null ? {} : { largestFree: stats.largestFreeBytes }),
    };
  }

  private addGate(number: number): void {
    const { gates } = this.parts.process;
    const address = gates.addressAt(number);
    const { key, name } = gates.at(address)!;
    const row = key === null ? undefined : WINDOWS_HEAP_FUNCTIONS.get(key);
    if (row !== undefined) this.watch.addFunction(address, name, row);
    if (key !== null && EXITS.has(key)) this.watch.addExit(address);
  }

  private addModule(module: LoadedModule): void {
    if (module.plan === null || this.added.has(module)) return;
    this.added.add(module);
    this.watch.addModule(module.plan.symbols, module.bias, (name, address) => {
      // Where it jumps to is watched.
      if (this.isJump(address)) return 'ignored';
      return ALLOCATORS.has(name) ? 'served' : 'observed';
    });
  }

  private isJump(address: number): boolean {
    const bytes = new Uint8Array(JUMP.length);
    return this.parts.process.mmu.peek(address, bytes) && JUMP.every((b, n) => bytes[n] === b);
  }

  private markMain(): void {
    const [program] = this.parts.process.modules;
    const main = program?.plan?.symbols.byName('main') ?? null;
    if (main !== null) this.watch.setMarks({ entry: null, main: main.address + program!.bias });
    const { served } = this.parts;
    if (served !== null) served.isStartUp = () => this.isStartUp(main !== null);
  }

  /** Without a symbol for main it is told by how few calls lead to the request. */
  private isStartUp(isMainKnown: boolean): boolean {
    if (isMainKnown) return this.watch.currentPhase === 'beforeMain';
    const { running, cpu } = this.parts.process;
    return running === this.firstThread && cpu.shadowFrames().length <= START_UP_DEPTH;
  }

  /** A function of the system's has taken a block for the program. */
  private given(address: number, size: number): void {
    const name = this.functionNow();
    if (name === null || this.watch.isInside) return;
    this.watch.noteGiven(name, address, size, this.momentNow());
  }

  private taken(address: number): void {
    if (this.functionNow() === null || this.watch.isInside) return;
    this.watch.noteTaken(address, this.momentNow());
  }

  /** The function of the system that the program is in; null: the system acts by itself. */
  private functionNow(): string | null {
    const { gates, cpu } = this.parts.process;
    return gates.around(cpu.pc)?.name ?? null;
  }

  private momentNow(): Moment {
    return this.parts.moments.ofCallers();
  }

  private damaged({ address, what }: HeapDamage): void {
    const block = this.ledger.live.get(address) ?? this.ledger.freedAt(address);
    const moment = this.momentNow();
    this.parts.onFinding({
      kind: 'heap-corruption',
      address,
      pc: moment.stack[0]?.pc ?? address,
      instruction: moment.instruction,
      stack: moment.stack,
      ...(block === null ? {} : { block: blockInfo(block, address) }),
      message: `${this.functionNow() ?? 'the heap'}: block at 0x${address.toString(16)}: ${what}`,
    });
  }
}
