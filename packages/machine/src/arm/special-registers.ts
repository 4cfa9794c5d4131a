/**
 * The special registers behind MRS, MSR and CPS, by SYSm number (Armv7-M ARM B5.1.1). Lifted code
 * exchanges r13 itself when CONTROL.SPSEL changes; it asks {@link STACK_IN_USE} which one it is.
 */
import type { SystemPort } from '@bareheap/cpu';
import type { Attention } from '../attention.ts';
import { type ArmState, FPCA_BIT, NPRIV, SPSEL } from './arm-state.ts';
import type { Nvic } from './nvic.ts';

const IPSR = 5;
const MSP = 8;
const PSP = 9;
const PRIMASK = 16;
const BASEPRI = 17;
const BASEPRI_MAX = 18;
const FAULTMASK = 19;
const CONTROL = 20;
/** Not architectural: SYSm of the stack pointer that r13 is, plus 0x100 when unprivileged. */
const STACK_IN_USE = 0x100;

export class SpecialRegisters implements SystemPort {
  refused = false;
  private readonly state: ArmState;
  private readonly nvic: Nvic;
  private readonly attention: Attention;

  constructor(state: ArmState, nvic: Nvic, attention: Attention) {
    this.state = state;
    this.nvic = nvic;
    this.attention = attention;
  }

  readSystem(id: number): number {
    const { state, nvic } = this;
    if (id === STACK_IN_USE) {
      return (state.usesProcessStack ? PSP : MSP) + (state.privileged ? 0 : 0x100);
    }
    if (id === CONTROL) return state.control;
    if (!state.privileged) return 0;
    switch (id) {
      case IPSR:
        return state.ipsr;
      case MSP:
        return state.msp | 0;
      case PSP:
        return state.psp | 0;
      case PRIMASK:
        return nvic.primask;
      case BASEPRI:
      case BASEPRI_MAX:
        return nvic.basepri;
      case FAULTMASK:
        return nvic.faultmask;
      default:
        return 0;
    }
  }

  writeSystem(id: number, value: number): void {
    const { state, nvic } = this;
    if (!state.privileged) return;
    switch (id) {
      case MSP:
        state.msp = (value & ~3) >>> 0;
        break;
      case PSP:
        state.psp = (value & ~3) >>> 0;
        break;
      case PRIMASK:
        nvic.primask = value & 1;
        break;
      case BASEPRI:
        if (!state.profile.baseline) nvic.basepri = value & nvic.priorityMask;
        break;
      case BASEPRI_MAX:
        this.raiseBasepri(value & nvic.priorityMask);
        break;
      case FAULTMASK:
        this.setFaultmask(value & 1);
        break;
      case CONTROL:
        this.setControl(value);
        break;
    }
    if (nvic.takeable() !== 0) this.attention.request();
  }

  /** BASEPRI_MAX only ever makes BASEPRI more urgent (B5.2.3). */
  private raiseBasepri(value: number): void {
    const { nvic, state } = this;
    if (state.profile.baseline || value === 0) return;
    if (nvic.basepri === 0 || value < nvic.basepri) nvic.basepri = value;
  }

  /** FAULTMASK cannot be set at HardFault's priority or above (B5.2.3). */
  private setFaultmask(value: number): void {
    const { nvic, state } = this;
    if (state.profile.baseline) return;
    if (value === 0 || nvic.executionPriority() > -1) nvic.faultmask = value;
  }

  private setControl(value: number): void {
    const { state } = this;
    const { baseline, fpu } = state.profile;
    let control = state.control;
    if (!baseline) control = (control & ~NPRIV) | (value & NPRIV);
    if (state.threadMode) control = (control & ~SPSEL) | (value & SPSEL);
    if (fpu) control = (control & ~FPCA_BIT) | (value & FPCA_BIT);
    if (((state.control ^ control) & NPRIV) !== 0) this.attention.request();
    state.control = control;
  }
}
