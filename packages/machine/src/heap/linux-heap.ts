/**
 * The heap calls of a Linux program, observed at its functions' addresses in whatever files it has
 * mapped: those that the kernel maps, and those that the dynamic loader or the program itself maps
 * later. It watches the program's own process, through execve; not those that it forks.
 */
import type { Finding, HeapCall, HeapReport, Moment } from '@bareheap/inspect';
import { PROT_EXECUTE } from '@bareheap/mmu';
import type { ModuleMap } from '../linux/module/module-map.ts';
import type { Moments } from '../linux/module/moments.ts';
import type { Process } from '../linux/process/process.ts';
import type { Thread } from '../linux/process/thread.ts';
import { REGISTERS_SET, type SystemCall, type Words } from '../linux/system-call.ts';
import { systemVConvention } from './call-convention.ts';
import { HeapLedger } from './heap-ledger.ts';
import { HeapWatch } from './heap-watch.ts';

export interface LinuxHeapParts {
  readonly process: Process;
  readonly modules: ModuleMap;
  readonly moments: Moments;
  readonly onCall: ((call: HeapCall) => void) | null;
  readonly onFinding: (finding: Finding) => void;
}

export class LinuxHeap {
  private readonly parts: LinuxHeapParts;
  private readonly ledger = new HeapLedger();
  /** Distances of the files that are watched from where they were linked for, by path. */
  private readonly bases = new Map<string, number>();
  private watch: HeapWatch;

  /** The process's program and its loader are mapped, and not one instruction was run. */
  constructor(parts: LinuxHeapParts) {
    this.parts = parts;
    this.watch = this.begin();
  }

  /** A call begins: nothing to be seen yet. */
  enter(): void {}

  /** A call is over that may have mapped code, or put another program in this one's place. */
  leave(thread: Thread, row: SystemCall, words: Words, result: number): void {
    if (thread.process !== this.parts.process) return;
    if (row.name === 'mmap' && result > 0 && (words[2]! & PROT_EXECUTE) !== 0) {
      this.addAt(this.watch, result);
    } else if (row.name === 'munmap' && result === 0) {
      this.removeUnmapped();
    } else if (row.name.startsWith('execve') && result === REGISTERS_SET) {
      this.bases.clear();
      this.watch = this.begin();
    }
  }

  /** A thread's engine stopped at a breakpoint. */
  stopped(thread: Thread): void {
    if (thread.process === this.parts.process) this.watch.stopped();
  }

  /** The figures so far. What is between heap and system is not known from outside: overhead 0. */
  report(residentBytes: number): HeapReport {
    const { ledger, watch } = this;
    const { worst } = watch;
    return {
      name: `guest (${watch.functions.join(', ') || 'no heap function found'})`,
      allocations: ledger.allocations,
      frees: ledger.frees,
      reallocations: ledger.reallocations,
      failures: ledger.failures,
      bytesTotal: ledger.bytesTotal,
      bytesPeak: ledger.bytesPeak,
      blocksPeak: ledger.blocksPeak,
      bytesLive: ledger.bytesLive,
      blocksLive: ledger.live.size,
      residentBytes,
      overheadBytes: 0,
      phases: watch.phases,
      ...(worst === null ? {} : { worst: [{ ...worst, unit: 'instructions' as const }] }),
    };
  }

  private begin(): HeapWatch {
    const { process, onCall, onFinding } = this.parts;
    const { cpu, space } = process;
    const watch = new HeapWatch({
      cpu,
      mmu: space.mmu,
      convention: systemVConvention(cpu, space.mmu),
      callers: () => this.callers(),
      instructions: () => process.kernel.instructions,
      onCall,
      onFinding,
      heap: null,
      setErrno: () => undefined,
      breaks: null,
      ledger: this.ledger,
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
    if (this.bases.get(path) === base) return;
    this.bases.set(path, base);
    watch.addModule(plan.symbols, base);
    const exit = plan.symbols.byName('exit');
    if (exit?.kind === 'function') watch.addExit(exit.address + base);
  }

  /** Forgets files of which nothing executable is mapped any more. */
  private removeUnmapped(): void {
    const { process, modules } = this.parts;
    const mapped = new Set<string>();
    for (const vma of process.space.vmas.all()) {
      if ((vma.protection & PROT_EXECUTE) === 0) continue;
      const found = modules.at(process.space, vma.start);
      if (found !== null) mapped.add(found.module.path);
    }
    for (const [path, base] of this.bases) {
      if (mapped.has(path)) continue;
      this.bases.delete(path);
      this.watch.removeModule(base);
    }
  }

  /** The calls that led to the function that begins, without it. */
  private callers(): Moment {
    const { process, moments } = this.parts;
    const { pc } = process.cpu;
    const { running } = process.kernel;
    if (running === null) return { stack: [], instruction: process.kernel.instructions };
    const moment = moments.of(running, pc);
    return {
      get stack() {
        return moment.stack.filter((frame) => frame.pc !== pc);
      },
      instruction: moment.instruction,
    };
  }
}
