/**
 * The debug heap: buckets whose every block has a record with the traces of the calls that
 * allocated and freed it, on pages that nobody but the heap can write. What a program does wrong
 * comes out as findings, plain values; see debug-finding.ts for them, debug-layout.ts for where
 * everything lies.
 *
 * Without a source it works in its region, as over a static array: nothing can be protected there,
 * so canaries and fill bytes tell of writes when a block is freed, or at a sweep. With a source
 * that protects pages, an access to what was given back is a fault at once, and `blockNear` says
 * whose it was.
 *
 * @see the general purpose debug allocator of the Zig standard library, its goals and roadmap
 */
import { assert } from '../assert.ts';
import { isTooLarge } from '../block-header.ts';
import {
  type Heap,
  type HeapStats,
  MISUSE_DOUBLE,
  MISUSE_INVALID,
  MISUSE_NONE,
  type Misuse,
  printStats,
} from '../heap.ts';
import type { HeapMemory } from '../heap-memory.ts';
import { NO_MEMORY, type PageSource } from '../page-source.ts';
import { DebugBlocks } from './debug-blocks.ts';
import {
  type DebugBlock,
  type DebugCall,
  type DebugFinding,
  type DebugFindingKind,
  type DebugThreads,
  NO_STACK,
} from './debug-finding.ts';
import { debugGeometry } from './debug-geometry.ts';
import {
  CONTROL_WORDS,
  DEBUG_MAGIC,
  KIND_BARE,
  MAX_FRAMES,
  STATE_FREED,
  STATE_LIVE,
  STATE_NEVER,
  WORD_FRAMES,
  WORD_MAGIC,
  WORD_OWNER,
  WORD_SIZE,
} from './debug-layout.ts';
import { DebugState } from './debug-state.ts';
import {
  blockDamage,
  checkDebug,
  type Damage,
  type DebugFigures,
  debugFigures,
  debugStats,
  eachBlock,
  fenceDamage,
  freedRunDamage,
  freedSlotDamage,
  nearestBlock,
  sweepDamage,
} from './debug-sweep.ts';
import { NO_PAGES, PageRuns } from './page-runs.ts';
import { PageSeal } from './page-seal.ts';
import { writeCanary } from './poison.ts';
import { RegionPages } from './region-pages.ts';
import { type CaptureStack, StackTrace } from './stack-trace.ts';

/** Makes one thread wait for another: the heap is used by one at a time. */
export interface DebugLock {
  acquire(): void;
  release(): void;
}

export interface DebugOptions {
  /** Where pages come from; default: the region itself. */
  readonly source?: PageSource;
  /** Takes the trace of the call that is going on; without it there are none. */
  readonly captureStack?: CaptureStack;
  /** Frames to keep of each trace, up to 64. Default 6 where there are traces, as Zig has it. */
  readonly frames?: number;
  /** Makes the heap thread-safe. */
  readonly lock?: DebugLock;
  /** The thread that is calling; without a lock, a call from a second one is a finding. */
  readonly currentThread?: () => number;
}

/** Findings kept until they are taken; more are only counted. */
const MOST_FINDINGS = 256;

export class DebugHeap implements Heap {
  readonly name: string = 'debug';
  steps = 0;
  worstSteps = 0;
  /** Findings so far, those included that were not kept. */
  findingCount = 0;
  private findings: DebugFinding[] = [];
  private readonly state: DebugState;
  private readonly runs: PageRuns;
  private readonly blocks: DebugBlocks;
  private readonly seal: PageSeal;
  private readonly trace: StackTrace;
  private readonly lock: DebugLock | null;
  private readonly currentThread: (() => number) | null;
  /** Bytes of the control block, whole pages where it can be protected. */
  private readonly controlBytes: number;
  private call: DebugCall = 'sweep';
  /** Run and slot of the address that a call is about. */
  private page = NO_PAGES;
  private slot = 0;
  private readonly tellDamage: Damage = (kind, offset, page, slot) => {
    const block = slot < 0 ? null : this.state.block(page, slot);
    this.report(kind, this.state.base + offset, 0, 0, block);
  };

