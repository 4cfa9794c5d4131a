/**
 * Which exception a failed access is (Armv7-M ARM B1.5.14 and table B1-9): MemManage for what the
 * memory map or the MPU forbids, BusFault for what no memory answers.
 */
import type { Fault, Mmu } from '@bareheap/mmu';
import type { ArmFault } from './arm-fault.ts';
import { BUS_FAULT, MEM_MANAGE, USAGE_FAULT } from './exception.ts';
import {
  BFARVALID,
  DACCVIOL,
  IACCVIOL,
  IBUSERR,
  MMARVALID,
  MSTKERR,
  MUNSTKERR,
  PRECISERR,
  STKERR,
  UNALIGNED,
  UNSTKERR,
} from './fault-status.ts';

/** Execute-never by the default memory map (B3.1, table B3-1): peripherals, devices, system. */
export function isExecuteNever(address: number): boolean {
  return (address >= 0x40000000 && address < 0x60000000) || address >= 0xa0000000;
}

/** The fault of an instruction's own access. `byMpu`: the MPU refused it. */
export function accessFault(fault: Fault, byMpu: boolean): ArmFault {
  const { access, kind, address } = fault;
  if (kind === 'misaligned') return { exception: USAGE_FAULT, cfsr: UNALIGNED };
  if (access === 'execute') {
    const forbidden = byMpu || isExecuteNever(address);
    if (forbidden) return { exception: MEM_MANAGE, cfsr: IACCVIOL };
    return { exception: BUS_FAULT, cfsr: IBUSERR };
  }
  if (byMpu) return { exception: MEM_MANAGE, cfsr: DACCVIOL | MMARVALID, address };
  return { exception: BUS_FAULT, cfsr: PRECISERR | BFARVALID, address };
}

/** Pushing an exception frame failed. */
export function stackingFault(mmu: Mmu): ArmFault {
  mmu.faulted = false;
  return mmu.fault.kind === 'guard'
    ? { exception: MEM_MANAGE, cfsr: MSTKERR }
    : { exception: BUS_FAULT, cfsr: STKERR };
}

/** Popping an exception frame failed. */
export function unstackingFault(mmu: Mmu): ArmFault {
  mmu.faulted = false;
  return mmu.fault.kind === 'guard'
    ? { exception: MEM_MANAGE, cfsr: MUNSTKERR }
    : { exception: BUS_FAULT, cfsr: UNSTKERR };
}
