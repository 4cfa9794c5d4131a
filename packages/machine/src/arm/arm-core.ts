/** An M-profile processor: engine, exception model and system control space put together. */
import type { Cpu, StopReason, SystemPort } from '@bareheap/cpu';
import type { Trap } from '@bareheap/inspect';
import type { Mmu } from '@bareheap/mmu';
import type { Attention } from '../attention.ts';
import type { Core } from '../board/board.ts';
import type { Clock } from '../clock.ts';
import type { CoreModel, StopOutcome } from '../core-model.ts';
import { BitBand } from '../device/bit-band.ts';
import { CycleCounter } from '../device/cycle-counter.ts';
import type { ThreadStacks } from '../stack/thread-stacks.ts';
import type { ArmFault } from './arm-fault.ts';
import { ArmState, UNALIGN_TRP } from './arm-state.ts';
import { exceptionName, HARD_FAULT, SYS_TICK, USAGE_FAULT } from './exception.ts';
import { ExceptionModel } from './exception-model.ts';
import {
  DEBUGEVT,
  DIVBYZERO,
  describeCfsr,
  FaultStatus,
  FORCED,
  INVSTATE,
  NOCP,
  UNDEFINSTR,
} from './fault-status.ts';
import { FloatContext } from './float-context.ts';
import { accessFault } from './memory-fault.ts';
import { Nvic } from './nvic.ts';
import { SpecialRegisters } from './special-registers.ts';
import { SysTick } from './sys-tick.ts';
import { SystemControl } from './system-control.ts';

const SEMIHOSTING_CALL = 0xab;
/** `b .`: where default handlers spin. */
const BRANCH_TO_SELF = 0xe7fe;

/** SRAM and peripherals: the first 1 MiB of each has an alias 32 MiB above (B3.1). */
const BIT_BANDED: readonly number[] = [0x20000000, 0x40000000];

/** Exceptions that traps of the engine are. */
const TRAP_FAULTS: Readonly<Record<string, ArmFault>> = {
  'undefined-instruction': { exception: USAGE_FAULT, cfsr: UNDEFINSTR },
  'no-coprocessor': { exception: USAGE_FAULT, cfsr: NOCP },
  'invalid-state': { exception: USAGE_FAULT, cfsr: INVSTATE },
  'divide-by-zero': { exception: USAGE_FAULT, cfsr: DIVBYZERO },
  'breakpoint-instruction': { exception: HARD_FAULT, cfsr: 0, hfsr: DEBUGEVT },
};

const CONTINUE: StopOutcome = { kind: 'continue' };

/** The state that exists before the engine does, since the engine asks it for special registers. */
export class ArmSystem {
  readonly state: ArmState;
  readonly nvic: Nvic;
  readonly status: FaultStatus = new FaultStatus();
  readonly registers: SystemPort;

  constructor(core: Extract<Core, { isa: 'arm' }>, attention: Attention) {
    this.state = new ArmState({
      baseline: core.version === 'v6m',
      fpu: core.fpu,
      mpuRegions: 0,
      cpuid: core.cpuid,
    });
    this.nvic = new Nvic({ lines: core.lines, priorityBits: core.priorityBits });
    this.registers = new SpecialRegisters(this.state, this.nvic, attention);
  }
}

export interface ArmCoreParts {
  readonly system: ArmSystem;
  readonly cpu: Cpu;
  readonly mmu: Mmu;
  readonly clock: Clock;
  readonly attention: Attention;
  readonly stacks: ThreadStacks;
  /** Word and halfword accesses must be aligned from now on, or need not. */
  readonly trapUnaligned: (on: boolean) => void;
}

export class ArmCore implements CoreModel {
  readonly semihosting: readonly [number, number];
  /** Set by AIRCR.SYSRESETREQ. */
  resetRequested = false;
  private readonly parts: ArmCoreParts;
  private readonly model: ExceptionModel;
  private readonly ccr: number;
  private readonly float: FloatContext | null;

  constructor(parts: ArmCoreParts) {
    this.parts = parts;
    const { cpu, mmu, system, clock, attention, stacks } = parts;
    const { state, nvic, status } = system;
    this.semihosting = [cpu.registerNumber('r0'), cpu.registerNumber('r1')];
    this.ccr = cpu.registerNumber('ccr');
    this.float = state.profile.fpu ? new FloatContext(cpu, mmu, state) : null;
    this.model = new ExceptionModel({ cpu, mmu, state, nvic, status, stacks, float: this.float });
    const sysTick = new SysTick(clock, () => {
      nvic.pending[SYS_TICK] = 1;
      attention.request();
    });
    const control = new SystemControl({
      state,
      nvic,
      status,
      sysTick,
      mpu: null,
      attention,
      refuse: () => mmu.refuse(),
      requestReset: () => {
        this.resetRequested = true;
        attention.request();
      },
      configurationChanged: () => this.configure(),
    });
    mmu.mapDevice(0xe000e000, 0x1000, control, 'system control space');
    if (!state.profile.baseline) {
      mmu.mapDevice(0xe0001000, 0x1000, new CycleCounter(clock), 'cycle counter');
      for (const base of BIT_BANDED) {
        mmu.mapDevice(base + 0x2000000, 0x2000000, new BitBand(mmu, base), 'bit-band alias');
      }
    }
  }

