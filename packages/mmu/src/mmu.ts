/**
 * One guest's address space: VMAs say what the guest asked for; PTEs, frames and TLB entries are
 * derived from them on first touch and can be dropped at any time. {@link Pages} alone
 * changes PTEs.
 *
 * A slow access returns a value and leaves `faulted` set when it faulted; nothing is thrown. An
 * access that crosses a page checks both pages before it touches a byte.
 *
 * Spaces on one frame pool share its frames and the one TLB in linear memory: `activate` says whose
 * translations generated code hits.
 */
import { addressOf, spaceEndOf } from './address.ts';
import { assert } from './assert.ts';
import { type Backing, backingMoved, type FramesBacking } from './backing.ts';
import type { Device } from './device.ts';
import type { AccessKind, Fault } from './fault.ts';
import { loadFrame, storeFrame } from './frame-bytes.ts';
import { type FrameHolder, FramePool } from './frame-pool.ts';
import { drop, hold, Mappings } from './mappings.ts';
import { PAGE_BYTES } from './memory-layout.ts';
import { MemoryObject } from './memory-object.ts';
import { checkSpace } from './mmu-check.ts';
import type { AddressBits } from './page-table.ts';
import { NO_PTE, Pages, type PageUsage } from './pages.ts';
import { PROT_READ, PROT_WRITE, PTE_DEVICE, PTE_ROM, pteFrame } from './pte.ts';
import type { StudyTlb } from './study-tlb.ts';
import { TLB_ENTRIES, Tlb } from './tlb.ts';
import { type FaultHook, Translation } from './translation.ts';
import type { Vma, VmaMap } from './vma-map.ts';

export interface MmuOptions {
  readonly addressBits: AddressBits;
  /** Most bytes of frames. */
  readonly memoryBytes: number;
  readonly tlb?: { readonly entries?: number };
  /** Sees every access; the TLB that generated code reads then stays empty. */
  readonly study?: StudyTlb;
  /** Frames to share with another space of the same machine; this one is then not active. */
  readonly pool?: FramePool;
  /** Most VMAs that requests of the guest may leave; default: no limit. */
  readonly maxVmas?: number;
}

export interface MapOptions {
  readonly name?: string;
  readonly backing?: Backing | FramesBacking;
  /** The first touch of each page faults once, as `guard`. */
  readonly guard?: boolean;
  /** The platform's own marks of the VMA. */
  readonly flags?: number;
}

const OFFSET_MASK = PAGE_BYTES - 1;

export class Mmu implements FrameHolder {
  readonly addressBits: AddressBits;
  readonly pool: FramePool;
  readonly memory: WebAssembly.Memory;
  readonly tlb: Tlb;
  readonly vmas: VmaMap<Backing>;
  /** High half of the last load of 8 bytes; unsigned. */
  high = 0;
  /** Told of a store to read-only memory, which has no other effect. */
  onDroppedStore: ((address: number, size: number) => void) | null = null;
  /** Told of bytes that were stored to where code is watched, by the address that was watched. */
  onCodeWrite: ((address: number, size: number) => void) | null = null;
  /** Told that mappings with watched code change; their watches then end. */
  onCodeChange: ((start: number, length: number) => void) | null = null;
  /**
   * Told, by its address, of a present page that has got another frame, protection or state, or is
   * gone; not of one that was made present or used. For whoever keeps translations of its own.
   */
  onPageChange: ((page: number) => void) | null = null;
  private readonly pageMap: Pages;
  private readonly mappings: Mappings;
  private readonly spaceEnd: number;
  private readonly translation: Translation;
  private refused = false;

