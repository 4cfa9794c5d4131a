/**
 * Machine mode of a RISC-V hart: the CSRs, traps and interrupts.
 * @see RISC-V Privileged Architecture, chapter 3
 */
import type { Cpu, StopReason, SystemPort } from '@bareheap/cpu';
import type { Clock } from '../clock.ts';

const MSTATUS_MIE = 1 << 3;
const MSTATUS_MPIE = 1 << 7;
const MSTATUS_MPP = 3 << 11;
const MSTATUS_WRITABLE: number = MSTATUS_MIE | MSTATUS_MPIE | MSTATUS_MPP | (3 << 13) | (1 << 17);
/** FS: off, or on and taken to be dirty always, which SD sums up (privileged manual 3.1.6.6). */
const MSTATUS_FS: number = 3 << 13;
const MSTATUS_SD: number = 1 << 31;

/** Interrupts by number, most urgent first (3.1.9). */
const URGENCY: readonly number[] = [11, 3, 7];
const INTERRUPTS = (1 << 3) | (1 << 7) | (1 << 11);

export const CAUSE = {
  fetchMisaligned: 0,
  fetchAccess: 1,
  illegal: 2,
  breakpoint: 3,
  loadMisaligned: 4,
  loadAccess: 5,
  storeMisaligned: 6,
  storeAccess: 7,
  machineCall: 11,
} as const;

const CAUSE_NAMES: Readonly<Record<number, string>> = {
  0: 'instruction address misaligned',
  1: 'instruction access fault',
  2: 'illegal instruction',
  3: 'breakpoint',
  4: 'load address misaligned',
  5: 'load access fault',
  6: 'store address misaligned',
  7: 'store access fault',
  11: 'environment call from machine mode',
};

/** The exception's name as the manual's table 3.6 has it. */
export function causeName(cause: number): string {
  return CAUSE_NAMES[cause] ?? `cause ${cause}`;
}

/** misa: RV32IMAC, and the bits of F and D. */
const MISA = 0x40001105;
const MISA_FLOAT = 0x28;
/**
 * CSRs that are read-only zeros here: identification, event counters, PMP; and satp, medeleg and
 * mideleg, which start-up code clears and which say nothing of machine mode, the only one there is.
 */
const ZERO_RANGES: readonly (readonly [first: number, last: number])[] = [
  [0x180, 0x180],
  [0x302, 0x303],
  [0xf11, 0xf15],
  [0x323, 0x33f],
  [0x3a0, 0x3ef],
  [0xb03, 0xb1f],
  [0xb83, 0xb9f],
  [0xc03, 0xc1f],
  [0xc83, 0xc9f],
  [0x7a0, 0x7a3],
];

export interface RiscvCoreParts {
  readonly clock: Clock;
  /** mtime, for the time CSR. */
  readonly time: () => number;
  /** Asks the engine to come back. */
  readonly attention: () => void;
  /** Tells the engine whether mstatus.FS lets it use its floating-point registers; null: none. */
  readonly switchFloat: ((on: boolean) => void) | null;
}

export class RiscvCore implements SystemPort {
  refused = false;
  /** Lines of mip as the devices drive them. */
  private lines = 0;
  private mstatus: number = MSTATUS_MPP;
  private mie = 0;
  private mtvec = 0;
  private mscratch = 0;
  private mepc = 0;
  private mcause = 0;
  private mtval = 0;
  private mcounteren = 0;
  private mcountinhibit = 0;
  private readonly clock: Clock;
  private readonly time: () => number;
  private readonly attention: () => void;
  private readonly switchFloat: ((on: boolean) => void) | null;

  constructor({ clock, time, attention, switchFloat }: RiscvCoreParts) {
    this.clock = clock;
    this.time = time;
    this.attention = attention;
    this.switchFloat = switchFloat;
  }

  setLine(interrupt: number, high: boolean): void {
    this.lines = high ? this.lines | (1 << interrupt) : this.lines & ~(1 << interrupt);
    if (this.due() >= 0) this.attention();
  }

  /** Whether something pending and enabled ends WFI, MIE or not (3.3.3). */
  wakes(): boolean {
    return (this.lines & this.mie) !== 0;
  }

  /** Whether the program has said where its traps go. */
  get hasHandler(): boolean {
    return (this.mtvec & ~3) !== 0;
  }

