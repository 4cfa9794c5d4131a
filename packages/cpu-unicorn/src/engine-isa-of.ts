/** The instruction sets that can run behind Unicorn. */
import type { Isa, RiscvIsa, ThumbIsa } from '@bareheap/cpu';
import type { EngineIsa } from './engine-isa.ts';
import { riscvEngine } from './riscv-engine.ts';
import { thumbEngine } from './thumb-engine.ts';
import { UnicornUnavailable } from './unicorn-port.ts';

/** @throws UnicornUnavailable for an instruction set without a table here */
export function engineIsaOf(isa: Isa): EngineIsa {
  if (/^v\d/.test(isa.name)) return thumbEngine(isa as ThumbIsa);
  if (isa.name.startsWith('rv32')) return riscvEngine(isa as RiscvIsa);
  throw new UnicornUnavailable(`the Unicorn engine does not run ${isa.name} yet`);
}