  constructor(options: MmuOptions) {
    this.addressBits = options.addressBits;
    this.spaceEnd = spaceEndOf(options.addressBits);
    this.pool = options.pool ?? new FramePool(options.memoryBytes);
    this.memory = this.pool.memory;
    this.mappings = new Mappings(options.maxVmas ?? Number.POSITIVE_INFINITY);
    this.vmas = this.mappings.vmas;
    this.tlb = new Tlb(this.pool, options.addressBits, options.tlb?.entries ?? TLB_ENTRIES);
    const { addressBits, pool, vmas, tlb, mappings } = this;
    const study = options.study ?? null;
    this.pageMap = new Pages({ addressBits, pool, vmas, tlb, study, watcher: this });
    const pages = this.pageMap;
    this.translation = new Translation({ addressBits, pool, mappings, pages, tlb, study });
    this.pool.holders.add(this);
  }

  /** The last fault of an access; one record for all. */
  get fault(): Fault {
    return this.translation.fault;
  }

  /** Set by an access that faults; whoever looked into it clears it. */
  get faulted(): boolean {
    return this.translation.faulted;
  }

  set faulted(faulted: boolean) {
    this.translation.faulted = faulted;
  }

  /** Faults recorded so far. */
  get faults(): number {
    return this.translation.faults;
  }

  /**
   * Asked before an access faults; `retry` when the mappings were changed so that it can go on.
   * Accesses that it makes itself fault without asking, and leave the record that it was given.
   */
  get onFault(): FaultHook | null {
    return this.translation.onFault;
  }

  set onFault(hook: FaultHook | null) {
    this.translation.onFault = hook;
  }

  /** Pages present in the page table. */
  get pages(): number {
    return this.pageMap.count;
  }

  /** Bytes of the host's memory that its records take, about: no limit of frames counts them. */
  get recordBytes(): number {
    return this.pageMap.tableBytes + this.vmas.recordBytes;
  }

  /** Most VMAs that requests of the guest may leave. */
  get maxVmas(): number {
    return this.mappings.limit;
  }

  /** Makes this the space that generated code runs in: its TLB begins empty. */
  activate(): void {
    this.tlb.activate();
  }

  /** Gives back everything: the space is not to be used again. */
  dispose(): void {
    this.unmap(0, this.spaceEnd);
    this.tlb.deactivate();
    this.pool.holders.delete(this);
  }

  // Mappings. Start and length are page multiples inside the space; callers turn requests into them.
  // False: the limit of VMAs forbids it, and nothing has changed.

  /** Maps a free range; `protection` is a sum of PROT_READ, PROT_WRITE and PROT_EXECUTE. */
  map(start: number, length: number, protection: number, options: MapOptions = {}): boolean {
    this.requireRange(start, length);
    const asked = options.backing ?? { kind: 'anonymous' };
    const backing: Backing =
      asked.kind === 'frames'
        ? {
            kind: 'object',
            object: MemoryObject.ofFrames(this.pool, asked.frames),
            offset: 0,
            shared: true,
          }
        : asked;
    if (backing.kind === 'object') {
      assert(backing.offset >= 0 && backing.offset % PAGE_BYTES === 0, 'offset', backing.offset);
    }
    const { name = '', flags = 0, guard = false } = options;
    const vma = { start, end: start + length, protection, name, backing, flags, guard };
    const admitted = this.mappings.admits(vma);
    if (admitted) this.mappings.insert(hold(vma));
    if (asked.kind === 'frames' && backing.kind === 'object') backing.object.release();
    return admitted;
  }

  /** Maps a device over a free range; offsets count from `start`. */
  mapDevice(start: number, length: number, device: Device, name = ''): boolean {
    return this.map(start, length, PROT_READ | PROT_WRITE, {
      name,
      backing: { kind: 'device', device, base: start },
    });
  }

  /**
   * Removes whatever is mapped in the range, which may be nothing. What shared mappings stored goes
   * back to their files.
   */
  unmap(start: number, length: number): boolean {
    this.requireRange(start, length);
    const end = start + length;
    if (!this.vmas.overlaps(start, end)) return true;
    if (!this.mappings.admitsHole(start, end)) return false;
    this.tellCodeChange(start, length);
    const parts = this.mappings.cutOut(start, end);
    this.pageMap.drop(start, end);
    for (const part of parts) {
      writeBack(part, start, end);
      drop(part);
    }
    return true;
  }

