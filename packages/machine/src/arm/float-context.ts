/**
 * The floating-point part of an exception frame (Armv7-M ARM B1.5.7): s0 … s15 and FPSCR. Stacking
 * is never lazy here: the bytes that LSPEN would write later are written at once, so only
 * FPCCR.LSPACT can tell.
 *
 *   frame +0x20 s0 … +0x5c s15   +0x60 FPSCR   +0x64 reserved
 */
import type { Cpu } from '@bareheap/cpu';
import type { Mmu } from '@bareheap/mmu';
import type { ArmState } from './arm-state.ts';

export const FLOAT_FRAME_BYTES = 72;
const OFFSET = 0x20;
const REGISTERS = 16;
const ASPEN: number = 1 << 31;
/** CPACR fields of coprocessors 10 and 11: privileged, or full, access. */
const CP10_SHIFT = 20;

export class FloatContext {
  private readonly cpu: Cpu;
  private readonly mmu: Mmu;
  private readonly state: ArmState;
  private readonly s0: number;
  private readonly fpscr: number;
  private readonly fpca: number;
  private readonly enabled: number;

  constructor(cpu: Cpu, mmu: Mmu, state: ArmState) {
    this.cpu = cpu;
    this.mmu = mmu;
    this.state = state;
    this.s0 = cpu.registerNumber('s0');
    this.fpscr = cpu.registerNumber('fpscr');
    this.fpca = cpu.registerNumber('fpca');
    this.enabled = cpu.registerNumber('fpenabled');
  }

  /** Whether the running context has floating-point state, so that its frame must hold it. */
  get active(): boolean {
    return (this.state.fpccr & ASPEN) !== 0 && this.cpu.read(this.fpca) !== 0;
  }

  /** Tells the engine what CPACR and the privilege say about using the FPU. */
  applyAccess(): void {
    const access = (this.state.cpacr >>> CP10_SHIFT) & 3;
    const allowed = access === 3 || (access === 1 && this.state.privileged);
    this.cpu.write(this.enabled, allowed ? 1 : 0);
  }

  /** Writes the registers above a basic frame; false when that faulted. */
  push(frame: number): boolean {
    for (let index = 0; index < REGISTERS; index++) {
      if (!this.store(frame + OFFSET + index * 4, this.cpu.read(this.s0 + index))) return false;
    }
    return this.store(frame + OFFSET + REGISTERS * 4, this.cpu.read(this.fpscr));
  }

  /** Reads them back; false when that faulted. */
  pop(frame: number): boolean {
    const { cpu, mmu } = this;
    for (let index = 0; index <= REGISTERS; index++) {
      const word = mmu.loadSlow((frame + OFFSET + index * 4) >>> 0, 4) | 0;
      if (mmu.faulted) return false;
      cpu.write(index === REGISTERS ? this.fpscr : this.s0 + index, word);
    }
    return true;
  }

  /** A handler begins: it has no floating-point state until it uses some. */
  leave(): void {
    if (this.active) this.cpu.write(this.fpscr, this.state.fpdscr);
    this.cpu.write(this.fpca, 0);
  }

  /** A context goes on, with floating-point state or without. */
  resume(extended: boolean): void {
    this.cpu.write(this.fpca, extended ? 1 : 0);
  }

  private store(address: number, value: number): boolean {
    this.mmu.storeSlow(address >>> 0, 4, value);
    return !this.mmu.faulted;
  }
}
