/**
 * The heap calls of a Linux program, observed at its functions' addresses in whatever files it has
 * mapped: those that the kernel maps, and those that the dynamic loader or the program itself maps
 * later. It watches one process, the program's own through execve; see process-heaps.ts for those
 * that it forks.
 */
import { ALL_STRATEGIES, GrowingHeap, type Heap, type HeapStats } from '@bareheap/core';
import type { BlockInfo, Finding, HeapCall, HeapReport, Moment } from '@bareheap/inspect';
import { GuestHeapMemory, PROT_EXECUTE } from '@bareheap/mmu';
import { type AddressSpace, ThresholdPageSource } from '@bareheap/platform-posix';
import type { HeapChoice } from '../../firmware-options.ts';
import { systemVConvention } from '../../heap/call-convention.ts';
import { sweepFindings } from '../../heap/damage.ts';
import { heapFigures } from '../../heap/heap-figures.ts';
import { HeapLedger } from '../../heap/heap-ledger.ts';
import { HeapWatch } from '../../heap/heap-watch.ts';
import { blockInfo } from '../../heap/misuse.ts';
import type { ModuleMap } from '../module/module-map.ts';
import type { Moments } from '../module/moments.ts';
import type { Process } from '../process/process.ts';
import type { Thread } from '../process/thread.ts';
import { REGISTERS_SET, type SystemCall, type Words } from '../system-call.ts';
import { GuestErrno } from './guest-errno.ts';

/** Bytes of the first region of a heap that serves; glibc's first one has as many. */
const FIRST_REGION_BYTES = 132 << 10;
/** Blocks this near to an address are named. */
const BLOCK_REACH = 64;

/** Functions of glibc that end a thread's cache, as symbols of a static program have them. */
const CACHE_ENDS: ReadonlySet<string> = new Set([
  'tcache_thread_shutdown',
  '__malloc_arena_thread_freeres',
]);

interface WatchedFile {
  /** Bytes from the addresses that it was linked for to those where it is. */
  readonly base: number;
  /** What holds all of its code. */
  readonly start: number;
  readonly end: number;
}

export interface LinuxHeapParts {
  readonly process: Process;
  /** Who serves the calls: the guest's own heap, observed, or a strategy over its break and mmap. */
  readonly choice: HeapChoice;
  readonly modules: ModuleMap;
  readonly moments: Moments;
  readonly onCall: ((call: HeapCall) => void) | null;
  readonly onFinding: (finding: Finding) => void;
}

export class LinuxHeap {
  private readonly parts: LinuxHeapParts;
  private readonly ledger: HeapLedger;
  /** Files that are watched, by path. */
  private readonly files = new Map<string, WatchedFile>();
  private watch: HeapWatch;
  private errno: GuestErrno;
  /** Where the C library's `__errno_location` is; null: none was found. */
  private errnoLocation: number | null = null;
  /** The heap that serves, once it was used. */
  private served: GrowingHeap | null = null;
  /** The figures of the heap that served, once its memory is given back. */
  private last: HeapStats | null = null;

  /** The process's program and its loader are mapped, and not one instruction was run. */
  constructor(parts: LinuxHeapParts, ledger: HeapLedger = new HeapLedger()) {
    this.parts = parts;
    this.ledger = ledger;
    this.errno = errnoOf(parts.process);
    this.watch = this.begin();
  }

  /** A call is over that may have mapped code, or put another program in this one's place. */
  leave(row: SystemCall, words: Words, result: number): void {
    if (row.name === 'mmap' && result > 0 && (words[2]! & PROT_EXECUTE) !== 0) {
      this.addAt(this.watch, result);
    } else if (row.name === 'munmap' && result === 0) {
      this.removeUnmapped(words[0]!, words[0]! + words[1]!);
    } else if (row.name.startsWith('execve') && result === REGISTERS_SET) {
      this.files.clear();
      this.served = null;
      this.last = null;
      this.errno = errnoOf(this.parts.process);
      this.errnoLocation = null;
      this.watch = this.begin();
    }
  }

  /** A thread's engine stopped at a breakpoint. */
  stopped(thread: Thread): void {
    this.errno.stopped(thread);
    this.watch.stopped();
  }

  /** Bytes of the host's memory that a copy of the heap takes, about. */
  get copyBytes(): number {
    return this.ledger.copyBytes;
  }

  /** The heap of a copy of the process, which has not run yet: it goes on from the same bytes. */
  forkTo(process: Process): LinuxHeap {
    const copy = new LinuxHeap({ ...this.parts, process, onCall: null }, this.ledger.copy());
    const { space } = process;
    copy.served = this.served?.copy(new ThresholdPageSource(space), regionsOf(space)) ?? null;
    return copy;
  }

  /** The process's memory is about to be given back, and with it the heap that served. */
  finish(): void {
    this.last = this.served?.stats() ?? null;
    if (this.served === null) return;
    const { process, onFinding } = this.parts;
    const found = sweepFindings(this.served, this.ledger, process.cpu.pc, () => this.callers());
    for (const finding of found) onFinding(finding);
  }

  /** The block that an address is in or near, live or freed; null when none is known. */
  blockAt(address: number): BlockInfo | null {
    const block = this.ledger.near(address, BLOCK_REACH) ?? this.ledger.freedAt(address);
    return block === null ? null : blockInfo(block, address);
  }

