/**
 * One guest's address space: VMAs say what the guest asked for; PTEs, frames and TLB entries are
 * derived from them on first touch and can be dropped at any time. `setPte` alone changes a PTE,
 * and it alone invalidates the TLB.
 *
 * A slow access returns a value and leaves `faulted` set when it faulted; nothing is thrown. An
 * access that crosses a page checks both pages before it touches a byte.
 */
import { assert } from './assert.ts';
import { type Backing, backingFrom, joinable } from './backing.ts';
import { CodeWatch } from './code-watch.ts';
import type { Device } from './device.ts';
import { type AccessKind, emptyFault, type Fault, type FaultKind } from './fault.ts';
import { FramePool, NO_FRAME } from './frame-pool.ts';
import { PAGE_BYTES } from './memory-layout.ts';
import { type AddressBits, PageTable } from './page-table.ts';
import {
  makePte,
  PROT_READ,
  PROT_WRITE,
  PTE_ACCESSED,
  PTE_COW,
  PTE_DEVICE,
  PTE_DIRTY,
  PTE_EXECUTE,
  PTE_GUARD,
  PTE_READ,
  PTE_ROM,
  PTE_WRITE,
  protectionBits,
  pteFrame,
} from './pte.ts';
import type { StudyTlb } from './study-tlb.ts';
import { TLB_ENTRIES, Tlb } from './tlb.ts';
import { type Vma, VmaMap } from './vma-map.ts';

export interface MmuOptions {
  readonly addressBits: AddressBits;
  /** Most bytes of frames. */
  readonly memoryBytes: number;
  readonly tlb?: { readonly entries?: number };
  /** Sees every access; the TLB that generated code reads then stays empty. */
  readonly study?: StudyTlb;
  /** Frames to share with another address space of the same machine. */
  readonly pool?: FramePool;
}

export interface MapOptions {
  readonly name?: string;
  readonly backing?: Backing;
  /** The first touch of each page faults once, as `guard`. */
  readonly guard?: boolean;
}

const NEED = { read: PTE_READ, write: PTE_WRITE, execute: PTE_EXECUTE } as const;
/** PTE bits of a page by what stands behind it. */
const KIND_BITS: Readonly<Partial<Record<Backing['kind'], number>>> = {
  device: PTE_DEVICE,
  rom: PTE_ROM,
};
const OFFSET_MASK = PAGE_BYTES - 1;

/** A translation that failed; no PTE is -1. */
const NO_TRANSLATION = -1;

export class Mmu {
  readonly addressBits: AddressBits;
  readonly pool: FramePool;
  readonly memory: WebAssembly.Memory;
  readonly tlb: Tlb;
  readonly vmas: VmaMap<Backing> = new VmaMap<Backing>();
  readonly fault: Fault = emptyFault();
  faulted = false;
  /** High half of the last 64-bit load. */
  high = 0;
  /** Faults recorded so far. */
  faults = 0;
  /** Asked before a fault is recorded; `retry` when it changed the mappings. */
  onFault: ((fault: Fault) => 'retry' | 'raise') | null = null;
  /** Told of a store to read-only memory, which has no other effect. */
  onDroppedStore: ((address: number, size: number) => void) | null = null;
  onCodeWrite: ((address: number, size: number) => void) | null = null;
  onCodeChange: ((start: number, length: number) => void) | null = null;
  private readonly table: PageTable;
  private readonly watch: CodeWatch;
  private readonly devices: { device: Device; base: number }[] = [];
  private readonly spaceEnd: number;
  private readonly study: StudyTlb | null;
  private refused = false;
  private present = 0;

  constructor(options: MmuOptions) {
    this.addressBits = options.addressBits;
    this.spaceEnd = 2 ** options.addressBits;
    this.pool = options.pool ?? new FramePool(options.memoryBytes);
    this.memory = this.pool.memory;
    this.table = new PageTable(options.addressBits);
    this.tlb = new Tlb(this.pool, options.addressBits, options.tlb?.entries ?? TLB_ENTRIES);
    this.watch = new CodeWatch(this.pool);
    this.study = options.study ?? null;
  }

  /** Pages present in the page table. */
  get pages(): number {
    return this.present;
  }

  // Mappings. Start and length are page multiples inside the space; callers turn requests into them.

