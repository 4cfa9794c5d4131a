/**
 * Unicorn behind the Cpu port. Unicorn runs whole translation blocks; a hook at the start of each
 * counts instructions, keeps the shadow call stack, and stops before a block that cannot be run
 * whole: one with a breakpoint, the end of the budget, or an instruction that is not Unicorn's.
 *
 * What Unicorn has no precise answer for is stepped, one instruction at a time, by the interpreter
 * of our own engine, which is also where the registers are while Unicorn does not run: system
 * registers and exceptions (the machine's business), exclusive and atomic accesses, floating point,
 * accesses to devices and to read-only memory, and accesses that fault, so that a fault's record is
 * the MMU's own.
 */
import {
  type Cpu,
  type Isa,
  JitCpu,
  type ShadowFrame,
  type StopReason,
  type SystemPort,
} from '@bareheap/cpu';
import type { Mmu } from '@bareheap/mmu';
import { CallStack } from './call-stack.ts';
import {
  type CodeBlock,
  countedAmong,
  emptyBlock,
  isCurrent,
  readBlock,
  wholeItBlocks,
} from './code-block.ts';
import { CALL, type EngineIsa, INDIRECT, REPEATS } from './engine-isa.ts';
import { engineIsaOf } from './engine-isa-of.ts';
import { MappedPages } from './mapped-pages.ts';
import { RegisterLink, type Snapshot } from './register-link.ts';
import { ACCESS, HOOK, PERMISSION } from './unicorn-constants.ts';
import type { BlockHook, Unicorn, UnicornLibrary } from './unicorn-port.ts';

export interface UnicornCpuOptions {
  readonly isa: Isa;
  readonly memory: Mmu;
  readonly system: SystemPort;
  readonly library: UnicornLibrary;
  /**
   * Of x86-64: whether Unicorn computes with floating point, too. Its exceptions and some results
   * are not the processor's, so that the default is to step such instructions.
   */
  readonly floats?: boolean;
}

/** More instructions than any run has; a count makes Unicorn keep its pc precise. */
const UNLIMITED = 0x7fffffff;
/** Most instructions of one run of Unicorn: fewer, so that the count never stops it. */
const MOST_AT_ONCE = 0x3fffffff;
const HALF = 2 ** 32;
/** No instruction of any of these sets is longer, in bytes. */
const LONGEST_INSTRUCTION = 16;

/** What an access that failed needed, by its type. */
const NEEDS: Readonly<Record<number, number>> = {
  [ACCESS.readUnmapped]: PERMISSION.read,
  [ACCESS.writeUnmapped]: PERMISSION.write,
  [ACCESS.fetchUnmapped]: PERMISSION.execute,
};

const BUDGET_STOP: StopReason = { kind: 'budget' };
const BREAKPOINT_STOP: StopReason = { kind: 'breakpoint' };
const REQUESTED_STOP: StopReason = { kind: 'requested' };

export class UnicornCpu implements Cpu {
  readonly isaName: string;
  readonly registerNames: readonly string[];
  /** Unicorn tells of no access. */
  readonly memoryAccesses = 0;
  private readonly isa: Isa;
  private readonly isWide: boolean;
  private readonly engine: EngineIsa;
  private readonly unicorn: Unicorn;
  private readonly pages: MappedPages;
  private readonly stepper: JitCpu;
  private readonly registers: RegisterLink;
  private readonly calls: CallStack;
  private readonly blocks = new Map<number, CodeBlock>();
  private readonly breakpoints = new Set<number>();
  private readonly memory: Mmu;
  private generation = 0;
  private pcValue = 0;
  private retired = 0;
  /** Instructions that had retired when the breakpoint at the pc was told, or -1. */
  private toldAt = -1;
  private stopRequested = false;
  private stepping = false;
  private stepBase = 0;

  // Of the run of Unicorn that is under way.
  /** What a misaligned access of a strict core changes. */
  private misaligned: Snapshot | null = null;
  /** The block that runs; null before the first. */
  private current: CodeBlock | null = null;
  /** The block before which Unicorn was stopped. */
  private refused: CodeBlock | null = null;
  /** Instructions that may retire before the budget is used up. */
  private left = 0;
  /** A part of the first block is to be run, whatever is in it. */
  private partial = false;
  /** Instructions that have retired when that part has run. */
  private partEnd = 0;
  private marks = 0;
  private failed = false;
  private exception = false;
  /** Where a jump went without the state that code needs (Thumb), or -1. */
  private lostState = -1;

