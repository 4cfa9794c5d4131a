/**
 * Compiled regions: one table slot a pc that generated code may call or jump to. In it is a
 * trampoline back to the runner until the region is compiled, and that again after the region was
 * dropped, so that code which named the slot stays right.
 */
import type { Isa } from '../isa.ts';
import { writeModule } from '../wasm/module-writer.ts';
import { ADDRESS_SHAPES, type AddressShape } from './address-shape.ts';
import type { BlockCache } from './block-cache.ts';
import type { BlockEntry, CompiledRegion, RegionFunction } from './block-entry.ts';
import type { CpuState } from './cpu-state.ts';
import { moduleShape, trampolineBody } from './module-shape.ts';
import { discoverRegion } from './region.ts';
import { RegionEmitter } from './region-emitter.ts';
import type { RegionLibrary, SharedRegion } from './region-library.ts';
import { JUMP_ENTRIES, JUMPS } from './state-layout.ts';
import type { TranslationCounters } from './translation-counters.ts';

export interface RegionCacheOptions {
  readonly isa: Isa;
  readonly state: CpuState;
  readonly blocks: BlockCache;
  /** What engines on the same memory share. */
  readonly library: RegionLibrary;
  readonly tlb: { readonly base: number; readonly entries: number };
  readonly countAccesses: boolean;
  readonly counters: TranslationCounters;
  /** The imported functions by name; see module-shape.ts. */
  readonly imports: Readonly<Record<string, unknown>>;
}

const INITIAL_SLOTS = 1024;
/** Ordinary programs make some hundreds. Each costs eight bytes for each slot of the table. */
const INSTANCES_A_TABLE = 1024;

/** A region that is emitted and not yet part of a module. */
interface Draft {
  readonly entry: BlockEntry;
  readonly blocks: readonly BlockEntry[];
  readonly emitted: ReturnType<RegionEmitter['emit']>;
}

export class RegionCache {
  /** Most instructions of any region between two looks at the budget. */
  segmentInstructions = 0;
  private readonly options: RegionCacheOptions;
  private table: WebAssembly.Table = emptyTable();
  private trampoline: unknown = null;
  /** Instances of modules that other engines made. */
  private readonly instances = new Map<WebAssembly.Module, Record<string, unknown>>();
  /** How many instances were made with the table: none can be with the first, which has no room. */
  private instanceCount = INSTANCES_A_TABLE;
  private readonly installed = new Set<CompiledRegion>();
  private readonly shape: AddressShape;
  private released: number[] = [];

  constructor(options: RegionCacheOptions) {
    this.options = options;
    this.shape = ADDRESS_SHAPES[options.isa.addressType];
    this.forgetJumps();
  }

  /** Empties what jumps inside generated code look at: another engine's entries may be there. */
  forgetJumps(): void {
    const { i32 } = this.options.state;
    const { type, stopped, jumpShift } = this.shape;
    const first = JUMPS >> 2;
    const end = first + (JUMP_ENTRIES << (jumpShift - 2));
    i32.fill(0, first, end);
    // Of the two words of an address, no jump's target has this one.
    const [word, value] = type === 'i32' ? [0, stopped] : [1, Math.floor(stopped / 2 ** 32)];
    for (let at = first + word; at < end; at += 1 << (jumpShift - 2)) i32[at] = value;
  }

  /**
   * Compiles the regions that start at the entries, as one module: a module of its own costs a
   * region more than all else. A block that lies in a region before it waits to be hot again.
   */
  compile(entries: readonly BlockEntry[]): void {
    this.renewTable();
    const inside = new Set<BlockEntry>();
    const drafts: Draft[] = [];
    for (const entry of entries) {
      if (entry.region !== null || entry.dropped) continue;
      if (inside.has(entry)) {
        entry.heat = 1;
        continue;
      }
      const draft = this.emit(entry);
      if (draft === null) continue;
      drafts.push(draft);
      for (const block of draft.blocks) inside.add(block);
    }
    if (drafts.length === 0) return;
    const module = this.moduleOf(drafts.map(({ emitted }) => emitted.body));
    const functions = this.instantiate(module);
    for (const [index, { entry, blocks, emitted }] of drafts.entries()) {
      const { sites, segmentInstructions } = emitted;
      const parts = blocks.map(({ block }) => block);
      const name = `${index}`;
      const shared = { module, name, blocks: parts, sites, segmentInstructions, users: 0 };
      this.options.library.add(shared);
      this.options.counters.regions++;
      this.install(entry, blocks, shared, functions[name] as RegionFunction);
    }
  }

  /** Takes over the region that another engine compiled at an entry, if the code is the same. */
  adopt(entry: BlockEntry): boolean {
    const { library, blocks: known } = this.options;
    const shared = library.find(entry.pc);
    if (shared === null || entry.context !== 0) return false;
    const blocks: BlockEntry[] = [];
    for (const block of shared.blocks) {
      if (known.breakpoints.has(block.pc)) return false;
      const found = known.at(block.pc, 0);
      if (found === null || found.block !== block || found.dropped) return false;
      blocks.push(found);
    }
    this.renewTable();
    let functions = this.instances.get(shared.module);
    if (functions === undefined) {
      functions = this.instantiate(shared.module);
      this.instances.set(shared.module, functions);
    }
    this.makeRoom();
    this.install(entry, blocks, shared, functions[shared.name] as RegionFunction);
    return true;
  }

