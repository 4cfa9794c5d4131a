/** The fault status registers (Armv7-M ARM B3.2.15 … B3.2.18). */

// CFSR, MemManage part.
export const IACCVIOL: number = 1 << 0;
export const DACCVIOL: number = 1 << 1;
export const MUNSTKERR: number = 1 << 3;
export const MSTKERR: number = 1 << 4;
export const MMARVALID: number = 1 << 7;
// CFSR, BusFault part.
export const IBUSERR: number = 1 << 8;
export const PRECISERR: number = 1 << 9;
export const UNSTKERR: number = 1 << 11;
export const STKERR: number = 1 << 12;
export const BFARVALID: number = 1 << 15;
// CFSR, UsageFault part.
export const UNDEFINSTR: number = 1 << 16;
export const INVSTATE: number = 1 << 17;
export const INVPC: number = 1 << 18;
export const NOCP: number = 1 << 19;
export const UNALIGNED: number = 1 << 24;
export const DIVBYZERO: number = 1 << 25;
// HFSR.
export const VECTTBL: number = 1 << 1;
export const FORCED: number = 1 << 30;
export const DEBUGEVT: number = 1 << 31;

const NAMES: readonly (readonly [number, string])[] = [
  [IACCVIOL, 'IACCVIOL'],
  [DACCVIOL, 'DACCVIOL'],
  [MUNSTKERR, 'MUNSTKERR'],
  [MSTKERR, 'MSTKERR'],
  [MMARVALID, 'MMARVALID'],
  [IBUSERR, 'IBUSERR'],
  [PRECISERR, 'PRECISERR'],
  [UNSTKERR, 'UNSTKERR'],
  [STKERR, 'STKERR'],
  [BFARVALID, 'BFARVALID'],
  [UNDEFINSTR, 'UNDEFINSTR'],
  [INVSTATE, 'INVSTATE'],
  [INVPC, 'INVPC'],
  [NOCP, 'NOCP'],
  [UNALIGNED, 'UNALIGNED'],
  [DIVBYZERO, 'DIVBYZERO'],
];

/** The CFSR's set bits by name, as a debugger prints them. */
export function describeCfsr(cfsr: number): string {
  return NAMES.filter(([bit]) => (cfsr & bit) !== 0)
    .map(([, name]) => name)
    .join(' ');
}

export class FaultStatus {
  cfsr = 0;
  hfsr = 0;
  dfsr = 0;
  /** UNKNOWN after reset; QEMU has 0. */
  mmfar = 0;
  bfar = 0;

  reset(): void {
    this.cfsr = 0;
    this.hfsr = 0;
    this.dfsr = 0;
    this.mmfar = 0;
    this.bfar = 0;
  }
}
