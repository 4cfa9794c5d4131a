/**
 * The JSON form of a run, `"schema": "bareheap-run/1"`. The one door between numbers in memory and
 * text outside: addresses become hexadecimal strings. Fields that people read and programs do not
 * need (a finding's place, trap and advice) stay behind; `message` says them in a sentence.
 */
import type { BlockInfo, Finding, Moment } from './finding.ts';
import { hexText } from './number-text.ts';
import type { HeapReport, RunReport } from './report.ts';
import type { StackFrame } from './stack-frame.ts';

export const REPORT_SCHEMA = 'bareheap-run/1';

type Json = { [key: string]: unknown };

/** The report as plain JSON data, keys in the schema's order. */
export function reportJson(report: RunReport): Json {
  const { program, platform, machine, cpu, exit } = report;
  return {
    schema: REPORT_SCHEMA,
    program,
    platform,
    ...(machine === undefined ? {} : { machine }),
    cpu: { isa: cpu.isa, engine: cpu.engine, instructions: cpu.instructions },
    exit: { ...exit },
    findings: report.findings.map(findingJson),
    heap: heapJson(report.heap),
    mmu: {
      tlb: { ...report.mmu.tlb },
      faults: report.mmu.faults,
      pages: report.mmu.pages,
    },
    syscalls: { ...report.syscalls },
  };
}

/** The report as indented JSON text with a final newline. */
export function reportText(report: RunReport): string {
  return `${JSON.stringify(reportJson(report), null, 2)}\n`;
}

function findingJson(finding: Finding): Json {
  const { kind, access, address, size, pc, instruction, stack, block, cause, message } = finding;
  return {
    kind,
    ...(access === undefined ? {} : { access }),
    address: hexText(address),
    ...(size === undefined ? {} : { size }),
    pc: hexText(pc),
    instruction,
    stack: stack.map(frameJson),
    ...(block === undefined ? {} : { block: blockJson(block) }),
    ...(cause === undefined ? {} : { cause: { what: cause.what, ...momentJson(cause) } }),
    message,
  };
}

function blockJson(block: BlockInfo): Json {
  return {
    ordinal: block.ordinal,
    address: hexText(block.address),
    size: block.size,
    offset: block.offset,
    allocatedAt: momentJson(block.allocatedAt),
    ...(block.freedAt === undefined ? {} : { freedAt: momentJson(block.freedAt) }),
  };
}

function momentJson(moment: Moment): Json {
  return { stack: moment.stack.map(frameJson), instruction: moment.instruction };
}

function frameJson(frame: StackFrame): Json {
  return { pc: hexText(frame.pc), function: frame.function, file: frame.file, line: frame.line };
}

function heapJson(heap: HeapReport): Json {
  const { region, worst, largestFree, phases, ...rest } = heap;
  // Whether it was observed, its name says; of phases the schema has all four.
  const { isUnobserved: _isUnobserved, isMainUnknown: _isMainUnknown, ...counts } = rest;
  return {
    ...counts,
    ...(largestFree === undefined ? {} : { largestFree }),
    phases: { ...phases },
    ...(region === undefined ? {} : { region: { ...region, start: hexText(region.start) } }),
    ...(worst === undefined ? {} : { worst: worst.map((call) => ({ ...call })) }),
  };
}
