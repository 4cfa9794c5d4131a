/**
 * Catches the program's heap calls at its symbols. Observed calls run in the guest untouched and
 * are noted when they return; served ones are answered by an allocator of ours that lives in the
 * guest's heap region. The outermost function of a call counts: `malloc` that calls `_malloc_r` is
 * one call.
 */
import { type DebugFinding, type Heap, isWatchful } from '@bareheap/core';
import type { Cpu } from '@bareheap/cpu';
import type { SymbolTable } from '@bareheap/image';
import type { Finding, HeapArgument, HeapCall, Moment } from '@bareheap/inspect';
import type { Mmu } from '@bareheap/mmu';
import type { BreakWatch } from './break-watch.ts';
import { type CallConvention, loadAddress, storeAddress } from './call-convention.ts';
import { damageFindings } from './damage.ts';
import { ENOMEM } from './guest-errno.ts';
import {
  type HeapAction,
  type HeapFunction,
  heapFunction,
  isLoadersHeap,
} from './heap-functions.ts';
import type { HeapLedger, LedgerBlock } from './heap-ledger.ts';
import { blockInfo, misuseFinding } from './misuse.ts';

export interface HeapWatchParts {
  readonly cpu: Cpu;
  readonly mmu: Mmu;
  readonly convention: CallConvention;
  /** The calls that led to the function that begins now, its caller first. */
  readonly callers: (returnTo: number) => Moment;
  /** Instructions retired so far, as moments have them. */
  readonly instructions: () => number;
  readonly onCall: ((call: HeapCall) => void) | null;
  readonly onFinding: (finding: Finding) => void;
  /** Gives the heap that serves the calls, made at the first; null: the guest's own does. */
  readonly heap: (() => Heap) | null;
  /** Told the error number of a served call that found no room; its caller goes on next. */
  readonly setErrno: (value: number) => void;
  /** Watches where heap and stack meet; null where they cannot. */
  readonly breaks: BreakWatch | null;
  /** Books of the blocks. */
  readonly ledger: HeapLedger;
  /** Whose activity runs now: calls of a thread or handler return in it. */
  readonly context: () => number;
  /** Whether a call of `free` is one of the guest's heap itself, which has the block free already. */
  readonly isInternal?: (call: Moment) => boolean;
  /** Where a heap of ours serves what the program's own functions ask the system for. */
  readonly below?: ServedBelow;
}

/** A heap of ours behind the system's functions: the program's own calls come to it in the end. */
export interface ServedBelow {
  /** Its work since it was asked the last time, in steps. */
  takeSteps(): number;
  /** What it found wrong with its bytes since then. */
  takeFindings(): readonly DebugFinding[];
}

interface PendingCall {
  readonly name: string;
  readonly row: HeapFunction;
  readonly args: readonly number[];
  readonly returnTo: number;
  readonly stackPointer: number;
  readonly context: number;
  readonly moment: Moment;
  /** The block that was live at the pointer when the call began. */
  readonly block: LedgerBlock | null;
}

/** Numbers of the arguments that a heap function may have. */
const ARGUMENTS = [0, 1, 2, 3];

/** A function that is watched. */
interface Entry {
  readonly name: string;
  readonly row: HeapFunction;
  /** Whether it is answered, where somebody serves, or looked at. */
  readonly isServed: boolean;
}

/** What answers 0 for want of room; posix_memalign returns its error instead. */
const SETS_ERRNO: ReadonlySet<HeapAction> = new Set<HeapAction>([
  'allocate',
  'zeroed',
  'reallocate',
]);

/** C++'s operator new in the forms that never answer null. */
const THROWS = /^_Zn[wa][jmy](?:St11align_val_t)?$/;

const RETURNS_NOTHING: ReadonlySet<HeapAction> = new Set<HeapAction>(['free', 'destroy']);

const hex = (value: number): string => `0x${value.toString(16)}`;

/** Phases of a program as the report has them. */
export type HeapPhase = 'loader' | 'beforeMain' | 'main' | 'atExit';

/** Where a program passes from phase to phase; null: it has no such place, or none that is known. */
export interface PhaseMarks {
  /** Its first instruction, after the dynamic loader's work. */
  readonly entry: number | null;
  readonly main: number | null;
}

/** Whether a function's calls are answered where somebody serves, looked at, or left alone. */
export type WatchKind = 'served' | 'observed' | 'ignored';