  /** Changes the protection of everything mapped in the range; holes stay holes. */
  protect(start: number, length: number, protection: number): boolean {
    this.requireRange(start, length);
    const end = start + length;
    if (!this.vmas.overlaps(start, end)) return true;
    if (!this.mappings.admitsCuts(start, end)) return false;
    this.tellCodeChange(start, length);
    this.mappings.change(start, end, (vma) => ({ ...vma, protection }));
    this.pageMap.protect(start, end, protection);
    return true;
  }

  /**
   * Makes each page of a mapped range fault once, as `guard`, when it is next touched; with
   * `armed` false, no longer.
   */
  guard(start: number, length: number, armed = true): boolean {
    this.requireRange(start, length);
    if (!this.mappings.admitsCuts(start, start + length)) return false;
    if (armed) this.tellCodeChange(start, length);
    this.translation.setGuard(start, start + length, armed);
    return true;
  }

  /** Sets the platform's own marks on everything mapped in a range. */
  mark(start: number, length: number, flags: number): boolean {
    this.requireRange(start, length);
    if (!this.mappings.admitsCuts(start, start + length)) return false;
    this.mappings.change(start, start + length, (vma) => ({ ...vma, flags }));
    return true;
  }

  /**
   * Drops the frames of a range: pages of objects are read again from them, others are zero again.
   * What shared mappings stored stays in their objects.
   */
  discard(start: number, length: number): void {
    this.requireRange(start, length);
    this.tellCodeChange(start, length);
    this.pageMap.drop(start, start + length);
  }

  /** Moves what is mapped in a range, contents and all, to a free range that it does not overlap. */
  move(from: number, length: number, to: number): boolean {
    this.requireRange(from, length);
    this.requireRange(to, length);
    assert(Math.abs(to - from) >= length, 'a move overlaps itself');
    const end = from + length;
    // One more in place of one that is parted at both ends; at its destination it may stay alone.
    if (this.vmas.size + this.vmas.partedBy(from, end) > this.maxVmas) return false;
    this.tellCodeChange(from, length);
    const distance = to - from;
    for (const vma of this.mappings.cutOut(from, end)) {
      const backing = backingMoved(vma.backing, distance);
      this.mappings.insert({
        ...vma,
        start: vma.start + distance,
        end: vma.end + distance,
        backing,
      });
    }
    this.pageMap.move(from, end, distance);
    return true;
  }

  /** Drops the pages of a file that shrank; {@link MemoryObject.trim} it when all spaces have. */
  dropPastEnd(object: MemoryObject): void {
    const objectEnd = Math.ceil(object.size / PAGE_BYTES) * PAGE_BYTES;
    for (const { start, end, backing } of this.vmas.all()) {
      if (backing.kind !== 'object' || backing.object !== object) continue;
      const from = Math.max(start, start + objectEnd - backing.offset);
      if (from < end) this.discard(from, end - from);
    }
  }

  /**
   * Copies the address space: frames are shared, written pages are copied when written to. Hooks,
   * watched code and study stay with the original, and so does the TLB.
   */
  fork(): Mmu {
    const child = new Mmu({
      addressBits: this.addressBits,
      memoryBytes: 0,
      pool: this.pool,
      tlb: { entries: this.tlb.entries },
      maxVmas: this.maxVmas,
    });
    for (const vma of this.vmas.all()) child.vmas.insert(hold(vma));
    this.pageMap.shareWith(child.pageMap, this.spaceEnd);
    return child;
  }

  // Guest accesses that missed the TLB. Addresses are numbers; the ...At forms take the 64 bits of
  // a guest's address register as two halves, and fault when they are no address.

  /** Loads 1, 2, 4 or 8 bytes; unsigned. Of 8, returns the low half and leaves the high one. */
  loadSlow(address: number, size: number): number {
    this.tlb.counters.misses.read++;
    return this.load(address, size);
  }

