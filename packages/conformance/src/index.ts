export { CPU_RULES, type CpuRule, CpuRuleError, type CpuUnderTest } from './cpu-conformance.ts';
export {
  bufferRegion,
  HEAP_BASES,
  HEAP_RULES,
  type HeapRegion,
  type HeapRule,
  HeapRuleError,
  type HeapTraits,
  type HeapUnderTest,
  type MakeHeap,
} from './heap-conformance.ts';
export { type FuzzFigures, type FuzzOptions, type FuzzSubject, fuzzHeap } from './heap-fuzz.ts';
export { type HeapBytes, HeapModel, HeapModelError } from './heap-model.ts';
export { type HeapOperation, type ProgramShape, randomProgram } from './heap-program.ts';
export { EndlessCallError, MeteredMemory } from './metered-memory.ts';
export { PosixRun, runPosixProgram } from './posix-program.ts';
export { posixResultsHash, randomPosixProgram, shrinkPosixProgram } from './posix-random.ts';
export {
  hasPosixRule,
  type PosixCase,
  type PosixDifference,
  type PosixRow,
  type PosixRule,
  type PosixSystem,
  type PosixTruth,
  parsePosixRules,
  parsePosixTruth,
  posixProbeText,
  posixTable,
  runPosixRules,
} from './posix-rules.ts';
export type { PosixMapping, PosixSignal, PosixUnderTest } from './posix-under-test.ts';
export { Random } from './random.ts';
