/**
 * The pages of one space: PTEs, derived from its VMAs on first touch, and the frames behind them.
 * `set` alone changes a PTE, and it alone invalidates the TLB; a PTE holds one reference to its
 * frame. Ranges are page multiples; nothing here asks whether an access is allowed.
 */
import { pageOf } from './address.ts';
import type { Backing } from './backing.ts';
import type { CodeWatcher } from './code-watch.ts';
import { DeviceTable } from './device-table.ts';
import { type FramePool, NO_FRAME } from './frame-pool.ts';
import { PAGE_BYTES } from './memory-layout.ts';
import { type AddressBits, PageTable } from './page-table.ts';
import {
  makePte,
  PTE_ACCESSED,
  PTE_COW,
  PTE_DEVICE,
  PTE_DIRTY,
  PTE_FLAGS,
  PTE_GUARD,
  PTE_PROTECTION,
  PTE_ROM,
  PTE_WRITE,
  protectionBits,
  pteFrame,
} from './pte.ts';
import type { StudyTlb } from './study-tlb.ts';
import type { Tlb } from './tlb.ts';
import type { Vma, VmaMap } from './vma-map.ts';

const PTE_USED = PTE_ACCESSED | PTE_DIRTY;

/** No PTE: nothing is mapped, or there is no frame for it. */
export const NO_PTE = -1;

/** The space: told of watched code, and of pages that are no longer what they were. */
export interface PageWatcher extends CodeWatcher {
  onPageChange: ((page: number) => void) | null;
}

/** Pages of a range by what was done with them. */
export interface PageUsage {
  present: number;
  accessed: number;
  dirty: number;
  /** In a frame that something else holds too. */
  shared: number;
}

interface PagesParts {
  readonly addressBits: AddressBits;
  readonly pool: FramePool;
  readonly vmas: VmaMap<Backing>;
  readonly tlb: Tlb;
  readonly study: StudyTlb | null;
  readonly watcher: PageWatcher;
}

export class Pages {
  readonly devices: DeviceTable = new DeviceTable();
  private readonly table: PageTable;
  private readonly pool: FramePool;
  private readonly vmas: VmaMap<Backing>;
  private readonly tlb: Tlb;
  private readonly study: StudyTlb | null;
  private readonly watcher: PageWatcher;
  private presentCount = 0;

  constructor(parts: PagesParts) {
    this.table = new PageTable(parts.addressBits);
    this.pool = parts.pool;
    this.vmas = parts.vmas;
    this.tlb = parts.tlb;
    this.study = parts.study;
    this.watcher = parts.watcher;
  }

  /** Pages present. */
  get count(): number {
    return this.presentCount;
  }

  /** Bytes of the page table. */
  get tableBytes(): number {
    return this.table.bytes;
  }

  /** The PTE of a virtual page number; 0 when absent. */
  get(vpn: number): number {
    return this.table.get(vpn);
  }

  /** Visits the present pages of a range, in order. */
  forEach(start: number, end: number, visit: (vpn: number, pte: number) => void): void {
    this.table.forEach(start / PAGE_BYTES, end / PAGE_BYTES, visit);
  }

  /**
   * The one place that changes a PTE, and with it forgets the page in the TLB. The new PTE takes
   * over a reference to its frame; watched code goes with the page.
   */
  set(vpn: number, pte: number): void {
    const page = vpn * PAGE_BYTES;
    const before = this.table.get(vpn);
    this.table.set(vpn, pte);
    this.tlb.invalidate(page);
    this.study?.invalidate(vpn);
    if (before !== 0 && isOther(before, pte)) this.watcher.onPageChange?.(page);
    if (before === 0) this.presentCount++;
    if (pte === 0 && before !== 0) this.presentCount--;
    if (before === 0 || (before & PTE_DEVICE) !== 0) return;
    const old = pteFrame(before);
    if (pte === 0) this.pool.code.drop(old, this.watcher, page);
    else if (old === pteFrame(pte)) return;
    else this.pool.code.move(old, pteFrame(pte), this.watcher, page);
    this.pool.release(old);
  }

  // From VMAs to PTEs.

  /** The page's PTE, made now if need be; NO_PTE when there is nothing to show. */
  present(address: number): number {
    const vpn = Math.floor(address / PAGE_BYTES);
    const known = this.table.get(vpn);
    if (known !== 0) return known;
    const vma = this.vmas.find(address);
    return vma === null ? NO_PTE : this.make(vma, vpn);
  }