/** Functions of one file that is mapped `base` bytes from where it was linked for. */
interface Module {
  readonly base: number;
  readonly entries: readonly number[];
}

export class HeapWatch {
  readonly ledger: HeapLedger;
  readonly phases: Record<HeapPhase, { allocations: number; bytes: number }> = {
    loader: { allocations: 0, bytes: 0 },
    beforeMain: { allocations: 0, bytes: 0 },
    main: { allocations: 0, bytes: 0 },
    atExit: { allocations: 0, bytes: 0 },
  };
  worst: { function: string; ordinal: number; cost: number } | null = null;
  private readonly parts: HeapWatchParts;
  private readonly entries = new Map<number, Entry>();
  private readonly names = new Set<string>();
  private readonly modules: Module[] = [];
  private readonly exits = new Set<number>();
  private readonly returns = new Set<number>();
  private readonly pending: PendingCall[] = [];
  private marks: PhaseMarks = { entry: null, main: null };
  private mainReturn = -1;
  private phase: HeapPhase = 'main';
  private calls = 0;

  constructor(parts: HeapWatchParts) {
    this.parts = parts;
    this.ledger = parts.ledger;
  }

  /** Names of the functions that were found in the program. */
  get functions(): readonly string[] {
    return [...this.names];
  }

  /** Whether it is known where the program's main function is. */
  get isMainKnown(): boolean {
    return this.marks.main !== null;
  }

  /** What the program is at. */
  get currentPhase(): HeapPhase {
    return this.phase;
  }

  /**
   * Watches the heap functions of a file that is mapped. Of two names at one address the last one
   * counts.
   *
   * @param base  bytes from the addresses that it was linked for to those where it is
   * @param how  how a function is watched where somebody serves, by name and address
   */
  addModule(
    symbols: SymbolTable,
    base = 0,
    how: (name: string, address: number) => WatchKind = () => 'served',
  ): void {
    const found: number[] = [];
    for (const symbol of symbols.all) {
      if (symbol.kind === 'object') continue;
      const row = heapFunction(symbol.name);
      if (row === null || (this.parts.heap !== null && isLoadersHeap(symbol.name))) continue;
      const address = symbol.address + base;
      const kind = how(symbol.name, address);
      if (kind === 'ignored') continue;
      this.entries.set(address, { name: symbol.name, row, isServed: kind === 'served' });
      this.names.add(symbol.name);
      found.push(address);
    }
    for (const address of found) this.parts.cpu.setBreakpoint(address);
    this.modules.push({ base, entries: found });
  }

  /** Watches a function of the system's, which answers its calls itself. */
  addFunction(address: number, name: string, row: HeapFunction): void {
    this.entries.set(address, { name, row, isServed: false });
    this.names.add(name);
    this.parts.cpu.setBreakpoint(address);
  }

  /** Whether the activity that runs is inside of a heap function. */
  get isInside(): boolean {
    const context = this.parts.context();
    return this.pending.some((call) => call.context === context);
  }

  /** Forgets the functions of a file that is unmapped. */
  removeModule(base: number): void {
    const at = this.modules.findIndex((module) => module.base === base);
    if (at < 0) return;
    const [module] = this.modules.splice(at, 1);
    for (const address of module!.entries) {
      this.entries.delete(address);
      this.parts.cpu.clearBreakpoint(address);
    }
  }

  /** Tells phases apart by where the program passes. Without a main all is its main phase. */
  setMarks(marks: PhaseMarks): void {
    this.marks = marks;
    const { entry, main } = marks;
    this.phase = firstPhase(marks);
    for (const mark of [entry, main]) if (mark !== null) this.parts.cpu.setBreakpoint(mark);
  }

  /** From this function on the program is at its end. */
  addExit(address: number): void {
    this.exits.add(address);
    this.parts.cpu.setBreakpoint(address);
  }

  /** The engine stopped at a breakpoint. */
  stopped(): void {
    const { pc } = this.parts.cpu;
    this.parts.breaks?.stopped(pc);
    if (this.returns.has(pc)) this.returned(pc);
    this.passed(pc);
    const entry = this.entries.get(pc);
    if (entry !== undefined) this.called(entry);
  }

  private passed(pc: number): void {
    const { entry, main } = this.marks;
    if (pc === main && this.mainReturn < 0) this.enterMain();
    else if (pc === this.mainReturn || this.exits.has(pc)) this.phase = 'atExit';
    else if (pc === entry && this.phase === 'loader') {
      this.phase = main === null ? 'main' : 'beforeMain';
    }
  }

