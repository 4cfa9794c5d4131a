/** One Windows program: the run loop between engine, system functions and exceptions. */
import {
  type Cpu,
  JitCpu,
  LIFTED_X86_FEATURES,
  type StopReason,
  type SystemPort,
  type TranslationCounters,
  x86Cpuid,
  x86Isa,
} from '@bareheap/cpu';
import type { LoadPlan } from '@bareheap/image';
import { type CallCount, type Finding, frameText, type RunReport } from '@bareheap/inspect';
import { type Fault, Mmu, Supervisor } from '@bareheap/mmu';
import { makeWinProcess } from '@bareheap/platform-win';
import type { Guest } from '../guest.ts';
import type { HostPort } from '../host-port.ts';
import { instructionText } from '../instruction-text.ts';
import { MachineError } from '../machine-error.ts';
import { FAULT_CODE, LIMIT_CODE, type RunEnd, type RunLimits } from '../run-end.ts';
import { TranslationMeter } from '../translation-meter.ts';
import { commandLineOf } from './command-line.ts';
import { startCrt } from './crt/crt-startup.ts';
import { exceptionFinding } from './exception/exception-finding.ts';
import { faultRecord, STATUS_STACK_OVERFLOW } from './exception/exception-record.ts';
import { touchGuard } from './exception/stack-guard.ts';
import { interruptRecord, trapRecord } from './exception/trap-record.ts';
import { type MemoryChange, MemoryHistory } from './explain/memory-history.ts';
import { isCommitted, memoryPlace } from './explain/memory-place.ts';
import { Moments } from './explain/moments.ts';
import { FUNCTION_TABLE } from './function-table.ts';
import { ServedBlocks } from './heap/served-blocks.ts';
import { ServedHeap } from './heap/served-heap.ts';
import { WindowsHeap } from './heap/windows-heap.ts';
import { GateTable } from './module/gate-table.ts';
import { ImageLoader } from './module/image-loader.ts';
import { AddressSpace } from './process/address-space.ts';
import { makeProcessBlocks, PEB } from './process/environment-block.ts';
import { FileObject } from './process/kernel-object.ts';
import { writeBackFiles } from './process/mapped-file.ts';
import { ProcessHeaps } from './process/process-heaps.ts';
import { ProcessMemory } from './process/process-memory.ts';
import type { Thread } from './process/thread.ts';
import { type ProcessEnd, WindowsProcess } from './process/windows-process.ts';
import { WindowsScheduler } from './process/windows-scheduler.ts';
import { startProcess } from './startup.ts';
import { SystemEntry } from './system-entry.ts';
import { WindowsTrace } from './trace/windows-trace.ts';
import type { WindowsOptions } from './windows-options.ts';
import { windowsReport } from './windows-report.ts';

/** Instructions between two looks at the limits. */
const SLICE = 4_000_000;
/** Stops between two looks at time and handles: one call of a system function may take long. */
const STOPS = 16;
const FINDING_LIMIT = 1000;
const TIME_IS_OVER = 'the time limit is over';
/** Most handles of a program: with what they stand for each costs the host up to some 1,200 bytes. */
const HANDLE_LIMIT = 1 << 18;

/** @throws MachineError  as its codes say */
export function openWindows(plan: LoadPlan, options: WindowsOptions, host: HostPort): Guest {
  return new WindowsGuest(plan, options, host);
}

type UnhandledException = Extract<ProcessEnd, { kind: 'exception' }>;

class WindowsGuest implements Guest {
  private readonly options: WindowsOptions;
  private readonly meter: TranslationMeter;
  private readonly process: WindowsProcess;
  private readonly scheduler: WindowsScheduler;
  private readonly entry: SystemEntry;
  private readonly moments: Moments;
  private readonly history: MemoryHistory;
  private readonly trace: WindowsTrace | null;
  /** Null where nobody asked for heap calls. */
  private readonly heap: WindowsHeap | null;
  private readonly findings: Finding[] = [];
  private end: RunEnd | null = null;
  private stops = 0;

  constructor(plan: LoadPlan, options: WindowsOptions, host: HostPort) {
    if (plan.pe === undefined || plan.entry === null) {
      throw new MachineError('cannot-start', 'not a Windows program');
    }
    this.options = options;
    this.meter = new TranslationMeter(options.now ?? null);
    const system = new TimeStamp();
    this.process = makeProcess({ options, host, system, counters: this.meter.counters });
    system.process = this.process;
    this.scheduler = new WindowsScheduler(this.process);
    this.entry = new SystemEntry(this.process);
    this.moments = new Moments(this.process, options.demangle ?? ((name) => name));
    const callers = () => this.moments.ofCallers();
    this.history = new MemoryHistory(callers);
    this.trace =
      options.trace === undefined ? null : new WindowsTrace(options.trace, this.process, callers);
    this.entry.watches.push(this.history, ...(this.trace === null ? [] : [this.trace]));
    const served = this.makeServed();
    this.load(plan);
    this.heap = this.makeHeap(served);
  }

  get callCounts(): readonly CallCount[] | null {
    return this.trace?.counts ?? null;
  }

