/** Verifies what must hold between a space's VMAs, its figures and what the MMU has mapped. */
import { PAGE_BYTES, PROT_EXECUTE, PROT_WRITE } from '@bareheap/mmu';
import type { AddressSpace } from './address-space.ts';
import {
  hardwareProtection,
  has,
  isData,
  type LinuxVma,
  pagesOf,
  VM_ACCOUNT,
  VM_GROWSDOWN,
  VM_SHARED,
} from './linux-vma.ts';

/** What is wrong, one line each: figures against sums, resident pages against their VMAs. */
export function checkSpace(space: AddressSpace): string[] {
  const wrong = [...space.vmas.check(), ...space.mmu.check(), ...checkFigures(space)];
  for (const shown of space.mmu.vmas.all()) {
    for (let page = shown.start; page < shown.end; page += PAGE_BYTES) {
      const vma = space.vmas.find(page);
      const objection = objectionTo(vma, shown.protection, shown.backing.kind === 'anonymous');
      if (objection !== null) wrong.push(`page 0x${page.toString(16)} ${objection}`);
    }
  }
  for (const { start, end } of space.guards.all()) {
    const name = `guards from 0x${start.toString(16)}`;
    if (space.vmas.bytesIn(start, end) < end - start) wrong.push(`${name} lie in no VMA`);
    if (space.pages.spans(start, end).length > 0) wrong.push(`${name} are resident`);
  }
  return wrong;
}

/** Why a page may not be resident as it is, or null. */
function objectionTo(vma: LinuxVma | null, protection: number, owned: boolean): string | null {
  if (vma === null) return 'is resident outside every VMA';
  const allowed = hardwareProtection(vma.protection);
  if (owned && has(vma, VM_SHARED)) return 'of a shared VMA has memory of its own';
  if (owned && vma.backing.anonVma === 0) return 'was written in a VMA without anon_vma';
  if (owned && protection !== allowed) return `has protection ${protection}, not ${allowed}`;
  if ((protection & ~allowed) !== 0) return `allows more than its VMA: ${protection}`;
  const mayWrite = owned || has(vma, VM_SHARED);
  return (protection & PROT_WRITE) !== 0 && !mayWrite ? 'could be written without a copy' : null;
}

function checkFigures(space: AddressSpace): string[] {
  const vmas = space.vmas.all();
  const sum = (counts: (vma: LinuxVma) => boolean): number =>
    vmas.filter(counts).reduce((pages, vma) => pages + pagesOf(vma), 0);
  const code = PROT_WRITE | PROT_EXECUTE;
  const figures: readonly (readonly [string, number, number])[] = [
    ['total', space.totalPages, sum(() => true)],
    ['stack', space.stackPages, sum((vma) => has(vma, VM_GROWSDOWN))],
    ['data', space.dataPages, sum((vma) => isData(vma.protection, vma.backing.flags))],
    ['committed', space.committedPages, sum((vma) => has(vma, VM_ACCOUNT))],
    [
      'executable',
      space.executablePages,
      sum((vma) => (vma.protection & code) === PROT_EXECUTE && !has(vma, VM_GROWSDOWN)),
    ],
  ];
  return figures
    .filter(([, counted, summed]) => counted !== summed)
    .map(([name, counted, summed]) => `${counted} ${name} pages are counted, ${summed} mapped`);
}