  /**
   * @param base  address of offset 0 of `memory`, a multiple of 8
   * @param size  bytes of the region, at least {@link DEBUG_LEAST_BYTES}; with a source, of the
   *              space that all its addresses lie in
   */
  constructor(memory: HeapMemory, base: number, size: number, options: DebugOptions = {}) {
    const { source, captureStack } = options;
    const frames = captureStack === undefined ? 0 : (options.frames ?? 6);
    assert(frames >= 0 && frames <= MAX_FRAMES, `a trace cannot have ${frames} frames`);
    const pageBytes = source?.protection?.pageBytes ?? 0;
    const geometry = debugGeometry(base, size, frames, pageBytes, source === undefined);
    assert(geometry.pageCount > 0, `a region of ${size} bytes is too small for debug`);
    this.trace = new StackTrace(frames, captureStack ?? null);
    this.lock = options.lock ?? null;
    this.currentThread = options.currentThread ?? null;
    this.state = new DebugState(memory, base, geometry);
    this.seal = new PageSeal(source?.protection);
    const pages = source ?? new RegionPages(this.state);
    this.runs = new PageRuns(this.state, pages, this.seal, (page) =>
      freedRunDamage(this.state, page, this.tellDamage),
    );
    this.blocks = new DebugBlocks(this.state, this.runs, this.seal, this.trace);
    this.controlBytes = this.reserveControl(source);
    this.initialise(size);
  }

  allocate(size: number, align: number): number {
    if (isTooLarge(size, align) || !this.begin('allocate', 0, size, align)) return 0;
    const address = this.blocks.take(Math.max(size, 1), align);
    this.end();
    return address;
  }

  allocateZeroed(size: number, align: number): number {
    const address = this.allocate(size, align);
    if (address !== 0) this.state.memory.fill(address - this.state.base, size, 0);
    return address;
  }

  deallocate(address: number, size: number, align: number): Misuse {
    if (!this.begin('deallocate', address, size, align)) return MISUSE_INVALID;
    const misuse = this.find(address, size, align);
    if (misuse === MISUSE_NONE) {
      this.checkBlock();
      this.blocks.give(this.page, this.slot);
    }
    this.end();
    return misuse;
  }

  reallocate(address: number, oldSize: number, align: number, newSize: number): number {
    if (isTooLarge(newSize, align)) return 0;
    if (!this.begin('reallocate', address, oldSize, align)) return 0;
    const size = Math.max(newSize, 1);
    let moved = 0;
    if (this.find(address, oldSize, align) === MISUSE_NONE) {
      this.checkBlock();
      const { page, slot } = this;
      const isAligned = address % align === 0;
      const stays = isAligned && this.blocks.isSameClass(page, size, align);
      if (stays && this.blocks.resize(page, slot, size)) moved = address;
      else moved = this.move(address, size, align);
      if (moved === 0 && isAligned && size < this.state.sizeAt(page, slot)) {
        if (this.blocks.resize(page, slot, size)) moved = address;
      }
    }
    this.end();
    return moved;
  }

  reallocateInPlace(address: number, oldSize: number, align: number, newSize: number): boolean {
    if (isTooLarge(newSize, align)) return false;
    if (!this.begin('reallocate', address, oldSize, align)) return false;
    let done = false;
    if (this.find(address, oldSize, align) === MISUSE_NONE && address % align === 0) {
      this.checkBlock();
      done = this.blocks.resize(this.page, this.slot, Math.max(newSize, 1));
    }
    this.end();
    return done;
  }

  /** The bytes asked for: what lies behind them is the canary. */
  usableSize(address: number): number {
    this.lock?.acquire();
    const isLive = this.locate(address) === MISUSE_NONE;
    const size = isLive ? Math.max(this.state.sizeAt(this.page, this.slot), 0) : 0;
    this.lock?.release();
    return size;
  }

  stats(): HeapStats {
    return debugStats(this.state);
  }

  /** Requested, resident and overhead bytes. */
  figures(): DebugFigures {
    return debugFigures(this.state, this.controlBytes);
  }

  statsPrint(print: (line: string) => void): void {
    printStats(this.name, this.stats(), print);
    const { requestedBytes, residentBytes, overheadBytes } = this.figures();
    print(`  requested ${requestedBytes} bytes`);
    print(`  resident  ${residentBytes} bytes`);
    print(`  own state ${overheadBytes} bytes`);
  }

  check(): string[] {
    return checkDebug(this.state);
  }

  /** Takes what was found since the last time, oldest first. */
  takeFindings(): DebugFinding[] {
    const taken = this.findings;
    this.findings = [];
    return taken;
  }

  /** Looks at every canary and every freed byte; what is wrong is among the findings. */
  sweep(): void {
    this.lock?.acquire();
    this.call = 'sweep';
    this.trace.count = 0;
    sweepDamage(this.state, this.tellDamage);
    this.lock?.release();
  }

