/** Spaces of one machine beside their model: each operation is done to both and compared. */
import { Random } from '@bareheap/conformance';
import { expect } from 'vitest';
import { type Backing, MemoryObject, Mmu, type PageFile, Supervisor } from '../src/index.ts';
import { ModelObject, type ModelPage, ModelSpace, PAGE, watchersOf } from './space-model.ts';

const PAGES = 40;
const OBJECT_PAGES = 6;
const MOST_SPACES = 3;
const BYTES = PAGES * PAGE;
/** Leaves of the page table end inside the range, in both shapes. */
const BASES = { 32: 0x80000000 - 20 * PAGE, 48: 0x7f0000000000 - 20 * PAGE } as const;
const SIZES = [1, 2, 4, 8] as const;

interface Space {
  readonly mmu: Mmu;
  readonly model: ModelSpace;
}

class RigFile implements PageFile {
  bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get size(): number {
    return this.bytes.length;
  }

  read(offset: number, bytes: Uint8Array): void {
    bytes.set(this.bytes.subarray(offset, offset + bytes.length));
  }

  write(offset: number, bytes: Uint8Array): void {
    this.bytes.set(bytes, offset);
  }

  resize(size: number): void {
    const bytes = new Uint8Array(size);
    bytes.set(this.bytes.subarray(0, size));
    this.bytes = bytes;
  }
}

type Operation = 'access' | 'inline' | 'map' | 'unmap' | 'protect' | 'discard' | 'guard';
type Rare = 'watch' | 'unwatch' | 'trust' | 'fork' | 'dispose' | 'activate' | 'move';
type Outside = 'poke' | 'peek' | 'resize' | 'writeBack';

/** How often each operation comes up, in 100. */
const WEIGHTS: Readonly<Record<Operation | Rare | Outside, number>> = {
  access: 43,
  inline: 8,
  map: 11,
  unmap: 4,
  protect: 4,
  discard: 3,
  guard: 3,
  watch: 7,
  unwatch: 1,
  trust: 2,
  fork: 2,
  dispose: 1,
  activate: 2,
  move: 3,
  poke: 2,
  peek: 2,
  resize: 1,
  writeBack: 1,
};
const DRAW = Object.entries(WEIGHTS).flatMap(([name, weight]) =>
  Array<keyof typeof WEIGHTS>(weight).fill(name as keyof typeof WEIGHTS),
);

export class SpaceRig {
  readonly spaces: Space[];
  private readonly base: number;
  private readonly random: Random;
  private readonly file: RigFile;
  private readonly objects: readonly { real: MemoryObject; model: ModelObject }[];
  private told: string[] = [];
  private space: Space;

  /** @param memoryBytes  with little, accesses fail for want of it: then nothing may be stored */
  constructor(addressBits: 32 | 48, seed: number, entries: number, memoryBytes = 4 << 20) {
    this.base = BASES[addressBits];
    this.random = new Random(seed);
    const mmu = new Mmu({ addressBits, memoryBytes, tlb: { entries } });
    this.space = { mmu, model: new ModelSpace() };
    this.spaces = [];
    this.enter(this.space);
    const bytes = Uint8Array.from({ length: OBJECT_PAGES * PAGE }, () => this.random.below(256));
    this.file = new RigFile(bytes);
    this.objects = [
      { real: new MemoryObject(mmu.pool, this.file), model: new ModelObject(bytes) },
      {
        real: new MemoryObject(mmu.pool, OBJECT_PAGES * PAGE),
        model: new ModelObject(new Uint8Array(OBJECT_PAGES * PAGE)),
      },
    ];
  }

  /** One random operation on one of the spaces. */
  step(): void {
    this.space = this.random.pick(this.spaces);
    this.space.mmu.faulted = false;
    this.told = [];
    this[this.random.pick(DRAW)]();
  }

  /** Everything that can be seen without changing it. */
  verify(): void {
    for (const { mmu, model } of this.spaces) {
      expect(mmu.check()).toEqual([]);
      for (let page = 0; page < PAGES; page++) {
        const vma = mmu.vmas.find(this.base + page * PAGE);
        const known = model.pages.get(page);
        expect(vma?.protection).toBe(known?.protection);
        expect(vma?.guard).toBe(known?.guard);
      }
    }
  }

