/** Where an address lies in a Windows process's memory, for people. */
import type { Place } from '@bareheap/inspect';
import { PAGE_BYTES } from '@bareheap/mmu';
import {
  argumentText,
  queryRegion,
  type RegionInformation,
  type Reservation,
} from '@bareheap/platform-win';
import { MEM_COMMIT, MEM_MAPPED, MEM_RESERVE } from '../process/page-access.ts';
import type { WindowsProcess } from '../process/windows-process.ts';

export function memoryPlace(process: WindowsProcess, address: number): Place {
  const region = queryRegion(process.win.space, address);
  if (region === null || region.allocationBase === 0) return nothing(process, address);
  const { base, size } = region;
  return { name: `${nameOf(process, region)} (${stateOf(region)})`, start: base, end: base + size };
}

/** Whether there is memory at an address now. */
export function isCommitted({ win }: WindowsProcess, address: number): boolean {
  return queryRegion(win.space, address)?.state === MEM_COMMIT;
}

function nothing(process: WindowsProcess, address: number): Place {
  const start = address - (address % PAGE_BYTES);
  const nearest = nearestTo(process, address);
  return {
    name: 'nothing',
    start,
    end: start + PAGE_BYTES,
    ...(nearest === null
      ? {}
      : {
          nearest: {
            name: ownerOf(process, nearest.base, nearest.type),
            start: nearest.base,
            end: nearest.base + nearest.size,
          },
        }),
  };
}

function nameOf(process: WindowsProcess, region: RegionInformation): string {
  return ownerOf(process, region.allocationBase, region.type);
}

function ownerOf(process: WindowsProcess, base: number, type: number): string {
  const module = process.moduleAt(base);
  if (module !== null) return module.name;
  const thread = process.threads.find(({ stackGuard, stackHigh }) => {
    const found = process.win.space.find(stackHigh - 1);
    return found?.base === base || (base >= stackGuard && base < stackHigh);
  });
  if (thread !== undefined) return `the stack of thread ${thread.id}`;
  if (process.win.heaps.has(base)) return 'a heap of the system’s';
  return type === MEM_MAPPED ? 'a view of a file' : 'private memory';
}

function stateOf({ state, protection }: RegionInformation): string {
  if (state === MEM_COMMIT) return argumentText('protection', protection);
  return state === MEM_RESERVE ? 'reserved, not committed' : 'free';
}

function nearestTo({ win }: WindowsProcess, address: number): Reservation | null {
  const { reservations } = win.space;
  const low = reservations.lastStartingBefore(address);
  const high = reservations.firstEndingAfter(address);
  if (low === null || high === null) return (low ?? high)?.backing ?? null;
  return (address - low.end <= high.start - address ? low : high).backing;
}