  /** Blocks still in use, each a finding with the trace of its allocation, oldest first. */
  leaks(): DebugFinding[] {
    const found: DebugFinding[] = [];
    this.lock?.acquire();
    eachBlock(this.state, (page, slot) => {
      if (this.state.stateAt(page, slot) !== STATE_LIVE) return;
      const block = this.state.block(page, slot);
      const { address, size, align } = block;
      found.push({ ...NOTHING, kind: 'leak', call: 'sweep', address, size, align, block });
    });
    this.lock?.release();
    return found.sort((one, other) => one.block!.ordinal - other.block!.ordinal);
  }

  /** The block that an address lies in or nearest to, in use or freed: whose a page fault is. */
  blockNear(address: number): DebugBlock | null {
    this.lock?.acquire();
    const live = nearestBlock(this.state, address, STATE_LIVE);
    const freed = nearestBlock(this.state, address, STATE_FREED);
    this.lock?.release();
    if (live === null || freed === null) return live ?? freed;
    return distance(live, address) <= distance(freed, address) ? live : freed;
  }

  /** Finds room for the control block: at the region's start, or on pages of the source. */
  private reserveControl(source: PageSource | undefined): number {
    const { geometry, base } = this.state;
    if (source === undefined) return geometry.controlBytes;
    const unit = Math.max(source.granularityBytes, geometry.pageBytes);
    const bytes = Math.ceil(geometry.controlBytes / unit) * unit;
    const address = source.reserve(bytes);
    assert(address !== NO_MEMORY, 'the page source has no room for the heap’s own state');
    const isPage = (address - base - geometry.origin) % geometry.pageBytes === 0;
    assert(isPage, `the page source hands out ${address}, which is no page`);
    this.state.control = address - base;
    return bytes;
  }

  /** Makes a new heap, or attaches to the one that is there. */
  private initialise(size: number): void {
    const { state } = this;
    const { memory, control, geometry } = state;
    const isThere =
      geometry.isRegion &&
      state.word(WORD_MAGIC) === DEBUG_MAGIC &&
      state.word(WORD_SIZE) === size &&
      state.word(WORD_FRAMES) === geometry.frames;
    if (isThere) return;
    memory.fill(control, geometry.controlBytes, 0);
    state.setWord(WORD_MAGIC, DEBUG_MAGIC);
    state.setWord(WORD_SIZE, size);
    state.setWord(WORD_FRAMES, geometry.frames);
    const fence = control + geometry.controlBytes - 4;
    const first = geometry.isRegion ? geometry.origin : fence + 4;
    writeCanary(memory, fence, first);
    this.seal.note(state.base + control, this.controlBytes);
    this.seal.close();
  }

  /** Opens the heap's state for a call; false, with a finding, when the call must not go on. */
  private begin(call: DebugCall, address: number, size: number, align: number): boolean {
    this.lock?.acquire();
    this.call = call;
    this.steps = 1;
    this.runs.steps = 0;
    this.trace.take();
    const { state } = this;
    if (!this.seal.open(state.base + state.control, this.controlBytes)) {
      this.report('out-of-memory', address, size, align, null);
    } else if (state.word(WORD_MAGIC) !== DEBUG_MAGIC) {
      this.report('heap-corruption', state.base + state.control, size, align, null);
    } else if (this.isOwnThread(address, size, align)) return true;
    this.end();
    return false;
  }

  private end(): void {
    this.seal.close();
    this.steps += this.runs.steps;
    if (this.steps > this.worstSteps) this.worstSteps = this.steps;
    this.lock?.release();
  }

  /** The first thread owns a heap without a lock. */
  private isOwnThread(address: number, size: number, align: number): boolean {
    if (this.currentThread === null || this.lock !== null) return true;
    const { state, trace } = this;
    const thread = this.currentThread();
    const owner = state.word(WORD_OWNER);
    const stackAt = state.control + 4 * CONTROL_WORDS;
    if (owner === 0) {
      state.setWord(WORD_OWNER, thread + 1);
      state.setTrace(stackAt, trace.frames, trace.count);
      return true;
    }
    if (owner === thread + 1) return true;
    const firstStack = state.readTrace(stackAt);
    const threads = { first: owner - 1, second: thread, firstStack };
    this.report('bad-request', address, size, align, null, threads);
    return false;
  }

  /** Finds the block to be freed or resized and opens its records, or reports why it cannot be. */
  private find(address: number, size: number, align: number): Misuse {
    const { state } = this;
    const misuse = this.locate(address);
    if (misuse === MISUSE_DOUBLE) {
      this.report('double-free', address, size, align, state.block(this.page, this.slot));
    } else if (misuse === MISUSE_INVALID) this.reportInvalid(address, size, align);
    if (misuse !== MISUSE_NONE) return misuse;
    if (state.sizeAt(this.page, this.slot) < 0) {
      this.report('heap-corruption', address, size, align, null);
      return MISUSE_INVALID;
    }
    if (!this.blocks.openRecords(this.page)) {
      this.report('out-of-memory', address, size, align, null);
      return MISUSE_INVALID;
    }
    if (size !== 0) this.compareLayout(address, size, align);
    return MISUSE_NONE;
  }

