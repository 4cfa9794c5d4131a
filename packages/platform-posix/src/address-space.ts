/**
 * The memory of one Linux process: what it asked for, as VMAs, with the figures that limits are
 * checked against. The calls are functions of the files beside this one; here is what they share:
 * adding, changing, merging, splitting and removing VMAs.
 *
 * Nothing is resident because it is mapped: see resident-pages.ts and page-fault.ts.
 */
import { type Mmu, PAGE_BYTES, PROT_EXECUTE, PROT_READ, PROT_WRITE, VmaMap } from '@bareheap/mmu';
import { ENOMEM, EPERM } from './errno.ts';
import { type KernelProfile, LINUX_6_18 } from './kernel-profile.ts';
import { RLIMIT_AS, RLIMIT_DATA } from './linux-constants.ts';
import {
  acceptsAnonVma,
  continues,
  hardwareProtection,
  has,
  isData,
  type LinuxVma,
  type Mapping,
  makeVma,
  mayWriteObject,
  pagesOf,
  partOf,
  sameOrNoAnonVma,
  VM_ACCOUNT,
  VM_GROWSDOWN,
  VM_LOCKED,
  VM_MAYBE_GUARD,
  VM_MAYEXEC,
  VM_MAYWRITE,
  VM_SEALED,
  withMapping,
} from './linux-vma.ts';
import type { MemoryObject, ObjectUser } from './memory-object.ts';
import { RangeMap } from './range-map.ts';
import { ResidentPages } from './resident-pages.ts';
import { ResourceLimits } from './resource-limits.ts';
import { UserFaults } from './user-faults.ts';

export interface AddressSpaceOptions {
  /** An MMU of 48 bits with nothing mapped; the space takes its fault hook. */
  readonly mmu: Mmu;
  readonly profile?: KernelProfile;
  /** Where the break starts; a page multiple. */
  readonly breakStart: number;
  /** End of what mmap hands out from the top down. */
  readonly mmapBase: number;
  /** An address inside the stack, for the name in /proc/self/maps. */
  readonly stackStart?: number;
  /** Bytes of initialised data of the program, which RLIMIT_DATA counts for brk. */
  readonly dataBytes?: number;
  readonly limits?: ResourceLimits;
}

/** What a fault gives the program, as siginfo and ucontext have it. */
export interface GuestSignal {
  signal: number;
  code: number;
  address: number;
  /** The processor's trap: 14 a page fault, 13 an address that is none. */
  trap: number;
  /** The page fault's error code: 1 page present, 2 write, 4 from the program, 16 fetch. */
  error: number;
}

export class AddressSpace implements ObjectUser {
  readonly mmu: Mmu;
  readonly profile: KernelProfile;
  readonly pages: ResidentPages;
  readonly vmas: VmaMap<Mapping> = new VmaMap<Mapping>();
  readonly limits: ResourceLimits;
  readonly breakStart: number;
  readonly mmapBase: number;
  readonly stackStart: number;
  readonly dataBytes: number;
  /** The break, to the byte. */
  breakEnd: number;
  /** VM_* flags of every new mapping, set by mlockall. */
  defaultFlags = 0;
  totalPages = 0;
  dataPages = 0;
  stackPages = 0;
  executablePages = 0;
  lockedPages = 0;
  committedPages = 0;
  /** What the last fault that was not resolved gave. */
  readonly signal: GuestSignal = { signal: 0, code: 0, address: 0, trap: 0, error: 0 };
  /** Pages that MADV_GUARD_INSTALL made fault. */
  readonly guards: RangeMap<true> = new RangeMap<true>();
  /** Ranges whose pages userfaultfd brings. */
  readonly userFaults: UserFaults = new UserFaults();
  /** Commands that membarrier was asked to register, as bits. */
  membarrierRegistrations = 0;
  /** Whether the one protection key that Linux counts was asked for. */
  isProtectionKeyTaken = false;
  /** Everything was given back, though somebody still knows the space. */
  isDisposed = false;
  private anonVmas = 0;

