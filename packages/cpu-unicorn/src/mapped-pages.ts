/**
 * What Unicorn sees of guest memory: a copy, made on first touch, of what the MMU's mappings say.
 * The MMU's frames are mapped where the library can map host memory, so both see every store at
 * once; else their bytes are copied in before a run and out after it.
 *
 * Mapped coarsely: Unicorn slows down with the square of the mappings and 2.0.1 aborts near 4096 of
 * them. So a touch makes a whole chunk of its VMA present, as long as frames are not scarce.
 *
 * A page of an object (a file, shared memory) is mapped for itself, and without stores until the
 * first one, which is the MMU's. The MMU tells of every page that is no longer what it was; what is
 * mapped of it goes before Unicorn runs again, and comes back when it is touched.
 */
import { type Mmu, PAGE_BYTES, PROT_WRITE } from '@bareheap/mmu';
import type { Unicorn } from './unicorn-port.ts';

type Vma = NonNullable<ReturnType<Mmu['vmas']['find']>>;

interface Region {
  readonly start: number;
  readonly length: number;
  /** Host offset of its first byte in the MMU's memory. */
  readonly host: number;
  readonly permissions: number;
  /** What Unicorn's own copy last held; null where frames are mapped. */
  readonly copy: Uint8Array | null;
}

const CHUNK_BYTES = 0x10000;
/** A VMA of any size is at most so many chunks. */
const CHUNKS_OF_VMA = 256;
const MOST_REGIONS = 3000;
/** Regions that are left as they are, however they lie; a mapping costs 1 to 2 µs for each. */
const FEW_REGIONS = 64;
/** With more, so many pages behind a page are made present with it, so that they are one region. */
const PAGES_AHEAD = 32;

export class MappedPages {
  private readonly mmu: Mmu;
  private readonly unicorn: Unicorn;
  private regions: Region[] = [];
  /** Permissions by page number. */
  private readonly pages = new Map<number, number>();
  /** Page numbers whose mapping is out of date. */
  private readonly stale = new Set<number>();
  /** Page numbers of objects that were stored to. */
  private readonly written = new Set<number>();
  private buffer: ArrayBuffer;
  private hostAddress = 0n;
  private full = false;
  /** Regions at which those that lie side by side are made one. */
  private joinAt = FEW_REGIONS;

  constructor(mmu: Mmu, unicorn: Unicorn) {
    this.mmu = mmu;
    this.unicorn = unicorn;
    this.buffer = mmu.memory.buffer;
    this.hostAddress = this.whereFramesLie();
    const { onPageChange } = mmu;
    mmu.onPageChange = (page) => {
      onPageChange?.(page);
      const number = page / PAGE_BYTES;
      if (this.pages.has(number)) this.stale.add(number);
    };
  }

  /** Mappings in Unicorn now. */
  get regionCount(): number {
    return this.regions.length;
  }

  /** Before Unicorn runs: follows what has changed, and copies in what others stored. */
  load(): void {
    if (this.full || this.framesMoved()) this.dropAll();
    if (this.stale.size > 0) this.dropStale();
    if (this.regions.length >= this.joinAt) this.join();
    for (const region of this.regions) if (region.copy !== null) this.copyIn(region, region.copy);
  }

  /** After Unicorn ran: takes what the guest stored into copies. */
  flush(): void {
    for (const region of this.regions) {
      if (region.copy === null || (region.permissions & PROT_WRITE) === 0) continue;
      const bytes = this.unicorn.mem_read(region.start, region.length);
      region.copy.set(bytes);
      this.frames(region).set(bytes);
    }
  }

  /** Unicorn failed at an address: makes it accessible if the mappings allow it. */
  admit(address: number, need: number): boolean {
    const page = Math.floor(address / PAGE_BYTES);
    const vma = this.mmu.vmas.find(address);
    if (vma === null || vma.guard || vma.backing.kind === 'device') return false;
    if ((allowed(vma) & need) === 0) return false;
    if (this.pages.has(page)) {
      // Mapped without stores: this one is stepped, then the page is mapped with them.
      if (need === PROT_WRITE) this.stale.add(page);
      return false;
    }
    if (need === PROT_WRITE) this.written.add(page);
    if (this.regions.length >= MOST_REGIONS) {
      this.full = true;
      return false;
    }
    this.populate(page, vma);
    this.mapAround(page, this.mmu.vmas.find(address)!);
    return this.pages.has(page);
  }