  /** Ends every space; nothing may be left. */
  end(): void {
    const { pool } = this.space.mmu;
    for (const { mmu } of this.spaces) mmu.dispose();
    for (const { real } of this.objects) real.release();
    expect(this.file.bytes).toEqual(this.objects[0]!.model.bytes());
    expect([pool.inUse, pool.holders.size, pool.activeTlb]).toEqual([0, 0, null]);
  }

  private enter(space: Space): void {
    this.spaces.push(space);
    space.mmu.onCodeWrite = (address, size) => {
      expect(Math.floor((address + size - 1) / PAGE)).toBe(Math.floor(address / PAGE));
      this.told.push(this.nameOf(space.model, Math.floor((address - this.base) / PAGE)));
    };
  }

  private nameOf(model: ModelSpace, page: number): string {
    return `page ${page} of space ${this.spaces.findIndex((space) => space.model === model)}`;
  }

  /** A page of the space: every other time one with watched code, if there is one. */
  private page(): number {
    const code = [...this.space.model.pages].filter(([, page]) => page.code.length > 0);
    if (code.length === 0 || this.random.oneIn(2)) return this.random.below(PAGES);
    return this.random.pick(code)[0];
  }

  /** An offset that an access of 8 bytes can have: often at the end of a page, or at code. */
  private offset(): number {
    const page = this.page();
    const code = this.space.model.pages.get(page)?.code ?? [];
    const kind = this.random.below(3);
    let at = page * PAGE + this.random.below(PAGE);
    if (kind === 0) at = (page + 1) * PAGE - this.random.between(1, 8);
    else if (kind === 1 && code.length > 0) {
      at = page * PAGE + this.random.pick(code) * 64 + this.random.between(-4, 63);
    }
    return Math.min(Math.max(0, at), BYTES - 16);
  }

  /** A range of pages: the first, and the one after the last. */
  private range(most: number): [number, number] {
    const first = this.page();
    return [first, first + this.random.between(1, Math.min(most, PAGES - first))];
  }

  /** Does something to a range of pages of the space, and to each of its pages in the model. */
  private onRange(
    act: (start: number, length: number) => void,
    change: (page: number) => void,
  ): void {
    const [first, end] = this.range(5);
    act(this.base + first * PAGE, (end - first) * PAGE);
    for (let page = first; page < end; page++) change(page);
  }

  // Accesses.

  private access(): void {
    const { mmu, model } = this.space;
    const at = this.offset();
    const access = this.random.pick(['read', 'write', 'execute'] as const);
    const size = access === 'execute' ? this.random.pick([1, 2, 4]) : this.random.pick(SIZES);
    const words = [this.random.next(), this.random.next()] as const;
    const fault = model.faultOf(at, size, access);
    const { refusals } = mmu.pool;
    const got = this.perform(access, this.base + at, size, words);
    if (mmu.pool.refusals > refusals) {
      this.expectRefused(at, size);
      return;
    }
    expect(mmu.faulted ? mmu.fault.kind : null).toBe(fault?.kind ?? null);
    if (fault !== null) {
      const address = this.base + fault.offset;
      expect(mmu.fault).toMatchObject({ access, address });
      return;
    }
    if (access === 'write') this.expectStored(at, bytesOfWords(words, size));
    else expect(got).toEqual(Array.from({ length: size }, (_, n) => model.byte(at + n)));
  }

  /** No frame was left: a fault, and all bytes as they were. */
  private expectRefused(at: number, size: number): void {
    const { mmu, model } = this.space;
    expect([mmu.faulted, mmu.fault.kind, this.told]).toEqual([true, 'bus', []]);
    for (let offset = at; offset < at + size; offset++) {
      const byte = new Uint8Array(1);
      const isThere = mmu.peek(this.base + offset, byte);
      if (isThere) expect(byte[0]).toBe(model.byte(offset));
      // The model looked at all pages; a guard behind the one that has no frame is still armed.
      const page = model.pages.get(Math.floor(offset / PAGE));
      if (page !== undefined) page.guard = mmu.vmas.find(this.base + offset)!.guard;
    }
  }

  /** Does an access, which may be of 64 address bits; the bytes that it loads. */
  private perform(
    access: 'read' | 'write' | 'execute',
    address: number,
    size: number,
    [low, high]: readonly [number, number],
  ): number[] {
    const { mmu } = this.space;
    const at = [address | 0, Math.floor(address / 2 ** 32)] as const;
    const inHalves = this.random.oneIn(4);
    if (access === 'write') {
      if (inHalves) mmu.storeSlowAt(...at, size, low, high);
      else mmu.storeSlow(address, size, low, high);
      return [];
    }
    if (access === 'execute') {
      const code = inHalves ? mmu.fetchSlowAt(...at, size) : mmu.fetchSlow(address, size);
      return bytesOfWords([code, 0], size);
    }
    const value = inHalves ? mmu.loadSlowAt(...at, size) : mmu.loadSlow(address, size);
    return bytesOfWords([value, mmu.high], size);
  }