  /** Stores the low 1, 2 or 4 bytes of a value; or 8, the upper ones from `high`. */
  storeSlow(address: number, size: number, value: number, high = 0): void {
    this.tlb.counters.misses.write++;
    this.store(address, size, value, high);
  }

  /** Fetches 1, 2 or 4 bytes of code; unsigned. */
  fetchSlow(address: number, size: number): number {
    this.tlb.counters.misses.execute++;
    return this.fetch(address, size);
  }

  /** {@link loadSlow} at an address of two halves. */
  loadSlowAt(low: number, high: number, size: number): number {
    if (!this.translation.isCanonical(low, high, 'read', size)) return 0;
    return this.loadSlow(addressOf(low, high), size);
  }

  /** {@link storeSlow} at an address of two halves. */
  storeSlowAt(low: number, high: number, size: number, value: number, valueHigh = 0): void {
    if (!this.translation.isCanonical(low, high, 'write', size)) return;
    this.storeSlow(addressOf(low, high), size, value, valueHigh);
  }

  /** {@link fetchSlow} at an address of two halves. */
  fetchSlowAt(low: number, high: number, size: number): number {
    if (!this.translation.isCanonical(low, high, 'execute', size)) return 0;
    return this.fetchSlow(addressOf(low, high), size);
  }

  /** For a device: the access that it is asked about faults, as `bus`. */
  refuse(): void {
    this.refused = true;
  }

  // Supervisor access: see supervisor.ts for ranges and strings. Accesses as the guest's, devices
  // and faults included, but not counted as its TLB misses.

  /** As {@link loadSlow}. */
  load(address: number, size: number): number {
    const offset = address & OFFSET_MASK;
    if (offset + size > PAGE_BYTES) return this.loadAcross(address, size);
    const pte = this.translation.translate(address, 'read', size);
    if (pte === NO_PTE) return 0;
    if ((pte & PTE_DEVICE) !== 0) return this.loadDevice(pte, address, size);
    const host = this.pool.offset(pteFrame(pte)) + offset;
    if (size !== 8) return loadFrame(this.pool, host, size);
    this.high = loadFrame(this.pool, host + 4, 4);
    return loadFrame(this.pool, host, 4);
  }

  /** As {@link storeSlow}. */
  store(address: number, size: number, value: number, high = 0): void {
    const offset = address & OFFSET_MASK;
    if (offset + size > PAGE_BYTES) {
      this.storeAcross(address, size, value, high);
      return;
    }
    const pte = this.translation.translate(address, 'write', size);
    if (pte === NO_PTE) return;
    if ((pte & (PTE_DEVICE | PTE_ROM)) !== 0) {
      if ((pte & PTE_DEVICE) !== 0) this.storeDevice(pte, address, size, value, high);
      else this.onDroppedStore?.(address, size);
      return;
    }
    const frame = pteFrame(pte);
    const host = this.pool.offset(frame) + offset;
    storeFrame(this.pool, host, Math.min(size, 4), value);
    if (size === 8) storeFrame(this.pool, host + 4, 4, high);
    this.pool.code.stored(frame, offset, size);
  }

  /**
   * Host offset of the byte at an address for an access that faults as the guest's would, or -1
   * with the fault recorded. Good to the end of the page and until the next call into the MMU.
   */
  hostOffset(address: number, access: AccessKind): number {
    const pte = this.translation.translate(address, access, 1);
    if (pte === NO_PTE) return -1;
    const unfit = access === 'write' ? PTE_DEVICE | PTE_ROM : PTE_DEVICE;
    if ((pte & unfit) !== 0) {
      this.translation.record('bus', access, address, 1);
      return -1;
    }
    return this.pool.offset(pteFrame(pte)) + (address & OFFSET_MASK);
  }

  /** Tells the code watch of bytes that were changed through {@link hostOffset}. */
  wrote(address: number, length: number): void {
    const pte = this.pageMap.get(Math.floor(address / PAGE_BYTES));
    if (pte === 0 || (pte & PTE_DEVICE) !== 0) return;
    this.pool.code.stored(pteFrame(pte), address & OFFSET_MASK, length);
  }

