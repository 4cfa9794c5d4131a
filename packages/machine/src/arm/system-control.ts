// @table
/**
 * The System Control Space at 0xE000E000 (Armv7-M ARM B3.2 … B3.5): NVIC, SCB, SysTick and MPU
 * registers as one table by offset. Reserved words read as zero and ignore writes, as do those
 * that Armv6-M does not have on a baseline profile.
 */
import type { Device } from '@bareheap/mmu';
import type { Attention } from '../attention.ts';
import { type ArmState, USERSETMPEND } from './arm-state.ts';
import {
  BUS_FAULT,
  DEBUG_MONITOR,
  FIRST_IRQ,
  MEM_MANAGE,
  NMI,
  PEND_SV,
  SV_CALL,
  SYS_TICK,
  USAGE_FAULT,
} from './exception.ts';
import type { FaultStatus } from './fault-status.ts';
import type { Mpu } from './mpu.ts';
import type { Nvic } from './nvic.ts';
import type { SysTick } from './sys-tick.ts';

export interface SystemControlParts {
  readonly state: ArmState;
  readonly nvic: Nvic;
  readonly status: FaultStatus;
  readonly sysTick: SysTick;
  readonly mpu: Mpu | null;
  readonly attention: Attention;
  /** Refuses the access that is going on: a BusFault. */
  readonly refuse: () => void;
  /** Asked for by AIRCR.SYSRESETREQ. */
  readonly requestReset: () => void;
  /** CCR, CPACR or FPCCR changed: the engine's copies are stale. */
  readonly configurationChanged: () => void;
}

interface Register {
  readonly read: (index: number) => number;
  /** `value` has the written bytes in place; other bytes are 0, or unchanged where `merge`. */
  readonly write?: (value: number, index: number) => void;
  /** A byte or halfword write keeps the other bytes (IPR, SHPR); else they count as 0. */
  readonly merge?: boolean;
  readonly mainline?: boolean;
}

/** Registers from an offset, `count` words of them. */
type Row = readonly [offset: number, count: number, register: Register];

const VECTKEY = 0x05fa;
const VECTKEYSTAT = 0xfa05;
const SYSRESETREQ: number = 1 << 2;
const CCR_BITS = 0x31b;
const SHCSR_ENABLED: readonly (readonly [number, number])[] = [
  [16, MEM_MANAGE],
  [17, BUS_FAULT],
  [18, USAGE_FAULT],
];
const SHCSR_PENDING: readonly (readonly [number, number])[] = [
  [12, USAGE_FAULT],
  [13, MEM_MANAGE],
  [14, BUS_FAULT],
  [15, SV_CALL],
];
const SHCSR_ACTIVE: readonly (readonly [number, number])[] = [
  [0, MEM_MANAGE],
  [1, BUS_FAULT],
  [3, USAGE_FAULT],
  [7, SV_CALL],
  [8, DEBUG_MONITOR],
  [10, PEND_SV],
  [11, SYS_TICK],
];
/** STIR, which CCR.USERSETMPEND opens to unprivileged code. */
const STIR = 0xf00;

export class SystemControl implements Device {
  private readonly parts: SystemControlParts;
  private readonly registers: (Register | undefined)[] = [];
  private readonly firsts: number[] = [];

  constructor(parts: SystemControlParts) {
    this.parts = parts;
    for (const [offset, count, register] of this.rows()) {
      if (register.mainline && parts.state.profile.baseline) continue;
      for (let index = 0; index < count; index++) {
        this.registers[(offset >> 2) + index] = register;
        this.firsts[(offset >> 2) + index] = offset >> 2;
      }
    }
  }

  load(offset: number, size: number): number {
    if (!this.admits(offset, size)) return 0;
    const word = offset >> 2;
    const register = this.registers[word];
    if (register === undefined) return 0;
    const value = register.read(word - this.firsts[word]!) >>> 0;
    return size === 4 ? value : (value >>> ((offset & 3) * 8)) & (2 ** (size * 8) - 1);
  }

  store(offset: number, size: number, value: number): void {
    if (!this.admits(offset, size)) return;
    const word = offset >> 2;
    const register = this.registers[word];
    if (register?.write === undefined) return;
    const index = word - this.firsts[word]!;
    const shift = (offset & 3) * 8;
    let bits = value << shift;
    if (register.merge && size < 4) {
      const mask = (2 ** (size * 8) - 1) << shift;
      bits |= register.read(index) & ~mask;
    }
    register.write(bits, index);
    if (this.parts.nvic.takeable() !== 0) this.parts.attention.request();
  }

  private admits(offset: number, size: number): boolean {
    const { state } = this.parts;
    const open = offset === STIR && (state.ccr & USERSETMPEND) !== 0;
    const wide = size === 4 || !state.profile.baseline;
    if ((state.privileged || open) && wide) return true;
    this.parts.refuse();
    return false;
  }

  private rows(): readonly Row[] {
    return [
      ...this.timerRows(),
      ...this.interruptRows(),
      ...this.controlRows(),
      ...this.statusRows(),
      ...this.mpuRows(),
      ...this.floatRows(),
    ];
  }

