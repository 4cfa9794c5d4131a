/** The invariants of a space, each verified against what it was derived from. For tests. */
import { type Backing, joinable } from './backing.ts';
import type { FramePool } from './frame-pool.ts';
import { PAGE_BYTES } from './memory-layout.ts';
import type { Pages } from './pages.ts';
import {
  PTE_COW,
  PTE_DEVICE,
  PTE_EXECUTE,
  PTE_GUARD,
  PTE_PROTECTION,
  PTE_READ,
  protectionBits,
  pteFrame,
} from './pte.ts';
import type { Tlb } from './tlb.ts';
import type { Vma, VmaMap } from './vma-map.ts';

export interface CheckedSpace {
  readonly spaceEnd: number;
  readonly vmas: VmaMap<Backing>;
  readonly pages: Pages;
  readonly tlb: Tlb;
  readonly pool: FramePool;
}

/** Returns what is wrong, one line each. */
export function checkSpace(space: CheckedSpace): string[] {
  return [
    ...space.vmas.check(),
    ...checkJoined(space),
    ...checkTlb(space),
    ...checkPages(space),
    ...space.pool.check(),
  ];
}

/** Neighbours that could be one VMA are one. */
function checkJoined({ vmas }: CheckedSpace): string[] {
  const all = vmas.all();
  return all
    .filter((vma, index) => index > 0 && joinable(all[index - 1]!, vma))
    .map(({ start }) => `the VMA at ${hex(start)} could be one with its neighbour`);
}

/** Every valid TLB entry against a fresh walk. */
function checkTlb({ tlb, pages, pool }: CheckedSpace): string[] {
  const wrong: string[] = [];
  for (const entry of tlb.valid()) {
    const pte = pages.get(entry.page / PAGE_BYTES);
    const name = `TLB entry of ${hex(entry.page)}`;
    if (pte === 0 || (pte & (PTE_DEVICE | PTE_GUARD)) !== 0) {
      wrong.push(`${name}: page must not hit`);
    } else if (pool.offset(pteFrame(pte)) !== entry.offset) {
      wrong.push(`${name}: wrong frame`);
    }
    if (entry.read && (pte & PTE_READ) === 0) wrong.push(`${name}: not readable`);
    if (entry.execute && (pte & PTE_EXECUTE) === 0) wrong.push(`${name}: not executable`);
    if (entry.write && !pages.writesHit(pte)) wrong.push(`${name}: not writable`);
  }
  return wrong;
}

/** Every PTE against its VMA. */
function checkPages({ spaceEnd, vmas, pages, pool }: CheckedSpace): string[] {
  const wrong: string[] = [];
  let count = 0;
  pages.forEach(0, spaceEnd, (vpn, pte) => {
    count++;
    const vma = vmas.find(vpn * PAGE_BYTES);
    const complaint = vma === null ? 'outside every VMA' : complaintOf(vma, vpn, pte, pool);
    if (complaint !== null) wrong.push(`page ${hex(vpn * PAGE_BYTES)}: ${complaint}`);
  });
  if (count !== pages.count) wrong.push(`${pages.count} pages are counted, ${count} present`);
  return wrong;
}

function complaintOf(
  { start, protection, guard, backing }: Vma<Backing>,
  vpn: number,
  pte: number,
  pool: FramePool,
): string | null {
  if ((pte & PTE_PROTECTION) !== protectionBits(protection)) return 'protection is not its VMA’s';
  if (((pte & PTE_GUARD) !== 0) !== guard) return 'guard is not its VMA’s';
  if (((pte & PTE_DEVICE) !== 0) !== (backing.kind === 'device')) return 'device is not its VMA’s';
  if (backing.kind === 'device') return null;
  const frame = pteFrame(pte);
  if (pool.referencesOf(frame) < 1) return 'frame has no reference';
  if (backing.kind !== 'object') return null;
  const page = (backing.offset + vpn * PAGE_BYTES - start) / PAGE_BYTES;
  const isObjects = backing.object.residentFrame(page) === frame;
  if (backing.shared) return isObjects ? null : 'frame is not its object’s';
  return isObjects && (pte & PTE_COW) === 0 ? 'stores would reach its object' : null;
}

function hex(address: number): string {
  return `0x${address.toString(16)}`;
}
