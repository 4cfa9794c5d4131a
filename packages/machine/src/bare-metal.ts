/**
 * One firmware, wired: board, memory, engine, exceptions, devices, semihosting, heap calls. The run
 * loop gives the engine slices that end at the next alarm, and between them takes interrupts.
 */
import {
  ALL_STRATEGIES,
  type Heap,
  type SpecialStrategyName,
  type StrategyName,
} from '@bareheap/core';
import {
  type Cpu,
  type Isa,
  JitCpu,
  type RiscvExtension,
  riscvIsa,
  type StopReason,
  type ThumbIsa,
  thumbIsa,
} from '@bareheap/cpu';
import { type LoadPlan, Symbolizer } from '@bareheap/image';
import type { Finding, Moment, RunReport, StackFrame } from '@bareheap/inspect';
import { GuestHeapMemory, Mmu, PAGE_BYTES, Supervisor } from '@bareheap/mmu';
import { findHeapRegion, HeapError, type HeapRegion, StaticHeap } from '@bareheap/platform-static';
import { ArmCore, ArmSystem } from './arm/arm-core.ts';
import { Attention } from './attention.ts';
import type { Board, DeviceRange } from './board/board.ts';
import { BoardDevices } from './board/board-devices.ts';
import { chooseBoard } from './board/boards.ts';
import { Clock } from './clock.ts';
import type { CoreModel, StopOutcome } from './core-model.ts';
import { droppedStoreFinding, faultFinding } from './fault/fault-finding.ts';
import type { Firmware } from './firmware.ts';
import type { FirmwareOptions } from './firmware-options.ts';
import { BreakWatch } from './heap/break-watch.ts';
import { linkConvention } from './heap/call-convention.ts';
import { sweepFindings } from './heap/damage.ts';
import { setErrno } from './heap/guest-errno.ts';
import { HeapLedger } from './heap/heap-ledger.ts';
import { HeapWatch } from './heap/heap-watch.ts';
import type { HostPort } from './host-port.ts';
import { MachineError } from './machine-error.ts';
import { RiscvCore } from './riscv/riscv-core.ts';
import { RiscvMachine } from './riscv/riscv-machine.ts';
import { FAULT_CODE, LIMIT_CODE, type RunEnd, type RunLimits } from './run-end.ts';
import { runReport } from './run-report.ts';
import { Semihosting } from './semihosting/semihosting.ts';
import { ThreadStacks } from './stack/thread-stacks.ts';

/** Instructions between two looks at the limits. */
const SLICE = 4_000_000;
const ADDRESS_SPACE_BYTES = 2 ** 32;
const FINDING_LIMIT = 1000;
const FRAME_LIMIT = 64;

/** @throws MachineError  as its codes say */
export function openFirmware(plan: LoadPlan, options: FirmwareOptions, host: HostPort): Firmware {
  return new BareMetal(plan, options, host);
}

class BareMetal implements Firmware {
  readonly boardName: string;
  private readonly board: Board;
  private readonly options: FirmwareOptions;
  private readonly mmu: Mmu;
  private readonly cpu: Cpu;
  private readonly core: CoreModel;
  private readonly clock: Clock;
  private readonly stacks: ThreadStacks;
  private readonly symbolizer: Symbolizer;
  /** Frames of code addresses that were asked for. */
  private readonly places = new Map<number, readonly StackFrame[]>();
  private readonly semihosting: Semihosting;
  private readonly watch: HeapWatch;
  private readonly staticHeap = new StaticHeap();
  /** The heap that serves, once it was used: start-up code clears its bytes before. */
  private heap: Heap | null = null;
  private swept = false;
  private readonly region: HeapRegion | null;
  private readonly findings: Finding[] = [];
  private exitCode: number | null = null;
  /** A store to flash that has not been told yet, and the instructions that were told. */
  private dropped: { address: number; size: number; pc: number } | null = null;
  private readonly droppedAt = new Set<number>();
  private end: RunEnd | null = null;

