/**
 * The xPSR as exception stacks and debuggers see it, packed from and unpacked into the registers
 * that lifted code uses.
 *
 *   31 30 29 28 27 26   25 24 23..20 19..16 15      10 9 8      0
 *    N  Z  C  V  Q IT[1:0] T   -      GE    IT[7:2]    - exception
 */
import type { Cpu } from '../../cpu.ts';
import { CF, GE, ITSTATE, NF, QF, VF, ZF } from './register.ts';

const T_BIT = 1 << 24;

/** Returns APSR and EPSR (T set) as a signed 32-bit number; the caller adds IPSR. */
export function packXpsr(cpu: Pick<Cpu, 'read'>): number {
  const it = cpu.read(ITSTATE);
  return (
    (cpu.read(NF) & 0x80000000) |
    (cpu.read(ZF) === 0 ? 1 << 30 : 0) |
    ((cpu.read(CF) & 1) << 29) |
    (cpu.read(VF) < 0 ? 1 << 28 : 0) |
    ((cpu.read(QF) & 1) << 27) |
    ((it & 3) << 25) |
    T_BIT |
    ((cpu.read(GE) & 15) << 16) |
    ((it >> 2) << 10)
  );
}

/** Sets flags and IT state from an xPSR; T and the exception number are the machine's. */
export function unpackXpsr(cpu: Pick<Cpu, 'write'>, xpsr: number): void {
  cpu.write(NF, xpsr & 0x80000000);
  cpu.write(ZF, (xpsr >>> 30) & 1 ? 0 : 1);
  cpu.write(CF, (xpsr >>> 29) & 1);
  cpu.write(VF, (xpsr << 3) & 0x80000000);
  cpu.write(QF, (xpsr >>> 27) & 1);
  cpu.write(GE, (xpsr >>> 16) & 15);
  cpu.write(ITSTATE, ((xpsr >>> 25) & 3) | (((xpsr >>> 10) & 0x3f) << 2));
}
