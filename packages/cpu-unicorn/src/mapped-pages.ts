/**
 * What Unicorn sees of guest memory: a copy, made on first touch, of what the MMU's mappings say.
 * The MMU's frames are mapped where the library can map host memory, so both see every store at
 * once; else their bytes are copied in before a run and out after it.
 *
 * Mapped coarsely: Unicorn slows down with the square of the mappings and 2.0.1 aborts near 4096 of
 * them. So a touch makes a whole chunk of its VMA present, as long as frames are not scarce.
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

export class MappedPages {
  private readonly mmu: Mmu;
  private readonly unicorn: Unicorn;
  private regions: Region[] = [];
  /** Permissions by page number. */
  private readonly pages = new Map<number, number>();
  private seen: readonly Vma[] = [];
  private buffer: ArrayBuffer;
  private hostAddress = 0n;
  private full = false;

  constructor(mmu: Mmu, unicorn: Unicorn) {
    this.mmu = mmu;
    this.unicorn = unicorn;
    this.buffer = mmu.memory.buffer;
    this.hostAddress = this.whereFramesLie();
  }

  /** Mappings in Unicorn now. */
  get regionCount(): number {
    return this.regions.length;
  }

  /**
   * Before a run: follows the mappings that changed since the last one.
   *
   * @returns whether mappings changed, so that nothing known of code holds any more
   */
  sync(): boolean {
    const changed = this.full || this.mappingsChanged() || this.framesMoved();
    if (changed) this.dropAll();
    return changed;
  }

  /** Before Unicorn runs: copies in what others stored. */
  load(): void {
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
    const permissions = vma.backing.kind === 'rom' ? vma.protection & ~PROT_WRITE : vma.protection;
    if ((permissions & need) === 0 || this.pages.has(page)) return false;
    if (this.regions.length >= MOST_REGIONS) {
      this.full = true;
      return false;
    }
    this.mapAround(page, vma, permissions);
    return this.pages.has(page);
  }

  /** The page's code may be stored to by the guest. */
  isWritable(address: number): boolean {
    return ((this.pages.get(Math.floor(address / PAGE_BYTES)) ?? 0) & PROT_WRITE) !== 0;
  }

  /** A halfword of code, or -1 where nothing is mapped. Even addresses. */
  halfword(address: number): number {
    if (this.unicorn.mem_map_ptr === undefined && this.isWritable(address)) {
      const [low, high] = this.unicorn.mem_read(address, 2);
      return low! | (high! << 8);
    }
    const offset = this.mmu.peekOffset(address);
    return offset < 0 ? -1 : this.mmu.pool.u16[offset >> 1]!;
  }

  /**
   * Has Unicorn forget what it translated of bytes that were changed behind its back: it forgets
   * with the mapping, which the next touch makes again. Writing the bytes through Unicorn 2.0.1 and
   * its own call for this leave old code behind on RISC-V.
   */
  codeChanged(address: number, length: number): void {
    const end = address + length;
    const isHit = (region: Region): boolean =>
      region.start < end && region.start + region.length > address;
    const hit = this.regions.filter(isHit);
    this.regions = this.regions.filter((region) => !isHit(region));
    for (const region of hit) this.drop(region);
  }

  private mapAround(page: number, vma: Vma, permissions: number): void {
    const { start, end } = this.chunkOf(page * PAGE_BYTES, vma);
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

  private chunkOf(address: number, vma: Vma): { start: number; end: number } {
    const page = address - (address % PAGE_BYTES);
    const size = vma.end - vma.start;
    const chunk = Math.max(CHUNK_BYTES, 2 ** Math.floor(Math.log2(size / CHUNKS_OF_VMA)));
    const { limit, inUse } = this.mmu.pool;
    const scarce = (limit - inUse) * PAGE_BYTES < chunk * 4;
    if (scarce || vma.backing.kind === 'object') return { start: page, end: page + PAGE_BYTES };
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

  private dropAll(): void {
    for (const region of this.regions) this.drop(region);
    this.regions = [];
    this.full = false;
  }

  private drop({ start, length }: Region): void {
    this.unicorn.mem_unmap(start, length);
    for (let at = start; at < start + length; at += PAGE_BYTES) this.pages.delete(at / PAGE_BYTES);
  }

  /** VMAs are values: whatever changes one puts another in its place. */
  private mappingsChanged(): boolean {
    const now = [...this.mmu.vmas.all()];
    const same = now.length === this.seen.length && now.every((vma, at) => vma === this.seen[at]);
    this.seen = now;
    return !same;
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

/** Compares whole pages by words. */
function isSame(left: Uint8Array, right: Uint8Array): boolean {
  const count = left.length >> 2;
  const a = new Int32Array(left.buffer, left.byteOffset, count);
  const b = new Int32Array(right.buffer, right.byteOffset, count);
  for (let index = 0; index < count; index++) if (a[index] !== b[index]) return false;
  return true;
}
