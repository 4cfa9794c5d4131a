/**
 * The heaps of a program and of the processes that it forks. What serves in the program goes on in
 * each copy of it, by itself, until that runs another program; the report is the program's own.
 * A guest's own heap is observed in the program alone.
 */
import type { BlockInfo, HeapReport } from '@bareheap/inspect';
import type { AddressSpace } from '@bareheap/platform-posix';
import type { Process } from '../process/process.ts';
import type { CallWatch } from '../process/system-call-entry.ts';
import type { Thread } from '../process/thread.ts';
import type { SystemCall, Words } from '../system-call.ts';
import { LinuxHeap, type LinuxHeapParts } from './linux-heap.ts';

export class ProcessHeaps implements CallWatch {
  private readonly parts: LinuxHeapParts;
  private readonly program: LinuxHeap;
  /** Of the copies, by their memory: a child made by vfork uses its parent's. */
  private readonly copies = new Map<AddressSpace, LinuxHeap>();

  /** The program is mapped, and not one instruction was run. */
  constructor(parts: LinuxHeapParts) {
    this.parts = parts;
    this.program = new LinuxHeap(parts);
  }

  /** A call begins: nothing to be seen yet. */
  enter(): void {}

  leave(thread: Thread, row: SystemCall, words: Words, result: number): void {
    if (thread.process === this.parts.process) this.program.leave(row, words, result);
    else this.copies.get(thread.space)?.leave(row, words, result);
  }

  /** A process was copied, and the copy has not run yet. */
  forked(parent: Process, child: Process): void {
    if (this.parts.choice === 'guest') return;
    const heap = this.heapOf(parent.space);
    if (heap !== null) this.copies.set(child.space, heap.forkTo(child));
  }

  /** Bytes of the host's memory that a fork of a space's process takes here, about. */
  copyBytes(space: AddressSpace): number {
    return this.parts.choice === 'guest' ? 0 : (this.heapOf(space)?.copyBytes ?? 0);
  }

  /** A space is about to be given back, and with it the heap in it. */
  left(space: AddressSpace): void {
    if (space === this.parts.process.space) this.program.finish();
    this.copies.delete(space);
  }

  /** A thread's engine stopped at a breakpoint. */
  stopped(thread: Thread): void {
    this.heapOf(thread.space)?.stopped(thread);
  }

  /** The block of a process that an address is in or near; null when none is known. */
  blockAt({ space }: Process, address: number): BlockInfo | null {
    return this.heapOf(space)?.blockAt(address) ?? null;
  }

  report(residentBytes: number): HeapReport {
    return this.program.report(residentBytes);
  }

  private heapOf(space: AddressSpace): LinuxHeap | null {
    if (space === this.parts.process.space) return this.program;
    return this.copies.get(space) ?? null;
  }
}