  constructor(options: UnicornCpuOptions) {
    const { isa, memory, system, library } = options;
    this.isa = isa;
    this.isWide = isa.addressType === 'i64';
    this.isaName = isa.name;
    this.registerNames = isa.registers.map(({ name }) => name);
    this.memory = memory;
    this.engine = engineIsaOf(isa, options.floats ?? false);
    this.unicorn = new library.Unicorn(this.engine.architecture, this.engine.mode);
    this.unicorn.set_cpu_model?.(this.engine.cpuModel);
    this.stepper = new JitCpu({ isa, memory, system, compileAfter: 0 });
    this.registers = new RegisterLink(this.engine, this.unicorn, this.stepper, this.isWide);
    this.calls = new CallStack(this.engine.callsPush);
    this.pages = new MappedPages(memory, this.unicorn);
    this.addHooks();
    this.followCode();
  }

  get pc(): number {
    return this.stepping ? this.stepper.pc : this.pcValue;
  }

  set pc(value: number) {
    this.pcValue = this.isWide ? value : value >>> 0;
    this.toldAt = -1;
    this.calls.settle(this.pcValue, this.stackPointer());
  }

  get resumeFlag(): boolean {
    return this.toldAt === this.retired;
  }

  set resumeFlag(value: boolean) {
    this.toldAt = value ? this.retired : -1;
  }

  get instructionCount(): number {
    if (!this.stepping) return this.retired;
    return this.retired + this.stepper.instructionCount - this.stepBase;
  }

  read(register: number): number {
    this.registers.fetch();
    return this.stepper.read(register);
  }

  readLow(register: number): number {
    this.registers.fetch();
    return this.stepper.readLow(register);
  }

  readHigh(register: number): number {
    this.registers.fetch();
    return this.stepper.readHigh(register);
  }

  writeHalves(register: number, low: number, high: number): void {
    this.registers.fetch();
    this.stepper.writeHalves(register, low, high);
  }

  readWord(register: number, word: number): number {
    this.registers.fetch();
    return this.stepper.readWord(register, word);
  }

  writeWord(register: number, word: number, value: number): void {
    this.registers.fetch();
    this.stepper.writeWord(register, word, value);
  }

  write(register: number, value: number): void {
    this.registers.fetch();
    this.stepper.write(register, value);
  }

  registerNumber(name: string): number {
    return this.stepper.registerNumber(name);
  }

  requestStop(): void {
    this.stopRequested = true;
  }

  setBreakpoint(address: number): void {
    this.breakpoints.add(address);
    this.generation++;
  }

  clearBreakpoint(address: number): void {
    if (this.breakpoints.delete(address)) this.generation++;
  }

  invalidateCode(start: number, length: number): void {
    this.stepper.invalidateCode(start, length);
    for (const [address, block] of this.blocks) {
      if (address < start + length && address + block.size > start) this.blocks.delete(address);
    }
  }

  /** Unicorn keeps nothing of its own in the linear memory. */
  takeOver(): void {
    this.registers.areOurs = true;
    this.stepper.takeOver();
  }

  shadowFrames(): ShadowFrame[] {
    return this.calls.innermostFirst();
  }

  shadowReturns(into: Float64Array, from: number, most: number): number {
    return this.calls.returns(into, from, most);
  }

  enterShadowFrame(frame: ShadowFrame): void {
    this.calls.push(frame);
  }

  get shadowDepth(): number {
    return this.calls.depth;
  }

  truncateShadow(depth: number): void {
    this.calls.truncate(depth);
  }

  /** Mappings in Unicorn now. */
  get mappings(): number {
    return this.pages.regionCount;
  }

  /** Gives the library's memory back; the engine is not to be used again. */
  dispose(): void {
    this.unicorn.close();
  }