  /** Makes the PTE of a page that has none; NO_PTE past a file's end or at the memory limit. */
  make(vma: Vma<Backing>, vpn: number): number {
    const frame = this.frameFor(vma, vpn);
    if (frame < 0) return NO_PTE;
    const pte = makePte(frame, protectionBits(vma.protection) | kindBits(vma));
    this.set(vpn, pte);
    return pte;
  }

  /** Makes a page fit to be stored to: its own if it is private, and dirty. NO_PTE at the limit. */
  prepareWrite(vpn: number, pte: number): number {
    let written = (pte | PTE_ACCESSED | PTE_DIRTY) & ~PTE_COW;
    const frame = pteFrame(pte);
    if ((pte & PTE_COW) !== 0 && this.pool.referencesOf(frame) > 1) {
      const copy = this.pool.duplicate(frame);
      if (copy === NO_FRAME) return NO_PTE;
      written = makePte(copy, written & PTE_FLAGS);
    }
    if ((pte & (PTE_COW | PTE_DIRTY)) === 0) this.noteDirty(vpn);
    if (written !== pte) this.set(vpn, written);
    return written;
  }

  /** Notes that a page was used. */
  markAccessed(vpn: number, pte: number): number {
    const accessed = pte | PTE_ACCESSED;
    if (accessed !== pte) this.set(vpn, accessed);
    return accessed;
  }

  // Ranges.

  /** Forgets the pages of a range; their frames go when nothing else holds them. */
  drop(start: number, end: number): void {
    this.forEach(start, end, (vpn) => this.set(vpn, 0));
  }

  protect(start: number, end: number, protection: number): void {
    const bits = protectionBits(protection);
    this.forEach(start, end, (vpn, pte) => this.set(vpn, (pte & ~PTE_PROTECTION) | bits));
  }

  guard(start: number, end: number, armed: boolean): void {
    this.forEach(start, end, (vpn, pte) => {
      this.set(vpn, armed ? pte | PTE_GUARD : pte & ~PTE_GUARD);
    });
  }

  /** Moves the pages of a range, whose VMAs have moved; devices are found again when touched. */
  move(start: number, end: number, distance: number): void {
    this.forEach(start, end, (vpn, pte) => {
      if ((pte & PTE_DEVICE) === 0) {
        this.pool.share(pteFrame(pte));
        this.set(vpn + distance / PAGE_BYTES, pte);
      }
      this.set(vpn, 0);
    });
  }

  /** Shows every private page in another space too, which has the same VMAs; copied on write. */
  shareWith(other: Pages, end: number): void {
    this.forEach(0, end, (vpn, pte) => {
      const { backing } = this.vmas.find(vpn * PAGE_BYTES)!;
      // These are found again when the other space touches them.
      if (backing.kind === 'device' || (backing.kind === 'object' && backing.shared)) return;
      this.pool.share(pteFrame(pte));
      other.set(vpn, pte | PTE_COW);
      this.set(vpn, pte | PTE_COW);
    });
  }

  /** What became of the pages of a range that are present. */
  usage(start: number, end: number): PageUsage {
    const usage = { present: 0, accessed: 0, dirty: 0, shared: 0 };
    this.forEach(start, end, (_, pte) => {
      if ((pte & PTE_DEVICE) !== 0) return;
      usage.present++;
      if ((pte & PTE_ACCESSED) !== 0) usage.accessed++;
      if ((pte & PTE_DIRTY) !== 0) usage.dirty++;
      if (this.pool.referencesOf(pteFrame(pte)) > 1) usage.shared++;
    });
    return usage;
  }

  countFrames(counts: Uint32Array, end: number): void {
    this.forEach(0, end, (_, pte) => {
      if ((pte & PTE_DEVICE) === 0) counts[pteFrame(pte)]!++;
    });
  }

  // Bytes without an access.

  /** Copies mapped bytes, which lie in one page; false when they are not mapped memory. */
  peek(address: number, bytes: Uint8Array): boolean {
    const vma = this.vmas.find(address);
    if (vma === null || vma.backing.kind === 'device') return false;
    const offset = address % PAGE_BYTES;
    const pte = this.table.get(Math.floor(address / PAGE_BYTES));
    if (pte !== 0) {
      const host = this.pool.offset(pteFrame(pte)) + offset;
      bytes.set(this.pool.u8.subarray(host, host + bytes.length));
      return true;
    }
    const { backing } = vma;
    if (backing.kind === 'object') {
      return backing.object.peek(objectPage(vma, backing.offset, address), offset, bytes);
    }
    bytes.fill(0);
    return true;
  }

