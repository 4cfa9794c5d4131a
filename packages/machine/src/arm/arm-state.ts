/**
 * The processor state that neither the engine's registers nor the NVIC hold. r13 is the stack
 * pointer in use; the other one is kept here.
 */
export interface ArmProfile {
  /** Armv6-M: HardFault only, no BASEPRI, no fault status registers, word access only. */
  readonly baseline: boolean;
  readonly fpu: boolean;
  /** MPU regions; 0: no MPU. */
  readonly mpuRegions: number;
  readonly cpuid: number;
}

/** CONTROL bits. */
export const NPRIV = 1;
export const SPSEL = 2;
export const FPCA_BIT = 4;

/** CCR bits (B3.2.8). */
export const NONBASETHRDENA: number = 1 << 0;
export const USERSETMPEND: number = 1 << 1;
export const UNALIGN_TRP: number = 1 << 3;
export const DIV_0_TRP: number = 1 << 4;
export const BFHFNMIGN: number = 1 << 8;
export const STKALIGN: number = 1 << 9;

/** SCR bits (B3.2.7). */
export const SLEEPONEXIT: number = 1 << 1;

export class ArmState {
  readonly profile: ArmProfile;
  /** Number of the exception whose handler runs; 0 in thread mode. */
  ipsr = 0;
  control = 0;
  /** The stack pointers while they are not r13. */
  msp = 0;
  psp = 0;
  vtor = 0;
  ccr: number = STKALIGN;
  scr = 0;
  cpacr = 0;
  /** FPCCR: ASPEN and LSPEN set at reset. */
  fpccr: number = 0xc0000000 | 0;
  fpdscr = 0;
  /** False after a branch to an ARM-state address: the next instruction faults. */
  thumb = true;

  constructor(profile: ArmProfile) {
    this.profile = profile;
  }

  get threadMode(): boolean {
    return this.ipsr === 0;
  }

  get privileged(): boolean {
    return this.ipsr !== 0 || (this.control & NPRIV) === 0;
  }

  /** Whether r13 is the process stack pointer. */
  get usesProcessStack(): boolean {
    return this.ipsr === 0 && (this.control & SPSEL) !== 0;
  }
}
