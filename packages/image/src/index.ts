export type { ArmAttributes } from './arm-attributes.ts';
export { LineTable, type SourceLine } from './dwarf-lines.ts';
export { ImageError, type ImageErrorCode } from './image-error.ts';
export type { ImageFormat, ImageMachine, LoadPlan, Section, Segment } from './load-plan.ts';
export { type ImageOptions, identifyFormat, parseImage } from './parse-image.ts';
export { parseIsaString, type RiscvAttributes } from './riscv-attributes.ts';
export { type ImageSymbol, type SymbolKind, SymbolTable } from './symbol-table.ts';
export { type Demangler, type Place, Symbolizer } from './symbolizer.ts';
