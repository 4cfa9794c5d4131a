/** The figures of `--stats` that are not the heap's: processor, TLB, pages, system calls. */
import { countText, percentText } from './number-text.ts';
import type { Paint } from './paint.ts';
import type { RunReport, TranslationReport } from './report.ts';
import { type TableRow, tableText } from './text-table.ts';

const PAGE_KIB = 4;

/** Tables as lines that end with `\n`. */
export function statsText(report: RunReport, paint?: Paint): string {
  return [cpuTable(report, paint), mmuTable(report, paint), callTable(report, paint)].join('');
}

function cpuTable(report: RunReport, paint?: Paint): string {
  const { isa, engine, instructions, translation } = report.cpu;
  const board = report.machine === undefined ? '' : ` on ${report.machine}`;
  const rows: TableRow[] = [{ label: 'instructions', count: instructions }];
  if (translation !== undefined) rows.push(...translationRows(translation, instructions));
  return tableText(`cpu: ${isa}, ${engine}${board}`, rows, paint);
}

function translationRows(translation: TranslationReport, instructions: number): TableRow[] {
  const { blocks, regions, instructionsInterpreted, time } = translation;
  const rows: TableRow[] = [
    {
      label: 'interpreted',
      count: instructionsInterpreted,
      words: percentText(instructionsInterpreted, instructions),
    },
    { label: 'blocks lifted', count: blocks },
    { label: 'regions compiled', count: regions },
  ];
  if (time === undefined) return rows;
  const { milliseconds, runMilliseconds } = time;
  const words = `ms, ${percentText(milliseconds, runMilliseconds)} of ${countText(runMilliseconds)}`;
  return [...rows, { label: 'translating', count: milliseconds, words }];
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
