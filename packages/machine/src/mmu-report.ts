/** What a report has of translation: see inspect's MmuReport for the fields. */
import type { Cpu } from '@bareheap/cpu';
import type { MmuReport } from '@bareheap/inspect';
import type { Mmu } from '@bareheap/mmu';

/** @param pages  that have a frame: those of the MMU, if it is not one of several */
export function mmuReport(cpu: Cpu, mmu: Mmu, pages: number = mmu.pages): MmuReport {
  const { misses, evictions, flushes } = mmu.tlb.counters;
  const missed = misses.read + misses.write;
  const hits = Math.max(0, cpu.memoryAccesses - missed);
  return { tlb: { hits, misses: missed, evictions, flushes }, faults: mmu.faults, pages };
}
