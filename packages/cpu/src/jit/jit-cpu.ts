/**
 * The default engine: interprets cold translation blocks, compiles regions where the guest spends
 * its time, and moves between the two at block edges. Deterministic: what is compiled depends on
 * the instructions executed and nothing else, and no count or state depends on what is compiled.
 */
import { assert } from '../assert.ts';
import type { Cpu, ShadowFrame, StopReason, SystemPort } from '../cpu.ts';
import type { CpuMemory } from '../cpu-memory.ts';
import type { Value } from '../ir/operation.ts';
import type { AccessSize, Exit } from '../ir/statement.ts';
import type { Isa } from '../isa.ts';
import { ADDRESS_SHAPES, type AddressShape } from './address-shape.ts';
import { BlockCache } from './block-cache.ts';
import type { BlockEntry, CompiledRegion } from './block-entry.ts';
import type { BlockLibrary } from './block-library.ts';
import { CodePages } from './code-pages.ts';
import { CpuState } from './cpu-state.ts';
import { EVALUATED, Evaluator, FAULTED } from './evaluate.ts';
import { GuestAccess } from './guest-access.ts';
import { RegionCache } from './region-cache.ts';
import { BEFORE_STORE, NATURAL } from './region-emitter.ts';
import { RegionLibrary } from './region-library.ts';
import { ShadowStack } from './shadow-stack.ts';
import type { SiteTable } from './site.ts';
import {
  ACCESSES,
  BUDGET,
  DEPTH,
  DEPTH_LIMIT,
  registerOffset,
  SCRATCH,
  SCRATCH_WORDS,
  STOP,
  STOP_VALUE,
} from './state-layout.ts';
import { TranslationCounters } from './translation-counters.ts';

export interface JitCpuOptions {
  readonly isa: Isa;
  readonly memory: CpuMemory;
  readonly system: SystemPort;
  /** Instructions interpreted from one address before its region is compiled; 0: never compile. */
  readonly compileAfter?: number;
  /** Lifted blocks that engines of the same `isa` share. */
  readonly library?: BlockLibrary;
  /** Keep {@link Cpu.memoryAccesses}; costs a little in every translation block. */
  readonly countAccesses?: boolean;
  /** Told what translating takes; engines may share one. */
  readonly counters?: TranslationCounters;
}

/** Less than what a region costs to compile, in interpreted instructions: others come by it, too. */
const COMPILE_AFTER = 500;
/**
 * A block inside of a region is entered beside it while what the region calls is not compiled, and
 * no more later: a region of its own must be worth so many times as much.
 */
const INSIDE = 4;
/** Regions that are compiled at once. */
const BATCH = 32;
/** An entry that is so many times as hot does not wait for others. */
const URGENT = 6;
/** Guest calls nested in host calls at most; a wasm frame takes up to some KiB of host stack. */
const HOST_DEPTH = 200;
const SLICE_LIMIT = 0x3fffffff;

const BUDGET_STOP: StopReason = { kind: 'budget' };
const BREAKPOINT_STOP: StopReason = { kind: 'breakpoint' };
const REQUESTED_STOP: StopReason = { kind: 'requested' };

export class JitCpu implements Cpu {
  readonly isaName: string;
  readonly registerNames: readonly string[];
  private readonly isa: Isa;
  private readonly shape: AddressShape;
  private readonly memory: CpuMemory;
  private readonly system: SystemPort;
  private readonly compileAfter: number;
  private readonly state: CpuState;
  private readonly access: GuestAccess;
  private readonly evaluator: Evaluator;
  private readonly blocks: BlockCache;
  private readonly regions: RegionCache;
  private readonly sites: SiteTable;
  private readonly shadow: ShadowStack;
  private readonly codePages: CodePages;
  private readonly counters: TranslationCounters;
  private readonly faultStop: StopReason;
  private readonly contextIndex: number;
  /** Entries that wait to be compiled together, and how many do at most. */
  private readonly hot: BlockEntry[] = [];
  private readonly batch: number;
  private pcValue = 0;
  private retired = 0;
  /** Instructions that had retired when the breakpoint at the pc was told, or -1. */
  private toldAt = -1;
  private stopRequested = false;
  /** While generated code runs: its slice, and site and budget of the last call out of it. */
  private inRegion = false;
  private slice = 0;
  private liveSite = 0;
  private liveBudget = 0;
  private stopCause: 'trap' | 'fault' | 'requested' | 'changed' | 'refused' = 'trap';

