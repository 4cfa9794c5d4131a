/**
 * One Linux program and the processes it makes: the run loop between engine, system calls and
 * signals.
 */

import {
  BlockLibrary,
  type Cpu,
  JitCpu,
  LIFTED_X86_FEATURES,
  type StopReason,
  type SystemPort,
  x86Cpuid,
  x86Isa,
} from '@bareheap/cpu';
import { ImageError, type LoadPlan } from '@bareheap/image';
import type { CallCount, Finding, Moment, RunReport } from '@bareheap/inspect';
import { PAGE_BYTES } from '@bareheap/mmu';
import { type AddressSpace, errorText } from '@bareheap/platform-posix';
import type { Guest } from '../guest.ts';
import type { HostPort } from '../host-port.ts';
import { MachineError } from '../machine-error.ts';
import { LIMIT_CODE, type RunEnd, type RunLimits } from '../run-end.ts';
import { TranslationMeter } from '../translation-meter.ts';
import { MappingHistory } from './explain/mapping-history.ts';
import { type SignalCircumstances, signalFinding, signalName } from './explain/signal-finding.ts';
import { unsupportedInstruction } from './explain/unsupported-instruction.ts';
import { DescriptorTable } from './file/descriptor-table.ts';
import { ENOENT, ENOMEM } from './file/errno.ts';
import { ProcessHeaps } from './heap/process-heaps.ts';
import type { LinuxOptions } from './linux-options.ts';
import { linuxReport } from './linux-report.ts';
import { ModuleMap } from './module/module-map.ts';
import { Moments } from './module/moments.ts';
import { startThread } from './process/first-thread.ts';
import { Kernel } from './process/kernel.ts';
import { Process } from './process/process.ts';
import type { ProgramFile } from './process/program-file.ts';
import { type StartedProgram, startProgram } from './process/program-loader.ts';
import { addProgram, openProgram, programAt } from './process/program-source.ts';
import { Scheduler } from './process/scheduler.ts';
import { shownProcesses } from './process/shown-process.ts';
import { startRecord } from './process/start-record.ts';
import { registerNumbers, SystemCallEntry } from './process/system-call-entry.ts';
import { Thread } from './process/thread.ts';
import { waitsForPage } from './process/user-page.ts';
import { deliverPending } from './signal/deliver.ts';
import { SIG_DFL } from './signal/signal-numbers.ts';
import { type GuestStop, stopSignal } from './signal/stop-signal.ts';
import { LinuxTrace } from './strace/linux-trace.ts';

/** Instructions between two looks at the limits. */
const SLICE = 4_000_000;
/** Turns between them: one may be short, and what it calls take long. */
const MOST_TURNS = 200;
const SIGNAL_CODE = 128;
const CPUID = x86Cpuid(LIFTED_X86_FEATURES);
const FINDING_LIMIT = 1000;
/** The instruction that a call was made by ends at the pc. */
const SYSCALL_BYTES = 2;

/** @throws MachineError  as its codes say */
export function openLinux(plan: LoadPlan, options: LinuxOptions, host: HostPort): Guest {
  return new LinuxGuest(plan, options, host);
}

class LinuxGuest implements Guest {
  private readonly options: LinuxOptions;
  /** One for the engines of all processes: its decoder takes long to make. */
  private readonly isa: ReturnType<typeof x86Isa> = x86Isa({ cpuid: CPUID });
  /** What the engines of all processes have lifted. */
  private readonly library = new BlockLibrary();
  private readonly meter: TranslationMeter;
  private readonly kernel: Kernel;
  private readonly scheduler: Scheduler;
  private readonly entry: SystemCallEntry;
  /** The program's own process. */
  private readonly first: Process;
  private readonly findings: Finding[] = [];
  private readonly moments: Moments;
  private readonly history: MappingHistory;
  private readonly trace: LinuxTrace | null;
  /** Null where nobody asked for heap calls. */
  private readonly heap: ProcessHeaps | null;
  private end: RunEnd | null = null;