  /** Stores bytes in the model, and compares whom the store must have been told to. */
  private expectStored(offset: number, bytes: readonly number[]): void {
    const { model } = this.space;
    const models = this.spaces.map((space) => space.model);
    model.store(offset, bytes);
    const watchers = bytes.flatMap((_, n) => watchersOf(models, model, offset + n));
    const names = watchers.map(({ space, number }) => this.nameOf(space, number));
    expect([...new Set(this.told)].sort()).toEqual([...new Set(names)].sort());
  }

  /** What generated code does where the TLB hits. */
  private inline(): void {
    const active = this.spaces.find(({ mmu }) => mmu.tlb.isActive);
    if (active === undefined) return;
    const { mmu, model } = active;
    for (let page = 0; page < PAGES; page++) {
      const offset = page * PAGE + this.random.below(PAGE);
      const address = this.base + offset;
      const half = Math.floor(address / 2 ** 32);
      const source = mmu.tlb.readOffset(address | 0, half);
      if (source >= 0) {
        expect(model.faultOf(offset, 1, 'read')).toBeNull();
        expect(mmu.pool.u8[source]).toBe(model.byte(offset));
      }
      const target = mmu.tlb.writeOffset(address | 0, half);
      if (target < 0) continue;
      expect(model.faultOf(offset, 1, 'write')).toBeNull();
      mmu.pool.u8[target] = page;
      model.store(offset, [page]);
      const models = this.spaces.map((space) => space.model);
      expect(watchersOf(models, model, offset).every(({ trusted }) => trusted)).toBe(true);
    }
  }

  private poke(): void {
    const { mmu, model } = this.space;
    const offset = this.offset();
    // A poke stops at the page that it cannot have: this one is done or not.
    if (!model.isThere(offset, 8) || (offset % PAGE) + 8 > PAGE) return;
    const bytes = Uint8Array.from({ length: 8 }, () => this.random.below(256));
    const { refusals } = mmu.pool;
    const isDone = new Supervisor(mmu).poke(this.base + offset, bytes);
    expect(isDone).toBe(mmu.pool.refusals === refusals);
    if (!isDone) return;
    this.expectStored(offset, [...bytes]);
  }

  private peek(): void {
    const { mmu, model } = this.space;
    const offset = this.random.below(BYTES - 2 * PAGE);
    const length = this.random.pick([1, 16, 2 * PAGE]);
    const before = mmu.pool.inUse;
    const bytes = new Supervisor(mmu).peek(this.base + offset, length);
    expect(mmu.pool.inUse).toBe(before);
    expect(bytes !== null).toBe(model.isThere(offset, length));
    if (bytes === null) return;
    expect([...bytes]).toEqual(Array.from({ length }, (_, n) => model.byte(offset + n)));
  }

  // Mappings.

  private map(): void {
    const { mmu, model } = this.space;
    const [first, end] = this.range(4);
    const protection = this.random.pick([3, 3, 7, 7, this.random.below(8)]);
    const guard = this.random.oneIn(8);
    const chosen = this.random.oneIn(2) ? this.random.pick(this.objects) : null;
    const shared = chosen !== null && this.random.oneIn(2);
    const index = this.random.below(3);
    for (let page = first; page < end; page++) if (model.pages.has(page)) return;
    const backing: Backing =
      chosen === null
        ? { kind: 'anonymous' }
        : { kind: 'object', object: chosen.real, offset: index * PAGE, shared };
    const start = this.base + first * PAGE;
    expect(mmu.map(start, (end - first) * PAGE, protection, { backing, guard })).toBe(true);
    for (let page = first; page < end; page++) {
      const object = chosen?.model ?? null;
      const at = index + page - first;
      const rest = { own: null, code: [], trusted: false };
      model.pages.set(page, { protection, guard, object, index: at, shared, ...rest });
    }
  }

  private unmap(): void {
    const { mmu, model } = this.space;
    this.onRange(
      (start, length) => mmu.unmap(start, length),
      (page) => model.pages.delete(page),
    );
  }

