export type { ArmAttributes } from './arm-attributes.ts';
export { type LineRow, LineTable, type SourceLine } from './dwarf-lines.ts';
export type { ElfFlags, FloatAbi } from './elf-flags.ts';
export { ImageError, type ImageErrorCode } from './image-error.ts';
export type { ImageMachine } from './image-machine.ts';
export type {
  ElfDetails,
  ImageFormat,
  LoadPlan,
  ProgramHeader,
  Section,
  Segment,
} from './load-plan.ts';
export { type ImageOptions, identifyFormat, parseImage } from './parse-image.ts';
export { parsePe } from './pe.ts';
export type {
  PeDetails,
  PeExport,
  PeExports,
  PeImport,
  PeImportedModule,
  PeSection,
  PeTls,
} from './pe-details.ts';
export {
  decodeUnwindInfo,
  RUNTIME_FUNCTION_BYTES,
  UNW_FLAG_CHAININFO,
  UNW_FLAG_EHANDLER,
  UNW_FLAG_UHANDLER,
  UNWIND_INFO_BYTES,
  type UnwindInfo,
  type UnwindOperation,
} from './pe-unwind.ts';
export { parseIsaString, type RiscvAttributes } from './riscv-attributes.ts';
export {
  type CodeKind,
  type CodeMark,
  type ImageSymbol,
  type SymbolKind,
  SymbolTable,
} from './symbol-table.ts';
export { type Demangler, type Frame, type Place, Symbolizer } from './symbolizer.ts';
