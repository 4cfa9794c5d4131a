/** A RISC-V hart in machine mode: the CSRs and the engine put together. */
import type { Cpu, StopReason } from '@bareheap/cpu';
import type { Trap } from '@bareheap/inspect';
import type { Mmu } from '@bareheap/mmu';
import type { CoreModel, StopOutcome } from '../core-model.ts';
import { CAUSE, causeName, faultCause, type RiscvCore } from './riscv-core.ts';

/** The instructions around `ebreak` that make it a semihosting call. */
const SEMIHOSTING_BEFORE = 0x01f01013;
const SEMIHOSTING_AFTER = 0x40705013;
/** `j .` in both sizes. */
const JUMP_TO_SELF = 0x0000006f;
const COMPRESSED_JUMP_TO_SELF = 0xa001;
const A0 = 10;
const A1 = 11;

export class RiscvMachine implements CoreModel {
  readonly semihosting: readonly [number, number] = [A0, A1];
  private readonly cpu: Cpu;
  private readonly mmu: Mmu;
  private readonly core: RiscvCore;
  private readonly entry: number;
  private readonly isOpenBus: (address: number) => boolean;

  /** @param isOpenBus  whether an address lies on a bus with nothing on it */
  constructor(
    cpu: Cpu,
    mmu: Mmu,
    core: RiscvCore,
    entry: number,
    isOpenBus: (address: number) => boolean,
  ) {
    this.cpu = cpu;
    this.mmu = mmu;
    this.core = core;
    this.entry = entry;
    this.isOpenBus = isOpenBus;
  }

  reset(): void {
    this.cpu.pc = this.entry;
  }

  takePending(): boolean {
    return this.core.takeInterrupt(this.cpu);
  }

  wakes(): boolean {
    return this.core.wakes();
  }

  setLine(interrupt: number, high: boolean): void {
    this.core.setLine(interrupt, high);
  }

  skipSemihosting(): void {
    this.cpu.pc += 4;
  }

  handle(stop: Extract<StopReason, { kind: 'trap' | 'fault' }>): StopOutcome {
    if (stop.kind === 'fault') {
      const { access, address } = stop.fault;
      // An empty bus gives all ones, which no instruction is.
      if (access === 'execute' && this.isOpenBus(address)) return this.exception(CAUSE.illegal, -1);
      return this.exception(faultCause(stop), address);
    }
    switch (stop.trap) {
      case 'supervisor-call':
        return this.exception(CAUSE.machineCall, 0);
      case 'breakpoint-instruction':
        if (this.isSemihosting()) return { kind: 'semihosting' };
        return this.exception(CAUSE.breakpoint, 0);
      case 'trap-return':
        this.core.leave(this.cpu);
        return { kind: 'continue' };
      case 'wait':
        return { kind: 'wait' };
      case 'instruction-barrier':
        return { kind: 'continue' };
      default:
        return this.exception(
          CAUSE.illegal,
          stop.value !== 0 ? stop.value : this.bitsAt(this.cpu.pc),
        );
    }
  }

  private exception(cause: number, value: number): StopOutcome {
    const expected = cause === CAUSE.machineCall || cause === CAUSE.breakpoint;
    const trap: Trap = {
      name: causeName(cause),
      registers: [
        { name: 'mcause', value: cause },
        { name: 'mepc', value: this.cpu.pc },
        { name: 'mtval', value: value >>> 0 },
      ],
    };
    if (!this.core.hasHandler) {
      return { kind: 'fault-unhandled', trap, why: 'mtvec is 0: the program has no trap handler' };
    }
    this.core.enter(this.cpu, cause, value | 0);
    if (expected) return { kind: 'continue' };
    const first = this.bitsAt(this.cpu.pc);
    if (first === JUMP_TO_SELF || (first & 0xffff) === COMPRESSED_JUMP_TO_SELF) {
      return { kind: 'fault-unhandled', trap, why: 'the trap handler only loops' };
    }
    return { kind: 'fault-taken', trap };
  }

  private isSemihosting(): boolean {
    const { pc } = this.cpu;
    return this.bitsAt(pc - 4) === SEMIHOSTING_BEFORE && this.bitsAt(pc + 4) === SEMIHOSTING_AFTER;
  }

  /** The instruction at an address: 16 bits when it is compressed, 0 when it cannot be read. */
  private bitsAt(address: number): number {
    const low = this.mmu.fetchSlow(address >>> 0, 2);
    const high = (low & 3) === 3 ? this.mmu.fetchSlow((address + 2) >>> 0, 2) : 0;
    this.mmu.faulted = false;
    return low | (high << 16);
  }
}