  /** Maps a free range; `protection` is a sum of PROT_READ, PROT_WRITE and PROT_EXECUTE. */
  map(start: number, length: number, protection: number, options: MapOptions = {}): void {
    this.requireRange(start, length);
    const backing = options.backing ?? { kind: 'anonymous' };
    this.insertJoined({
      start,
      end: start + length,
      protection,
      name: options.name ?? '',
      backing,
    });
    if (options.guard) this.guard(start, length);
  }

  /** Maps a device over a free range; offsets count from `start`. */
  mapDevice(start: number, length: number, device: Device, name = ''): void {
    this.map(start, length, PROT_READ | PROT_WRITE, {
      name,
      backing: { kind: 'device', device, base: start },
    });
  }

  /** Removes whatever is mapped in the range. */
  unmap(start: number, length: number): void {
    this.requireRange(start, length);
    const end = start + length;
    this.tellCodeChange(start, length);
    this.cutOut(start, end);
    this.table.forEach(start / PAGE_BYTES, end / PAGE_BYTES, (vpn) => this.setPte(vpn, 0));
  }

  /** Changes the protection of everything mapped in the range; holes stay holes. */
  protect(start: number, length: number, protection: number): void {
    this.requireRange(start, length);
    const end = start + length;
    this.tellCodeChange(start, length);
    for (const vma of this.cutOut(start, end)) this.insertJoined({ ...vma, protection });
    const bits = protectionBits(protection);
    this.table.forEach(start / PAGE_BYTES, end / PAGE_BYTES, (vpn, pte) => {
      this.setPte(vpn, (pte & ~(PTE_READ | PTE_WRITE | PTE_EXECUTE)) | bits);
    });
  }

  /** Makes the pages of a mapped range fault once, as `guard`, when first touched. */
  guard(start: number, length: number): void {
    for (let page = start; page < start + length; page += PAGE_BYTES) {
      const pte = this.presentPte(page);
      if (pte !== NO_TRANSLATION) this.setPte(page / PAGE_BYTES, pte | PTE_GUARD);
    }
  }

  /** Drops the frames of a range; anonymous pages read as zero again. */
  discard(start: number, length: number): void {
    this.requireRange(start, length);
    this.tellCodeChange(start, length);
    const end = (start + length) / PAGE_BYTES;
    this.table.forEach(start / PAGE_BYTES, end, (vpn) => this.setPte(vpn, 0));
  }

  /** Copies the address space: frames are shared, written pages are copied when written to. */
  fork(): Mmu {
    const child = new Mmu({
      addressBits: this.addressBits,
      memoryBytes: 0,
      pool: this.pool,
      tlb: { entries: this.tlb.entries },
    });
    for (const vma of this.vmas.all()) child.vmas.insert(vma);
    child.devices.push(...this.devices);
    this.table.forEach(0, this.spaceEnd / PAGE_BYTES, (vpn, pte) => {
      if ((pte & PTE_DEVICE) !== 0) return;
      const shared = this.vmas.find(vpn * PAGE_BYTES)?.backing.kind === 'frames';
      this.pool.share(pteFrame(pte));
      const copied = shared ? pte : pte | PTE_COW;
      child.present++;
      child.table.set(vpn, copied);
      this.setPte(vpn, copied);
    });
    return child;
  }

  // Guest accesses that missed the TLB.

  /** Loads 1, 2 or 4 bytes; unsigned. */
  loadSlow(address: number, size: number): number {
    const offset = address & OFFSET_MASK;
    if (offset + size > PAGE_BYTES) return this.loadAcross(address, size);
    this.tlb.counters.misses.read++;
    const pte = this.translate(address, 'read', size);
    if (pte === NO_TRANSLATION) return 0;
    if ((pte & PTE_DEVICE) !== 0) return this.loadDevice(pte, address, size);
    return this.loadFrame(this.pool.offset(pteFrame(pte)) + offset, size);
  }

