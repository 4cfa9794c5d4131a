/** The heap's table: what a run asked of its heap and what state it left it in. */
import { amountText, countText, hexText, percentText } from './number-text.ts';
import type { Paint } from './paint.ts';
import type { HeapReport, PhaseReport, RegionReport, WorstCall } from './report.ts';
import { type TableRow, tableText } from './text-table.ts';

const ONE = { instructions: 'instruction', steps: 'step' } as const;

/**
 * The table as lines that end with `\n`. What is not known has no row; what is known has one, so
 * that tables of different runs can be laid side by side.
 */
export function heapTable(heap: HeapReport, paint?: Paint): string {
  if (heap.isUnobserved === true) return tableText(heading(heap), [], paint);
  const rows = [
    ...callRows(heap),
    ...phaseRows(heap),
    ...usageRows(heap),
    ...freeRows(heap),
    ...stackRows(heap.region),
    ...(heap.worst ?? []).map(worstRow),
  ];
  return tableText(heading(heap), rows, paint);
}

function heading(heap: HeapReport): string {
  const { region } = heap;
  if (region === undefined) return `heap: ${heap.name}`;
  const source = region.source === undefined ? '' : ` (${region.source})`;
  const size = amountText(region.sizeBytes, 'byte');
  return `heap: ${heap.name}, ${size} at ${hexText(region.start)}${source}`;
}

function callRows(heap: HeapReport): TableRow[] {
  const { failures } = heap;
  return [
    {
      label: 'allocations',
      count: heap.allocations,
      words: `of ${amountText(heap.bytesTotal, 'byte')} in total`,
    },
    { label: 'frees', count: heap.frees },
    { label: 'reallocations', count: heap.reallocations },
    { label: 'failed requests', count: failures, words: 'got no memory', bad: failures > 0 },
  ];
}

function phaseRows(heap: HeapReport): TableRow[] {
  const { beforeMain, atExit } = heap.phases;
  const named: [string, PhaseReport][] = [['at exit', atExit]];
  if (heap.isMainUnknown !== true) named.unshift(['before main', beforeMain]);
  return named.map(([label, { allocations, bytes }]) => ({
    label,
    count: allocations,
    words: `allocation${allocations === 1 ? '' : 's'} of ${amountText(bytes, 'byte')}`,
  }));
}

function usageRows(heap: HeapReport): TableRow[] {
  const rows: TableRow[] = [
    { label: 'peak', count: heap.bytesPeak, words: `bytes; at most ${blocks(heap.blocksPeak)}` },
    {
      label: 'live at the end',
      count: heap.bytesLive,
      words: `bytes in ${blocks(heap.blocksLive)}`,
    },
  ];
  const { region } = heap;
  // What lies between a program's own heap and the system, only that heap knows.
  if (region !== undefined || heap.largestFree !== undefined) {
    const words = 'bytes of headers and alignment';
    rows.push({ label: 'overhead', count: heap.overheadBytes, words });
  }
  if (region?.highWaterBytes !== undefined) {
    const share = percentText(region.highWaterBytes, region.sizeBytes);
    rows.push({
      label: 'high water',
      count: region.highWaterBytes,
      words: `bytes of ${countText(region.sizeBytes)} (${share})`,
    });
  }
  return rows;
}

function freeRows(heap: HeapReport): TableRow[] {
  const rows: TableRow[] = [];
  const freeBytes = heap.region?.freeBytes;
  if (freeBytes !== undefined) {
    const among = heap.region?.freeBlocks;
    const words = among === undefined ? 'bytes' : `bytes in ${blocks(among)}`;
    rows.push({ label: 'free', count: freeBytes, words });
  }
  if (heap.largestFree !== undefined) {
    rows.push({ label: 'largest free block', count: heap.largestFree, words: 'bytes' });
  }
  const fragmentation = fragmentationText(heap);
  if (fragmentation !== '') {
    rows.push({ label: 'fragmentation', count: null, words: fragmentation });
  }
  return rows;
}

/**
 * External: the share of free bytes that lie outside the largest free block. Internal: the share of
 * live blocks' usable bytes that nobody asked for.
 */
function fragmentationText(heap: HeapReport): string {
  const parts: string[] = [];
  const freeBytes = heap.region?.freeBytes;
  if (freeBytes !== undefined && heap.largestFree !== undefined) {
    parts.push(`external ${percentText(freeBytes - heap.largestFree, freeBytes)}`);
  }
  const slack = heap.region?.slackBytes;
  if (slack !== undefined) {
    parts.push(`internal ${percentText(slack, slack + heap.bytesLive)}`);
  }
  return parts.join(', ');
}

function stackRows(region: RegionReport | undefined): TableRow[] {
  if (region?.stackPeakBytes === undefined) return [];
  const notes = ['bytes at its deepest'];
  if (region.stackLimitBytes !== undefined) {
    notes.push(`of ${countText(region.stackLimitBytes)}`);
  }
  if (region.stackGapBytes !== undefined) {
    notes.push(`(${countText(region.stackGapBytes)} above the heap at the closest)`);
  }
  return [{ label: 'stack', count: region.stackPeakBytes, words: notes.join(' ') }];
}

function worstRow(worst: WorstCall): TableRow {
  const unit = worst.cost === 1 ? ONE[worst.unit] : worst.unit;
  return {
    label: `worst ${worst.function}`,
    count: worst.cost,
    words: `${unit} (heap call ${countText(worst.ordinal)})`,
  };
}

function blocks(count: number): string {
  return amountText(count, 'block');
}