  /** A store failed for its protection: if the page is the guest's to write, it will be mapped so. */
  wasStoredTo(address: number): void {
    const page = Math.floor(address / PAGE_BYTES);
    const vma = this.mmu.vmas.find(address);
    if (vma === null || (allowed(vma) & PROT_WRITE) === 0 || !this.pages.has(page)) return;
    this.written.add(page);
    this.stale.add(page);
  }

  /** Whether the guest may store to the page. */
  isWritable(address: number): boolean {
    const vma = this.mmu.vmas.find(address);
    return vma !== null && (allowed(vma) & PROT_WRITE) !== 0;
  }

  /** A byte (size 1) or an even halfword (2) of code, or -1 where nothing is mapped. */
  unit(address: number, size: number): number {
    if (this.unicorn.mem_map_ptr === undefined && this.isMappedForStores(address)) {
      const [low, high] = this.unicorn.mem_read(address, size);
      return size === 1 ? low! : low! | (high! << 8);
    }
    const offset = this.mmu.peekOffset(address);
    if (offset < 0) return -1;
    return size === 1 ? this.mmu.pool.u8[offset]! : this.mmu.pool.u16[offset >> 1]!;
  }

  /**
   * Has Unicorn forget what it translated of bytes that were changed behind its back: it forgets
   * with the mapping, which the next touch makes again. Writing the bytes through Unicorn 2.0.1 and
   * its own call for this leave old code behind on RISC-V.
   */
  codeChanged(address: number, length: number): void {
    const end = address + length;
    this.dropWhere((region) => region.start < end && region.start + region.length > address);
  }

  private isMappedForStores(address: number): boolean {
    return ((this.pages.get(Math.floor(address / PAGE_BYTES)) ?? 0) & PROT_WRITE) !== 0;
  }

  /** A platform that maps anonymous memory when it is touched has frames of its pages in order. */
  private populate(page: number, vma: Vma): void {
    const { mmu } = this;
    if (this.regions.length < FEW_REGIONS || vma.backing.kind !== 'anonymous') return;
    for (let next = page + 1; next <= page + PAGES_AHEAD; next++) {
      const at = next * PAGE_BYTES;
      const known = mmu.vmas.find(at);
      if (known !== null && known.backing.kind !== 'anonymous') break;
      if (this.isScarce(PAGE_BYTES) || mmu.hostOffset(at, 'write') < 0) break;
    }
    mmu.faulted = false;
  }

  private isScarce(bytes: number): boolean {
    const { limit, inUse } = this.mmu.pool;
    return (limit - inUse) * PAGE_BYTES < bytes * 4;
  }

  private mapAround(page: number, vma: Vma): void {
    const { start, end } = this.chunkOf(page * PAGE_BYTES, vma);
    const permissions = this.permissionsOf(page, vma);
    let run: { start: number; host: number; length: number } | null = null;
    for (let at = start; at < end; at += PAGE_BYTES) {
      const host = this.pages.has(at / PAGE_BYTES) ? -1 : this.frameOf(at, permissions);
      const continues = run !== null && host === run.host + run.length;
      if (run !== null && continues) run.length += PAGE_BYTES;
      else {
        if (run !== null) this.map(run, permissions);
        run = host < 0 ? null : { start: at, host, length: PAGE_BYTES };
      }
    }
    if (run !== null) this.map(run, permissions);
  }

  private permissionsOf(page: number, vma: Vma): number {
    const permissions = allowed(vma);
    if (vma.backing.kind !== 'object' || this.written.has(page)) return permissions;
    return permissions & ~PROT_WRITE;
  }

  private chunkOf(address: number, vma: Vma): { start: number; end: number } {
    const page = address - (address % PAGE_BYTES);
    const size = vma.end - vma.start;
    const chunk = Math.max(CHUNK_BYTES, 2 ** Math.floor(Math.log2(size / CHUNKS_OF_VMA)));
    const isAlone = this.isScarce(chunk) || vma.backing.kind === 'object';
    if (isAlone) return { start: page, end: page + PAGE_BYTES };
    const start = page - (page % chunk);
    return { start: Math.max(start, vma.start), end: Math.min(start + chunk, vma.end) };
  }