  private timerRows(): readonly Row[] {
    const { sysTick, nvic } = this.parts;
    return [
      // ICTR: external interrupts, in groups of 32.
      [0x004, 1, { read: () => Math.ceil(nvic.lines / 32) - 1 }],
      [0x010, 1, { read: () => sysTick.readControl(), write: (v) => sysTick.writeControl(v) }],
      [0x014, 1, { read: () => sysTick.readReload(), write: (v) => sysTick.writeReload(v) }],
      [0x018, 1, { read: () => sysTick.readCurrent(), write: () => sysTick.writeCurrent() }],
      // SYST_CALIB: no reference clock, no calibration value.
      [0x01c, 1, { read: () => 0x80000000 }],
    ];
  }

  private interruptRows(): readonly Row[] {
    const { nvic } = this.parts;
    const words = Math.ceil(nvic.lines / 32);
    const bits = (array: Uint8Array) => (index: number) => gather(array, FIRST_IRQ + index * 32);
    const each = (apply: (exception: number) => void) => (value: number, index: number) => {
      for (let bit = 0; bit < 32; bit++) {
        const exception = FIRST_IRQ + index * 32 + bit;
        if ((value >>> bit) & 1 && exception < nvic.count) apply(exception);
      }
    };
    const set = (array: Uint8Array, to: number) =>
      each((exception) => {
        array[exception] = to;
      });
    return [
      [0x100, words, { read: bits(nvic.enabled), write: set(nvic.enabled, 1) }],
      [0x180, words, { read: bits(nvic.enabled), write: set(nvic.enabled, 0) }],
      [0x200, words, { read: bits(nvic.pending), write: set(nvic.pending, 1) }],
      [0x280, words, { read: bits(nvic.pending), write: each((e) => nvic.clearPending(e)) }],
      [0x300, words, { read: bits(nvic.active), mainline: true }],
      [0x400, Math.ceil(nvic.lines / 4), this.priorities(FIRST_IRQ)],
    ];
  }

  /** Four priority bytes a word, from an exception on. */
  private priorities(first: number): Register {
    const { nvic } = this.parts;
    const fixed = (exception: number): boolean =>
      exception >= nvic.count || (nvic.priority[exception] ?? 0) < 0;
    return {
      merge: true,
      read: (index) => {
        let value = 0;
        for (let byte = 0; byte < 4; byte++) {
          const exception = first + index * 4 + byte;
          if (!fixed(exception)) value |= nvic.priority[exception]! << (byte * 8);
        }
        return value;
      },
      write: (value, index) => {
        for (let byte = 0; byte < 4; byte++) {
          const exception = first + index * 4 + byte;
          if (!fixed(exception)) {
            nvic.priority[exception] = (value >>> (byte * 8)) & nvic.priorityMask;
          }
        }
      },
    };
  }

  private controlRows(): readonly Row[] {
    const { state, nvic } = this.parts;
    const vectorMask = state.profile.baseline ? 0 : 0xffffff80;
    return [
      [0xd00, 1, { read: () => state.profile.cpuid }],
      [0xd04, 1, { read: () => this.interruptState(), write: (v) => this.writeInterruptState(v) }],
      [
        0xd08,
        1,
        {
          read: () => state.vtor,
          write: (v) => {
            state.vtor = (v & vectorMask) >>> 0;
          },
        },
      ],
      [
        0xd0c,
        1,
        {
          read: () => (VECTKEYSTAT << 16) | (nvic.priorityGroup << 8),
          write: (v) => this.writeAircr(v),
        },
      ],
      [
        0xd10,
        1,
        {
          read: () => state.scr,
          write: (v) => {
            state.scr = v & 0x16;
          },
        },
      ],
      [0xd14, 1, { read: () => state.ccr, write: (v) => this.writeCcr(v) }],
      // SHPR1 … SHPR3: exceptions 4 … 15.
      [0xd18, 1, { ...this.priorities(MEM_MANAGE), mainline: true }],
      [0xd1c, 2, this.priorities(8)],
      [0xd24, 1, { read: () => this.handlers(), write: (v) => this.writeHandlers(v) }],
      [
        0xf00,
        1,
        {
          read: () => 0,
          write: (v) => {
            const exception = FIRST_IRQ + (v & 0x1ff);
            if (exception < nvic.count) nvic.pending[exception] = 1;
          },
          mainline: true,
        },
      ],
    ];
  }

  private statusRows(): readonly Row[] {
    const { status, nvic } = this.parts;
    const row = (offset: number, key: 'cfsr' | 'hfsr' | 'dfsr' | 'mmfar' | 'bfar', w1c: boolean) =>
      [
        offset,
        1,
        {
          read: () => status[key],
          write: (v: number) => {
            status[key] = w1c ? status[key] & ~v : v >>> 0;
          },
          mainline: true,
        },
      ] as const;
    return [
      row(0xd28, 'cfsr', true),
      row(0xd2c, 'hfsr', true),
      row(0xd30, 'dfsr', true),
      row(0xd34, 'mmfar', false),
      row(0xd38, 'bfar', false),
      // DEMCR: MON_EN enables DebugMonitor, TRCENA the cycle counter (which always runs here).
      [
        0xdfc,
        1,
        {
          read: () => nvic.enabled[DEBUG_MONITOR]! << 16,
          write: (v) => {
            nvic.enabled[DEBUG_MONITOR] = (v >>> 16) & 1;
          },
          mainline: true,
        },
      ],
    ];
  }