  constructor(plan: LoadPlan, options: FirmwareOptions, host: HostPort) {
    const board = chooseBoard(plan, options.board);
    this.board = board;
    this.boardName = board.name;
    this.options = options;
    this.symbolizer = new Symbolizer(plan);
    this.mmu = new Mmu({ addressBits: 32, memoryBytes: options.memoryBytes });
    for (const { name, start, size, protection, isRom } of board.memories) {
      this.mmu.map(start, size, protection, {
        name,
        backing: { kind: isRom ? 'rom' : 'anonymous' },
      });
    }
    this.mmu.onDroppedStore = (address, size) => this.noteDropped(address, size);
    loadSegments(plan, this.mmu);
    this.clock = new Clock(board.ticksPerSecond);
    const attention = new Attention();
    const devices = new BoardDevices(board, this.mmu, this.clock, host);
    const { isa } = board.core;
    const system =
      board.core.isa === 'arm'
        ? new ArmSystem(board.core, attention)
        : new RiscvCore({
            clock: this.clock,
            time: () => devices.time(),
            attention: () => attention.request(),
            switchFloat: hasFloat(plan) ? (on) => this.switchFloat(on) : null,
          });
    const thumb = board.core.isa === 'arm' ? thumbIsa(board.core) : null;
    this.cpu = makeCpu(
      thumb ?? riscvIsa({ extensions: riscvExtensions(plan) }),
      this.mmu,
      system instanceof ArmSystem ? system.registers : system,
      options,
    );
    this.clock.attach(this.cpu);
    attention.attach(this.cpu);
    this.stacks = new ThreadStacks(this.cpu);
    this.core =
      system instanceof ArmSystem
        ? new ArmCore({
            system,
            cpu: this.cpu,
            mmu: this.mmu,
            clock: this.clock,
            attention,
            stacks: this.stacks,
            trapUnaligned: (on) => this.trapUnaligned(thumb!, on),
          })
        : new RiscvMachine(this.cpu, this.mmu, system, entryOf(plan, board), (address) =>
            board.devices.some((range) => isOpenBusAt(range, address)),
          );
    devices.connect({
      setLine: (interrupt, high) => this.core.setLine(interrupt, high),
      exit: (code) => this.stopWith(code),
      reset: () => this.core.reset(),
    });
    this.region = this.findRegion(plan);
    this.requireHeapRegion();
    this.watch = this.makeWatch(plan, isa);
    this.semihosting = new Semihosting({
      mmu: this.mmu,
      clock: this.clock,
      host,
      commandLine: options.commandLine,
      heapInfo: () => this.heapInfo(),
      exit: (code) => this.stopWith(code),
    });
    this.core.reset();
  }

  get instructions(): number {
    return this.cpu.instructionCount;
  }

  run(limits: RunLimits): RunEnd {
    const most = limits.maxInstructions ?? Number.POSITIVE_INFINITY;
    let look = this.instructions + SLICE;
    while (this.end === null || this.end.kind === 'limit') {
      if (this.instructions >= most) return this.limited(`after ${most} instructions`);
      if (this.instructions >= look) {
        look = this.instructions + SLICE;
        limits.onProgress?.(this.instructions);
        if (limits.shouldStop?.()) return this.limited('the time limit is over');
      }
      this.clock.ringDue();
      if (this.exitCode === null) this.core.takePending();
      const budget = Math.min(most - this.instructions, look - this.instructions);
      const idle =
        this.exitCode === null ? this.handle(this.cpu.run(this.clock.slice(budget))) : null;
      if (this.exitCode !== null) this.end = { kind: 'exit', code: this.exitCode };
      else if (idle !== null) return this.limited(idle);
    }
    return this.end;
  }

