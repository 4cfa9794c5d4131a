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
export { Random } from './random.ts';
