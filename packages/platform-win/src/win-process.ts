/**
 * What the system functions act on: a process's memory, handles and heaps, and what a call leaves
 * beside its result.
 */
import { Mmu, Supervisor } from '@bareheap/mmu';
import { WinHeap } from './heap/win-heap.ts';
import type { MoveableTable } from './moveable-table.ts';
import { NT_STATUS } from './nt-status.ts';
import type { Section } from './section.ts';
import { MEM_PRIVATE, PAGE_READONLY } from './win-constants.ts';
import { answerFaults, type ExceptionRecord, exceptionOfFault } from './win-fault.ts';
import { WinHandles } from './win-handles.ts';
import { WinSpace, type WinSpaceOptions } from './win-space.ts';
import { errorOfStatus } from './win32-error.ts';

/** KUSER_SHARED_DATA, which every process can read. */
const SHARED_DATA = 0x7ffe0000;
/** Bytes of frames of a process that brings no MMU of its own. */
const DEFAULT_MEMORY_BYTES = 256 << 20;

export class WinProcess {
  readonly space: WinSpace;
  readonly supervisor: Supervisor;
  readonly handles: WinHandles = new WinHandles();
  /** What GetLastError gives; the thread's, which whoever switches threads keeps. */
  lastError = 0;
  /** Raised by a call instead of returning; whoever made the call takes it. */
  exception: ExceptionRecord | null = null;
  /** NtGlobalFlag of a process without a PEB: heaps that are made take up its checks. */
  globalFlags = 0;
  /** Where NtGlobalFlag lies in the PEB, offset 0xbc of 64-bit ones; 0 without a PEB. */
  globalFlagsAddress = 0;
  /** The heap of GetProcessHeap, made when it is first wanted; 0 before that. */
  processHeap = 0;

  /** Heaps that calls found, by base: what they are is in the process's memory. */
  readonly heaps: Map<number, WinHeap> = new Map<number, WinHeap>();
  /** Makes the object of a heap that is there; whoever serves blocks itself puts its own here. */
  openHeap: (base: number) => WinHeap = (base) => new WinHeap(this.space, base);
  /** Sections that have a name, and how many handles keep it. */
  readonly sectionNames: Map<string, { readonly section: Section; holders: number }> = new Map();
  /** Handles of moveable memory; made when the first one is wanted. */
  moveable: MoveableTable | null = null;

  constructor(space: WinSpace) {
    this.space = space;
    this.supervisor = new Supervisor(space.mmu);
  }

  /** Sets the last error from a status; true for success, which leaves it as it was. */
  succeeds(status: number): boolean {
    if (status === NT_STATUS.SUCCESS) return true;
    this.lastError = errorOfStatus(status);
    return false;
  }

  /** A failure by its status. */
  failsWith(status: number): 0 {
    return this.fails(errorOfStatus(status));
  }

  /** A failure by its Win32 error. */
  fails(error: number): 0 {
    this.lastError = error;
    return 0;
  }

  /** Raises what the last access of a call's own faulted with. */
  raiseFault(): void {
    const { mmu } = this.space;
    if (!mmu.faulted) return;
    mmu.faulted = false;
    this.exception = exceptionOfFault(mmu.fault);
  }

  /** Gives back all memory and handles. */
  dispose(): void {
    this.handles.closeAll();
    for (const { backing } of this.space.reservations.all()) {
      if (backing.view !== null) backing.view.section.object.release();
      this.space.release(backing);
    }
    this.space.mmu.dispose();
  }
}

/** A process with nothing but the page of shared data, whose faults are answered. */
export function makeWinProcess(
  options: Omit<WinSpaceOptions, 'mmu'> & { readonly mmu?: Mmu } = {},
): WinProcess {
  const mmu = options.mmu ?? new Mmu({ addressBits: 48, memoryBytes: DEFAULT_MEMORY_BYTES });
  const space = new WinSpace({ ...options, mmu });
  answerFaults(space);
  const shared = { base: SHARED_DATA, size: 4096, type: MEM_PRIVATE, protection: PAGE_READONLY };
  space.commit(space.reserve({ ...shared, state: PAGE_READONLY }), 0, 1, PAGE_READONLY);
  return new WinProcess(space);
}