  /** Stores the low 1, 2 or 4 bytes of a value. */
  storeSlow(address: number, size: number, value: number): void {
    const offset = address & OFFSET_MASK;
    if (offset + size > PAGE_BYTES) {
      this.storeAcross(address, size, value);
      return;
    }
    this.tlb.counters.misses.write++;
    const pte = this.translate(address, 'write', size);
    if (pte === NO_TRANSLATION) return;
    if ((pte & (PTE_DEVICE | PTE_ROM)) !== 0) {
      if ((pte & PTE_DEVICE) !== 0) this.storeDevice(pte, address, size, value);
      else this.onDroppedStore?.(address, size);
      return;
    }
    const frame = pteFrame(pte);
    this.storeFrame(this.pool.offset(frame) + offset, size, value);
    if (this.watch.touches(frame, offset, size)) this.onCodeWrite?.(address, size);
  }

  /** Fetches 1, 2 or 4 bytes of code; unsigned. */
  fetchSlow(address: number, size: number): number {
    const offset = address & OFFSET_MASK;
    if (offset + size > PAGE_BYTES) {
      const low = this.fetchSlow(address, PAGE_BYTES - offset);
      if (this.faulted) return 0;
      const high = this.fetchSlow(this.pageAfter(address), offset + size - PAGE_BYTES);
      return (low | (high << ((PAGE_BYTES - offset) * 8))) >>> 0;
    }
    this.tlb.counters.misses.execute++;
    const pte = this.translate(address, 'execute', size);
    if (pte === NO_TRANSLATION) return 0;
    return this.loadFrame(this.pool.offset(pteFrame(pte)) + offset, size);
  }

  /** For a device: the access that it is asked about faults, as `bus`. */
  refuse(): void {
    this.refused = true;
  }

  // Supervisor access: see supervisor.ts for ranges and strings.

  /**
   * Host offset of the byte at an address for an access that faults as the guest's would, or -1
   * with the fault recorded. Good to the end of the page and until the next call into the MMU.
   */
  hostOffset(address: number, access: AccessKind): number {
    const pte = this.translate(address, access, 1);
    if (pte === NO_TRANSLATION) return -1;
    const unfit = access === 'write' ? PTE_DEVICE | PTE_ROM : PTE_DEVICE;
    if ((pte & unfit) !== 0) return this.raise('bus', access, address, 1);
    const frame = pteFrame(pte);
    const offset = address & OFFSET_MASK;
    return this.pool.offset(frame) + offset;
  }

  /** Tells the code watch of bytes that were changed through {@link hostOffset}. */
  wrote(address: number, length: number): void {
    const pte = this.table.get(Math.floor(address / PAGE_BYTES));
    if (pte === 0 || (pte & PTE_DEVICE) !== 0) return;
    if (this.watch.touches(pteFrame(pte), address & OFFSET_MASK, length)) {
      this.onCodeWrite?.(address, length);
    }
  }

  /**
   * Host offset of a mapped byte whatever its protection, made present when it is not, or -1 when
   * it is not mapped memory. For loaders and debuggers: no fault, no accessed or dirty bit.
   */
  peekOffset(address: number): number {
    const pte = this.presentPte(address);
    if (pte === NO_TRANSLATION || (pte & PTE_DEVICE) !== 0) return -1;
    return this.pool.offset(pteFrame(pte)) + (address & OFFSET_MASK);
  }

  // Code that was translated.

  /** Asks for onCodeWrite when a byte of [address, address + length) is stored to. */
  watchCode(address: number, length: number): void {
    for (let at = address; at < address + length; at = this.pageAfter(at)) {
      const pte = this.table.get(Math.floor(at / PAGE_BYTES));
      if (pte === 0 || (pte & PTE_DEVICE) !== 0) continue;
      const offset = at & OFFSET_MASK;
      const bytes = Math.min(address + length - at, PAGE_BYTES - offset);
      if (this.watch.add(pteFrame(pte), offset, bytes)) {
        this.tlb.forbidWrites(this.pool.offset(pteFrame(pte)));
      }
      if (this.pageAfter(at) === 0) break;
    }
  }

  /** Lets stores to the page of an address hit the TLB again: they are no longer told. */
  trustPage(address: number): void {
    const pte = this.table.get(Math.floor(address / PAGE_BYTES));
    if (pte !== 0 && (pte & PTE_DEVICE) === 0) this.watch.trust(pteFrame(pte));
  }