  /** Whether the page of an address lies in a frame, here or in its object. */
  isResident(address: number): boolean {
    if (this.table.get(Math.floor(address / PAGE_BYTES)) !== 0) return true;
    const vma = this.vmas.find(address);
    if (vma === null || vma.backing.kind !== 'object') return false;
    const { object, offset } = vma.backing;
    return object.residentFrame(objectPage(vma, offset, address)) !== NO_FRAME;
  }

  // Code that was translated.

  /** Whether a store to a page may hit the TLB. */
  writesHit(pte: number): boolean {
    const mask = PTE_WRITE | PTE_DIRTY | PTE_COW;
    return (pte & mask) === (PTE_WRITE | PTE_DIRTY) && !this.pool.code.isWatched(pteFrame(pte));
  }

  watch(address: number, length: number): void {
    const { code } = this.pool;
    this.eachFrame(address, length, (frame, page, offset, bytes) => {
      if (code.add(frame, this.watcher, page, offset, bytes)) {
        this.pool.activeTlb?.forbidWrites(this.pool.offset(frame));
      }
    });
  }

  unwatch(address: number, length: number): void {
    const { code } = this.pool;
    this.eachFrame(address, length, (frame, page, offset, bytes) => {
      code.subtract(frame, this.watcher, page, offset, bytes);
    });
  }

  trust(address: number): void {
    const page = pageOf(address);
    const pte = this.table.get(page / PAGE_BYTES);
    if (pte !== 0 && (pte & PTE_DEVICE) === 0) {
      this.pool.code.trust(pteFrame(pte), this.watcher, page);
    }
  }

  /** Whether code is watched in a range. */
  hasCode(start: number, end: number): boolean {
    const { code } = this.pool;
    if (code.isEmpty) return false;
    let found = false;
    this.forEach(start, end, (vpn, pte) => {
      if ((pte & PTE_DEVICE) !== 0) return;
      found ||= code.hasCode(pteFrame(pte), this.watcher, vpn * PAGE_BYTES);
    });
    return found;
  }

  /** Ends every watch in a range. */
  dropCode(start: number, end: number): void {
    this.forEach(start, end, (vpn, pte) => {
      if ((pte & PTE_DEVICE) !== 0) return;
      this.pool.code.drop(pteFrame(pte), this.watcher, vpn * PAGE_BYTES);
    });
  }

  /** What a new PTE names, with a reference for it; negative when there is nothing. */
  private frameFor(vma: Vma<Backing>, vpn: number): number {
    const { backing } = vma;
    if (backing.kind === 'device') return this.devices.numberOf(backing.device, backing.base);
    if (backing.kind !== 'object') return this.pool.allocate();
    const frame = backing.object.frameOf(objectPage(vma, backing.offset, vpn * PAGE_BYTES));
    if (frame >= 0) this.pool.share(frame);
    return frame;
  }

  /** The first store to a page through this mapping: if it is an object's, the object must know. */
  private noteDirty(vpn: number): void {
    const vma = this.vmas.find(vpn * PAGE_BYTES)!;
    if (vma.backing.kind !== 'object' || !vma.backing.shared) return;
    vma.backing.object.markDirty(objectPage(vma, vma.backing.offset, vpn * PAGE_BYTES));
  }

  /** Calls back for each frame of a range of present memory: its page, offset there, and bytes. */
  private eachFrame(
    address: number,
    length: number,
    visit: (frame: number, page: number, offset: number, bytes: number) => void,
  ): void {
    const end = address + length;
    for (let at = address; at < end; at = pageOf(at) + PAGE_BYTES) {
      const page = pageOf(at);
      const pte = this.table.get(page / PAGE_BYTES);
      if (pte === 0 || (pte & PTE_DEVICE) !== 0) continue;
      visit(pteFrame(pte), page, at - page, Math.min(end, page + PAGE_BYTES) - at);
    }
  }
}

/** Whether more has changed than that the page was used, so that copies of its PTE are stale. */
function isOther(before: number, pte: number): boolean {
  return ((before ^ pte) & ~PTE_USED) !== 0 || (before & ~pte & PTE_DIRTY) !== 0;
}

/** PTE bits of a page by what stands behind it. */
function kindBits({ backing, guard }: Vma<Backing>): number {
  const guarded = guard ? PTE_GUARD : 0;
  if (backing.kind === 'device') return guarded | PTE_DEVICE;
  if (backing.kind === 'rom') return guarded | PTE_ROM;
  return backing.kind === 'object' && !backing.shared ? guarded | PTE_COW : guarded;
}

/** The page of an object that an address of its VMA shows. */
function objectPage(vma: Vma<Backing>, offset: number, address: number): number {
  return Math.floor((offset + address - vma.start) / PAGE_BYTES);
}
