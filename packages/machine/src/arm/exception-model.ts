/**
 * Exception entry and return (Armv7-M ARM B1.5.6 … B1.5.8) and the escalation of faults. Late
 * arrival and tail-chaining only save time on hardware; here a handler's frame is always stacked
 * and unstacked, which leaves the same bytes and registers.
 */
import { type Cpu, packXpsr, unpackXpsr } from '@bareheap/cpu';
import type { Mmu } from '@bareheap/mmu';
import type { ThreadStacks } from '../stack/thread-stacks.ts';
import type { ArmFault } from './arm-fault.ts';
import { type ArmState, NONBASETHRDENA, SLEEPONEXIT, SPSEL, STKALIGN } from './arm-state.ts';
import { exceptionName, HARD_FAULT, NMI, SV_CALL, USAGE_FAULT } from './exception.ts';
import type { FaultStatus } from './fault-status.ts';
import { FORCED, INVPC, INVSTATE, VECTTBL } from './fault-status.ts';
import { FLOAT_FRAME_BYTES, type FloatContext } from './float-context.ts';
import { stackingFault, unstackingFault } from './memory-fault.ts';
import type { Nvic } from './nvic.ts';

export interface ExceptionParts {
  readonly cpu: Cpu;
  readonly mmu: Mmu;
  readonly state: ArmState;
  readonly nvic: Nvic;
  readonly status: FaultStatus;
  readonly stacks: ThreadStacks;
  readonly float: FloatContext | null;
}

const BASIC_FRAME_BYTES = 32;
const XPSR_ALIGNED: number = 1 << 9;
const T_BIT: number = 1 << 24;
const EXC_RETURN_HANDLER = 0xfffffff1 | 0;
const EXC_RETURN_MAIN = 0xfffffff9 | 0;
const EXC_RETURN_PROCESS = 0xfffffffd | 0;
/** Clear in EXC_RETURN when the frame has floating-point registers. */
const NO_FLOAT_FRAME = 0x10;

export class ExceptionModel {
  /** Why the processor is locked up, or null: a fault at HardFault's own priority. */
  lockup: string | null = null;
  /** Set by a return that SCR.SLEEPONEXIT turns into a wait. */
  sleeps = false;
  private readonly parts: ExceptionParts;
  /** Register numbers: r0 … r3, r12, lr as the frame has them. */
  private readonly stacked: readonly number[];
  private readonly sp: number;
  private readonly lr: number;
  private readonly itstate: number;
  private readonly exclusive: number;

  constructor(parts: ExceptionParts) {
    const { cpu } = parts;
    this.parts = parts;
    this.stacked = ['r0', 'r1', 'r2', 'r3', 'r12', 'lr'].map((name) => cpu.registerNumber(name));
    this.sp = cpu.registerNumber('sp');
    this.lr = cpu.registerNumber('lr');
    this.itstate = cpu.registerNumber('itstate');
    this.exclusive = cpu.registerNumber('exaddress');
  }

  /** Reset: stack pointer and pc from the first words of the vector table (B1.5.5). */
  reset(): void {
    const { cpu, state, nvic, status } = this.parts;
    nvic.reset();
    status.reset();
    state.ipsr = 0;
    state.control = 0;
    cpu.write(this.lr, -1);
    cpu.write(this.sp, this.load(state.vtor) & ~3);
    const vector = this.load(state.vtor + 4);
    state.thumb = (vector & 1) !== 0;
    cpu.pc = (vector & ~1) >>> 0;
    this.checkState();
  }

  /** Takes the most urgent exception when one is due; true when it did. */
  takePending(): boolean {
    const exception = this.parts.nvic.takeable();
    if (exception === 0) return false;
    this.enter(exception);
    return true;
  }

  /** SVC; the pc is already that of the next instruction. */
  supervisorCall(): void {
    this.raise({ exception: SV_CALL, cfsr: 0 });
  }

  /** A synchronous exception of the instruction at the pc. */
  raise(fault: ArmFault): void {
    const exception = this.record(fault, this.parts.nvic.executionPriority());
    if (exception !== 0) this.enter(exception);
  }

