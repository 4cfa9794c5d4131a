/**
 * A process of this package as programs of memory calls drive it: see the conformance suite's
 * posix-under-test.ts, whose port this class fits without importing it.
 */
import { PROT_NONE, PROT_READ, PROT_WRITE, Supervisor } from '@bareheap/mmu';
import type { AddressSpace } from './address-space.ts';
import { isPageAligned, pageFloor, TASK_SIZE, unsigned } from './address-word.ts';
import { EBADF, EFAULT, EINVAL, ENODEV, ENOMEM, errorName } from './errno.ts';
import { linuxProfile } from './kernel-profile.ts';
import { MAP_ANONYMOUS, MAP_FIXED, MAP_SHARED } from './linux-constants.ts';
import { type MappableFile, NO_FILES } from './linux-files.ts';
import { forkAddressSpace, type LinuxProcess, makeAddressSpace } from './linux-memory.ts';
import type { LinuxVma } from './linux-vma.ts';
import { MemoryFileTable, memoryFile } from './memfd.ts';
import { residency } from './mincore.ts';
import { mmap } from './mmap.ts';
import { signalOfFault } from './page-fault.ts';
import { nameOf, protectionText } from './process-maps.ts';
import { residentCounts, residentPages, vmFlagsText } from './smaps.ts';
import { checkSpace } from './space-check.ts';
import { MEMORY_CALLS } from './system-calls.ts';

const PAGE_BYTES = 4096;
/** Shared memory without access above M, as the probe has it: nothing grows over the end. */
const FENCE_BYTES = 4 << 20;
const IMAGE_START = 0x400000;
const IMAGE_BYTES = 32 << 20;
const MMAP_END = 0x7f0000000000;
const BREAK_START = 0x555555600000;
const OPEN_ACCESS = 3;
const PIPE: MappableFile = {
  object: null,
  readable: true,
  writable: false,
  appends: false,
  noExecute: false,
  tellsResidency: false,
};

interface ProbeSignal {
  readonly signal: number;
  readonly code: number;
  readonly address: number;
  readonly trap: number;
  readonly error: number;
}

/** What one line of /proc/self/maps says. */
interface ProbeMapping {
  readonly start: number;
  readonly end: number;
  readonly protection: string;
  readonly offset: number;
  readonly name: string;
  readonly flags: string;
  readonly memory: { readonly rss: number; readonly anonymous: number };
}

export class MemoryProbe {
  readonly mmapEnd: number = MMAP_END;
  readonly breakStart: number = BREAK_START;
  signal: ProbeSignal | null = null;
  readonly space: AddressSpace;
  private readonly files: MemoryFileTable;
  private readonly children: MemoryProbe[] = [];
  private readonly process: LinuxProcess;

  private constructor(space: AddressSpace, files: MemoryFileTable) {
    this.space = space;
    this.files = files;
    this.process = { space, files, id: 1 };
  }

  /** A process with nothing mapped below M, on a system as `uname -r` and its memory say. */
  static make(system: { readonly release: string; readonly memoryBytes: number }): MemoryProbe {
    const profile = { ...linuxProfile(system.release), memoryBytes: system.memoryBytes };
    const space = makeAddressSpace({
      breakStart: BREAK_START,
      mmapBase: MMAP_END + FENCE_BYTES,
      profile,
    });
    // As much data as the probe has: its limits of data are larger than what a case makes.
    space.install(IMAGE_START, IMAGE_START + IMAGE_BYTES, PROT_READ | PROT_WRITE);
    const flags = MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED;
    mmap(space, NO_FILES, MMAP_END, FENCE_BYTES, PROT_NONE, flags, -1, 0);
    return new MemoryProbe(space, new MemoryFileTable());
  }

  call(name: string, words: readonly number[]): number | null {
    const row = MEMORY_CALLS.find((call) => call.name === name);
    if (row !== undefined) return row.call(this.process, words);
    const [first = 0, second = 0, third = 0, fourth = 0] = words;
    switch (name) {
      case 'close':
        return this.files.close(first);
      case 'trunc':
        return this.truncate(first, second);
      case 'pread':
        return this.read(first, second, third, fourth);
      case 'pwrite':
        return this.write(first, second, third, fourth);
      default:
        return null;
    }
  }

  load(address: number, size: number): number {
    const value = this.space.mmu.loadSlow(address, size);
    this.noteFault();
    return value;
  }

  store(address: number, size: number, value: number): void {
    this.space.mmu.storeSlow(address, size, value);
    this.noteFault();
  }

  execute(address: number): void {
    this.space.mmu.fetchSlow(address, 1);
    this.noteFault();
  }

  mappings(): readonly ProbeMapping[] {
    return this.space.vmas.all().map((vma) => ({
      start: vma.start,
      end: vma.end,
      protection: protectionText(vma),
      offset: vma.backing.object === null ? 0 : vma.backing.pageOffset * PAGE_BYTES,
      name: nameOf(this.space, vma),
      flags: vmFlagsText(vma),
      memory: this.memoryOf(vma),
    }));
  }