  /** Looks an address up: run and slot of the block that starts there. */
  private locate(address: number): Misuse {
    const { state } = this;
    const at = state.pageOf(address);
    const page = at < 0 ? NO_PAGES : state.runAt(at);
    if (page === NO_PAGES || state.kind(page) === KIND_BARE) return MISUSE_INVALID;
    const isBucket = state.isBucket(page);
    const slot = isBucket ? state.slotOf(page, address) : 0;
    if (isBucket && slot >= state.geometry.slots[state.sizeClass(page)]!) return MISUSE_INVALID;
    const start = isBucket ? state.slotOffset(page, slot) : state.offsetOf(page);
    if (address !== state.base + start) return MISUSE_INVALID;
    this.page = page;
    this.slot = slot;
    const found = state.stateAt(page, slot);
    if (found === STATE_NEVER) return MISUSE_INVALID;
    return found === STATE_LIVE ? MISUSE_NONE : MISUSE_DOUBLE;
  }

  private compareLayout(address: number, size: number, align: number): void {
    const { state, page, slot } = this;
    if (size !== state.sizeAt(page, slot)) {
      this.report('size-mismatch', address, size, align, state.block(page, slot));
    }
    if (align !== state.alignAt(page, slot)) {
      this.report('alignment-mismatch', address, size, align, state.block(page, slot));
    }
  }

  /** Looks at the canaries on both sides of the block that the call is about, and mends them. */
  private checkBlock(): void {
    const { state, page, slot } = this;
    blockDamage(state, page, slot, this.tellDamage);
    const isBucket = state.isBucket(page);
    const start = isBucket ? state.slotOffset(page, slot) : state.offsetOf(page);
    writeCanary(state.memory, start + state.sizeAt(page, slot), state.blockEnd(page, slot));
    if (slot === 0) {
      fenceDamage(state, page, this.tellDamage);
      if (state.hasFenceBefore(page)) writeCanary(state.memory, start - 4, start);
      return;
    }
    const before = slot - 1;
    const size = state.sizeAt(page, before);
    if (state.stateAt(page, before) !== STATE_LIVE) {
      freedSlotDamage(state, page, before, this.tellDamage);
      writeCanary(state.memory, start - 4, start);
    } else if (size > 0) {
      blockDamage(state, page, before, this.tellDamage);
      writeCanary(state.memory, state.slotOffset(page, before) + size, start);
    }
  }

  /** Moves a block to another place of a new size; its new address, or 0. */
  private move(address: number, newSize: number, align: number): number {
    const { state, page, slot } = this;
    const size = state.sizeAt(page, slot);
    const moved = this.blocks.take(newSize, align);
    if (moved === 0) return 0;
    const { memory, base } = state;
    memory.copy(moved - base, address - base, Math.min(size, newSize));
    const place = state.runAt(state.pageOf(moved));
    if (place !== NO_PAGES) this.blocks.inherit(place, page);
    this.blocks.give(page, slot);
    return moved;
  }

  private reportInvalid(address: number, size: number, align: number): void {
    const nearestLive = nearestBlock(this.state, address, STATE_LIVE);
    const nearestFreed = nearestBlock(this.state, address, STATE_FREED);
    const { call, trace } = this;
    const stack = trace.copy();
    const kind = 'invalid-free';
    this.keep({ ...NOTHING, kind, call, address, size, align, stack, nearestLive, nearestFreed });
  }

  private report(
    kind: DebugFindingKind,
    address: number,
    size: number,
    align: number,
    block: DebugBlock | null,
    threads: DebugThreads | null = null,
  ): void {
    const { call, trace } = this;
    const stack = trace.copy();
    this.keep({ ...NOTHING, kind, call, address, size, align, stack, block, threads });
  }

  private keep(finding: DebugFinding): void {
    this.findingCount++;
    if (this.findings.length < MOST_FINDINGS) this.findings.push(finding);
  }
}

const NOTHING = {
  size: 0,
  align: 0,
  stack: NO_STACK,
  block: null,
  nearestLive: null,
  nearestFreed: null,
  threads: null,
} as const;

function distance(block: DebugBlock, address: number): number {
  if (address < block.address) return block.address - address;
  return Math.max(address - block.address - block.size + 1, 0);
}