  report(): RunReport {
    this.sweep();
    return runReport({
      program: this.options.program ?? 'firmware',
      board: this.board,
      cpu: this.cpu,
      engine: this.options.cpu?.engine ?? 'jit',
      mmu: this.mmu,
      end: this.end,
      findings: this.findings,
      watch: this.watch,
      heap: this.heap,
      heapName: this.options.heap,
      region: this.region,
      semihosting: this.semihosting.counts,
    });
  }

  /** mstatus.FS as the engine looks at it. */
  private switchFloat(on: boolean): void {
    this.cpu.write(this.cpu.registerNumber('floaton'), on ? 1 : 0);
  }

  /** Translations hold what alignment their accesses need. */
  private trapUnaligned(isa: ThumbIsa, on: boolean): void {
    isa.unalignedTrap = on;
    this.cpu.invalidateCode(0, ADDRESS_SPACE_BYTES);
  }

  /** What a heap that looks for damage finds once the run is over. */
  private sweep(): void {
    if (this.end === null || this.heap === null || this.swept) return;
    this.swept = true;
    const { pc } = this.cpu;
    const found = sweepFindings(this.heap, this.watch.ledger, pc, () => this.moment(pc));
    for (const finding of found) this.found(finding);
  }

  /** What a stop of the engine leads to; a sentence when nothing can happen any more. */
  private handle(stop: StopReason): string | null {
    switch (stop.kind) {
      case 'budget':
      case 'requested':
        this.tellDropped();
        return null;
      case 'breakpoint':
        this.watch.stopped();
        return null;
      default: {
        // Some programs have one every hundred instructions, and there is nothing to tell.
        if (stop.kind === 'trap' && stop.trap === 'instruction-barrier') return null;
        const before = { pc: this.cpu.pc, moment: this.moment(this.cpu.pc) };
        return this.follow(this.core.handle(stop), stop, before);
      }
    }
  }

  private follow(
    outcome: StopOutcome,
    stop: Extract<StopReason, { kind: 'trap' | 'fault' }>,
    before: { readonly pc: number; readonly moment: Moment },
  ): string | null {
    switch (outcome.kind) {
      case 'continue':
        return null;
      case 'wait':
        return this.wait();
      case 'semihosting':
        this.callSemihosting();
        return null;
      case 'fault-taken':
      case 'fault-unhandled': {
        const why = outcome.kind === 'fault-unhandled' ? outcome.why : null;
        const finding = faultFinding({
          ...before,
          stop,
          trap: outcome.trap,
          why,
          board: this.board,
          ledger: this.watch.ledger,
          heap: this.region,
        });
        this.found(finding);
        if (why !== null) this.end = { kind: 'fault', code: FAULT_CODE, finding };
        return null;
      }
    }
  }

  private callSemihosting(): void {
    const [operation, parameter] = this.core.semihosting;
    const { cpu } = this;
    const result = this.semihosting.call(cpu.read(operation), cpu.read(parameter));
    cpu.write(operation, result);
    this.core.skipSemihosting();
  }

  private wait(): string | null {
    while (!this.core.wakes()) {
      if (!this.clock.skipToNext()) return 'the program waits for an interrupt, and none can come';
    }
    return null;
  }

  private limited(what: string): RunEnd {
    this.end = { kind: 'limit', code: LIMIT_CODE, what };
    return this.end;
  }

  private stopWith(code: number): void {
    this.exitCode = code;
    this.cpu.requestStop();
  }

  private found(finding: Finding): void {
    if (this.findings.length < FINDING_LIMIT) this.findings.push(finding);
  }

  private noteDropped(address: number, size: number): void {
    const { pc } = this.cpu;
    if (this.droppedAt.has(pc)) return;
    this.droppedAt.add(pc);
    this.dropped = { address, size, pc };
    this.cpu.requestStop();
  }

  private tellDropped(): void {
    if (this.dropped === null) return;
    this.found(droppedStoreFinding({ ...this.dropped, moment: this.moment(this.dropped.pc) }));
    this.dropped = null;
  }