  get instructions(): number {
    return this.process.cpu.instructionCount;
  }

  run(limits: RunLimits): RunEnd {
    return this.meter.measure(() => this.runUntil(limits));
  }

  report(): RunReport {
    return windowsReport({
      program: this.options.path,
      process: this.process,
      engine: this.options.cpu?.engine ?? 'jit',
      translation: this.options.cpu === undefined ? this.meter.report() : null,
      end: this.end,
      findings: this.findings,
      heap: this.heap?.report() ?? null,
      counts: this.entry.counts,
    });
  }

  private runUntil(limits: RunLimits): RunEnd {
    const most = limits.maxInstructions ?? Number.POSITIVE_INFINITY;
    let look = this.instructions + SLICE;
    if (this.end?.kind === 'limit') this.end = null;
    while (this.end === null) {
      if (this.instructions >= most) return this.limited(`after ${most} instructions`);
      if (this.instructions >= look) {
        look = this.instructions + SLICE;
        limits.onProgress?.(this.instructions);
        if (limits.shouldStop?.()) return this.limited(TIME_IS_OVER);
      }
      const thread = this.scheduler.next();
      if (thread === null) return this.limited('every thread waits, and nothing can wake one');
      this.scheduler.switchTo(thread);
      this.turn(thread, Math.min(most, look) - this.instructions, limits.shouldStop);
      this.noteEnd();
    }
    return this.end;
  }

  /** Puts a heap of ours behind the system's, where one is to serve. */
  private makeServed(): ServedBlocks | null {
    const { options, process } = this;
    if (options.heap === 'guest') return null;
    const { win } = process;
    const served = new ServedBlocks(win.space, options.heap);
    win.openHeap = (base) => new ServedHeap(win.space, base, served);
    return served;
  }

  private makeHeap(served: ServedBlocks | null): WindowsHeap | null {
    const { options, process, moments } = this;
    if (served === null && !options.observesHeap) return null;
    return new WindowsHeap({
      process,
      moments,
      served,
      onCall: options.onHeapCall ?? null,
      onFinding: (finding) => this.found(finding),
    });
  }

  private found(finding: Finding): void {
    if (this.findings.length < FINDING_LIMIT) this.findings.push(finding);
  }

  private load(plan: LoadPlan): void {
    const { process, options } = this;
    const loader = new ImageLoader(process, {
      functions: FUNCTION_TABLE,
      variable: (name) => process.crt.variable(name),
    });
    process.loader = loader;
    process.commandLine = commandLineOf(options.path, options.argv);
    process.peb = makeProcessBlocks(process.space, process.memory, {
      imagePath: options.path,
      commandLine: process.commandLine,
      directory: process.directory,
      environment: [...process.environment.values()].map(([name, value]) => `${name}=${value}`),
      handles: process.standardHandles,
    });
    process.win.globalFlagsAddress = process.peb + PEB.globalFlags;
    startCrt(process);
    const program = loader.loadProgram(plan, options.path);
    process.memory.setU64(process.peb + PEB.imageBase, program.base);
    const thread = process.createThread(plan.pe!.stackReserveBytes, (one) =>
      startProcess(process, one),
    );
    if (thread === null) throw new MachineError('memory-limit', 'no room for the first thread');
    process.mmu.activate();
  }

  /** Runs a thread until its turn is over. */
  private turn(thread: Thread, budget: number, shouldStop: RunLimits['shouldStop']): void {
    if (thread.firstSteps !== null) this.entry.begin(thread);
    else this.entry.resume(thread);
    this.countStop(shouldStop);
    if (!this.isOnEngine(thread)) return;
    const most = Math.min(budget, this.scheduler.turnOf(thread));
    const start = this.instructions;
    // Calls of system functions do not end a turn: a thread stays on the engine between them.
    while (this.isOnEngine(thread)) {
      const left = most - (this.instructions - start);
      if (left < 1) return;
      const stop = this.process.cpu.run(left);
      if (stop.kind === 'budget' || stop.kind === 'requested') return;
      this.handle(thread, stop);
      this.heap?.look();
      this.countStop(shouldStop);
      if (this.process.yields) break;
    }
    this.process.yields = false;
  }

  /** Whether a thread's own code is what comes next: it neither waits nor has a function to go on with. */
  private isOnEngine(thread: Thread): boolean {
    if (this.end !== null || this.process.end !== null) return false;
    return thread.isRunnable && thread.until === null;
  }

  private countStop(shouldStop: RunLimits['shouldStop']): void {
    if (++this.stops % STOPS !== 0) return;
    if (this.process.handles.count > HANDLE_LIMIT) {
      this.limited(`the program has more than ${HANDLE_LIMIT} handles open`);
    } else if (shouldStop?.()) this.limited(TIME_IS_OVER);
  }