  /**
   * Host offset of a mapped byte whatever its protection, made present when it is not, or -1 when
   * it is not mapped memory. To read from: the frame may be shared. No fault, no accessed bit.
   */
  peekOffset(address: number): number {
    const pte = this.pageMap.present(address);
    if (pte === NO_PTE || (pte & PTE_DEVICE) !== 0) return -1;
    return this.pool.offset(pteFrame(pte)) + (address & OFFSET_MASK);
  }

  /**
   * As {@link peekOffset}, to write to: the page is this space's own, or its object's, and dirty;
   * -1 when memory is at its limit, too.
   */
  pokeOffset(address: number): number {
    let pte = this.pageMap.present(address);
    if (pte === NO_PTE || (pte & PTE_DEVICE) !== 0) return -1;
    pte = this.pageMap.prepareWrite(Math.floor(address / PAGE_BYTES), pte);
    return pte === NO_PTE ? -1 : this.pool.offset(pteFrame(pte)) + (address & OFFSET_MASK);
  }

  /**
   * Copies mapped bytes, which lie in one page, whatever their protection; false when they are not
   * mapped memory. Nothing changes: an untouched page stays untouched.
   */
  peek(address: number, bytes: Uint8Array): boolean {
    return this.pageMap.peek(address, bytes);
  }

  /** Whether the page of an address lies in a frame, here or in its object. */
  isResident(address: number): boolean {
    return this.pageMap.isResident(address);
  }

  /** What became of the pages of a range that are present. */
  usage(start: number, length: number): PageUsage {
    return this.pageMap.usage(start, start + length);
  }

  // Code that was translated.

  /**
   * Asks for onCodeWrite when a byte of [address, address + length) is stored to, by whatever
   * address and space. Watches are counted; they end with unwatchCode, and with onCodeChange.
   */
  watchCode(address: number, length: number): void {
    this.pageMap.watch(address, length);
  }

  /** Takes back one watchCode of the same range: the translation is gone. */
  unwatchCode(address: number, length: number): void {
    this.pageMap.unwatch(address, length);
  }

  /** Lets stores to the page of an address hit the TLB again: they are no longer told. */
  trustPage(address: number): void {
    this.pageMap.trust(address);
  }

  // Checks.

  /**
   * Compares every valid TLB entry with a fresh walk, the VMAs with the PTEs, and the count of each
   * frame with who holds it; returns what is wrong, one line each. Every holder of frames must have
   * joined the pool's holders.
   */
  check(): string[] {
    const { spaceEnd, vmas, pageMap, tlb, pool } = this;
    return checkSpace({ spaceEnd, vmas, pages: pageMap, tlb, pool });
  }

  countFrames(counts: Uint32Array): void {
    this.pageMap.countFrames(counts, this.spaceEnd);
  }

  // Accesses of more than one page, and devices.

  private fetch(address: number, size: number): number {
    const offset = address & OFFSET_MASK;
    if (offset + size > PAGE_BYTES) {
      const next = this.pageAfter(address);
      if (this.crosses(address, next, 'execute', size)) return 0;
      const low = this.fetch(address, PAGE_BYTES - offset);
      const high = this.fetch(next, offset + size - PAGE_BYTES);
      return (low | (high << ((PAGE_BYTES - offset) * 8))) >>> 0;
    }
    const pte = this.translation.translate(address, 'execute', size);
    if (pte === NO_PTE) return 0;
    return loadFrame(this.pool, this.pool.offset(pteFrame(pte)) + offset, size);
  }

  private loadAcross(address: number, size: number): number {
    const low = PAGE_BYTES - (address & OFFSET_MASK);
    const next = this.pageAfter(address);
    if (this.crosses(address, next, 'read', size)) return 0;
    if (size === 8) {
      const value = this.load(address, 4);
      this.high = this.load(this.plus4(address), 4);
      return value;
    }
    const first = this.load(address, low);
    return (first | (this.load(next, size - low) << (low * 8))) >>> 0;
  }