  /** EXC_RETURN was branched to from a handler (B1.5.8). */
  exceptionReturn(value: number): void {
    const { nvic, state } = this.parts;
    const returning = state.ipsr;
    const mode = value & 0xf;
    const thread = mode === 9 || mode === 13;
    const nested = nvic.activeCount() > 1;
    const wasActive = nvic.active[returning] !== 0;
    const legal =
      wasActive && (mode === 1 || (thread && (!nested || (state.ccr & NONBASETHRDENA) !== 0)));
    nvic.deactivate(returning);
    if (!legal) {
      this.chain({ exception: USAGE_FAULT, cfsr: INVPC }, value | 0xf0000000);
      return;
    }
    this.unstack(value, mode === 13);
  }

  /** After a branch: an even target means ARM state, which there is none (INVSTATE). */
  checkState(): void {
    if (this.parts.state.thumb || this.lockup !== null) return;
    this.raise({ exception: USAGE_FAULT, cfsr: INVSTATE });
  }

  // Entry.

  /**
   * Notes a fault in the status registers and makes its exception pending, escalated to HardFault
   * when it cannot be taken at this priority; 0 when not even that can: lockup.
   */
  private record(fault: ArmFault, priority: number): number {
    const { nvic, status, state } = this.parts;
    const { cfsr, address } = fault;
    if (!state.profile.baseline) {
      status.cfsr |= cfsr;
      status.hfsr |= fault.hfsr ?? 0;
      if (address !== undefined && (cfsr & 0xff) !== 0) status.mmfar = address;
      if (address !== undefined && (cfsr & 0xff00) !== 0) status.bfar = address;
    }
    let { exception } = fault;
    const direct = nvic.enabled[exception] !== 0 && nvic.groupPriority(exception) < priority;
    if (!direct || (state.profile.baseline && exception !== SV_CALL)) {
      if (exception !== HARD_FAULT && !state.profile.baseline) status.hfsr |= FORCED;
      exception = HARD_FAULT;
      if (priority <= -1) {
        this.lockup = `a fault in the ${exceptionName(state.ipsr)} handler, which nothing can preempt`;
        return 0;
      }
    }
    nvic.pending[exception] = 1;
    return exception;
  }

  private enter(exception: number): void {
    const { cpu, state, nvic, stacks, float } = this.parts;
    const process = state.usesProcessStack;
    const extended = float?.active === true;
    const size = BASIC_FRAME_BYTES + (extended ? FLOAT_FRAME_BYTES : 0);
    const sp = cpu.read(this.sp) >>> 0;
    const aligned = extended || (state.ccr & STKALIGN) !== 0;
    const padded = aligned && (sp & 4) !== 0;
    const frame = ((sp - size) & (aligned ? ~4 : -1)) >>> 0;
    const returnTo = cpu.pc;
    const xpsr =
      (packXpsr(cpu) & ~T_BIT) |
      (state.thumb ? T_BIT : 0) |
      state.ipsr |
      (padded ? XPSR_ALIGNED : 0);
    const stacked = this.push(frame, returnTo, xpsr) && (!extended || float.push(frame));
    let lr = !state.threadMode
      ? EXC_RETURN_HANDLER
      : process
        ? EXC_RETURN_PROCESS
        : EXC_RETURN_MAIN;
    if (extended) lr &= ~NO_FLOAT_FRAME;
    let target = exception;
    if (!stacked) {
      const derived = this.record(stackingFault(this.parts.mmu), nvic.groupPriority(exception));
      if (derived === 0) return;
      if (nvic.groupPriority(derived) < nvic.groupPriority(exception)) target = derived;
    }
    if (process) state.psp = frame;
    const main = process ? state.msp : frame;
    const callee = this.vectorOf(target);
    stacks.enter({ returnTo, callee, stackPointer: process ? main : sp }, process ? frame : -1);
    cpu.write(this.sp, main | 0);
    float?.leave();
    this.take(target, lr);
  }

  private push(frame: number, returnTo: number, xpsr: number): boolean {
    const { cpu } = this.parts;
    for (let index = 0; index < this.stacked.length; index++) {
      if (!this.store(frame + index * 4, cpu.read(this.stacked[index]!))) return false;
    }
    return this.store(frame + 24, returnTo | 0) && this.store(frame + 28, xpsr);
  }