  /** The figures so far. What lies between a guest's own heap and the system is not known: 0. */
  report(residentBytes: number): HeapReport {
    const { watch, served } = this;
    const stats = this.last ?? served?.stats() ?? null;
    return {
      ...heapFigures(watch, served?.name ?? null),
      residentBytes,
      overheadBytes: stats?.overheadBytes ?? 0,
      ...(stats === null ? {} : { largestFree: stats.largestFreeBytes }),
    };
  }

  private serveFrom(choice: Exclude<HeapChoice, 'guest'>): Heap {
    const { space } = this.parts.process;
    this.served ??= new GrowingHeap(
      choice,
      ALL_STRATEGIES[choice],
      new ThresholdPageSource(space),
      regionsOf(space),
      FIRST_REGION_BYTES,
    );
    return this.served;
  }

  private setErrno(value: number): void {
    const { running } = this.parts.process.kernel;
    if (running !== null && this.errnoLocation !== null) {
      this.errno.set(running, this.errnoLocation, value);
    }
  }

  /**
   * glibc gives a thread's cache of free blocks back by `free` itself. Its library is known by that
   * the call comes from where the function is; in a static program, by the caller's name.
   */
  private isInternal({ stack }: Moment): boolean {
    const { process, modules } = this.parts;
    const [caller] = stack;
    if (caller === undefined) return false;
    if (caller.function !== null && CACHE_ENDS.has(caller.function)) return true;
    const from = modules.at(process.space, caller.pc)?.module;
    const to = modules.at(process.space, process.cpu.pc)?.module;
    return from !== undefined && from === to && from.path !== process.executable;
  }

  private begin(): HeapWatch {
    const { process, choice, onCall, onFinding } = this.parts;
    const { cpu, space } = process;
    const watch = new HeapWatch({
      cpu,
      mmu: space.mmu,
      convention: systemVConvention(cpu, space.mmu),
      callers: () => this.callers(),
      instructions: () => process.kernel.instructions,
      onCall,
      onFinding,
      heap: choice === 'guest' ? null : () => this.serveFrom(choice),
      setErrno: (value) => this.setErrno(value),
      breaks: null,
      ledger: this.ledger,
      isInternal: (call) => this.isInternal(call),
      context: () => process.kernel.running?.id ?? process.id,
    });
    for (const vma of space.vmas.all()) {
      if ((vma.protection & PROT_EXECUTE) !== 0) this.addAt(watch, vma.start);
    }
    this.markPhases(watch);
    return watch;
  }

  /** The program begins where its own file says, when its loader is done. */
  private markPhases(watch: HeapWatch): void {
    const { process, modules } = this.parts;
    const { cpu, space } = process;
    const started = modules.at(space, cpu.pc);
    for (const vma of space.vmas.all()) {
      const found = modules.at(space, vma.start);
      if (found === null || found.module.path !== process.executable) continue;
      const base = vma.start - found.inFile;
      const { plan } = found.module;
      const main = plan.symbols.byName('main');
      const isLoaded = started?.module !== found.module;
      watch.setMarks({
        entry: isLoaded && plan.entry !== null ? plan.entry + base : null,
        main: main === null ? null : main.address + base,
      });
      return;
    }
  }

  /** Watches the file that an address is mapped from, unless it is watched. */
  private addAt(watch: HeapWatch, address: number): void {
    const { process, modules } = this.parts;
    const found = modules.at(process.space, address);
    if (found === null) return;
    const base = address - found.inFile;
    const { path, plan } = found.module;
    const code = process.space.vmas.find(address)!;
    const known = this.files.get(path);
    if (known?.base === base) {
      const start = Math.min(known.start, code.start);
      this.files.set(path, { base, start, end: Math.max(known.end, code.end) });
      return;
    }
    this.files.set(path, { base, start: code.start, end: code.end });
    watch.addModule(plan.symbols, base);
    const location = plan.symbols.byName('__errno_location');
    if (location?.kind === 'function') this.errnoLocation = location.address + base;
    const exit = plan.symbols.byName('exit');
    if (exit?.kind === 'function') watch.addExit(exit.address + base);
  }

  /** Forgets files of which nothing executable is mapped any more, now that a range is unmapped. */
  private removeUnmapped(start: number, end: number): void {
    for (const [path, file] of this.files) {
      if (end <= file.start || file.end <= start || this.hasCode(path)) continue;
      this.files.delete(path);
      this.watch.removeModule(file.base);
    }
  }

  private hasCode(path: string): boolean {
    const { process, modules } = this.parts;
    return process.space.vmas.all().some(({ start, protection }) => {
      const isCode = (protection & PROT_EXECUTE) !== 0;
      return isCode && modules.at(process.space, start)?.module.path === path;
    });
  }

  /** The calls that led to the function that begins, without it. */
  private callers(): Moment {
    const { process, moments } = this.parts;
    const { running, instructions } = process.kernel;
    return running === null ? { stack: [], instruction: instructions } : moments.ofCallers(running);
  }
}

/** The memory of regions in a space. */
function regionsOf({ mmu }: AddressSpace): (address: number) => GuestHeapMemory {
  return (address) => new GuestHeapMemory(mmu, address);
}

function errnoOf({ cpu, space }: Process): GuestErrno {
  return new GuestErrno(cpu, space.mmu);
}