  private enterMain(): void {
    const { cpu, convention } = this.parts;
    this.phase = 'main';
    this.mainReturn = convention.returnAddress();
    cpu.setBreakpoint(this.mainReturn);
  }

  private called({ name, row, isServed }: Entry): void {
    const { cpu, convention, heap } = this.parts;
    const sp = convention.callerStack();
    const context = this.parts.context();
    this.dropUnwound(sp, context);
    if (this.isInside) return;
    const returnTo = convention.returnAddress();
    const args = ARGUMENTS.map((number) => convention.argument(number));
    const call: PendingCall = {
      name,
      row,
      args,
      returnTo,
      stackPointer: sp,
      context,
      moment: this.parts.callers(returnTo),
      block: this.ledger.live.get(row.pointer === undefined ? 0 : (args[row.pointer] ?? 0)) ?? null,
    };
    this.parts.breaks?.checkStack(sp, returnTo, call.moment);
    if (heap !== null && isServed) {
      this.serve(call, heap());
      return;
    }
    if (row.action === 'free') this.bookFree(call);
    this.pending.push(call);
    if (this.returns.has(returnTo)) return;
    this.returns.add(returnTo);
    cpu.setBreakpoint(returnTo);
  }

  /** Calls that were left by longjmp or an exception: their frames are gone. */
  private dropUnwound(sp: number, context: number): void {
    for (let index = this.pending.length - 1; index >= 0; index--) {
      const call = this.pending[index]!;
      if (call.context === context && call.stackPointer < sp) this.pending.splice(index, 1);
    }
  }

  private returned(pc: number): void {
    const { instructions, convention } = this.parts;
    const sp = convention.stackPointer();
    const context = this.parts.context();
    const index = this.pending.findLastIndex(
      (call) => call.returnTo === pc && call.stackPointer === sp && call.context === context,
    );
    if (index < 0) return;
    const [call] = this.pending.splice(index, 1);
    const { below } = this.parts;
    if (below === undefined) {
      const cost = instructions() - call!.moment.instruction;
      this.note(call!, convention.result(), cost, null);
      return;
    }
    this.tellDamage(call!, below.takeFindings());
    this.note(call!, convention.result(), null, below.takeSteps());
  }

  /** Answers a call from our own heap and goes back to the caller. */
  private serve(call: PendingCall, heap: Heap): void {
    const { convention, setErrno } = this.parts;
    const misuse = this.misuseOf(call, heap);
    const result = this.answer(call, heap);
    this.checkServed(call, misuse);
    if (isWatchful(heap)) this.tellDamage(call, heap.takeFindings());
    if (call.row.action === 'free') this.bookFree(call);
    // The program's own function asks for the memory once more, and throws.
    if (result === 0 && THROWS.test(call.name)) return;
    convention.leave(call.returnTo, call.row.action === 'free' ? null : result);
    if (result === 0 && SETS_ERRNO.has(call.row.action)) setErrno(ENOMEM);
    this.note(call, result, null, heap.steps);
  }

  private tellDamage(call: PendingCall, found: readonly DebugFinding[]): void {
    if (found.length === 0) return;
    const { onFinding } = this.parts;
    for (const finding of damageFindings(found, this.ledger, call.returnTo, call.moment)) {
      onFinding(finding);
    }
  }

  /** Whether the heap knows no block in use at the pointer that it is given. */
  private misuseOf(call: PendingCall, heap: Heap): boolean {
    const { action } = call.row;
    const pointer = this.argument(call, call.row.pointer);
    if (pointer === 0 || (action !== 'free' && action !== 'reallocate')) return false;
    return heap.usableSize(pointer) === 0;
  }

  /**
   * A block that is live in the books and not in the heap: its header, which lies in guest memory,
   * was written over. The same for words of the heap that lead out of memory.
   */
  private checkServed(call: PendingCall, misuse: boolean): void {
    const { mmu, onFinding } = this.parts;
    const address = this.argument(call, call.row.pointer);
    const block = this.ledger.live.get(address);
    const isLost = misuse && block !== undefined;
    if (!isLost && !mmu.faulted) return;
    const what = isLost
      ? `block ${block.ordinal} at ${hex(address)} is live, but its header is not that of a block`
      : `the heap’s own words lead to ${hex(mmu.fault.address)}`;
    mmu.faulted = false;
    onFinding({
      kind: 'heap-corruption',
      address: isLost ? address : mmu.fault.address,
      pc: call.returnTo,
      stack: call.moment.stack,
      instruction: call.moment.instruction,
      ...(block === undefined ? {} : { block: blockInfo(block, address) }),
      message: `${call.name}: ${what}`,
    });
  }

