/**
 * From an address and a kind of access to a PTE whose page can be had, or to a fault: what a core's
 * page walk is, with the platform's handler behind it. A PTE that is returned is in the TLB, as far
 * as its page may hit.
 */
import { addressOf, isCanonical, isUpperHalf, spaceEndOf } from './address.ts';
import { assert } from './assert.ts';
import { type AccessKind, copyFault, emptyFault, type Fault, type FaultKind } from './fault.ts';
import type { FramePool } from './frame-pool.ts';
import type { Mappings } from './mappings.ts';
import { PAGE_BYTES } from './memory-layout.ts';
import type { AddressBits } from './page-table.ts';
import { NO_PTE, type Pages } from './pages.ts';
import {
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
import type { Tlb } from './tlb.ts';

/** The platform's answer to a fault: the access is tried again, or faults. */
export type FaultHook = (fault: Readonly<Fault>) => 'retry' | 'raise';

interface TranslationParts {
  readonly addressBits: AddressBits;
  readonly pool: FramePool;
  readonly mappings: Mappings;
  readonly pages: Pages;
  readonly tlb: Tlb;
  readonly study: StudyTlb | null;
}

const NEED = { read: PTE_READ, write: PTE_WRITE, execute: PTE_EXECUTE } as const;
/** Faults that a platform may mend. */
const MENDABLE: readonly FaultKind[] = ['not-present', 'protection', 'guard'];
/** Tries of one access after which a platform that says `retry` has mended nothing. */
const MOST_TRIES = 16;

export class Translation {
  readonly fault: Fault = emptyFault();
  faulted = false;
  faults = 0;
  onFault: FaultHook | null = null;
  private readonly addressBits: AddressBits;
  private readonly spaceEnd: number;
  private readonly pool: FramePool;
  private readonly mappings: Mappings;
  private readonly pages: Pages;
  private readonly tlb: Tlb;
  private readonly study: StudyTlb | null;
  /** Why the last walk failed. */
  private cause: FaultKind = 'not-present';
  /** What the platform is asked about. */
  private readonly asked: Fault = emptyFault();
  private asking = false;

  constructor(parts: TranslationParts) {
    this.addressBits = parts.addressBits;
    this.spaceEnd = spaceEndOf(parts.addressBits);
    this.pool = parts.pool;
    this.mappings = parts.mappings;
    this.pages = parts.pages;
    this.tlb = parts.tlb;
    this.study = parts.study;
  }

  /** The PTE for an access, TLB filled; or NO_PTE with the fault recorded. */
  translate(address: number, access: AccessKind, size: number): number {
    for (let tries = 0; ; tries++) {
      const pte = this.walk(address, access);
      if (pte !== NO_PTE) return pte;
      if (!this.isMended(access, address, size)) return NO_PTE;
      assert(tries < MOST_TRIES, 'the platform retries a fault and mends nothing', address);
    }
  }

  /** The PTE for an access, TLB filled; or NO_PTE and the cause. */
  private walk(address: number, access: AccessKind): number {
    if (!(address >= 0 && address < this.spaceEnd)) return this.outside(address);
    const vpn = Math.floor(address / PAGE_BYTES);
    let pte = this.pages.get(vpn);
    if (pte === 0) pte = this.firstTouch(vpn, access);
    if (pte === NO_PTE) return pte;
    if (access === 'write' && (pte & (PTE_ROM | PTE_GUARD)) === PTE_ROM) return pte;
    const need = NEED[access];
    if ((pte & (need | PTE_GUARD)) !== need) return this.forbidden(pte, vpn);
    if ((pte & PTE_DEVICE) !== 0) return access === 'execute' ? this.fails('protection') : pte;
    if (access === 'write' && (pte & (PTE_COW | PTE_DIRTY)) !== PTE_DIRTY) {
      pte = this.pages.prepareWrite(vpn, pte);
      if (pte === NO_PTE) return this.fails('bus');
    } else if ((pte & PTE_ACCESSED) === 0) {
      pte = this.pages.markAccessed(vpn, pte);
    }
    this.fillTlb(vpn, pte, access);
    return pte;
  }

  private fails(cause: FaultKind): typeof NO_PTE {
    this.cause = cause;
    return NO_PTE;
  }

  private outside(address: number): typeof NO_PTE {
    return this.fails(isUpperHalf(address, this.addressBits) ? 'not-present' : 'non-canonical');
  }

  private forbidden(pte: number, vpn: number): typeof NO_PTE {
    if ((pte & PTE_GUARD) === 0) return this.fails('protection');
    this.setGuard(vpn * PAGE_BYTES, (vpn + 1) * PAGE_BYTES, false);
    return this.fails('guard');
  }

  /** The PTE of a page that has none yet, if the access is one that the VMA allows. */
  private firstTouch(vpn: number, access: AccessKind): number {
    const vma = this.mappings.vmas.find(vpn * PAGE_BYTES);
    if (vma === null) return this.fails('not-present');
    if (vma.guard) {
      this.setGuard(vpn * PAGE_BYTES, (vpn + 1) * PAGE_BYTES, false);
      return this.fails('guard');
    }
    const isDropped = access === 'write' && vma.backing.kind === 'rom';
    if ((protectionBits(vma.protection) & NEED[access]) === 0 && !isDropped) {
      return this.fails('protection');
    }
    const pte = this.pages.make(vma, vpn);
    return pte === NO_PTE ? this.fails('bus') : pte;
  }

  /** Arms or disarms the guards of a range. */
  setGuard(start: number, end: number, guard: boolean): void {
    this.mappings.change(start, end, (vma) => ({ ...vma, guard }));
    this.pages.guard(start, end, guard);
  }

  private fillTlb(vpn: number, pte: number, access: AccessKind): void {
    if (this.study !== null) {
      this.study.access(vpn, access);
      return;
    }
    const readable = (pte & PTE_READ) !== 0;
    const executable = (pte & PTE_EXECUTE) !== 0;
    const offset = this.pool.offset(pteFrame(pte));
    this.tlb.fill(vpn * PAGE_BYTES, offset, readable, this.pages.writesHit(pte), executable);
  }

  // Faults.

  /** Records a fault, or has the platform mend it: then the access is to be tried again. */
  private isMended(access: AccessKind, address: number, size: number): boolean {
    this.record(this.cause, access, address, size);
    if (this.onFault === null || this.asking || address < 0) return false;
    if (!MENDABLE.includes(this.cause)) return false;
    copyFault(this.fault, this.asked);
    this.asking = true;
    this.faulted = false;
    let answer: 'retry' | 'raise';
    try {
      answer = this.onFault(this.asked);
    } finally {
      this.asking = false;
    }
    copyFault(this.asked, this.fault);
    this.faulted = answer === 'raise';
    return answer === 'retry';
  }

  /** Records a fault of an access. */
  record(kind: FaultKind, access: AccessKind, address: number, size: number): void {
    const { fault } = this;
    fault.kind = kind;
    fault.access = access;
    fault.address = address;
    fault.size = size;
    fault.rawHigh = Math.floor(address / 2 ** 32) >>> 0;
    fault.rawLow = address >>> 0;
    this.faulted = true;
    this.faults++;
  }

  /** Whether two halves are an address; records the fault with them when not. */
  isCanonical(low: number, high: number, access: AccessKind, size: number): boolean {
    if (isCanonical(low, high, size, this.addressBits)) return true;
    this.record('non-canonical', access, addressOf(low, high), size);
    this.fault.rawLow = low >>> 0;
    this.fault.rawHigh = high >>> 0;
    return false;
  }
}