  /** Compares every valid TLB entry with a fresh walk, and the VMAs with the PTEs. */
  check(): string[] {
    const wrong = this.vmas.check();
    for (const entry of this.tlb.valid()) {
      const pte = this.table.get(entry.page / PAGE_BYTES);
      const name = `TLB entry of 0x${entry.page.toString(16)}`;
      const frame = pteFrame(pte);
      if (pte === 0 || (pte & (PTE_DEVICE | PTE_GUARD)) !== 0)
        wrong.push(`${name}: page must not hit`);
      else if (this.pool.offset(frame) !== entry.offset) wrong.push(`${name}: wrong frame`);
      if (entry.read && (pte & PTE_READ) === 0) wrong.push(`${name}: not readable`);
      if (entry.execute && (pte & PTE_EXECUTE) === 0) wrong.push(`${name}: not executable`);
      if (entry.write && !this.writesHit(pte)) wrong.push(`${name}: not writable`);
    }
    this.table.forEach(0, this.spaceEnd / PAGE_BYTES, (vpn, pte) => {
      const vma = this.vmas.find(vpn * PAGE_BYTES);
      if (vma === null) wrong.push(`page 0x${(vpn * PAGE_BYTES).toString(16)} outside every VMA`);
      else if ((pte & protectionBits(7)) !== protectionBits(vma.protection)) {
        wrong.push(`page 0x${(vpn * PAGE_BYTES).toString(16)}: protection is not its VMA's`);
      }
      if ((pte & PTE_DEVICE) === 0 && this.pool.referencesOf(pteFrame(pte)) < 1) {
        wrong.push(`page 0x${(vpn * PAGE_BYTES).toString(16)}: frame has no reference`);
      }
    });
    return wrong;
  }

  // Translation.

  /** The PTE for an access, TLB filled; or NO_TRANSLATION with the fault recorded. */
  private translate(address: number, access: AccessKind, size: number): number {
    if (!(address >= 0 && address < this.spaceEnd))
      return this.raise('non-canonical', access, address, size);
    const vpn = Math.floor(address / PAGE_BYTES);
    let pte = this.table.get(vpn);
    if (pte === 0) pte = this.presentPte(address);
    const need = NEED[access];
    if (pte === NO_TRANSLATION) return this.absent(access, address, size);
    if (access === 'write' && (pte & PTE_ROM) !== 0) return pte;
    if ((pte & (need | PTE_GUARD)) !== need) return this.refusal(pte, vpn, access, address, size);
    if ((pte & PTE_DEVICE) !== 0) {
      return access === 'execute' ? this.faultOrRetry('protection', access, address, size) : pte;
    }
    if (access === 'write' && (pte & (PTE_COW | PTE_DIRTY)) !== PTE_DIRTY) {
      pte = this.prepareWrite(vpn, pte);
      if (pte === NO_TRANSLATION) return this.raise('bus', access, address, size);
    } else if ((pte & PTE_ACCESSED) === 0) {
      pte |= PTE_ACCESSED;
      this.setPte(vpn, pte);
    }
    this.fillTlb(vpn, pte);
    return pte;
  }

  /** Nothing is mapped; or memory has ended, which no platform can mend. */
  private absent(access: AccessKind, address: number, size: number): number {
    if (this.vmas.find(address) !== null) return this.raise('bus', access, address, size);
    return this.faultOrRetry('not-present', access, address, size);
  }

  private refusal(
    pte: number,
    vpn: number,
    access: AccessKind,
    address: number,
    size: number,
  ): number {
    if ((pte & PTE_GUARD) === 0) return this.faultOrRetry('protection', access, address, size);
    this.setPte(vpn, pte & ~PTE_GUARD);
    return this.faultOrRetry('guard', access, address, size);
  }

  /** The page's PTE, made on first touch; NO_TRANSLATION when nothing is mapped or memory ended. */
  private presentPte(address: number): number {
    const vpn = Math.floor(address / PAGE_BYTES);
    const known = this.table.get(vpn);
    if (known !== 0) return known;
    const vma = this.vmas.find(address);
    if (vma === null) return NO_TRANSLATION;
    const bits = protectionBits(vma.protection);
    const frame = this.frameFor(vma, vpn);
    if (frame === NO_FRAME) return NO_TRANSLATION;
    const pte = makePte(frame, bits | (KIND_BITS[vma.backing.kind] ?? 0));
    this.setPte(vpn, pte);
    return pte;
  }