  private memoryOf(vma: LinuxVma): ProbeMapping['memory'] {
    const counts = residentCounts(this.space, vma);
    const kib = (pages: number): number => pages * (PAGE_BYTES / 1024);
    return {
      rss: kib(residentPages(counts)),
      anonymous: kib(counts.anonymous),
    };
  }

  residency(address: number, length: number): string | number {
    if (!isPageAligned(address)) return -EINVAL;
    const end = address + Math.ceil(length / PAGE_BYTES) * PAGE_BYTES;
    let text = '';
    for (let at = address; at < end; at += PAGE_BYTES) {
      const bytes = residency(this.space, at, 1);
      if (bytes.length === 0) return -ENOMEM;
      text += bytes[0];
    }
    return text;
  }

  sizes(): { readonly total: number; readonly data: number } {
    return { total: this.space.totalPages, data: this.space.dataPages + this.space.stackPages };
  }

  dataPages(): number {
    return this.space.dataPages;
  }

  lockedKib(): number {
    return this.space.lockedPages * (PAGE_BYTES / 1024);
  }

  setLimit(resource: number, soft: number, hard: number): number {
    const bytes = (word: number): number =>
      word === -1 ? Number.POSITIVE_INFINITY : unsigned(word);
    return this.space.limits.set(resource, { soft: bytes(soft), hard: bytes(hard) });
  }

  limit(resource: number): readonly [number, number] | number {
    const limit = this.space.limits.get(resource);
    if (limit === null) return -EINVAL;
    const word = (bytes: number): number => (Number.isFinite(bytes) ? bytes : -1);
    return [word(limit.soft), word(limit.hard)];
  }

  openMemory(): number {
    return this.files.open(memoryFile(this.space, 'probe'));
  }

  reopen(descriptor: number, flags: number): number {
    const file = this.files.file(descriptor);
    if (file === null) return -EBADF;
    const access = flags & OPEN_ACCESS;
    file.object?.retain();
    return this.files.open({ ...file, readable: access !== 1, writable: access !== 0 });
  }

  openPipe(): number {
    return this.files.open(PIPE);
  }

  fork(): MemoryProbe {
    const child = new MemoryProbe(forkAddressSpace(this.space), this.files);
    this.children.push(child);
    return child;
  }

  /** Gives back the memory of the process, of those forked from it, and of its files. */
  dispose(): void {
    for (const child of this.children) child.dispose();
    this.space.dispose();
    this.files.closeAll();
  }

  /** What is wrong with the space and the MMU under it, one line each. */
  check(): string[] {
    return [this, ...this.children].flatMap((process) => checkSpace(process.space));
  }

  errorName(result: number): string {
    return errorName(result) ?? String(result);
  }

  /** Notes the signal of the access that was just made. */
  private noteFault(): void {
    const { mmu } = this.space;
    this.signal = mmu.faulted ? signalOfFault(this.space) : null;
    mmu.faulted = false;
  }

  private truncate(descriptor: number, size: number): number {
    const file = this.files.file(descriptor);
    if (file === null) return -EBADF;
    if (size < 0 || file.object === null || !file.writable) return -EINVAL;
    file.object.resize(size);
    return 0;
  }

  private read(descriptor: number, address: number, length: number, offset: number): number {
    const object = this.files.file(descriptor)?.object;
    if (object === undefined) return -EBADF;
    if (object === null) return -ENODEV;
    const supervisor = new Supervisor(this.space.mmu);
    // Page by page of the file: what is read may go where the same file is mapped.
    for (let done = 0; done < length; ) {
      const at = offset + done;
      const bytes = object.read(at, Math.min(length - done, PAGE_BYTES - (at % PAGE_BYTES)));
      const copied = supervisor.copyIn(address + done, bytes);
      done += copied;
      if (bytes.length === 0 || copied < bytes.length) return this.counted(done, length);
    }
    return length;
  }

  private write(descriptor: number, address: number, length: number, offset: number): number {
    const object = this.files.file(descriptor)?.object;
    if (object === undefined) return -EBADF;
    if (object === null || unsigned(address) > TASK_SIZE) return -EFAULT;
    const supervisor = new Supervisor(this.space.mmu);
    // Page by page of the file: what is written may be mapped from the same file.
    for (let done = 0; done < length; ) {
      const at = offset + done;
      const part = Math.min(length - done, PAGE_BYTES - (at % PAGE_BYTES));
      // The kernel's first try, without faults, takes the page and grows the file to where it would write.
      const isAbsent = !this.space.pages.isResident(pageFloor(address + done));
      if (isAbsent && at > object.sizeBytes) object.resize(at);
      if (isAbsent) object.frame(Math.floor(at / PAGE_BYTES));
      const bytes = supervisor.copyOut(address + done, part);
      const written = object.write(at, bytes);
      done += written;
      if (written === part) continue;
      // The kernel takes the page before it finds that there is nothing to copy.
      object.frame(Math.floor((offset + done) / PAGE_BYTES));
      return this.counted(done, length);
    }
    return length;
  }

  /** Bytes that were copied, or -EFAULT when the first could not be. */
  private counted(done: number, wanted: number): number {
    const faulted = this.space.mmu.faulted;
    this.space.mmu.faulted = false;
    return faulted && done === 0 && wanted > 0 ? -EFAULT : done;
  }
}