  constructor(options: AddressSpaceOptions, pages: ResidentPages = new ResidentPages(options.mmu)) {
    this.mmu = options.mmu;
    this.pages = pages;
    this.profile = options.profile ?? LINUX_6_18;
    this.limits = options.limits ?? new ResourceLimits();
    this.breakStart = options.breakStart;
    this.breakEnd = options.breakStart;
    this.mmapBase = options.mmapBase;
    this.stackStart = options.stackStart ?? -1;
    this.dataBytes = options.dataBytes ?? 0;
  }

  newAnonVma(): number {
    return ++this.anonVmas;
  }

  // VMAs.

  /** Adds a VMA, joined with neighbours that differ in nothing; the VMA that holds it now. */
  insertNew(vma: LinuxVma): LinuxVma {
    return holding(vma.backing.object, () => this.insertHeld(vma));
  }

  private insertHeld(vma: LinuxVma): LinuxVma {
    const low = vma.start > 0 ? this.vmas.find(vma.start - 1) : null;
    const high = this.vmas.find(vma.end);
    return this.join(
      low !== null && continues(low, vma) && acceptsAnonVma(low, vma) ? low : null,
      vma,
      high !== null && continues(vma, high) && acceptsAnonVma(high, vma) ? high : null,
    );
  }

  /** Gives the part [start, end) of a VMA new properties, split off and joined as they allow. */
  modify(
    vma: LinuxVma,
    start: number,
    end: number,
    change: (part: LinuxVma) => LinuxVma,
  ): LinuxVma | null {
    const part = change(partOf(vma, start, end));
    const low = start === vma.start && start > 0 ? this.vmas.find(start - 1) : null;
    const high = end === vma.end ? this.vmas.find(end) : null;
    const left = low !== null && continues(low, part) && acceptsAnonVma(low, part) ? low : null;
    const right =
      high !== null && continues(part, high) && acceptsAnonVma(high, part) ? high : null;
    if (left === null && right === null) {
      if (start === vma.start && end === vma.end) return this.replace(vma, part);
      if (!this.maySplit(vma, start, end)) return null;
    }
    return holding(vma.backing.object, () => {
      this.cut(vma, start, end);
      return this.join(left, part, right);
    });
  }

  /** Removes whatever is mapped in a range: 0, -ENOMEM or -EPERM with all still mapped. */
  unmap(start: number, end: number): number {
    const vmas = this.vmas.overlapping(start, end);
    const refused = this.objectionToUnmap(vmas, start, end);
    if (refused !== 0) return refused;
    for (const vma of vmas) this.cut(vma, Math.max(start, vma.start), Math.min(end, vma.end));
    this.pages.drop(start, end);
    this.guards.remove(start, end);
    this.userFaults.remove(start, end);
    return 0;
  }

  /**
   * As {@link unmap} up to where something else refuses: the VMAs at both ends are then parted
   * already, and stay so.
   */
  refuseUnmap(start: number, end: number): number {
    const refused = this.objectionToUnmap(this.vmas.overlapping(start, end), start, end);
    if (refused !== 0) return refused;
    this.partAt(start);
    this.partAt(end);
    return 0;
  }

  /** Why a range cannot be unmapped; a sealed VMA is found after the first one was parted. */
  private objectionToUnmap(vmas: readonly LinuxVma[], start: number, end: number): number {
    const [first] = vmas;
    if (first === undefined) return 0;
    const punches = first.start < start && first.end > end;
    if (punches && this.vmas.size >= this.profile.maxMapCount) return -ENOMEM;
    if (!vmas.some((vma) => has(vma, VM_SEALED))) return 0;
    if (!has(first, VM_SEALED)) this.partAt(start);
    return -EPERM;
  }

  /** Makes two VMAs of the one that an address lies inside. */
  private partAt(address: number): void {
    const vma = this.vmas.find(address);
    if (vma === null || vma.start === address) return;
    holding(vma.backing.object, () => {
      this.cut(vma, address, vma.end);
      this.add(partOf(vma, address, vma.end));
    });
  }