  private answer(call: PendingCall, heap: Heap): number {
    const { row } = call;
    const size = this.sizeOf(call);
    const align = Math.max(this.parts.convention.blockAlign, this.argument(call, row.align));
    const pointer = this.argument(call, row.pointer);
    switch (row.action) {
      case 'allocate':
        return heap.allocate(Math.max(1, size), align);
      case 'zeroed':
        return heap.allocateZeroed(Math.max(1, size), align);
      case 'reallocate':
        if (pointer === 0) return heap.allocate(Math.max(1, size), align);
        return heap.reallocate(pointer, 0, align, Math.max(1, size));
      case 'free':
        if (pointer !== 0) heap.deallocate(pointer, 0, align);
        return 0;
      case 'usable-size':
        return heap.usableSize(pointer);
      case 'posix-memalign':
        return this.store(call, heap.allocate(Math.max(1, size), align));
      case 'destroy':
        throw new Error('heaps of the system are served behind its functions');
    }
  }

  private store(call: PendingCall, block: number): number {
    if (block === 0) return ENOMEM;
    const { mmu, convention } = this.parts;
    storeAddress(mmu, this.argument(call, call.row.out), convention.addressBytes, block);
    return 0;
  }

  private argument(call: PendingCall, number: number | undefined): number {
    return number === undefined ? 0 : (call.args[number] ?? 0);
  }

  private heapOf(call: PendingCall): number {
    return this.argument(call, call.row.heap);
  }

  private sizeOf(call: PendingCall): number {
    const size = this.argument(call, call.row.size);
    return call.row.count === undefined ? size : size * this.argument(call, call.row.count);
  }

  // The books.

  private note(call: PendingCall, result: number, cost: number | null, steps: number | null): void {
    this.calls++;
    const worstCost = cost ?? steps ?? 0;
    if (this.worst === null || worstCost > this.worst.cost) {
      this.worst = { function: call.name, ordinal: this.calls, cost: worstCost };
    }
    const before = call.block;
    const allocation = this.book(call, result);
    const { onCall } = this.parts;
    if (onCall === null) return;
    const moved =
      call.row.action === 'reallocate' && before !== null && result !== 0
        ? {
            inPlace: before.address === result,
            copiedBytes: before.address === result ? 0 : Math.min(before.size, this.sizeOf(call)),
          }
        : undefined;
    onCall({
      ordinal: this.calls,
      function: call.name,
      args: argumentsOf(call.row, call.args),
      result: RETURNS_NOTHING.has(call.row.action) ? null : result,
      ...(call.row.action === 'usable-size' ? { resultKind: 'size' as const } : {}),
      stack: call.moment.stack,
      instruction: call.moment.instruction,
      cost,
      ...(moved === undefined ? {} : { moved }),
      ...(allocation === null ? {} : { allocation }),
    });
  }

  /** Enters a call into the ledger; the identity of the allocation it made or ended. */
  private book(call: PendingCall, result: number): number | null {
    switch (call.row.action) {
      case 'usable-size':
        return null;
      case 'destroy':
        if ((result === 0) === (call.row.zeroSucceeds === true)) {
          this.ledger.releasedHeap(this.heapOf(call), call.moment);
        }
        return null;
      case 'free':
        return call.block?.ordinal ?? null;
      case 'reallocate':
        return this.bookReallocation(call, result);
      case 'posix-memalign': {
        const { mmu, convention } = this.parts;
        const out = this.argument(call, call.row.out);
        const block = result === 0 ? loadAddress(mmu, out, convention.addressBytes) : 0;
        return this.bookAllocation(call, block);
      }
      default:
        return this.bookAllocation(call, result);
    }
  }