  private frameOf(address: number, permissions: number): number {
    const { mmu } = this;
    const writable = (permissions & PROT_WRITE) !== 0;
    return writable ? mmu.pokeOffset(address) : mmu.peekOffset(address);
  }

  private map(run: { start: number; host: number; length: number }, permissions: number): void {
    const { unicorn } = this;
    const shares = unicorn.mem_map_ptr !== undefined;
    const copy = shares ? null : new Uint8Array(run.length);
    const region: Region = { ...run, permissions, copy };
    const frames = this.frames(region);
    if (copy === null) unicorn.mem_map_ptr!(run.start, frames, permissions);
    else {
      copy.set(frames);
      unicorn.mem_map(run.start, run.length, permissions);
      unicorn.mem_write(run.start, copy);
    }
    this.regions.push(region);
    const first = run.start / PAGE_BYTES;
    for (let index = 0; index < run.length / PAGE_BYTES; index++) {
      this.pages.set(first + index, permissions);
    }
  }

  private frames({ host, length }: Region): Uint8Array {
    return this.mmu.pool.u8.subarray(host, host + length);
  }

  private copyIn(region: Region, copy: Uint8Array): void {
    const frames = this.frames(region);
    if (isSame(frames, copy)) return;
    copy.set(frames);
    this.unicorn.mem_write(region.start, copy);
  }

  /** Makes one of regions that lie side by side, here and in the host. */
  private join(): void {
    const sorted = this.regions.toSorted((a, b) => a.start - b.start);
    for (let first = 0, next = 1; first < sorted.length; first = next++) {
      while (next < sorted.length && continues(sorted[next - 1]!, sorted[next]!)) next++;
      if (next > first + 1) this.joinRun(sorted.slice(first, next));
    }
    this.joinAt = this.regions.length * 2 + FEW_REGIONS;
  }

  private joinRun(parts: readonly Region[]): void {
    const { start, host, permissions } = parts[0]!;
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    const gone = new Set(parts);
    this.dropWhere((region) => gone.has(region));
    this.map({ start, host, length }, permissions);
  }

  private dropAll(): void {
    this.dropWhere(() => true);
    this.full = false;
  }

  private dropStale(): void {
    const { stale } = this;
    this.dropWhere(({ start, length }) => {
      for (let at = start; at < start + length; at += PAGE_BYTES) {
        if (stale.has(at / PAGE_BYTES)) return true;
      }
      return false;
    });
    stale.clear();
  }

  private dropWhere(isHit: (region: Region) => boolean): void {
    const hit = this.regions.filter(isHit);
    if (hit.length === 0) return;
    const gone = new Set(hit);
    this.regions = this.regions.filter((region) => !gone.has(region));
    for (const { start, length } of hit) {
      this.unicorn.mem_unmap(start, length);
      for (let at = start; at < start + length; at += PAGE_BYTES) {
        this.pages.delete(at / PAGE_BYTES);
      }
    }
  }

  /** Memory that grew has a new buffer, which as a rule lies where the old one did. */
  private framesMoved(): boolean {
    const { buffer } = this.mmu.memory;
    if (buffer === this.buffer) return false;
    this.buffer = buffer;
    const before = this.hostAddress;
    this.hostAddress = this.whereFramesLie();
    return this.hostAddress !== before;
  }

  private whereFramesLie(): bigint {
    return this.unicorn.host_address?.(this.mmu.pool.u8) ?? 0n;
  }
}

/** What the guest may do with the bytes of a VMA; stores to read-only memory are the MMU's. */
function allowed({ protection, backing }: Vma): number {
  return backing.kind === 'rom' ? protection & ~PROT_WRITE : protection;
}

/** Whether a region goes on where another ends; copies stay apart. */
function continues(before: Region, after: Region): boolean {
  return (
    before.copy === null &&
    after.start === before.start + before.length &&
    after.host === before.host + before.length &&
    after.permissions === before.permissions
  );
}

/** Compares whole pages by words. */
function isSame(left: Uint8Array, right: Uint8Array): boolean {
  const count = left.length >> 2;
  const a = new Int32Array(left.buffer, left.byteOffset, count);
  const b = new Int32Array(right.buffer, right.byteOffset, count);
  for (let index = 0; index < count; index++) if (a[index] !== b[index]) return false;
  return true;
}