  constructor(plan: LoadPlan, options: LinuxOptions, host: HostPort) {
    this.options = options;
    this.meter = new TranslationMeter(options.now ?? null);
    const system = new TimeStamp();
    this.kernel = new Kernel({
      host,
      seed: options.seed,
      memoryBytes: options.memoryBytes,
      tree: options.tree,
      showProcesses: shownProcesses,
      cpuid: CPUID,
      makeCpu: (space) => this.makeCpu(space, system),
      onMissingCall: options.onMissingCall ?? (() => {}),
    });
    system.kernel = this.kernel;
    this.scheduler = new Scheduler(this.kernel);
    this.first = this.makeFirst(plan);
    this.entry = new SystemCallEntry(registerNumbers(this.first.cpu));
    const { files } = this.kernel;
    const demangle = options.demangle ?? ((name: string) => name);
    const modules = new ModuleMap(demangle, (path, most) => files.bytesAt(path, most));
    this.moments = new Moments(modules);
    this.history = new MappingHistory(this.moments);
    this.entry.watches.push(this.history);
    this.kernel.onSpaceLeft = (space) => {
      this.history.forget(space);
      this.heap?.left(space);
    };
    this.kernel.copyBytes = (space) => this.heap?.copyBytes(space) ?? 0;
    this.kernel.onForked = (parent, child) => this.heap?.forked(parent, child);
    this.heap = this.makeHeap(modules);
    this.trace = this.makeTrace();
  }

  get instructions(): number {
    return this.kernel.instructions;
  }

  get callCounts(): readonly CallCount[] | null {
    return this.trace?.counts ?? null;
  }

  run(limits: RunLimits): RunEnd {
    return this.meter.measure(() => this.runUntil(limits));
  }

  report(): RunReport {
    return linuxReport({
      program: this.options.path,
      process: this.first,
      engine: this.options.cpu?.engine ?? 'jit',
      translation: this.options.cpu === undefined ? this.meter.report() : null,
      end: this.end,
      findings: this.findings,
      counts: this.entry.counts,
      pages: this.kernel.pool.inUse,
      heap: this.heap?.report(this.kernel.pool.inUse * PAGE_BYTES) ?? null,
    });
  }

  private runUntil(limits: RunLimits): RunEnd {
    const most = limits.maxInstructions ?? Number.POSITIVE_INFINITY;
    let look = this.instructions + SLICE;
    let turns = 0;
    if (this.end?.kind === 'limit') this.end = null;
    while (this.end === null) {
      if (this.instructions >= most) return this.limited(`after ${most} instructions`);
      if (this.instructions >= look || ++turns >= MOST_TURNS) {
        look = this.instructions + SLICE;
        turns = 0;
        limits.onProgress?.(this.instructions);
        if (limits.shouldStop?.()) return this.limited('the time limit is over');
      }
      const thread = this.scheduler.next();
      if (thread === null) return this.limited('every thread waits, and nothing can wake one');
      this.scheduler.switchTo(thread);
      this.turn(thread, Math.min(most, look) - this.instructions);
      this.noteEnd();
    }
    this.trace?.finish();
    return this.end;
  }

  /** Runs a thread until its turn is over. */
  private turn(thread: Thread, budget: number): void {
    if (deliverPending(thread) === 'ended') return;
    if (thread.pending !== null) {
      this.entry.retry(thread);
      return;
    }
    const { cpu } = thread.process;
    const before = cpu.instructionCount;
    const stop = cpu.run(Math.min(budget, this.scheduler.turnOf(thread)));
    this.kernel.advance(cpu.instructionCount - before);
    thread.charge(cpu.instructionCount - before);
    this.handle(thread, stop);
  }

  private handle(thread: Thread, stop: StopReason): void {
    if (stop.kind === 'trap' && stop.trap === 'supervisor-call') {
      this.entry.call(thread);
    } else if (stop.kind === 'trap' && stop.trap === 'unsupported-instruction') {
      this.limited(unsupportedInstruction(thread, this.moments));
    } else if (stop.kind === 'breakpoint') {
      this.heap?.stopped(thread);
    } else if (stop.kind === 'fault' || stop.kind === 'trap') {
      this.fault(thread, stop);
    }
  }

  private fault(thread: Thread, stop: GuestStop): void {
    if (waitsForPage(thread)) return;
    const { pc } = thread.process.cpu;
    const moment = this.moments.of(thread, pc);
    const info = stopSignal(thread, stop);
    if (info !== null) {
      const blockAt = (address: number) => this.heap?.blockAt(thread.process, address) ?? null;
      this.explain({ thread, stop, info, pc, moment, history: this.history, blockAt });
      return;
    }
    const what = stop.kind === 'trap' ? stop.trap : stop.fault.kind;
    this.limited(`${what} at 0x${pc.toString(16)} is not answered`);
  }

  /** Notes a fault that no handler of the program will get. */
  private explain(at: SignalCircumstances): void {
    const { thread, info } = at;
    const { handler } = thread.process.signals.actions.get(info.signal);
    if (handler === SIG_DFL) this.found(signalFinding(at));
  }