  /** Another thread may have got the old block's bytes by now, and a new block may be there. */
  private bookReallocation(call: PendingCall, result: number): number | null {
    const pointer = this.argument(call, call.row.pointer);
    if (pointer === 0) return this.bookAllocation(call, result);
    if (call.block === null) this.misused(call, pointer);
    const { modifies, flags } = call.row;
    if (modifies !== undefined && (this.argument(call, flags) & modifies) !== 0) return null;
    const size = this.sizeOf(call);
    if (result === 0 && size > 0) return this.bookAllocation(call, result);
    const { ledger } = this;
    if (call.block !== null && ledger.live.get(pointer) === call.block) {
      ledger.released(pointer, call.moment);
    }
    if (result !== 0) {
      ledger.reallocations++;
      return ledger.allocated(result, size, call.moment, this.heapOf(call));
    }
    // The libraries whose realloc to nothing answers null have freed the block.
    ledger.frees++;
    return call.block?.ordinal ?? null;
  }

  private bookAllocation(call: PendingCall, result: number): number | null {
    return this.bookBlock(result, this.sizeOf(call), call.moment, this.heapOf(call));
  }

  /** The identity of a new block; null where there is none, which of no bytes is no failure. */
  private bookBlock(address: number, size: number, moment: Moment, heap: number): number | null {
    const { ledger, phases, phase } = this;
    if (address === 0) {
      if (size > 0) ledger.failures++;
      return null;
    }
    ledger.allocations++;
    phases[phase].allocations++;
    phases[phase].bytes += size;
    return ledger.allocated(address, size, moment, heap);
  }

  /** Notes a block that a function of the system's gave the program, as strdup does. */
  noteGiven(name: string, address: number, size: number, moment: Moment): void {
    this.calls++;
    const allocation = this.bookBlock(address, size, moment, 0);
    this.parts.onCall?.({
      ordinal: this.calls,
      function: name,
      args: [],
      result: address,
      stack: moment.stack,
      instruction: moment.instruction,
      cost: null,
      ...(allocation === null ? {} : { allocation }),
    });
  }

  /** Notes the end of such a block, where a function of its own ends it. */
  noteTaken(address: number, moment: Moment): void {
    if (this.ledger.released(address, moment) !== null) this.ledger.frees++;
  }

  /** As the call begins: before it returns, another thread may have the block's bytes again. */
  private bookFree(call: PendingCall): void {
    const pointer = this.argument(call, call.row.pointer);
    if (pointer === 0) return;
    if (this.isOtherHeap(call)) {
      this.mismatched(call, pointer);
      return;
    }
    const isLive = this.ledger.live.has(pointer);
    if (!isLive && this.parts.isInternal?.(call.moment) === true) return;
    this.ledger.frees++;
    if (isLive) this.ledger.released(pointer, call.moment);
    else this.misused(call, pointer);
  }

  /** Whether a call names another heap than the one that the block is from. */
  private isOtherHeap({ row, args, block }: PendingCall): boolean {
    return row.heap !== undefined && (block?.heap ?? 0) !== 0 && block!.heap !== args[row.heap];
  }

  /** Such a call frees nothing. */
  private mismatched(call: PendingCall, pointer: number): void {
    const { name, returnTo, moment, block } = call;
    const whose = `heap ${hex(this.heapOf(call))} has no block ${hex(pointer)}`;
    this.parts.onFinding({
      kind: 'mismatched-free',
      address: pointer,
      pc: returnTo,
      instruction: moment.instruction,
      stack: moment.stack,
      block: blockInfo(block!, pointer),
      message: `${name}: ${whose}, it is of heap ${hex(block!.heap)}`,
    });
  }

  private misused(call: PendingCall, pointer: number): void {
    const { name, returnTo, moment } = call;
    this.parts.onFinding(misuseFinding(this.ledger, name, pointer, returnTo, moment));
  }
}

function firstPhase({ entry, main }: PhaseMarks): HeapPhase {
  if (entry !== null) return 'loader';
  return main === null ? 'main' : 'beforeMain';
}

function argumentsOf(row: HeapFunction, values: readonly number[]): HeapArgument[] {
  const numbered: [number | undefined, HeapArgument['kind']][] = [
    [row.heap, 'address'],
    [row.flags, 'flags'],
    [row.out, 'address'],
    [row.pointer, 'address'],
    [row.oldSize, 'size'],
    [row.count, 'count'],
    [row.size, 'size'],
    [row.align, 'alignment'],
  ];
  return numbered
    .filter(([number]) => number !== undefined)
    .sort(([a], [b]) => a! - b!)
    .map(([number, kind]) => ({ kind, value: values[number!]! }));
}