  private protect(): void {
    const { mmu, model } = this.space;
    const protection = this.random.below(8);
    this.onRange(
      (start, length) => mmu.protect(start, length, protection),
      (page) => {
        model.forgetCode(page);
        const known = model.pages.get(page);
        if (known !== undefined) known.protection = protection;
      },
    );
  }

  private discard(): void {
    const { mmu, model } = this.space;
    this.onRange(
      (start, length) => mmu.discard(start, length),
      (page) => model.discard(page),
    );
  }

  private guard(): void {
    const { mmu, model } = this.space;
    const armed = this.random.oneIn(2);
    this.onRange(
      (start, length) => mmu.guard(start, length, armed),
      (page) => {
        if (armed) model.forgetCode(page);
        const known = model.pages.get(page);
        if (known !== undefined) known.guard = armed;
      },
    );
  }

  private move(): void {
    const { mmu, model } = this.space;
    const [first, end] = this.range(6);
    const target = this.random.below(PAGES - (end - first) + 1);
    if (Math.abs(target - first) < end - first) return;
    const moved: [number, ModelPage][] = [];
    for (let page = first; page < end; page++) {
      if (model.pages.has(target + page - first)) return;
      const known = model.pages.get(page);
      if (known !== undefined) moved.push([target + page - first, known]);
    }
    const to = this.base + target * PAGE;
    mmu.move(this.base + first * PAGE, (end - first) * PAGE, to);
    for (let page = first; page < end; page++) model.pages.delete(page);
    for (const [page, known] of moved) {
      model.pages.set(page, known);
      model.forgetCode(page);
    }
  }

  // Code.

  /** Watches bytes that were fetched, as a translator does. */
  private watch(): void {
    const { mmu, model } = this.space;
    const page = this.random.below(PAGES);
    const from = this.random.below(PAGE - 100);
    const length = this.random.between(2, 100);
    if (model.faultOf(page * PAGE + from, 4, 'execute') !== null) {
      mmu.fetchSlow(this.base + page * PAGE + from, 4);
      return;
    }
    mmu.fetchSlow(this.base + page * PAGE + from, 4);
    if (mmu.faulted) {
      this.expectRefused(page * PAGE + from, 4);
      return;
    }
    mmu.watchCode(this.base + page * PAGE + from, length);
    model.watch(page, from, from + length);
    if (!this.random.oneIn(3)) return;
    mmu.unwatchCode(this.base + page * PAGE + from, length);
    model.unwatch(page, from, from + length);
  }

  /** Takes all watches of a page back. */
  private unwatch(): void {
    const { mmu, model } = this.space;
    const watched = [...model.pages].filter(([, { code }]) => code.length > 0);
    if (watched.length === 0) return;
    const [number, page] = this.random.pick(watched);
    for (const granule of [...page.code]) {
      mmu.unwatchCode(this.base + number * PAGE + granule * 64, 1);
      model.unwatch(number, granule * 64, granule * 64 + 1);
    }
  }

  private trust(): void {
    const { mmu, model } = this.space;
    const page = this.page();
    mmu.trustPage(this.base + page * PAGE);
    const known = model.pages.get(page);
    if (known !== undefined && known.code.length > 0) known.trusted = true;
  }

  // Spaces and objects.

  private fork(): void {
    if (this.spaces.length === MOST_SPACES) return;
    this.enter({ mmu: this.space.mmu.fork(), model: this.space.model.fork() });
  }

  private dispose(): void {
    if (this.spaces.length === 1) return;
    this.space.mmu.dispose();
    this.spaces.splice(this.spaces.indexOf(this.space), 1);
  }

  private activate(): void {
    this.space.mmu.activate();
  }

  private resize(): void {
    const { real, model } = this.objects[0]!;
    const size = this.random.below(OBJECT_PAGES * PAGE + 1);
    if (size > model.size) real.trim();
    real.writeBack();
    this.file.resize(size);
    model.resize(size);
    for (const space of this.spaces) {
      space.mmu.dropPastEnd(real);
      for (const [number, page] of space.model.pages) {
        if (page.object === model && page.index * PAGE >= size) space.model.discard(number);
      }
    }
    real.trim();
  }

  private writeBack(): void {
    const { real, model } = this.objects[0]!;
    real.writeBack();
    expect(this.file.bytes).toEqual(model.bytes());
  }
}

/** The low bytes of two words, lowest first. */
function bytesOfWords(words: readonly [number, number], size: number): number[] {
  return Array.from({ length: size }, (_, n) => (words[n >> 2]! >>> ((n & 3) * 8)) & 255);
}
