export { type CallCount, callCountTable } from './call-counts.ts';
export { blockPositionText, explainFinding } from './explain.ts';
export type {
  AccessKind,
  BlockInfo,
  Cause,
  Finding,
  FindingKind,
  Moment,
  Place,
  Trap,
} from './finding.ts';
export type { HeapArgument, HeapCall } from './heap-call.ts';
export { heapTable } from './heap-table.ts';
export { heapCallLine } from './ltrace.ts';
export { amountText, countText, hexText, percentText } from './number-text.ts';
export { type Paint, type PaintRole, PLAIN } from './paint.ts';
export type {
  ExitReport,
  HeapReport,
  MmuReport,
  PhaseReport,
  RegionReport,
  RunReport,
  TlbReport,
  TranslationReport,
  WorstCall,
} from './report.ts';
export { REPORT_SCHEMA, reportJson, reportText } from './report-json.ts';
export type { StackFrame } from './stack-frame.ts';
export { frameText, stackLines } from './stack-text.ts';
export { statsText } from './stats.ts';
export { type TableRow, tableText } from './text-table.ts';