  constructor(options: JitCpuOptions) {
    const { isa, memory, system } = options;
    this.isa = isa;
    this.shape = ADDRESS_SHAPES[isa.addressType];
    this.isaName = isa.name;
    this.registerNames = isa.registers.map(({ name }) => name);
    this.memory = memory;
    this.system = system;
    this.compileAfter = options.compileAfter ?? COMPILE_AFTER;
    this.batch = this.compileAfter < COMPILE_AFTER ? 1 : BATCH;
    this.state = new CpuState(memory.memory, isa.registers);
    this.access = new GuestAccess(memory, this.state, this.shape);
    this.evaluator = new Evaluator(this.state, this.access, system, isa.routines);
    this.counters = options.counters ?? new TranslationCounters();
    const library = options.library ?? null;
    this.blocks = new BlockCache(isa, memory, library, this.counters);
    const regions = library?.regions ?? new RegionLibrary();
    this.sites = regions.sites;
    this.shadow = new ShadowStack(this.state, isa);
    this.faultStop = { kind: 'fault', fault: memory.fault };
    this.contextIndex = isa.contextRegister < 0 ? -1 : registerOffset(isa.contextRegister) >> 2;
    this.regions = new RegionCache({
      isa,
      state: this.state,
      blocks: this.blocks,
      library: regions,
      tlb: memory.tlb,
      countAccesses: options.countAccesses ?? false,
      counters: this.counters,
      imports: this.imports(),
    });
    this.codePages = new CodePages(isa, this.blocks, this.regions, memory);
  }

  get pc(): number {
    return this.inRegion ? this.sites.get(this.liveSite).pc : this.pcValue;
  }

  set pc(value: number) {
    this.state.refresh();
    this.toldAt = -1;
    this.arrive(value);
  }

  get resumeFlag(): boolean {
    return this.toldAt === this.retired;
  }

  set resumeFlag(value: boolean) {
    this.toldAt = value ? this.retired : -1;
  }

  get instructionCount(): number {
    if (!this.inRegion) return this.retired;
    return this.retired + this.slice - this.liveBudget - this.sites.get(this.liveSite).unretired;
  }

  get memoryAccesses(): number {
    this.state.refresh();
    return Number(this.state.view.getBigUint64(ACCESSES, true)) + this.evaluator.accesses;
  }

  read(register: number): number {
    this.state.refresh();
    return Number(this.state.value(register));
  }

  write(register: number, value: number): void {
    this.state.refresh();
    const { type } = this.isa.registers[register]!;
    if (type === 'i32') this.state.setValue(register, value | 0);
    else if (type === 'i64') this.state.setValue(register, BigInt.asIntN(64, BigInt(value)));
    else this.state.setValue(register, value);
  }

  readLow(register: number): number {
    this.state.refresh();
    return this.state.i32[registerOffset(register) >> 2]!;
  }

  readHigh(register: number): number {
    this.state.refresh();
    const isWide = this.isa.registers[register]!.type === 'i64';
    return isWide ? this.state.i32[(registerOffset(register) >> 2) + 1]! : 0;
  }

  writeHalves(register: number, low: number, high: number): void {
    this.state.refresh();
    this.state.i32[registerOffset(register) >> 2] = low;
    if (this.isa.registers[register]!.type !== 'i64') return;
    this.state.i32[(registerOffset(register) >> 2) + 1] = high;
  }

  readWord(register: number, word: number): number {
    this.state.refresh();
    return this.state.i32[(registerOffset(register) >> 2) + word]!;
  }

  writeWord(register: number, word: number, value: number): void {
    this.state.refresh();
    this.state.i32[(registerOffset(register) >> 2) + word] = value;
  }