  private frameFor(vma: Vma<Backing>, vpn: number): number {
    const { backing } = vma;
    if (backing.kind === 'device') return this.deviceNumber(backing.device, backing.base);
    if (backing.kind === 'anonymous' || backing.kind === 'rom') return this.pool.allocate();
    const frame = backing.frames[vpn - vma.start / PAGE_BYTES];
    if (frame === undefined) return NO_FRAME;
    this.pool.share(frame);
    return frame;
  }

  private prepareWrite(vpn: number, pte: number): number {
    let written = (pte | PTE_ACCESSED | PTE_DIRTY) & ~PTE_COW;
    const frame = pteFrame(pte);
    if ((pte & PTE_COW) !== 0 && this.pool.referencesOf(frame) > 1) {
      const copy = this.pool.duplicate(frame);
      if (copy === NO_FRAME) return NO_TRANSLATION;
      written = makePte(copy, written & ((1 << 10) - 1));
    }
    this.setPte(vpn, written);
    return written;
  }

  /** The one place that changes a PTE, and with it forgets the page in the TLB. */
  private setPte(vpn: number, pte: number): void {
    const before = this.table.get(vpn);
    this.table.set(vpn, pte);
    this.tlb.invalidate(vpn * PAGE_BYTES);
    this.study?.invalidate(vpn);
    if (before === 0) this.present++;
    if (pte === 0 && before !== 0) this.present--;
    if (before === 0 || (before & PTE_DEVICE) !== 0) return;
    if (pte === 0 || pteFrame(before) !== pteFrame(pte)) this.pool.release(pteFrame(before));
  }

  private fillTlb(vpn: number, pte: number): void {
    if (this.study !== null) {
      this.study.access(vpn);
      return;
    }
    const frame = pteFrame(pte);
    const readable = (pte & PTE_READ) !== 0;
    const executable = (pte & PTE_EXECUTE) !== 0;
    this.tlb.fill(
      vpn * PAGE_BYTES,
      this.pool.offset(frame),
      readable,
      this.writesHit(pte),
      executable,
    );
  }

  private writesHit(pte: number): boolean {
    const mask = PTE_WRITE | PTE_DIRTY | PTE_COW;
    return (pte & mask) === (PTE_WRITE | PTE_DIRTY) && !this.watch.isWatched(pteFrame(pte));
  }

  // Faults.

  private faultOrRetry(kind: FaultKind, access: AccessKind, address: number, size: number): number {
    this.raise(kind, access, address, size);
    if (this.onFault === null || this.onFault(this.fault) === 'raise') return NO_TRANSLATION;
    this.faulted = false;
    return this.translate(address, access, size);
  }

  private raise(
    kind: FaultKind,
    access: AccessKind,
    address: number,
    size: number,
  ): typeof NO_TRANSLATION {
    const { fault } = this;
    fault.kind = kind;
    fault.access = access;
    fault.address = address;
    fault.size = size;
    fault.rawHigh = Math.floor(address / 2 ** 32) | 0;
    fault.rawLow = address | 0;
    this.faulted = true;
    this.faults++;
    return NO_TRANSLATION;
  }

  // Bytes.

  private loadFrame(offset: number, size: number): number {
    if (size === 4) return this.pool.view.getUint32(offset, true);
    if (size === 1) return this.pool.u8[offset]!;
    return size === 2 ? this.pool.view.getUint16(offset, true) : this.loadBytes(offset, size);
  }

  private loadBytes(offset: number, size: number): number {
    let value = 0;
    for (let index = size - 1; index >= 0; index--)
      value = value * 256 + this.pool.u8[offset + index]!;
    return value;
  }

  private storeFrame(offset: number, size: number, value: number): void {
    if (size === 4) this.pool.view.setInt32(offset, value, true);
    else if (size === 1) this.pool.u8[offset] = value;
    else if (size === 2) this.pool.view.setInt16(offset, value, true);
    else
      for (let index = 0; index < size; index++)
        this.pool.u8[offset + index] = value >>> (index * 8);
  }

  private loadAcross(address: number, size: number): number {
    const low = PAGE_BYTES - (address & OFFSET_MASK);
    const next = this.pageAfter(address);
    if (this.crosses(address, next, 'read', size)) return 0;
    const first = this.loadSlow(address, low);
    if (this.faulted) return 0;
    return (first | (this.loadSlow(next, size - low) << (low * 8))) >>> 0;
  }