  readSystem(id: number): number {
    const now = this.clock.now;
    switch (id) {
      case 0x300:
        return this.mstatus;
      case 0x301:
        return this.switchFloat === null ? MISA : MISA | MISA_FLOAT;
      case 0x304:
        return this.mie;
      case 0x305:
        return this.mtvec;
      case 0x306:
        return this.mcounteren;
      case 0x310:
        return 0;
      case 0x320:
        return this.mcountinhibit;
      case 0x340:
        return this.mscratch;
      case 0x341:
        return this.mepc;
      case 0x342:
        return this.mcause;
      case 0x343:
        return this.mtval;
      case 0x344:
        return this.lines;
      case 0xb00:
      case 0xb02:
      case 0xc00:
      case 0xc02:
        return now | 0;
      case 0xb80:
      case 0xb82:
      case 0xc80:
      case 0xc82:
        return Math.floor(now / 2 ** 32) | 0;
      case 0xc01:
        return this.time() | 0;
      case 0xc81:
        return Math.floor(this.time() / 2 ** 32) | 0;
    }
    this.refused = !ZERO_RANGES.some(([first, last]) => id >= first && id <= last);
    return 0;
  }

  writeSystem(id: number, value: number): void {
    switch (id) {
      case 0x300:
        this.writeStatus(value);
        break;
      case 0x304:
        this.mie = value & INTERRUPTS;
        break;
      case 0x305:
        this.mtvec = value & ~2;
        break;
      case 0x306:
        this.mcounteren = value;
        break;
      case 0x320:
        this.mcountinhibit = value;
        break;
      case 0x340:
        this.mscratch = value;
        break;
      case 0x341:
        this.mepc = value & ~1;
        break;
      case 0x342:
        this.mcause = value;
        break;
      case 0x343:
        this.mtval = value;
        break;
      case 0x301:
      case 0x310:
      case 0x344:
      case 0xb00:
      case 0xb02:
      case 0xb80:
      case 0xb82:
        break;
      default:
        this.refused = !ZERO_RANGES.some(([first, last]) => id >= first && id <= last);
    }
    if (this.due() >= 0) this.attention();
  }

  private writeStatus(value: number): void {
    const on = this.switchFloat !== null && (value & MSTATUS_FS) !== 0;
    this.mstatus =
      (value & MSTATUS_WRITABLE & ~MSTATUS_FS) | MSTATUS_MPP | (on ? MSTATUS_FS | MSTATUS_SD : 0);
    this.switchFloat?.(on);
  }

  /** The interrupt to be taken before the next instruction, or -1. */
  due(): number {
    if ((this.mstatus & MSTATUS_MIE) === 0) return -1;
    const pending = this.lines & this.mie;
    return pending === 0 ? -1 : (URGENCY.find((line) => (pending & (1 << line)) !== 0) ?? -1);
  }

  /** Takes an interrupt when one is due; true when it did. */
  takeInterrupt(cpu: Cpu): boolean {
    const interrupt = this.due();
    if (interrupt < 0) return false;
    this.enter(cpu, interrupt | 0x80000000, 0);
    return true;
  }

  /** Takes an exception of the instruction at the pc (3.1.14 … 3.1.16). */
  enter(cpu: Cpu, cause: number, value: number): void {
    this.mepc = cpu.pc | 0;
    this.mcause = cause;
    this.mtval = value;
    const enabled = (this.mstatus & MSTATUS_MIE) !== 0;
    this.mstatus = (this.mstatus & ~(MSTATUS_MIE | MSTATUS_MPIE)) | (enabled ? MSTATUS_MPIE : 0);
    const base = this.mtvec & ~3;
    const vectored = (this.mtvec & 3) === 1 && cause < 0;
    const target = (base + (vectored ? (cause & 0x7fffffff) * 4 : 0)) >>> 0;
    cpu.enterShadowFrame({ returnTo: cpu.pc, callee: target, stackPointer: cpu.read(2) >>> 0 });
    cpu.pc = target;
  }

  /** MRET. */
  leave(cpu: Cpu): void {
    const enabled = (this.mstatus & MSTATUS_MPIE) !== 0;
    this.mstatus = (this.mstatus & ~MSTATUS_MIE) | MSTATUS_MPIE | (enabled ? MSTATUS_MIE : 0);
    cpu.pc = this.mepc >>> 0;
  }
}

/** Cause and value of an access that faulted. */
export function faultCause(stop: Extract<StopReason, { kind: 'fault' }>): number {
  const { access, kind } = stop.fault;
  const misaligned = kind === 'misaligned';
  if (access === 'execute') return misaligned ? CAUSE.fetchMisaligned : CAUSE.fetchAccess;
  if (access === 'read') return misaligned ? CAUSE.loadMisaligned : CAUSE.loadAccess;
  return misaligned ? CAUSE.storeMisaligned : CAUSE.storeAccess;
}
