/** The figures of `--stats` that are not the heap's: processor, TLB, pages, system calls. */
import { countText, percentText } from './number-text.ts';
import type { Paint } from './paint.ts';
import type { RunReport } from './report.ts';
import { tableText } from './text-table.ts';

const PAGE_KIB = 4;

/** Tables as lines that end with `\n`. */
export function statsText(report: RunReport, paint?: Paint): string {
  return [cpuTable(report, paint), mmuTable(report, paint), callTable(report, paint)].join('');
}

function cpuTable(report: RunReport, paint?: Paint): string {
  const { isa, engine, instructions } = report.cpu;
  const board = report.machine === undefined ? '' : ` on ${report.machine}`;
  return tableText(
    `cpu: ${isa}, ${engine}${board}`,
    [{ label: 'instructions', count: instructions }],
    paint,
  );
}

function mmuTable(report: RunReport, paint?: Paint): string {
  const { tlb, faults, pages } = report.mmu;
  const lookups = tlb.hits + tlb.misses;
  return tableText(
    'mmu',
    [
      {
        label: 'TLB hits',
        count: tlb.hits,
        words: `${percentText(tlb.hits, lookups)} of ${countText(lookups)}`,
      },
      { label: 'TLB misses', count: tlb.misses },
      { label: 'TLB evictions', count: tlb.evictions },
      { label: 'TLB flushes', count: tlb.flushes },
      { label: 'faults', count: faults },
      { label: 'pages', count: pages, words: `with a frame (${countText(pages * PAGE_KIB)} KiB)` },
    ],
    paint,
  );
}

function callTable(report: RunReport, paint?: Paint): string {
  const names = Object.keys(report.syscalls).sort();
  if (names.length === 0) return '';
  const rows = names.map((label) => ({ label, count: report.syscalls[label] ?? 0 }));
  return tableText('system calls', rows, paint);
}