  private emit(entry: BlockEntry): Draft | null {
    const { blocks: known, isa, library, tlb } = this.options;
    const blocks: BlockEntry[] = [];
    const region = discoverRegion(entry.pc, (pc) => {
      if (known.breakpoints.has(pc)) return null;
      const found = known.known(pc, 0);
      if (found === null || found.heat === 0) return null;
      blocks.push(found);
      return found.block;
    });
    if (region === null) return null;
    const emitter = new RegionEmitter(
      {
        isa,
        tlbBase: tlb.base,
        tlbEntries: tlb.entries,
        slotOf: (pc) => this.slotOf(pc),
        addSite: (site) => library.sites.add(site),
        countAccesses: this.options.countAccesses,
      },
      region,
    );
    return { entry, blocks, emitted: emitter.emit() };
  }

  private install(
    entry: BlockEntry,
    blocks: readonly BlockEntry[],
    shared: SharedRegion,
    run: RegionFunction,
  ): void {
    const slot = this.slotOf(entry.pc);
    this.table.set(slot, run);
    const compiled = { entry: entry.pc, slot, run, blocks, shared };
    shared.users++;
    this.installed.add(compiled);
    entry.region = compiled;
    for (const part of blocks) {
      part.regions ??= new Set();
      part.regions.add(compiled);
    }
    this.segmentInstructions = Math.max(this.segmentInstructions, shared.segmentInstructions);
    this.enterJump(compiled);
  }

  /** Lets computed jumps inside generated code find the region. */
  enterJump(region: CompiledRegion): void {
    this.setJump(region.entry, region.entry, region.slot);
  }

  /**
   * Drops every region that contains the block.
   *
   * @param isGone  the code was stored to; else this engine alone does not see it any more
   */
  dropRegionsOf(block: BlockEntry, isGone: boolean): void {
    if (block.regions === null) return;
    for (const region of [...block.regions]) this.drop(region, isGone);
  }

  /** Frees the sites of dropped regions; only while no generated code is on the host's stack. */
  releaseSites(): void {
    if (this.released.length === 0) return;
    this.options.library.sites.release(this.released);
    this.released = [];
  }

  private drop(region: CompiledRegion, isGone: boolean): void {
    const { state } = this.options;
    this.installed.delete(region);
    this.table.set(region.slot, this.trampoline);
    for (const block of region.blocks) {
      block.regions?.delete(region);
      if (block.regions?.size === 0) block.regions = null;
      if (block.region === region) {
        block.region = null;
        block.heat = 0;
      }
    }
    state.refresh();
    if (state.i32[this.jumpIndex(region.entry)] === (region.entry | 0)) {
      this.setJump(region.entry, this.shape.stopped, 0);
    }
    if (!this.options.library.drop(region.shared, isGone)) return;
    for (const site of region.shared.sites) this.released.push(site);
  }

  /** Writes the entry that jumps to `pc` look at. */
  private setJump(pc: number, known: number, slot: number): void {
    const { i32 } = this.options.state;
    const at = this.jumpIndex(pc);
    i32[at] = known;
    if (this.shape.type === 'i64') i32[at + 1] = Math.floor(known / 2 ** 32);
    i32[at + (this.shape.jumpSlot >> 2)] = slot;
  }

  private jumpIndex(pc: number): number {
    return (JUMPS + (((pc >>> 1) & (JUMP_ENTRIES - 1)) << this.shape.jumpShift)) >> 2;
  }

  private slotOf(pc: number): number {
    const slot = this.options.library.slotOf(pc);
    if (slot >= this.table.length) this.makeRoom();
    return slot;
  }

  /** Gives each slot that generated code may name a place in the table. */
  private makeRoom(): void {
    const missing = this.options.library.slotCount - this.table.length;
    if (missing > 0) this.table.grow(Math.max(missing, this.table.length), this.trampoline);
  }

  /**
   * Begins a new table when many instances were made with this one: V8 keeps them as long as it,
   * those of dropped regions too. What is still hot is taken over or compiled again. A program that
   * ends before anything is hot needs none. Only while no generated code is on the host's stack.
   */
  private renewTable(): void {
    if (this.instanceCount < INSTANCES_A_TABLE) return;
    for (const region of this.installed) this.drop(region, false);
    this.instances.clear();
    this.instanceCount = 0;
    this.table = emptyTable();
    this.fillTable();
  }

  /** Fills an empty table with the trampoline. */
  private fillTable(): void {
    const { library } = this.options;
    library.trampoline ??= this.moduleOf([trampolineBody(this.shape)]);
    this.trampoline = this.instantiate(library.trampoline)['0'];
    this.table.set(0, this.trampoline);
    this.table.grow(INITIAL_SLOTS - 1, this.trampoline);
    this.makeRoom();
  }

  private moduleOf(bodies: readonly Uint8Array[]): WebAssembly.Module {
    return new WebAssembly.Module(writeModule(moduleShape(this.shape), bodies));
  }

  private instantiate(module: WebAssembly.Module): Record<string, unknown> {
    this.instanceCount++;
    const env = { memory: this.options.state.memory, table: this.table, ...this.options.imports };
    return new WebAssembly.Instance(module, { env }).exports;
  }
}

function emptyTable(): WebAssembly.Table {
  return new WebAssembly.Table({ element: 'anyfunc', initial: 1 });
}
