export type { Cpu, ShadowFrame, StopReason, SystemPort, TrapKind } from './cpu.ts';
export type { CpuMemory } from './cpu-memory.ts';
export {
  type RiscvExtension,
  type RiscvIsa,
  type RiscvOptions,
  riscvIsa,
} from './isa/riscv/riscv-isa.ts';
export type { ThumbOptions } from './isa/thumb/lifting.ts';
export { type ThumbIsa, thumbIsa } from './isa/thumb/thumb-isa.ts';
export { packXpsr, unpackXpsr } from './isa/thumb/xpsr.ts';
export { x86Cpuid } from './isa/x86-64/cpuid.ts';
export { Decoder as X86Decoder } from './isa/x86-64/decoder.ts';
export { describeInstruction as describeX86 } from './isa/x86-64/describe.ts';
export { DecodedInstruction as X86Instruction } from './isa/x86-64/instruction.ts';
export { readRflags, writeRflags } from './isa/x86-64/rflags.ts';
export { usesStackSegment as usesX86StackSegment } from './isa/x86-64/stack-segment.ts';
export { X86_ROWS } from './isa/x86-64/table.ts';
export { undefinedFlags as undefinedX86Flags } from './isa/x86-64/undefined-state.ts';
export {
  isLifted as isX86Lifted,
  LIFTED_FEATURES as LIFTED_X86_FEATURES,
  type X86Options,
  x86Isa,
} from './isa/x86-64/x86-isa.ts';
export { readX87, resetX87, writeX87 } from './isa/x86-64/x87-image.ts';
export type { Isa, RegisterSpec } from './isa.ts';
export { BlockLibrary } from './jit/block-library.ts';
export { JitCpu, type JitCpuOptions } from './jit/jit-cpu.ts';
export { TranslationCounters } from './jit/translation-counters.ts';