  /** Takes [start, end) out of a VMA and leaves what is resident. */
  cut(vma: LinuxVma, start: number, end: number): void {
    const isBelow = vma.start < start;
    const isAbove = vma.end > end;
    if (!isBelow && !isAbove) {
      this.remove(vma);
      return;
    }
    this.replace(vma, isBelow ? partOf(vma, vma.start, start) : partOf(vma, end, vma.end));
    if (isBelow && isAbove) this.add(partOf(vma, end, vma.end));
  }

  /** Puts a record of the same object in a VMA's place, and of no more than was free beside it. */
  replace(vma: LinuxVma, changed: LinuxVma): LinuxVma {
    this.vmas.replace(vma, changed);
    this.account(vma, -1);
    this.account(changed, 1);
    return changed;
  }

  add(vma: LinuxVma): void {
    this.vmas.insert(vma);
    vma.backing.object?.join(this);
    this.account(vma, 1);
  }

  remove(vma: LinuxVma): void {
    this.vmas.remove(vma.start);
    vma.backing.object?.leave(this);
    this.account(vma, -1);
  }

  /** Maps the first pages of a stack, which grows down from its end; the range must be free. */
  installStack(start: number, end: number): LinuxVma {
    const flags = VM_GROWSDOWN | VM_MAYWRITE | VM_MAYEXEC | VM_ACCOUNT;
    return this.install(start, end, PROT_READ | PROT_WRITE, { flags }, '');
  }

  /** Maps what no call maps, such as a page of the kernel's, for a loader; the range must be free. */
  install(
    start: number,
    end: number,
    protection: number,
    mapping: Partial<Mapping> = {},
    name = '',
  ): LinuxVma {
    const pageOffset = mapping.object ? 0 : start / PAGE_BYTES;
    const flags = VM_MAYWRITE | VM_MAYEXEC;
    const backing: Mapping = {
      flags,
      object: null,
      file: null,
      pageOffset,
      anonVma: 0,
      forked: false,
      ...mapping,
    };
    return this.insertNew(makeVma(start, end, protection, backing, name));
  }

  forgetPages(object: MemoryObject, first: number, end: number, copies: boolean): void {
    for (const vma of this.vmas.all()) {
      const { backing } = vma;
      if (backing.object !== object) continue;
      const from = vma.start + Math.max(0, first - backing.pageOffset) * PAGE_BYTES;
      const to = Math.min(vma.end, vma.start + (end - backing.pageOffset) * PAGE_BYTES);
      if (from >= to) continue;
      if (copies) this.pages.drop(from, to);
      else this.pages.dropShown(from, to);
    }
  }

  mapsForWriting(object: MemoryObject): boolean {
    for (const { backing } of this.vmas.all()) {
      if (backing.object === object && mayWriteObject(backing.flags)) return true;
    }
    return false;
  }

  /** Gives the pages of a VMA's part the protection that the VMA has now. */
  protectPages(start: number, end: number, protection: number): void {
    this.pages.protect(start, end, hardwareProtection(protection));
  }

  // Limits.

  /** Whether RLIMIT_AS and RLIMIT_DATA allow `pages` more of a kind. */
  mayExpand(protection: number, flags: number, pages: number): boolean {
    if (this.totalPages + pages > Math.floor(this.limits.soft(RLIMIT_AS) / PAGE_BYTES)) {
      return false;
    }
    if (!isData(protection, flags)) return true;
    const data = this.dataPages + pages;
    const limit = this.limits.get(RLIMIT_DATA)!;
    if (data <= Math.floor(limit.soft / PAGE_BYTES)) return true;
    // The kernel lets a soft limit of 0 pass up to the hard one: Valgrind sets it so.
    return limit.soft === 0 && data <= Math.floor(limit.hard / PAGE_BYTES);
  }