  registerNumber(name: string): number {
    const number = this.registerNames.indexOf(name);
    assert(number >= 0, `no register ${name} in ${this.isaName}`);
    return number;
  }

  requestStop(): void {
    this.stopRequested = true;
  }

  setBreakpoint(address: number): void {
    if (this.blocks.breakpoints.has(address)) return;
    this.blocks.breakpoints.add(address);
    this.codePages.invalidate(address, 1);
  }

  clearBreakpoint(address: number): void {
    if (this.blocks.breakpoints.delete(address)) this.codePages.invalidate(address, 1);
  }

  invalidateCode(start: number, length: number): void {
    this.codePages.invalidate(start, length);
  }

  takeOver(): void {
    this.state.refresh();
    this.regions.forgetJumps();
  }

  shadowFrames(): ShadowFrame[] {
    this.state.refresh();
    return this.shadow.frames();
  }

  shadowReturns(into: Float64Array, from: number, most: number): number {
    this.state.refresh();
    return this.shadow.returns(into, from, most);
  }

  enterShadowFrame({ returnTo, callee, stackPointer }: ShadowFrame): void {
    this.state.refresh();
    this.shadow.push(returnTo, callee, stackPointer);
  }

  get shadowDepth(): number {
    return this.shadow.totalDepth;
  }

  truncateShadow(depth: number): void {
    this.state.refresh();
    this.shadow.truncate(depth);
  }

  run(budget: number): StopReason {
    const end = this.retired + budget;
    this.state.refresh();
    for (;;) {
      if (this.stopRequested) {
        this.stopRequested = false;
        return REQUESTED_STOP;
      }
      if (this.retired >= end) return BUDGET_STOP;
      const { breakpoints } = this.blocks;
      const atBreakpoint = breakpoints.size > 0 && breakpoints.has(this.pcValue);
      if (atBreakpoint && this.toldAt !== this.retired) {
        this.toldAt = this.retired;
        return BREAKPOINT_STOP;
      }
      const stop = this.dispatch(end - this.retired, atBreakpoint);
      if (stop !== null) return stop;
    }
  }

  /** Control is at an address that it came to by more than a direct jump. */
  private arrive(address: Value): void {
    this.pcValue = this.pcOf(address);
    this.shadow.settle(this.pcValue, this.blocks.returnSites.has(this.pcValue));
  }

  private pcOf(address: Value): number {
    if (this.shape.type === 'i32') return Number(address) >>> 0;
    return typeof address === 'number' ? address : Number(BigInt.asIntN(64, address));
  }

  /** Runs the code at the pc in the tier it has reached; at most `remaining` instructions. */
  private dispatch(remaining: number, atBreakpoint: boolean): StopReason | null {
    const pc = this.pcValue;
    if (pc >= this.isa.exceptionReturnBase) {
      return { kind: 'trap', trap: 'exception-return', value: pc | 1, length: 0 };
    }
    this.regions.releaseSites();
    const context = this.contextIndex < 0 ? 0 : this.state.i32[this.contextIndex]!;
    const entry = this.blocks.at(pc, context);
    this.state.refresh();
    if (entry === null) {
      this.memory.faulted = false;
      return this.faultStop;
    }
    const region = entry.region;
    if (region !== null && remaining > this.regions.segmentInstructions && !atBreakpoint) {
      return this.runRegion(region, remaining - this.regions.segmentInstructions);
    }
    if (!entry.isSought && this.canAdopt(entry)) return null;
    const before = this.retired;
    const stop = this.interpret(entry, remaining);
    this.counters.instructionsInterpreted += this.retired - before;
    if (entry.heat >= this.compileAfter && this.compileAfter > 0) this.promote(entry);
    return stop;
  }

  /** Whether the region that another engine compiled here was taken over just now. */
  private canAdopt(entry: BlockEntry): boolean {
    entry.isSought = true;
    if (entry.region !== null || this.compileAfter === 0) return false;
    const isAdopted = this.regions.adopt(entry);
    this.memory.faulted = false;
    this.state.refresh();
    return isAdopted;
  }

