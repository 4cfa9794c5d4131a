/**
 * A heap does the same over the guest's memory, page by page behind the MMU, as over one buffer:
 * the same addresses, the same answers, and in the end the same bytes.
 */
import { BufferHeapMemory, createHeap, type Heap, type StrategyName } from '@bareheap/core';
import { GuestHeapMemory, Mmu, PROT_READ, PROT_WRITE, Supervisor } from '@bareheap/mmu';
import { expect, test } from 'vitest';
import { type HeapOperation, randomProgram } from './heap-program.ts';
import { Random } from './random.ts';

const SIZE = 40_000;
const STRATEGIES: readonly StrategyName[] = ['bump', 'llff', 'tlsf'];
/** Across page edges; in the RAM of Arm and RISC-V boards. */
const BASES = [0x2000_0038, 0x8000_1ff8];

/** What a program sees of a heap: each result in turn. */
function play(heap: Heap, program: readonly HeapOperation[]): number[] {
  const live: number[] = [];
  return program.map((operation) => {
    if (operation.kind === 'allocate') {
      const { size, align, zeroed } = operation;
      const block = zeroed ? heap.allocateZeroed(size, align) : heap.allocate(size, align);
      if (block !== 0) live.push(block);
      return block;
    }
    if (live.length === 0) return -1;
    const nth = operation.nth % live.length;
    if (operation.kind === 'free') return heap.deallocate(live.splice(nth, 1)[0]!, 0, 1);
    const moved = heap.reallocate(live[nth]!, 0, 1, operation.size);
    if (moved !== 0) live[nth] = moved;
    return moved;
  });
}

test.each(STRATEGIES.flatMap((name) => BASES.map((base) => ({ name, base }))))(
  '$name at $base behind the MMU is the heap over a buffer',
  ({ name, base }) => {
    const mmu = new Mmu({ addressBits: 32, memoryBytes: 1 << 20 });
    const page = base - (base % 4096);
    mmu.map(page, 12 * 4096, PROT_READ | PROT_WRITE);
    const buffer = new ArrayBuffer(SIZE);
    const plain = createHeap(name, new BufferHeapMemory(buffer), base, SIZE);
    const guest = createHeap(name, new GuestHeapMemory(mmu, base), base, SIZE);

    const shape = { operations: 3000, largest: 3000, frees: 120 };
    const program = randomProgram(new Random(11), shape);
    const answers = play(plain, program);
    expect(new Set(answers).size).toBeGreaterThan(20);
    expect(play(guest, program)).toEqual(answers);
    expect(guest.check()).toEqual([]);
    expect(guest.stats()).toEqual(plain.stats());
    const bytes = new Supervisor(mmu).copyOut(base, SIZE);
    expect(bytes).toEqual(new Uint8Array(buffer));
  },
);