  private mpuRows(): readonly Row[] {
    const { mpu } = this.parts;
    if (mpu === null) return [];
    return [
      [0xd90, 1, { read: () => mpu.readType() }],
      [0xd94, 1, { read: () => mpu.readControl(), write: (v) => mpu.writeControl(v) }],
      [0xd98, 1, { read: () => mpu.readNumber(), write: (v) => mpu.writeNumber(v) }],
      // RBAR and RASR, and three aliases of the pair.
      ...[0xd9c, 0xda4, 0xdac, 0xdb4].flatMap((offset): Row[] => [
        [offset, 1, { read: () => mpu.readBase(), write: (v) => mpu.writeBase(v) }],
        [offset + 4, 1, { read: () => mpu.readAttributes(), write: (v) => mpu.writeAttributes(v) }],
      ]),
    ];
  }

  private floatRows(): readonly Row[] {
    const { state, configurationChanged } = this.parts;
    if (!state.profile.fpu) return [];
    const row = (offset: number, key: 'cpacr' | 'fpccr' | 'fpdscr', mask: number) =>
      [
        offset,
        1,
        {
          read: () => state[key],
          write: (v: number) => {
            state[key] = v & mask;
            configurationChanged();
          },
        },
      ] as const;
    return [
      row(0xd88, 'cpacr', 0x00f00000),
      row(0xf34, 'fpccr', 0xc0000000 | 0),
      row(0xf3c, 'fpdscr', 0x07c00000),
      // MVFR0, MVFR1 of FPv4-SP.
      [0xf40, 1, { read: () => 0x10110021 }],
      [0xf44, 1, { read: () => 0x11000011 }],
    ];
  }

  // ICSR.

  private interruptState(): number {
    const { nvic, state } = this.parts;
    const next = nvic.mostUrgent();
    let external = 0;
    for (let exception = FIRST_IRQ; exception < nvic.count; exception++) {
      external |= nvic.pending[exception]!;
    }
    const base = state.profile.baseline || nvic.activeCount() > 1 ? 0 : 1 << 11;
    return (
      state.ipsr |
      base |
      (next << 12) |
      (external << 22) |
      (nvic.pending[SYS_TICK]! << 26) |
      (nvic.pending[PEND_SV]! << 28) |
      (nvic.pending[NMI]! << 31)
    );
  }

  private writeInterruptState(value: number): void {
    const { pending } = this.parts.nvic;
    if (value & (1 << 25)) pending[SYS_TICK] = 0;
    if (value & (1 << 26)) pending[SYS_TICK] = 1;
    if (value & (1 << 27)) pending[PEND_SV] = 0;
    if (value & (1 << 28)) pending[PEND_SV] = 1;
    if (value & (1 << 31)) pending[NMI] = 1;
  }

  private writeAircr(value: number): void {
    if (value >>> 16 !== VECTKEY) return;
    const { state, nvic, requestReset } = this.parts;
    if (!state.profile.baseline) nvic.priorityGroup = (value >>> 8) & 7;
    if (value & SYSRESETREQ) requestReset();
  }

  private writeCcr(value: number): void {
    const { state, configurationChanged } = this.parts;
    if (state.profile.baseline) return;
    state.ccr = value & CCR_BITS;
    configurationChanged();
  }

  // SHCSR.

  private handlers(): number {
    const { nvic, state } = this.parts;
    let value = nvic.pending[SV_CALL]! << 15;
    if (state.profile.baseline) return value;
    for (const [bit, exception] of SHCSR_ENABLED) value |= nvic.enabled[exception]! << bit;
    for (const [bit, exception] of SHCSR_PENDING) value |= nvic.pending[exception]! << bit;
    for (const [bit, exception] of SHCSR_ACTIVE) value |= nvic.active[exception]! << bit;
    return value;
  }

  private writeHandlers(value: number): void {
    const { nvic, state } = this.parts;
    const at = (bit: number): number => (value >>> bit) & 1;
    if (state.profile.baseline) {
      nvic.pending[SV_CALL] = at(15);
      return;
    }
    for (const [bit, exception] of SHCSR_ENABLED) nvic.enabled[exception] = at(bit);
    for (const [bit, exception] of SHCSR_PENDING) nvic.pending[exception] = at(bit);
    for (const [bit, exception] of SHCSR_ACTIVE) nvic.active[exception] = at(bit);
  }
}

function gather(array: Uint8Array, from: number): number {
  let value = 0;
  for (let bit = 0; bit < 32; bit++) value |= (array[from + bit] ?? 0) << bit;
  return value;
}