  private storeAcross(address: number, size: number, value: number): void {
    const low = PAGE_BYTES - (address & OFFSET_MASK);
    const next = this.pageAfter(address);
    if (this.crosses(address, next, 'write', size)) return;
    this.storeSlow(address, low, value);
    if (!this.faulted) this.storeSlow(next, size - low, value >>> (low * 8));
  }

  /**
   * Checks both pages of an access; true when it faulted, at the first byte that cannot be had. A
   * device takes no part of an access: one that reaches into it is a bus fault.
   */
  private crosses(address: number, next: number, access: AccessKind, size: number): boolean {
    const low = this.translate(address, access, size);
    if (low === NO_TRANSLATION) return true;
    const high = this.translate(next, access, size);
    if (high === NO_TRANSLATION) return true;
    if (((low | high) & PTE_DEVICE) === 0) return false;
    this.raise('bus', access, (low & PTE_DEVICE) !== 0 ? address : next, size);
    return true;
  }

  /** Start of the page after an address; the last page of a 32-bit space is followed by page 0. */
  private pageAfter(address: number): number {
    const next = (Math.floor(address / PAGE_BYTES) + 1) * PAGE_BYTES;
    return next === 2 ** 32 && this.addressBits === 32 ? 0 : next;
  }

  private loadDevice(pte: number, address: number, size: number): number {
    const { device, base } = this.devices[pteFrame(pte)]!;
    this.refused = false;
    const value = device.load(address - base, size);
    if (!this.refused) return value >>> 0;
    this.raise('bus', 'read', address, size);
    return 0;
  }

  private storeDevice(pte: number, address: number, size: number, value: number): void {
    const { device, base } = this.devices[pteFrame(pte)]!;
    this.refused = false;
    device.store(address - base, size, size === 4 ? value >>> 0 : value & (2 ** (size * 8) - 1));
    if (this.refused) this.raise('bus', 'write', address, size);
  }

  private deviceNumber(device: Device, base: number): number {
    const known = this.devices.findIndex((entry) => entry.device === device && entry.base === base);
    return known >= 0 ? known : this.devices.push({ device, base }) - 1;
  }

  // VMAs.

  /** Inserts a VMA, joined with neighbours that have the same properties. */
  private insertJoined(vma: Vma<Backing>): void {
    let { start, end } = vma;
    const low = start > 0 ? this.vmas.find(start - 1) : null;
    const high = this.vmas.find(end);
    if (low !== null && alike(low, vma)) {
      this.vmas.remove(low.start);
      start = low.start;
    }
    if (high !== null && alike(vma, high)) {
      this.vmas.remove(high.start);
      end = high.end;
    }
    this.vmas.insert({ ...vma, start, end });
  }

  /** Takes a range out of the VMAs and returns the parts that lay in it, in order. */
  private cutOut(start: number, end: number): Vma<Backing>[] {
    const parts: Vma<Backing>[] = [];
    for (const vma of this.vmas.overlapping(start, end)) {
      this.vmas.remove(vma.start);
      if (vma.start < start) this.vmas.insert({ ...vma, end: start });
      if (vma.end > end) this.vmas.insert(partFrom(vma, end));
      const from = Math.max(vma.start, start);
      parts.push({ ...partFrom(vma, from), end: Math.min(vma.end, end) });
    }
    return parts;
  }

  private requireRange(start: number, length: number): void {
    const whole = start % PAGE_BYTES === 0 && length % PAGE_BYTES === 0 && length > 0;
    assert(whole && start >= 0 && start + length <= this.spaceEnd, `page range ${start}+${length}`);
  }

  private tellCodeChange(start: number, length: number): void {
    let coded = false;
    this.table.forEach(start / PAGE_BYTES, (start + length) / PAGE_BYTES, (_, pte) => {
      coded ||= (pte & PTE_DEVICE) === 0 && this.watch.hasCode(pteFrame(pte));
    });
    if (coded) this.onCodeChange?.(start, length);
  }
}

function alike(low: Vma<Backing>, high: Vma<Backing>): boolean {
  return (
    low.protection === high.protection &&
    low.name === high.name &&
    joinable(low.backing, high.backing)
  );
}

function partFrom(vma: Vma<Backing>, start: number): Vma<Backing> {
  return { ...vma, start, backing: backingFrom(vma.backing, start - vma.start) };
}