  private promote(entry: BlockEntry): void {
    if (entry.region !== null || entry.dropped || entry.context !== 0) return;
    if (this.blocks.breakpoints.has(entry.pc)) return;
    const wanted = this.compileAfter * (entry.regions === null ? 1 : INSIDE);
    if (entry.heat < wanted) return;
    if (this.canAdopt(entry)) return;
    if (!entry.isHot) {
      entry.isHot = true;
      this.hot.push(entry);
    }
    if (this.hot.length < this.batch && entry.heat < wanted * URGENT) return;
    for (const waiting of this.hot) waiting.isHot = false;
    const begun = this.counters.begin();
    this.regions.compile(this.hot.toSorted((a, b) => b.heat - a.heat));
    this.counters.end(begun);
    this.hot.length = 0;
    this.state.refresh();
  }

  // Generated code.

  private runRegion(region: CompiledRegion, budget: number): StopReason | null {
    const { i32 } = this.state;
    const { depth } = this.shadow;
    this.slice = Math.min(budget, SLICE_LIMIT);
    i32[BUDGET >> 2] = this.slice;
    i32[DEPTH_LIMIT >> 2] = depth + HOST_DEPTH;
    this.regions.enterJump(region);
    this.inRegion = true;
    this.stopCause = 'trap';
    const result = region.run(depth);
    this.inRegion = false;
    this.state.refresh();
    const left = this.state.i32[BUDGET >> 2]!;
    this.retired += this.slice - left;
    this.shadow.depth = this.state.i32[DEPTH >> 2]!;
    if (Number(result) === this.shape.stopped) return this.stopAtSite();
    this.arrive(result);
    return null;
  }

  /** The stop that generated code came to; null when the guest just goes on from there. */
  private stopAtSite(): StopReason | null {
    const number = this.stopCause === 'trap' ? this.state.i32[STOP >> 2]! : this.liveSite;
    const site = this.sites.get(number);
    const retires =
      this.stopCause === 'requested' ||
      this.stopCause === 'changed' ||
      (this.stopCause === 'trap' && site.retired);
    this.retired -= retires ? site.unretired - 1 : site.unretired;
    this.pcValue = retires ? site.nextPc : site.pc;
    if (this.contextIndex >= 0) {
      this.state.i32[this.contextIndex] = retires ? site.nextContext : site.context;
    }
    const length = site.nextPc - site.pc;
    switch (this.stopCause) {
      case 'fault':
        this.memory.faulted = false;
        return this.faultStop;
      case 'requested':
        this.stopRequested = false;
        return REQUESTED_STOP;
      case 'changed':
        return null;
      case 'refused':
        return { kind: 'trap', trap: 'undefined-instruction', value: 0, length };
      case 'trap':
        return this.trapped(site.trap!, this.state.i32[STOP_VALUE >> 2]!, length);
    }
  }

  private trapped(
    trap: NonNullable<ReturnType<SiteTable['get']>['trap']>,
    value: number,
    length: number,
  ): StopReason {
    if (trap === 'instruction-barrier') this.codePages.revalidate();
    return { kind: 'trap', trap, value, length };
  }

  private imports(): Record<string, unknown> {
    return {
      load: (
        low: number,
        high: number,
        sizeWord: number,
        count: number,
        site: number,
        budget: number,
      ) => {
        this.liveSite = site;
        this.liveBudget = budget;
        return this.slowLoad(low, high, sizeWord, count);
      },
      store: (
        low: number,
        high: number,
        sizeWord: number,
        count: number,
        site: number,
        budget: number,
      ) => {
        this.liveSite = site;
        this.liveBudget = budget;
        return this.slowStore(low, high, sizeWord, count);
      },
      readSystem: (id: number, site: number, budget: number) => {
        this.liveSite = site;
        this.liveBudget = budget;
        const value = this.system.readSystem(id);
        this.state.refresh();
        this.state.i32[SCRATCH >> 2] = value;
        return this.refusal();
      },
      writeSystem: (id: number, value: number, site: number, budget: number) => {
        this.liveSite = site;
        this.liveBudget = budget;
        this.system.writeSystem(id, value);
        return this.refusal();
      },
      routine: (routine: number) => this.isa.routines![routine]!(this.state.view, SCRATCH),
    };
  }

