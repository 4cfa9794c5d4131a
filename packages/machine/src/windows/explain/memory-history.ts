/** Which calls took memory away or changed what may be done with it, most recent last. */
import type { Moment } from '@bareheap/inspect';
import { PAGE_BYTES } from '@bareheap/mmu';
import { argumentText, type WinSpace } from '@bareheap/platform-win';
import type { Call } from '../call.ts';
import type { CallWatch } from '../call-watch.ts';
import { MEM_DECOMMIT } from '../process/page-access.ts';
import type { SystemFunction } from '../system-function.ts';

/** What a call does to the bytes of [start, end). */
interface Change {
  readonly start: number;
  readonly end: number;
  /** Half a sentence: `released by VirtualFree`. */
  readonly what: string;
  /** Whether the memory was taken away; else it has another protection. */
  readonly isTaken: boolean;
}

export interface MemoryChange extends Change {
  readonly moment: Moment;
}

/** Changes that are remembered. */
const LIMIT = 4096;

const pages = (start: number, length: number): { start: number; end: number } => ({
  start: start - (start % PAGE_BYTES),
  end: Math.ceil((start + length) / PAGE_BYTES) * PAGE_BYTES,
});

/** All of the reservation that holds an address. */
function whole(space: WinSpace, address: number, what: string): Change | null {
  const found = space.find(address);
  if (found === null) return null;
  return { start: found.base, end: found.base + found.size, what, isTaken: true };
}

function freed(c: Call, name: string, address: number, size: number, type: number): Change | null {
  const what = type === MEM_DECOMMIT ? `decommitted by ${name}` : `released by ${name}`;
  if (type === MEM_DECOMMIT && size > 0) return { ...pages(address, size), what, isTaken: true };
  return whole(c.process.win.space, address, what);
}

function protectedAs(name: string, address: number, size: number, protection: number): Change {
  const allows = argumentText('protection', protection);
  const what = `protected by ${name} as ${allows}`;
  return { ...pages(address, size), what, isTaken: false };
}

/** What a call changes if it succeeds, by its name. */
const CHANGES: Readonly<Record<string, (c: Call) => Change | null>> = {
  VirtualFree: (c) => freed(c, 'VirtualFree', c.word(0), c.word(1), c.u32(2)),
  VirtualFreeEx: (c) => freed(c, 'VirtualFreeEx', c.word(1), c.word(2), c.u32(3)),
  NtFreeVirtualMemory: (c) => {
    const [address, size] = [c.memory.u64(c.word(1)), c.memory.u64(c.word(2))];
    return freed(c, 'NtFreeVirtualMemory', address, size, c.u32(3));
  },
  VirtualProtect: (c) => protectedAs('VirtualProtect', c.word(0), c.word(1), c.u32(2)),
  VirtualProtectEx: (c) => protectedAs('VirtualProtectEx', c.word(1), c.word(2), c.u32(3)),
  NtProtectVirtualMemory: (c) => {
    const [address, size] = [c.memory.u64(c.word(1)), c.memory.u64(c.word(2))];
    return protectedAs('NtProtectVirtualMemory', address, size, c.u32(3));
  },
  UnmapViewOfFile: (c) => whole(c.process.win.space, c.word(0), 'unmapped by UnmapViewOfFile'),
  NtUnmapViewOfSection: (c) =>
    whole(c.process.win.space, c.word(1), 'unmapped by NtUnmapViewOfSection'),
  HeapDestroy: (c) => whole(c.process.win.space, c.word(0), 'given back by HeapDestroy'),
};

export class MemoryHistory implements CallWatch {
  private readonly moment: () => Moment;
  private readonly changes: MemoryChange[] = [];

  /** @param moment  the calls that led to the function that begins */
  constructor(moment: () => Moment) {
    this.moment = moment;
  }

  wants(row: SystemFunction): boolean {
    return Object.hasOwn(CHANGES, row.name);
  }

  enter(call: Call, row: SystemFunction): ReturnType<CallWatch['enter']> {
    const range = CHANGES[row.name]!(call);
    const moment = this.moment();
    return (result) => {
      const isStatus = row.result === 'status';
      const isDone = result !== null && (Number(result) === 0) === isStatus;
      if (isDone && range !== null) this.note({ ...range, moment });
    };
  }

  /** The last change that an address was in; null when none is known. */
  at(address: number): MemoryChange | null {
    return this.changes.findLast(({ start, end }) => address >= start && address < end) ?? null;
  }

  private note(change: MemoryChange): void {
    if (this.changes.length >= LIMIT) this.changes.shift();
    this.changes.push(change);
  }
}
