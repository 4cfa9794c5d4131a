export type { Cpu, ShadowFrame, StopReason, SystemPort, TrapKind } from './cpu.ts';
export type { CpuMemory } from './cpu-memory.ts';
export type { Isa, RegisterSpec } from './isa.ts';
export { JitCpu, type JitCpuOptions } from './jit/jit-cpu.ts';