  /** Whether `pages` more may be committed, by vm.overcommit_memory. */
  enoughMemory(pages: number): boolean {
    const { profile } = this;
    if (profile.overcommit === 1) return true;
    const memory = Math.floor(profile.memoryBytes / PAGE_BYTES);
    if (profile.overcommit === 0) return pages <= memory;
    const admin = Math.floor(profile.adminReserveBytes / PAGE_BYTES);
    const user = Math.floor(profile.userReserveBytes / PAGE_BYTES);
    const allowed = Math.floor((memory * profile.overcommitRatio) / 100) - admin;
    const reserve = Math.min(Math.floor(this.totalPages / 32), user);
    return this.committedPages + pages < allowed - reserve;
  }

  /** Bytes of the host's memory that records of the space take, about; a fork doubles them. */
  get recordBytes(): number {
    return this.mmu.recordBytes + this.vmas.recordBytes + this.guards.recordBytes;
  }

  /** Gives back everything, the MMU's frames too: the space is not to be used again. */
  dispose(): void {
    for (const vma of this.vmas.all()) this.remove(vma);
    this.mmu.dispose();
    this.pages.dispose();
    this.isDisposed = true;
  }

  /** A copy for a forked child, on a copy of the MMU. */
  fork(): AddressSpace {
    const mmu = this.mmu.fork();
    const child = new AddressSpace(
      {
        mmu,
        profile: this.profile,
        breakStart: this.breakStart,
        mmapBase: this.mmapBase,
        stackStart: this.stackStart,
        dataBytes: this.dataBytes,
        limits: this.limits.copy(),
      },
      this.pages.in(mmu),
    );
    child.breakEnd = this.breakEnd;
    child.anonVmas = this.anonVmas;
    child.membarrierRegistrations = this.membarrierRegistrations;
    child.isProtectionKeyTaken = this.isProtectionKeyTaken;
    return child;
  }

  private maySplit(vma: LinuxVma, start: number, end: number): boolean {
    const splits = Number(start > vma.start) + Number(end < vma.end);
    return splits === 0 || this.vmas.size + splits <= this.profile.maxMapCount;
  }

  /** Makes one VMA of a new record and the neighbours that accept it. */
  private join(low: LinuxVma | null, vma: LinuxVma, high: LinuxVma | null): LinuxVma {
    const both = low !== null && high !== null && sameOrNoAnonVma(low, high);
    const right = low === null || both ? high : null;
    const neighbour = low ?? right;
    if (neighbour === null) {
      this.add(vma);
      return vma;
    }
    if (low !== null && right !== null) this.remove(right);
    const first = low ?? vma;
    const sticky = vma.backing.flags | (right?.backing.flags ?? 0);
    const joined = withMapping(partOf(first, first.start, right?.end ?? vma.end), {
      anonVma: low?.backing.anonVma || vma.backing.anonVma || right?.backing.anonVma || 0,
      forked: isForked(low) || isForked(vma) || isForked(right),
      flags: first.backing.flags | (sticky & VM_MAYBE_GUARD),
    });
    return this.replace(neighbour, joined);
  }

  private account(vma: LinuxVma, sign: number): void {
    const pages = sign * pagesOf(vma);
    const { flags } = vma.backing;
    this.totalPages += pages;
    const code = vma.protection & (PROT_WRITE | PROT_EXECUTE);
    if ((flags & VM_GROWSDOWN) !== 0) this.stackPages += pages;
    else if (isData(vma.protection, flags)) this.dataPages += pages;
    else if (code === PROT_EXECUTE) this.executablePages += pages;
    if ((flags & VM_LOCKED) !== 0) this.lockedPages += pages;
    if ((flags & VM_ACCOUNT) !== 0) this.committedPages += pages;
  }
}

function isForked(vma: LinuxVma | null): boolean {
  return vma?.backing.forked === true;
}

/** Keeps an object open while VMAs of it are taken out and put back. */
function holding<T>(object: MemoryObject | null, edit: () => T): T {
  object?.retain();
  const result = edit();
  object?.release();
  return result;
}