  // Stacks.

  /** The calls that lead to a pc, and the time. */
  private moment(pc: number): Moment {
    return this.momentOf([pc, ...this.returnAddresses()]);
  }

  /** The calls that lead to a function at whose first instruction the engine stands. */
  private callers(returnTo: number): Moment {
    const addresses = this.returnAddresses();
    return this.momentOf(addresses.length === 0 ? [returnTo - 1] : addresses);
  }

  private returnAddresses(): number[] {
    const frames = this.stacks.frames().slice(0, FRAME_LIMIT);
    return frames.map(({ returnTo }) => returnTo - 1);
  }

  /** Addresses become frames when somebody asks: most heap calls and stops are never told. */
  private momentOf(addresses: readonly number[]): Moment {
    const symbolise = (): StackFrame[] => addresses.flatMap((address) => this.place(address));
    let stack: StackFrame[] | null = null;
    return {
      get stack(): StackFrame[] {
        stack ??= symbolise();
        return stack;
      },
      instruction: this.instructions,
    };
  }

  private place(address: number): readonly StackFrame[] {
    const known = this.places.get(address);
    if (known !== undefined) return known;
    const frames = this.symbolizer
      .frames(address)
      .map(({ function: name, offset, file, line }) => ({
        pc: (address & ~1) >>> 0,
        function: name,
        offset,
        file,
        line,
      }));
    this.places.set(address, frames);
    return frames;
  }

  // The heap.

  private findRegion(plan: LoadPlan): HeapRegion | null {
    const { heap, heapSizeBytes } = this.options;
    const symbols = plan.symbols.all.map(({ name, address, size }) => ({ name, address, size }));
    const end = symbols.find(({ name }) => name === '_end' || name === 'end')?.address;
    const rams = this.board.memories.filter(({ isRam }) => isRam);
    const ram = rams.find(
      ({ start, size }) => end !== undefined && end >= start && end < start + size,
    );
    const { start, size } = ram ?? rams[0]!;
    try {
      const range = { start, end: start + size };
      return findHeapRegion({ symbols, ram: range, sizeBytes: heapSizeBytes ?? null });
    } catch (error) {
      if (!(error instanceof HeapError)) throw error;
      if (heap === 'guest' && heapSizeBytes === undefined) return null;
      throw new MachineError('no-heap-region', error.message);
    }
  }

  /** @throws MachineError when the chosen heap has no room */
  private requireHeapRegion(): void {
    const { heap } = this.options;
    const { region } = this;
    if (heap === 'guest') return;
    if (region === null) {
      throw new MachineError('no-heap-region', `--heap ${heap}: the program has no heap region`);
    }
    const least = ALL_STRATEGIES[heap].leastBytes;
    if (region.end - Math.ceil(region.start / 8) * 8 < least) {
      const where = `${region.end - region.start} bytes (${region.source})`;
      throw new MachineError('no-heap-region', `--heap ${heap} needs ${least} bytes, not ${where}`);
    }
  }

  private serveFrom(strategy: StrategyName | SpecialStrategyName, region: HeapRegion): Heap {
    const start = Math.ceil(region.start / 8) * 8;
    this.heap ??= this.staticHeap.init(strategy, new GuestHeapMemory(this.mmu, start), region);
    return this.heap;
  }