  reset(): void {
    this.resetRequested = false;
    this.model.reset();
    this.configure();
  }

  /** A reset that the program asked for comes before everything. */
  takePending(): boolean {
    if (this.resetRequested) {
      this.reset();
      return true;
    }
    const taken = this.model.takePending();
    // What CPACR lets privileged code do changes with the privilege.
    this.float?.applyAccess();
    return taken;
  }

  wakes(): boolean {
    return this.resetRequested || this.parts.system.nvic.wakes();
  }

  setLine(interrupt: number, high: boolean): void {
    this.parts.system.nvic.setLine(interrupt, high);
    if (this.parts.system.nvic.takeable() !== 0) this.parts.attention.request();
  }

  skipSemihosting(): void {
    this.parts.cpu.pc += 2;
  }

  handle(stop: Extract<StopReason, { kind: 'trap' | 'fault' }>): StopOutcome {
    if (stop.kind === 'fault') return this.fault(accessFault(stop.fault, false));
    switch (stop.trap) {
      case 'supervisor-call':
        this.model.supervisorCall();
        return this.model.lockup === null ? CONTINUE : this.unhandled(this.model.lockup);
      case 'exception-return':
        return this.exceptionReturn(stop.value);
      case 'wait':
        return { kind: 'wait' };
      case 'instruction-barrier':
        return CONTINUE;
      case 'breakpoint-instruction':
        if (stop.value === SEMIHOSTING_CALL) return { kind: 'semihosting' };
        break;
      case 'invalid-state':
        // The branch retired; the instruction at its target is the one that faults (B1.5.14).
        this.parts.cpu.pc = (stop.value & ~1) >>> 0;
        this.parts.system.state.thumb = false;
        break;
    }
    const fault = TRAP_FAULTS[stop.trap];
    return fault === undefined ? CONTINUE : this.fault(fault);
  }

  private exceptionReturn(value: number): StopOutcome {
    if (this.parts.system.state.threadMode) {
      return this.fault({ exception: USAGE_FAULT, cfsr: INVSTATE });
    }
    this.model.exceptionReturn(value);
    if (this.model.lockup !== null) return this.unhandled(this.model.lockup);
    if (!this.model.sleeps) return CONTINUE;
    this.model.sleeps = false;
    return { kind: 'wait' };
  }

  private fault(fault: ArmFault): StopOutcome {
    this.model.raise(fault);
    if (this.model.lockup !== null) return this.unhandled(this.model.lockup);
    const { cpu, mmu, system } = this.parts;
    const trap = this.trap();
    const first = mmu.loadSlow(cpu.pc, 2);
    mmu.faulted = false;
    if (first === BRANCH_TO_SELF) {
      return this.unhandled(`the ${exceptionName(system.state.ipsr)} handler only loops`);
    }
    return { kind: 'fault-taken', trap };
  }

  private unhandled(why: string): StopOutcome {
    return { kind: 'fault-unhandled', trap: this.trap(), why };
  }

  private trap(): Trap {
    const { state, status } = this.parts.system;
    const name = exceptionName(state.ipsr);
    if (state.profile.baseline) return { name, registers: [] };
    const registers = [
      { name: 'CFSR', value: status.cfsr >>> 0, meaning: describeCfsr(status.cfsr) },
      {
        name: 'HFSR',
        value: status.hfsr >>> 0,
        ...((status.hfsr & FORCED) !== 0 ? { meaning: 'FORCED' } : {}),
      },
    ];
    if ((status.cfsr & 0x80) !== 0) registers.push({ name: 'MMFAR', value: status.mmfar });
    if ((status.cfsr & 0x8000) !== 0) registers.push({ name: 'BFAR', value: status.bfar });
    return { name, registers };
  }

  /** Copies what lifted code looks at into the engine's registers. */
  private configure(): void {
    const { cpu, system, trapUnaligned } = this.parts;
    const { state } = system;
    const changed = cpu.read(this.ccr) ^ state.ccr;
    cpu.write(this.ccr, state.ccr);
    if ((changed & UNALIGN_TRP) !== 0) trapUnaligned((state.ccr & UNALIGN_TRP) !== 0);
    this.float?.applyAccess();
  }
}