  private handle(thread: Thread, stop: StopReason): void {
    const { cpu } = this.process;
    const { pc } = cpu;
    if (stop.kind === 'fault') {
      this.fault(thread, stop.fault, pc);
      return;
    }
    if (stop.kind === 'breakpoint') this.heap?.stopped();
    if (stop.kind !== 'trap') return;
    if (stop.trap === 'breakpoint-instruction') {
      if (!this.entry.breakpoint(thread)) this.interrupt(thread, stop.value, stop.length);
      return;
    }
    const record = trapRecord(this.process, stop, pc);
    if (record === null) this.limited(this.unsupported(pc, stop.trap));
    else this.entry.raise(thread, record, pc);
  }

  private interrupt(thread: Thread, number: number, length: number): void {
    const interrupt = interruptRecord(this.process, number, length);
    if (interrupt !== null) this.entry.raise(thread, interrupt.record, interrupt.pc);
  }

  private unsupported(pc: number, trap: string): string {
    const supervisor = new Supervisor(this.process.mmu);
    const what = instructionText((address, length) => supervisor.peek(address, length), pc);
    const place = `0x${pc.toString(16)} in ${frameText(this.moments.frames(pc)[0]!)}`;
    return `the instruction at ${place} cannot be run (${trap}): ${what}`;
  }

  /** An access that failed; a stack that only had to grow goes on. */
  private fault(thread: Thread, fault: Readonly<Fault>, pc: number): void {
    const { address } = fault;
    const record = faultRecord(fault, pc);
    const outcome = touchGuard(this.process, thread, fault);
    if (outcome === 'grown') return;
    const isOverflow = outcome === 'overflow';
    const code = isOverflow ? STATUS_STACK_OVERFLOW : record.code;
    const information = isOverflow ? [1, address] : record.information;
    this.entry.raise(thread, { ...record, code, information }, pc);
  }

  private noteEnd(): void {
    const { end } = this.process;
    if (end === null || this.end !== null) return;
    writeBackFiles(this.process);
    this.end = this.endOf(end);
    this.heap?.finish();
  }

  /** What the end of the process is to the run; what there is to find of it is noted. */
  private endOf(end: ProcessEnd): RunEnd {
    switch (end.kind) {
      case 'exit':
        return { kind: 'exit', code: end.code >>> 0 };
      case 'exception': {
        const finding = this.explain(end);
        this.found(finding);
        return { kind: 'exception', code: end.code >>> 0, finding };
      }
      case 'missing': {
        const { stack, instruction } = this.moments.at(end.caller - 1);
        const finding: Finding = {
          kind: 'bad-request',
          address: end.caller,
          pc: end.caller,
          stack,
          instruction,
          message: `the program calls ${end.what}, which is not there`,
          advice: 'see what the frames above call it for: --strace tells what went before',
        };
        this.found(finding);
        return { kind: 'fault', code: FAULT_CODE, finding };
      }
    }
  }

  private explain({ code, address, information }: UnhandledException): Finding {
    return exceptionFinding({
      ...{ code, address, information },
      moment: this.moments.at(address),
      placeOf: (target) => memoryPlace(this.process, target),
      changeAt: (target) => this.changeAt(target),
      blockAt: (target) => this.heap?.blockAt(target) ?? null,
    });
  }

  /** The last change at an address; what was taken away and is there again was given anew since. */
  private changeAt(address: number): MemoryChange | null {
    const change = this.history.at(address);
    return change?.isTaken === true && isCommitted(this.process, address) ? null : change;
  }

  private limited(what: string): RunEnd {
    this.end = { kind: 'limit', code: LIMIT_CODE, what };
    return this.end;
  }
}

/** What a process and its engine are made of. */
interface Parts {
  readonly options: WindowsOptions;
  readonly host: HostPort;
  readonly system: SystemPort;
  readonly counters: TranslationCounters;
}

function makeProcess(parts: Parts): WindowsProcess {
  const { options, host } = parts;
  const mmu = new Mmu({ addressBits: 48, memoryBytes: options.memoryBytes });
  const win = makeWinProcess({ mmu });
  const memory = new ProcessMemory(mmu);
  const space = new AddressSpace(win.space);
  const stream = (number: 0 | 1 | 2): number =>
    win.handles.open(new FileObject({ stream: number, path: 'CONOUT$' }));
  return new WindowsProcess({
    options,
    host,
    mmu,
    memory,
    space,
    win,
    cpu: makeCpu(parts, mmu),
    gates: new GateTable(space, memory),
    heaps: new ProcessHeaps(win),
    standardHandles: [stream(0), stream(1), stream(2)],
  });
}

function makeCpu({ options, system, counters }: Parts, memory: Mmu): Cpu {
  const { cpu } = options;
  const isa = x86Isa({ cpuid: x86Cpuid(LIFTED_X86_FEATURES) });
  return cpu === undefined
    ? new JitCpu({ isa, memory, system, counters })
    : cpu.make({ isa, memory, system });
}

/** The time stamp counter: one a nanosecond of virtual time. */
class TimeStamp implements SystemPort {
  refused = false;
  process: WindowsProcess | null = null;

  readSystem(id: number): number {
    const now = this.process?.now ?? 0;
    return id === 0 ? now | 0 : Math.floor(now / 2 ** 32) | 0;
  }

  writeSystem(): void {
    this.refused = true;
  }
}
