/** Puts together what is known of a Windows program's run; see inspect's RunReport for the fields. */
import type { Finding, HeapReport, RunReport, TranslationReport } from '@bareheap/inspect';
import { UNOBSERVED_HEAP } from '../heap/unobserved-heap.ts';
import { mmuReport } from '../mmu-report.ts';
import type { RunEnd } from '../run-end.ts';
import type { WindowsProcess } from './process/windows-process.ts';

export interface WindowsFacts {
  readonly program: string;
  readonly process: WindowsProcess;
  readonly engine: string;
  /** Null where the engine is none of ours. */
  readonly translation: TranslationReport | null;
  readonly end: RunEnd | null;
  readonly findings: readonly Finding[];
  /** Null where nobody asked for heap calls. */
  readonly heap: HeapReport | null;
  /** System functions by name. */
  readonly counts: ReadonlyMap<string, number>;
}

export function windowsReport(facts: WindowsFacts): RunReport {
  const { end } = facts;
  const { cpu, mmu } = facts.process;
  return {
    program: facts.program,
    platform: 'win',
    cpu: {
      isa: cpu.isaName,
      engine: facts.engine,
      instructions: cpu.instructionCount,
      ...(facts.translation === null ? {} : { translation: facts.translation }),
    },
    exit: { kind: end?.kind ?? 'limit', code: end?.code ?? 0 },
    findings: facts.findings,
    heap: facts.heap ?? UNOBSERVED_HEAP,
    mmu: mmuReport(cpu, mmu),
    syscalls: Object.fromEntries(facts.counts),
  };
}
