/** The instruction sets that can run behind Unicorn. */
import type { Isa, RiscvIsa, ThumbIsa } from '@bareheap/cpu';
import type { EngineIsa } from './engine-isa.ts';
import { riscvEngine } from './riscv-engine.ts';
import { thumbEngine } from './thumb-engine.ts';
import { UnicornUnavailable } from './unicorn-port.ts';
import { x86Engine } from './x86-engine.ts';

/**
 * @param floats  whether Unicorn computes with floating point where it can
 * @throws UnicornUnavailable for an instruction set without a table here
 */
export function engineIsaOf(isa: Isa, floats: boolean): EngineIsa {
  if (/^v\d/.test(isa.name)) return thumbEngine(isa as ThumbIsa);
  if (isa.name.startsWith('rv32')) return riscvEngine(isa as RiscvIsa);
  if (isa.name === 'x86-64') return x86Engine(isa, floats);
  throw new UnicornUnavailable(`the Unicorn engine does not run ${isa.name} yet`);
}