  run(budget: number): StopReason {
    const end = this.retired + budget;
    // Whether an IT block is open, only the flags tell.
    if (this.isa.contextRegister >= 0) this.registers.fetch();
    for (;;) {
      if (this.stopRequested) {
        this.stopRequested = false;
        return REQUESTED_STOP;
      }
      if (this.retired >= end) return BUDGET_STOP;
      if (this.toldAt !== this.retired && this.breakpoints.has(this.pcValue)) {
        this.toldAt = this.retired;
        return BREAKPOINT_STOP;
      }
      const stop = this.advance(end - this.retired);
      if (stop !== null) return stop;
    }
  }

  private advance(remaining: number): StopReason | null {
    const pc = this.pcValue;
    if (pc >= this.isa.exceptionReturnBase) {
      return { kind: 'trap', trap: 'exception-return', value: pc | 1, length: 0 };
    }
    if (this.inItBlock()) return this.step();
    this.left = Math.min(remaining, MOST_AT_ONCE);
    this.marks = this.engine.steppedMarks(this.stepper);
    this.emulate(UNLIMITED);
    const { refused } = this;
    if (this.lostState >= 0) return this.invalidState();
    if (this.left <= 0) return null;
    if (refused !== null) return this.runPart(refused, this.left);
    return this.failed || this.exception ? this.step() : null;
  }

  /** Runs a block up to what is in its way. */
  private runPart(block: CodeBlock, remaining: number): StopReason | null {
    const count = block.instructions.length;
    let whole = Math.min(count, remaining);
    const marked = block.firstMarked(this.marks);
    if (marked >= 0) whole = Math.min(whole, marked);
    if (block.breakpoint === 0 && this.toldAt !== this.retired) return null;
    if (block.breakpoint >= 0) whole = Math.min(whole, this.nextBreakpoint(block));
    whole = wholeItBlocks(block, whole);
    if (whole === 0) return this.step();
    const end = this.retired + whole;
    this.partEnd = end;
    this.partial = true;
    this.emulate(countedAmong(block, whole));
    this.partial = false;
    // Unicorn may have looked at the instruction behind, and not liked it.
    if (this.retired >= end) return null;
    return this.failed || this.exception ? this.step() : null;
  }

  // Unicorn.

  /** Runs Unicorn from the pc until a hook stops it, or `count` is reached. */
  private emulate(count: number): void {
    this.current = null;
    this.refused = null;
    this.failed = false;
    this.exception = false;
    this.lostState = -1;
    this.misaligned = null;
    this.registers.give();
    this.pages.load();
    const { startBit, nowhere } = this.engine;
    const begin = this.pcValue + startBit;
    if (!succeeds(() => this.unicorn.emu_start(begin, nowhere, 0, count))) this.failed = true;
    if (this.misaligned !== null) {
      this.registers.undo(this.misaligned);
      this.failed = true;
    }
    this.pages.flush();
    if (this.lostState >= 0) return;
    if (this.refused !== null && this.misaligned === null) {
      this.pcValue = (this.refused as CodeBlock).address;
      return;
    }
    this.leaveBlock((this.misaligned as Snapshot | null)?.pc ?? this.registers.pc());
  }

  /** Unicorn stopped within or behind the current block: counts what it retired of it. */
  private leaveBlock(told: number): void {
    const block = this.current as CodeBlock | null;
    const { exceptionBias } = this.engine;
    const pc = this.exception && exceptionBias > 0 ? (told - exceptionBias) >>> 0 : told;
    if (block === null) {
      // Not even the first block could be fetched.
      this.failed = true;
      return;
    }
    if (block.instructions.length === 0) {
      this.pcValue = block.address;
      return;
    }
    if (this.isWide && !isAddress(pc)) {
      this.undoJump(block);
      return;
    }
    const index = block.instructions.findIndex(({ address }) => address === pc);
    // Back at the block's start: again, or for the first time, where no hook told of it.
    const isAgain = this.partial && this.retired >= this.partEnd;
    const inside = index > 0 || (index === 0 && (this.failed || this.exception || isAgain));
    if (inside) {
      this.retired += index;
      this.left -= index;
      this.pcValue = pc;
      return;
    }
    this.complete(block, pc);
    this.pcValue = pc;
  }

  /** Unicorn jumped to where no address is: that faults before the jump. */
  private undoJump(block: CodeBlock): void {
    const { address } = block.instructions.at(-1)!;
    this.registers.fetch();
    this.engine.undoJump?.(this.stepper, address, this.fetch);
    this.retired += block.covered - 1;
    this.left -= block.covered - 1;
    this.pcValue = address;
    this.failed = true;
  }