  private storeAcross(address: number, size: number, value: number, high: number): void {
    const low = PAGE_BYTES - (address & OFFSET_MASK);
    const next = this.pageAfter(address);
    if (this.crosses(address, next, 'write', size)) return;
    if (size === 8) {
      this.store(address, 4, value);
      this.store(this.plus4(address), 4, high);
      return;
    }
    this.store(address, low, value);
    this.store(next, size - low, value >>> (low * 8));
  }

  /**
   * Checks both pages of an access; true when it faulted, at the first byte that cannot be had, and
   * otherwise no part of it faults any more. A device takes no part of an access: one that reaches
   * into it is a bus fault.
   */
  private crosses(address: number, next: number, access: AccessKind, size: number): boolean {
    const low = this.translation.translate(address, access, size);
    if (low === NO_PTE) return true;
    const high = this.translation.translate(next, access, size);
    if (high === NO_PTE) return true;
    if (((low | high) & PTE_DEVICE) === 0) return false;
    this.translation.record('bus', access, (low & PTE_DEVICE) !== 0 ? address : next, size);
    return true;
  }

  /** Start of the page after an address; the last page of a 32-bit space is followed by page 0. */
  private pageAfter(address: number): number {
    const next = (Math.floor(address / PAGE_BYTES) + 1) * PAGE_BYTES;
    return next === 2 ** 32 && this.addressBits === 32 ? 0 : next;
  }

  private plus4(address: number): number {
    return this.addressBits === 32 ? (address + 4) % 2 ** 32 : address + 4;
  }

  /** A device's bus is 32 bits wide: 8 bytes are two accesses, the lower address first. */
  private loadDevice(pte: number, address: number, size: number): number {
    const { device, base } = this.pageMap.devices.at(pteFrame(pte));
    const before = this.takeRefusal();
    const value = device.load(address - base, Math.min(size, 4));
    if (size === 8 && !this.refused) this.high = device.load(address - base + 4, 4) >>> 0;
    if (!this.isRefused(before)) return value >>> 0;
    this.translation.record('bus', 'read', address, size);
    return 0;
  }

  private storeDevice(
    pte: number,
    address: number,
    size: number,
    value: number,
    high: number,
  ): void {
    const { device, base } = this.pageMap.devices.at(pteFrame(pte));
    const before = this.takeRefusal();
    if (size >= 4) device.store(address - base, 4, value >>> 0);
    else device.store(address - base, size, value & (2 ** (size * 8) - 1));
    if (size === 8 && !this.refused) device.store(address - base + 4, 4, high >>> 0);
    if (this.isRefused(before)) this.translation.record('bus', 'write', address, size);
  }

  /** Begins an access to a device; one that it makes itself to another keeps its own answer. */
  private takeRefusal(): boolean {
    const before = this.refused;
    this.refused = false;
    return before;
  }

  /** Ends it: whether the device refused. */
  private isRefused(before: boolean): boolean {
    const refused = this.refused;
    this.refused = before;
    return refused;
  }

  private tellCodeChange(start: number, length: number): void {
    if (!this.pageMap.hasCode(start, start + length)) return;
    this.onCodeChange?.(start, length);
    this.pageMap.dropCode(start, start + length);
  }

  private requireRange(start: number, length: number): void {
    const whole = start % PAGE_BYTES === 0 && length % PAGE_BYTES === 0 && length > 0;
    assert(whole && start >= 0 && start + length <= this.spaceEnd, 'a page range', start);
  }
}

/** Gives what a shared mapping stored in a range back to its file. */
function writeBack({ start, end, backing }: Vma<Backing>, from: number, to: number): void {
  if (backing.kind !== 'object' || !backing.shared) return;
  const first = Math.floor(backing.offset / PAGE_BYTES);
  const low = Math.max(start, from) - start;
  const high = Math.min(end, to) - start;
  backing.object.writeBack(first + low / PAGE_BYTES, first + high / PAGE_BYTES);
}