  private makeWatch(plan: LoadPlan, isa: 'arm' | 'riscv'): HeapWatch {
    const { cpu } = this;
    const numbers = (names: readonly string[]): number[] =>
      names.map((name) => cpu.registerNumber(name));
    const arm = isa === 'arm';
    const { heap } = this.options;
    const { region } = this;
    const convention = linkConvention(cpu, {
      arguments: arm ? numbers(['r0', 'r1', 'r2', 'r3']) : [10, 11, 12, 13],
      stackPointer: arm ? cpu.registerNumber('sp') : 2,
      link: arm ? cpu.registerNumber('lr') : 1,
    });
    const { symbols } = plan;
    const ledger = new HeapLedger();
    const callers = (returnTo: number): Moment => this.callers(returnTo);
    const onFinding = (finding: Finding): void => this.found(finding);
    const heapStart = region?.start ?? null;
    const watched = { cpu, convention, callers, onFinding };
    const watch = new HeapWatch({
      ...watched,
      mmu: this.mmu,
      instructions: () => cpu.instructionCount,
      onCall: this.options.onHeapCall ?? null,
      heap: heap === 'guest' || region === null ? null : () => this.serveFrom(heap, region),
      setErrno: (value) => setErrno(this.mmu, symbols, value),
      breaks: new BreakWatch({ ...watched, heapStart }, symbols, ledger),
      ledger,
      context: () => this.stacks.context,
    });
    watch.addModule(symbols);
    watch.setMarks({ entry: null, main: symbols.byName('main')?.address ?? null });
    return watch;
  }

  /** SYS_HEAPINFO: the heap region, and the stack from the top of its RAM; 0 where not known. */
  private heapInfo(): readonly [number, number, number, number] {
    const { region } = this;
    const rams = this.board.memories.filter(({ isRam }) => isRam);
    const heapAt = region?.start ?? 0;
    const ram =
      rams.find(({ start, size }) => heapAt >= start && heapAt < start + size) ?? rams[0]!;
    return [region?.start ?? 0, region?.end ?? 0, ram.start + ram.size, region?.end ?? 0];
  }
}

/** M and A, and the floating-point extensions that the program was built for. */
function riscvExtensions(plan: LoadPlan): RiscvExtension[] {
  const built = plan.riscv?.extensions ?? [];
  const floats = (['f', 'd'] as const).filter((name) => built.includes(name));
  return ['m', 'a', ...floats];
}

function hasFloat(plan: LoadPlan): boolean {
  return riscvExtensions(plan).includes('f');
}

function isOpenBusAt({ kind, start, size }: DeviceRange, address: number): boolean {
  return kind === 'open-bus' && address >= start && address < start + size;
}

function makeCpu(
  isa: Isa,
  memory: Mmu,
  system: ConstructorParameters<typeof JitCpu>[0]['system'],
  options: FirmwareOptions,
): Cpu {
  if (options.cpu !== undefined) return options.cpu.make({ isa, memory, system });
  return new JitCpu({ isa, memory, system, countAccesses: true });
}

/** Puts the program where it is stored; start-up code moves what must be moved. */
function loadSegments(plan: LoadPlan, mmu: Mmu): void {
  const supervisor = new Supervisor(mmu);
  for (const { physicalAddress, bytes } of plan.segments) {
    const end = physicalAddress + bytes.length;
    for (
      let page = physicalAddress - (physicalAddress % PAGE_BYTES);
      page < end;
      page += PAGE_BYTES
    ) {
      const vma = mmu.vmas.find(page);
      if (vma !== null && vma.backing.kind !== 'device') continue;
      const where = `0x${physicalAddress.toString(16)}`;
      throw new MachineError(
        'segment-outside-memory',
        `the segment at ${where} lies outside the machine's memory`,
      );
    }
    if (!supervisor.poke(physicalAddress, bytes)) {
      throw new MachineError('memory-limit', 'the program does not fit into --memory');
    }
  }
}

function entryOf(plan: LoadPlan, board: Board): number {
  const entry = plan.entry ?? plan.segments[0]?.virtualAddress ?? 0;
  const inside = board.memories.some(({ start, size }) => entry >= start && entry < start + size);
  if (inside) return entry;
  const where = `0x${entry.toString(16)}`;
  throw new MachineError(
    'entry-outside-memory',
    `the entry point ${where} lies outside the machine's memory`,
  );
}