  private noteEnd(): void {
    const { end } = this.first;
    if (end === null) return;
    this.end =
      end.kind === 'exit'
        ? { kind: 'exit', code: end.code }
        : { kind: 'signal', code: SIGNAL_CODE + end.signal, signal: signalName(end.signal) };
  }

  private limited(what: string): RunEnd {
    this.end = { kind: 'limit', code: LIMIT_CODE, what };
    this.trace?.finish();
    return this.end;
  }

  private makeCpu(space: AddressSpace, system: SystemPort): Cpu {
    const { isa } = this;
    const { cpu } = this.options;
    if (cpu !== undefined) return cpu.make({ isa, memory: space.mmu, system });
    const { library } = this;
    const { counters } = this.meter;
    const countAccesses = this.options.observesHeap;
    return new JitCpu({ isa, memory: space.mmu, system, library, counters, countAccesses });
  }

  private makeHeap(modules: ModuleMap): ProcessHeaps | null {
    const { options, first, moments, entry } = this;
    if (options.heap === 'guest' && !options.observesHeap) return null;
    const heap = new ProcessHeaps({
      process: first,
      choice: options.heap,
      modules,
      moments,
      onCall: options.onHeapCall ?? null,
      onFinding: (finding) => this.found(finding),
    });
    entry.watches.push(heap);
    return heap;
  }

  private found(finding: Finding): void {
    if (this.findings.length < FINDING_LIMIT) this.findings.push(finding);
  }

  private makeTrace(): LinuxTrace | null {
    const { options, kernel, entry, moments } = this;
    if (options.trace === undefined) return null;
    const at = (thread: Thread): Moment =>
      moments.of(thread, thread.process.cpu.pc - SYSCALL_BYTES);
    const trace = new LinuxTrace(options.trace, kernel, entry, at);
    trace.start(kernel.running!);
    return trace;
  }

  private makeFirst(plan: LoadPlan): Process {
    const { kernel, options } = this;
    const program = this.programFile();
    const started = this.startFirst(plan, program);
    const cpu = kernel.makeCpu(started.space);
    const files = new DescriptorTable();
    kernel.files.streams.open(files);
    const id = kernel.newId();
    const process = new Process({ id, parent: null, kernel, space: started.space, files, cpu });
    process.executable = program.path;
    process.directory = kernel.files.placeAt(options.directory) ?? kernel.files.root;
    process.start = startRecord(process.memory, started.stackPointer);
    kernel.processes.set(id, process);
    const thread = new Thread(id, process, nameOf(options.path));
    process.threads.push(thread);
    kernel.threads.add(thread);
    started.space.mmu.activate();
    startThread(cpu, started.entry, started.stackPointer);
    kernel.running = thread;
    return process;
  }

  private startFirst(plan: LoadPlan, program: ProgramFile): StartedProgram {
    const { kernel, options } = this;
    const { root } = kernel.files;
    const from = { root, base: root, looker: { processId: 0, threadId: 0 } };
    try {
      const started = startProgram(kernel, {
        program,
        plan,
        path: options.argv[0] ?? options.path,
        argv: options.argv,
        environment: options.environment,
        openLoader: (path) => openProgram(from, path),
      });
      if (typeof started !== 'number') return started;
      const loader = plan.interpreter;
      const what = loader === null ? 'it' : `its dynamic loader ${loader} or it`;
      throw new MachineError(
        'cannot-start',
        `${what} cannot be started: ${errorText(started)} (--root DIR gives the guest a file system)`,
      );
    } catch (error) {
      if (!(error instanceof ImageError)) throw error;
      throw new MachineError('cannot-start', `its dynamic loader: ${error.message}`);
    }
  }

  /** The program in the guest's tree; put there when it is outside of the root. */
  private programFile(): ProgramFile {
    const { files } = this.kernel;
    const { bytes, path } = this.options;
    const found = files.find(path);
    const place = found === -ENOENT ? (addProgram(files, nameOf(path), bytes) ?? -ENOMEM) : found;
    const program = typeof place === 'number' ? place : programAt(place);
    if (typeof program !== 'number') return program;
    const who = `the guest is user ${this.kernel.userId}`;
    throw new MachineError('cannot-start', `cannot be opened: ${errorText(program)} (${who})`);
  }
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).slice(0, 15);
}

/** The time stamp counter: one a nanosecond of virtual time. */
class TimeStamp implements SystemPort {
  refused = false;
  kernel: Kernel | null = null;

  readSystem(id: number): number {
    const now = this.kernel?.now ?? 0;
    return id === 0 ? now | 0 : Math.floor(now / 2 ** 32) | 0;
  }

  writeSystem(): void {
    this.refused = true;
  }
}