  /** Halves of an address as a number; upper canonical ones are negative. */
  private addressOf(low: number, high: number): number {
    return this.isWide ? (high | 0) * HALF + (low >>> 0) : low >>> 0;
  }

  private addHooks(): void {
    const { unicorn } = this;
    const entered: BlockHook = (_, low, high, size) =>
      this.enterBlock(this.addressOf(low, high), size);
    unicorn.hook_add(HOOK.block, entered, {}, 1, 0);
    const memory = [
      HOOK.readUnmapped,
      HOOK.writeUnmapped,
      HOOK.fetchUnmapped,
      HOOK.readProtected,
      HOOK.writeProtected,
      HOOK.fetchProtected,
    ];
    const failed = (_: unknown, type: number, low: number, high: number): boolean =>
      this.accessFailed(type, this.addressOf(low, high));
    for (const type of memory) unicorn.hook_add(type, failed, {}, 1, 0);
    if (this.engine.strict) {
      const accessed = (_: unknown, __: number, low: number, ___: number, size: number): boolean =>
        this.accessed(low >>> 0, size);
      unicorn.hook_add(HOOK.read | HOOK.write, accessed, {}, 1, 0);
    }
    const excepted = (): void => {
      this.exception = true;
      unicorn.emu_stop();
    };
    unicorn.hook_add(HOOK.exception, excepted, {}, 1, 0);
  }

  private enterBlock(address: number, size: number): void {
    if (this.current !== null && !this.leavesInState(this.current, address)) return;
    const before = this.current;
    if (before !== null) this.complete(before, address);
    if (before !== null && this.isOver(before, address)) {
      this.current = emptyBlock(before.address + before.size);
      return;
    }
    const block = this.blockAt(address, size, before?.itAfter ?? 0);
    if (this.partial || this.canRunWhole(block)) {
      this.current = block;
      return;
    }
    this.current = null;
    this.refused = block;
    this.unicorn.emu_stop();
  }

  /**
   * Whether a repeated instruction came back to itself with no element left: with us it has then
   * gone on already.
   */
  private isOver(block: CodeBlock, address: number): boolean {
    if (block.exit !== REPEATS || block.instructions.at(-1)!.address !== address) return false;
    return this.registers.hasRepeated();
  }

  /**
   * Whether a jump left its block in the state that code here needs; else it stops, with the block
   * retired and the pc behind it, as the machine expects of `invalid-state`.
   */
  private leavesInState(block: CodeBlock, target: number): boolean {
    if (block.exit === 0 || this.registers.inState()) return true;
    this.retired += block.covered;
    this.pcValue = block.address + block.size;
    this.lostState = target;
    this.unicorn.emu_stop();
    return false;
  }

  private invalidState(): StopReason {
    const { instructions } = this.current!;
    const { length } = instructions.at(-1)!;
    this.registers.restoreState();
    return { kind: 'trap', trap: 'invalid-state', value: this.lostState, length };
  }

  private canRunWhole(block: CodeBlock): boolean {
    if (block.generation !== this.generation) this.findBreakpoint(block);
    return (
      block.instructions.length <= this.left &&
      (block.marks & this.marks) === 0 &&
      block.breakpoint < 0
    );
  }

  private findBreakpoint(block: CodeBlock): void {
    const { breakpoints } = this;
    block.generation = this.generation;
    block.breakpoint = block.instructions.findIndex(({ address }) => breakpoints.has(address));
  }

  /** Index of the first instruction at a breakpoint behind a block's first, or how many there are. */
  private nextBreakpoint({ instructions }: CodeBlock): number {
    for (let index = 1; index < instructions.length; index++) {
      if (this.breakpoints.has(instructions[index]!.address)) return index;
    }
    return instructions.length;
  }

  /** A block was run whole, and control went to `pc`. */
  private complete(block: CodeBlock, pc: number): void {
    this.retired += block.covered;
    this.left -= block.covered;
    if (block.exit === 0 || block.exit === REPEATS) return;
    const behind = block.address + block.size;
    const isConditional = block.instructions.at(-1)!.inIt;
    if (isConditional && pc === behind) return;
    if (block.exit === CALL) this.called(behind, pc);
    else if (pc !== behind) this.calls.settle(pc, this.registers.stackPointer());
  }

