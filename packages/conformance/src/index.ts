export { HeapModel, HeapModelError } from './heap-model.ts';
export { type HeapOperation, type ProgramShape, randomProgram } from './heap-program.ts';
export { Random } from './random.ts';
