export {
  HEAP_BASES,
  HEAP_RULES,
  type HeapRule,
  HeapRuleError,
  type HeapTraits,
  type HeapUnderTest,
  type MakeHeap,
} from './heap-conformance.ts';
export { HeapModel, HeapModelError } from './heap-model.ts';
export { type HeapOperation, type ProgramShape, randomProgram } from './heap-program.ts';
export { EndlessCallError, MeteredMemory } from './metered-memory.ts';
export { Random } from './random.ts';