  private slowLoad(low: number, high: number, sizeWord: number, count: number): number {
    const alignment = (sizeWord & NATURAL) === 0 ? 'any' : 'natural';
    const size = (sizeWord & 0xff) as AccessSize;
    assert(count <= SCRATCH_WORDS, 'a load of more items than SCRATCH holds');
    if (this.access.loadToScratch(low, high, size, count, alignment) === 0) return 0;
    if ((sizeWord & BEFORE_STORE) !== 0) this.memory.fault.access = 'write';
    this.stopCause = 'fault';
    return 1;
  }

  private slowStore(low: number, high: number, sizeWord: number, count: number): number {
    const alignment = (sizeWord & NATURAL) === 0 ? 'any' : 'natural';
    const size = (sizeWord & 0xff) as AccessSize;
    this.codePages.noteSlowStore((high >>> 0) * 2 ** 32 + (low >>> 0));
    const { dropped } = this.codePages;
    if (this.access.storeFromScratch(low, high, size, count, alignment) !== 0) {
      this.stopCause = 'fault';
      return 1;
    }
    if (!this.stopRequested && this.codePages.dropped === dropped) return 0;
    this.stopCause = this.stopRequested ? 'requested' : 'changed';
    return 2;
  }

  private refusal(): number {
    if (!this.system.refused) return 0;
    this.system.refused = false;
    this.stopCause = 'refused';
    return 1;
  }

  // The interpreter.

  private interpret(entry: BlockEntry, remaining: number): StopReason | null {
    const { block } = entry;
    const { instructions } = block;
    const count = Math.min(instructions.length, remaining);
    for (let index = 0; index < count; index++) {
      const instruction = instructions[index]!;
      const outcome = this.evaluator.instruction(instruction);
      if (outcome !== EVALUATED) {
        entry.heat += index + 1;
        return this.interpreterStop(entry, index, outcome);
      }
      this.retired++;
      if ((this.stopRequested || entry.dropped) && index < instructions.length - 1) {
        this.moveTo(entry, index + 1);
        return null;
      }
      this.pcValue = instruction.pc + instruction.length;
    }
    entry.heat += count;
    if (count < instructions.length) {
      this.moveTo(entry, count);
      return null;
    }
    if (this.contextIndex >= 0) this.state.i32[this.contextIndex] = block.endContext;
    this.leave(block.exit);
    return null;
  }

  private moveTo(entry: BlockEntry, index: number): void {
    const { pc, context } = entry.block.instructions[index]!;
    this.pcValue = pc;
    if (this.contextIndex >= 0) this.state.i32[this.contextIndex] = context;
  }

  private interpreterStop(entry: BlockEntry, index: number, outcome: number): StopReason {
    const { block } = entry;
    const { pc, length } = block.instructions[index]!;
    this.moveTo(entry, index);
    if (outcome === FAULTED) {
      this.memory.faulted = false;
      return this.faultStop;
    }
    const { trap, trapValue, trapRetired } = this.evaluator;
    if (trapRetired) {
      this.retired++;
      this.pcValue = pc + length;
      if (this.contextIndex >= 0) {
        const next = block.instructions[index + 1];
        this.state.i32[this.contextIndex] = next === undefined ? block.endContext : next.context;
      }
    }
    return this.trapped(trap, trapValue, length);
  }

  private leave(exit: Exit): void {
    const { evaluator } = this;
    if (exit.guard !== null && evaluator.value(exit.guard) === 0) {
      this.pcValue = exit.next;
      return;
    }
    switch (exit.kind) {
      case 'jump':
      case 'resync':
        this.pcValue = exit.target;
        break;
      case 'indirect':
        this.arrive(evaluator.value(exit.target));
        break;
      case 'call':
        this.pcValue =
          typeof exit.target === 'number' ? exit.target : this.pcOf(evaluator.value(exit.target));
        this.shadow.call(exit.returnTo, this.pcValue);
        break;
      case 'none':
        assert(false, 'control past a block that always traps');
    }
  }
}
