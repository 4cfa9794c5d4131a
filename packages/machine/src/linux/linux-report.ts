/** Puts together what is known of a Linux program's run; see inspect's RunReport for the fields. */
import type { Finding, HeapReport, RunReport, TranslationReport } from '@bareheap/inspect';
import { UNOBSERVED_HEAP } from '../heap/unobserved-heap.ts';
import { mmuReport } from '../mmu-report.ts';
import type { RunEnd } from '../run-end.ts';
import type { Process } from './process/process.ts';

export interface LinuxFacts {
  readonly program: string;
  readonly process: Process;
  readonly engine: string;
  /** Null where the engine is none of ours. */
  readonly translation: TranslationReport | null;
  readonly end: RunEnd | null;
  readonly findings: readonly Finding[];
  /** System calls by name. */
  readonly counts: ReadonlyMap<string, number>;
  /** Null where nobody asked for heap calls. */
  readonly heap: HeapReport | null;
  /** Pages in use when the run ended. */
  readonly pages: number;
}

export function linuxReport(facts: LinuxFacts): RunReport {
  const { process, end } = facts;
  const { cpu, space } = process;
  return {
    program: facts.program,
    platform: 'posix',
    cpu: {
      isa: cpu.isaName,
      engine: facts.engine,
      instructions: process.kernel.instructions,
      ...(facts.translation === null ? {} : { translation: facts.translation }),
    },
    exit:
      end === null
        ? { kind: 'limit', code: 0 }
        : {
            kind: end.kind,
            code: end.code,
            ...(end.kind === 'signal' ? { signal: end.signal } : {}),
          },
    findings: facts.findings,
    heap: facts.heap ?? UNOBSERVED_HEAP,
    mmu: mmuReport(cpu, space.mmu, facts.pages),
    syscalls: Object.fromEntries(facts.counts),
  };
}
