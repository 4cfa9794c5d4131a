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
export type {
  ExitReport,
  HeapReport,
  MmuReport,
  PhaseReport,
  RegionReport,
  RunReport,
  TlbReport,
  WorstCall,
} from './report.ts';
export type { StackFrame } from './stack-frame.ts';
