/** Compares a space's reservations with what the MMU has mapped; what is wrong, one line each. */
import { PAGE_BYTES } from '@bareheap/mmu';
import { GRANULE_BYTES, USER_END } from './address-word.ts';
import { accessOf } from './page-protection.ts';
import { PAGE_STATE_COMMITTED } from './page-states.ts';
import type { Reservation } from './reservation.ts';
import { MEM_PRIVATE, PAGE_GUARD } from './win-constants.ts';
import type { WinSpace } from './win-space.ts';

export function checkSpace(space: WinSpace): string[] {
  const wrong = [...space.reservations.check(), ...space.mmu.check()];
  let committed = 0;
  let mapped = 0;
  for (const { start, end, backing } of space.reservations.all()) {
    const isPlaced = start % GRANULE_BYTES === 0 && end <= USER_END;
    if (!isPlaced || start !== backing.base || end !== start + backing.size) {
      wrong.push(`a reservation at ${start}`);
    }
    const bytes = checkPages(space, backing, wrong);
    mapped += bytes;
    if (backing.type === MEM_PRIVATE) committed += bytes;
  }
  if (committed !== space.committedBytes) {
    wrong.push(`${space.committedBytes} bytes are counted as committed, ${committed} are`);
  }
  if (mapped !== space.mmu.vmas.bytes) {
    wrong.push(`${space.mmu.vmas.bytes} bytes are mapped, ${mapped} committed`);
  }
  return wrong;
}

/** Checks each run of pages; committed bytes. */
function checkPages(space: WinSpace, reservation: Reservation, wrong: string[]): number {
  let bytes = 0;
  for (const run of reservation.pages.runs(0, reservation.size / PAGE_BYTES)) {
    const start = reservation.base + run.first * PAGE_BYTES;
    const length = (run.end - run.first) * PAGE_BYTES;
    const isCommitted = (run.state & PAGE_STATE_COMMITTED) !== 0;
    const mapped = space.mmu.vmas.bytesIn(start, start + length);
    if (mapped !== (isCommitted ? length : 0)) wrong.push(`${mapped} bytes mapped at ${start}`);
    if (isCommitted) checkAccess(space, start, length, run.state, wrong);
    bytes += mapped;
  }
  return bytes;
}

function checkAccess(
  space: WinSpace,
  start: number,
  length: number,
  state: number,
  wrong: string[],
): void {
  const allowed = accessOf(state);
  const isGuard = (state & PAGE_GUARD) !== 0;
  for (const vma of space.mmu.vmas.overlapping(start, start + length)) {
    if ((vma.protection & ~allowed) !== 0) wrong.push(`too many accesses at ${vma.start}`);
    if (vma.guard !== isGuard) wrong.push(`a guard at ${vma.start}`);
  }
}