  private called(returnTo: number, callee: number): void {
    this.calls.returnSites.add(returnTo);
    this.calls.push({ returnTo, callee, stackPointer: this.stackPointer() });
  }

  private accessFailed(type: number, address: number): boolean {
    const need = NEEDS[type];
    if (need !== undefined && this.pages.admit(address, need)) return true;
    if (type === ACCESS.writeProtected) this.pages.wasStoredTo(address);
    this.failed = true;
    return false;
  }

  /**
   * An access is about to be done on a core whose accesses must be aligned, which Unicorn does not
   * look at: a misaligned one is taken back after the run, and stepped.
   */
  private accessed(address: number, size: number): boolean {
    if ((address & (size - 1)) !== 0 && this.misaligned === null) {
      this.misaligned = this.registers.snapshot(address, size);
      this.unicorn.emu_stop();
    }
    return true;
  }

  // Code.

  private blockAt(address: number, size: number, it: number): CodeBlock {
    const known = this.blocks.get(address);
    if (known !== undefined && known.size === size && known.itBefore === it) {
      if (!known.writable || isCurrent(known, this.fetch)) return known;
    }
    const writable = this.pages.isWritable(address);
    const unit = this.isa.fetchBytes;
    const place = { address, size, unit, writable, itBefore: it };
    const block = readBlock(this.engine, place, this.fetch);
    this.blocks.set(address, block);
    if (size > 0) this.memory.watchCode(address, size);
    return block;
  }

  private readonly fetch = (address: number): number =>
    this.pages.unit(address, this.isa.fetchBytes);

  /** The stepper hears first of stores to code by others than Unicorn: the machine, itself. */
  private followCode(): void {
    const { memory } = this;
    const { onCodeWrite, onCodeChange } = memory;
    memory.onCodeWrite = (address, size) => {
      onCodeWrite?.(address, size);
      this.pages.codeChanged(address, size);
      this.invalidateCode(address, size);
    };
    memory.onCodeChange = (start, length) => {
      onCodeChange?.(start, length);
      this.invalidateCode(start, length);
    };
  }

  // The stepper.

  /** Runs one instruction with our own interpreter. */
  private step(): StopReason | null {
    const { stepper } = this;
    const pc = this.pcValue;
    this.registers.fetch();
    const isConditional = this.inItBlock();
    if (this.pages.isWritable(pc)) stepper.invalidateCode(pc, LONGEST_INSTRUCTION);
    stepper.pc = pc;
    this.stepBase = stepper.instructionCount;
    this.stepping = true;
    const stop = stepper.run(1);
    this.stepping = false;
    stepper.truncateShadow(0);
    this.retired += stepper.instructionCount - this.stepBase;
    this.pcValue = stepper.pc;
    if (stop.kind !== 'budget') return stop;
    this.follow(pc, isConditional);
    return null;
  }

  /** The shadow stack after a step from `pc`. */
  private follow(pc: number, isConditional: boolean): void {
    const { length, marks } = this.engine.decode(pc, this.fetch);
    const behind = pc + length;
    if (isConditional && this.pcValue === behind) return;
    if ((marks & CALL) !== 0) this.called(behind, this.pcValue);
    else if ((marks & INDIRECT) !== 0) this.calls.settle(this.pcValue, this.stackPointer());
  }

  private inItBlock(): boolean {
    const { contextRegister } = this.isa;
    return (
      contextRegister >= 0 && this.registers.areOurs && this.stepper.read(contextRegister) !== 0
    );
  }

  private stackPointer(): number {
    if (!this.registers.areOurs) return this.registers.stackPointer();
    const { stepper } = this;
    const low = stepper.readLow(this.isa.stackPointer) >>> 0;
    return this.isWide ? (stepper.readHigh(this.isa.stackPointer) >>> 0) * HALF + low : low;
  }
}

/** Whether an address of 64 bits is canonical. */
function isAddress(address: number): boolean {
  return address >= -(2 ** 47) && address < 2 ** 47;
}

/** The native provider returns the library's error code; unicorn.js throws it. */
function succeeds(start: () => unknown): boolean {
  try {
    const code = start();
    return code === undefined || code === 0;
  } catch {
    return false;
  }
}
