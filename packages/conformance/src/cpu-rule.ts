/** What a rule of the Cpu port is, and what all of them use. */
import type { Cpu, Isa, StopReason, SystemPort } from '@bareheap/cpu';
import type { Mmu } from '@bareheap/mmu';

export interface CpuUnderTest {
  make(parts: { readonly isa: Isa; readonly memory: Mmu; readonly system: SystemPort }): Cpu;
}

export interface CpuRule {
  readonly id: string;
  readonly title: string;
  /** The instruction set of its program. */
  readonly isa: 'rv32' | 'thumb' | 'x86-64';
  /** @throws CpuRuleError when the rule does not hold */
  readonly verify: (subject: CpuUnderTest) => void;
}

export class CpuRuleError extends Error {}

export interface Machine {
  readonly cpu: Cpu;
  readonly mmu: Mmu;
  /** System registers that were written: id, value. */
  readonly written: [number, number][];
}

/** More instructions than any program of a rule has. */
export const PLENTY = 1_000_000;
/** A system register that does not exist. */
export const REFUSED = 0x7ff;

export function demand(condition: boolean, what: string): asserts condition {
  if (!condition) throw new CpuRuleError(what);
}

export function same(found: unknown, expected: unknown, what: string): void {
  const [left, right] = [JSON.stringify(found), JSON.stringify(expected)];
  demand(left === right, `${what}: ${left}, not ${right}`);
}

/** Reads a system register as three times its number, and keeps what is written. */
export function systemOf(written: [number, number][]): SystemPort {
  const system: SystemPort = {
    refused: false,
    readSystem: (id) => {
      if (id === REFUSED) system.refused = true;
      return id * 3;
    },
    writeSystem: (id, value) => {
      written.push([id, value]);
    },
  };
  return system;
}

export function isTrap(stop: StopReason, trap: string, value?: number): boolean {
  if (stop.kind !== 'trap' || stop.trap !== trap) return false;
  return value === undefined || value >>> 0 === stop.value >>> 0;
}
