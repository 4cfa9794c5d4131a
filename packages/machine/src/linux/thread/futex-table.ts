/**
 * Who waits on which futex. A futex is a 32-bit word: of one space, by its address, or of what
 * several spaces share, by its place in the shared object.
 */
import { PAGE_BYTES } from '@bareheap/mmu';
import type { AddressSpace } from '@bareheap/platform-posix';

/** The flag of a VMA that others see the writes of. */
const VM_SHARED = 1;

/** What identifies a futex: {@link owner} is a space or a memory object. */
export interface FutexKey {
  readonly owner: object;
  readonly offset: number;
}

export interface FutexWaiter {
  readonly thread: { readonly id: number; wake(): void };
  /** Woken only by those that have a bit in common. */
  readonly bits: number;
  key: FutexKey;
  isWoken: boolean;
}

export const ALL_BITS = -1;

export class FutexTable {
  private readonly owners = new Map<object, Map<number, FutexWaiter[]>>();

  /** What a word's address means; `isPrivate`: the program says that only it uses the word. */
  keyOf(space: AddressSpace, address: number, isPrivate: boolean): FutexKey {
    const vma = isPrivate ? null : space.vmas.find(address);
    const object = vma?.backing.object ?? null;
    if (vma === null || object === null || (vma.backing.flags & VM_SHARED) === 0) {
      return { owner: space, offset: address };
    }
    return { owner: object, offset: address - vma.start + vma.backing.pageOffset * PAGE_BYTES };
  }

  add(waiter: FutexWaiter): void {
    const { owner, offset } = waiter.key;
    const words = this.owners.get(owner) ?? new Map<number, FutexWaiter[]>();
    this.owners.set(owner, words);
    words.set(offset, [...(words.get(offset) ?? []), waiter]);
  }

  /** Takes a waiter out, if it still waits. */
  remove(waiter: FutexWaiter): void {
    const { owner, offset } = waiter.key;
    const words = this.owners.get(owner);
    const left = words?.get(offset)?.filter((other) => other !== waiter) ?? [];
    if (words === undefined) return;
    if (left.length > 0) words.set(offset, left);
    else words.delete(offset);
    if (words.size === 0) this.owners.delete(owner);
  }

  /** Those that wait on a word, the longest first. */
  waiters({ owner, offset }: FutexKey): readonly FutexWaiter[] {
    return this.owners.get(owner)?.get(offset) ?? [];
  }

  /** Wakes up to `most` of those that wait on a word; how many it was. */
  wake(key: FutexKey, most: number, bits: number = ALL_BITS): number {
    let woken = 0;
    for (const waiter of this.waiters(key)) {
      if (woken >= most) break;
      if ((waiter.bits & bits) === 0) continue;
      this.wakeOne(waiter);
      woken++;
    }
    return woken;
  }

  wakeOne(waiter: FutexWaiter): void {
    this.remove(waiter);
    waiter.isWoken = true;
    waiter.thread.wake();
  }

  /** Lets up to `most` of those that wait on one word wait on another; how many it was. */
  requeue(from: FutexKey, to: FutexKey, most: number): number {
    const moved = this.waiters(from).slice(0, most);
    for (const waiter of moved) {
      this.remove(waiter);
      waiter.key = to;
      this.add(waiter);
    }
    return moved.length;
  }
}