  /** Enters a handler whose context is stacked (B1.5.6 ExceptionTaken). */
  private take(exception: number, lr: number): void {
    const { cpu, mmu, state, nvic, status } = this.parts;
    const vector = this.load(state.vtor + exception * 4);
    if (mmu.faulted) {
      mmu.faulted = false;
      status.hfsr |= VECTTBL;
      if (exception === HARD_FAULT || exception === NMI) {
        this.lockup = `the vector of ${exceptionName(exception)} cannot be read`;
        return;
      }
      nvic.pending[exception] = 0;
      this.take(HARD_FAULT, lr);
      return;
    }
    nvic.activate(exception);
    state.ipsr = exception;
    state.control &= ~SPSEL;
    cpu.write(this.lr, lr);
    cpu.write(this.itstate, 0);
    cpu.write(this.exclusive, -1);
    state.thumb = (vector & 1) !== 0;
    cpu.pc = (vector & ~1) >>> 0;
    this.checkState();
  }

  /** A fault of the return itself: its handler is entered on the frame that is there. */
  private chain(fault: ArmFault, lr: number): void {
    const { nvic, stacks, cpu } = this.parts;
    const exception = this.record(fault, nvic.executionPriority());
    if (exception === 0) return;
    stacks.leave(-1);
    const stackPointer = cpu.read(this.sp) >>> 0;
    stacks.enter({ returnTo: cpu.pc, callee: this.vectorOf(exception), stackPointer }, -1);
    this.take(exception, lr | 0);
  }

  // Return.

  private unstack(value: number, process: boolean): void {
    const { cpu, mmu, state, nvic, stacks, float } = this.parts;
    const extended = float !== null && (value & NO_FLOAT_FRAME) === 0;
    const frame = process ? state.psp : cpu.read(this.sp) >>> 0;
    const words = this.pop(frame);
    if (words === null || (extended && !float.pop(frame))) {
      this.chain(unstackingFault(mmu), value | 0xf0000000);
      return;
    }
    const xpsr = words[7]!;
    const toThread = (value & 0xf) !== 1;
    this.stacked.forEach((register, index) => {
      cpu.write(register, words[index]!);
    });
    cpu.write(this.exclusive, -1);
    const size = BASIC_FRAME_BYTES + (extended ? FLOAT_FRAME_BYTES : 0);
    const padding = (xpsr & XPSR_ALIGNED) !== 0 ? 4 : 0;
    if (process) state.msp = cpu.read(this.sp) >>> 0;
    float?.resume(extended);
    state.control = (state.control & ~SPSEL) | (process ? SPSEL : 0);
    state.ipsr = xpsr & 0x1ff;
    stacks.leave(process ? frame : -1);
    cpu.write(this.sp, (frame + size + padding) | 0);
    unpackXpsr(cpu, xpsr);
    state.thumb = (xpsr & T_BIT) !== 0;
    cpu.pc = (words[6]! & ~1) >>> 0;
    if (toThread !== (state.ipsr === 0)) {
      this.raise({ exception: USAGE_FAULT, cfsr: INVPC });
      return;
    }
    this.sleeps = toThread && (state.scr & SLEEPONEXIT) !== 0 && nvic.activeCount() === 0;
    this.checkState();
  }

  private pop(frame: number): number[] | null {
    const { mmu } = this.parts;
    const words: number[] = [];
    for (let index = 0; index < 8; index++) {
      words.push(this.load(frame + index * 4) | 0);
      if (mmu.faulted) return null;
    }
    return words;
  }

  // Memory, privileged; a fault stays in `mmu.faulted` for loads.

  private load(address: number): number {
    return this.parts.mmu.loadSlow(address >>> 0, 4);
  }

  private store(address: number, value: number): boolean {
    const { mmu } = this.parts;
    mmu.storeSlow(address >>> 0, 4, value);
    return !mmu.faulted;
  }

  private vectorOf(exception: number): number {
    const { mmu, state } = this.parts;
    const vector = this.load(state.vtor + exception * 4);
    mmu.faulted = false;
    return (vector & ~1) >>> 0;
  }
}
