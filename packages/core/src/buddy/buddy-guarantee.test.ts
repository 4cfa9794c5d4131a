/**
 * Robson's promise, counted: programs that hold M atoms at most in blocks of n at most are never
 * refused in a pool of M * (1 + log2(n) / 2) - n + 1 atoms, and are in one that is much smaller.
 */
import { Random } from '@bareheap/conformance';
import { describe, expect, test } from 'vitest';
import { BufferHeapMemory } from '../heap-memory.ts';
import { BuddyHeap } from './buddy.ts';
import { ATOM_BYTES, buddyShape } from './buddy-layout.ts';

/**
 * A heap with `atoms` atoms, a multiple of n, in whole places for n; ragged, with smaller blocks at
 * both ends beside.
 */
function poolOf(atoms: number, n: number, ragged = false): BuddyHeap {
  const largest = n * ATOM_BYTES;
  for (let size = atoms * ATOM_BYTES; ; size += ATOM_BYTES) {
    for (let base = 2 ** 20; base < 2 ** 20 + largest; base += ATOM_BYTES) {
      const { start, end } = buddyShape(base, size, largest);
      const [first, last] = [
        Math.ceil((base + start) / largest),
        Math.floor((base + end) / largest),
      ];
      const isRagged = (base + start) % largest !== 0 && (base + end) % largest !== 0;
      const isWhole = (base + start) % largest === 0 && (base + end) % largest === 0;
      if ((last - first) * n !== atoms || !(ragged ? isRagged : isWhole)) continue;
      return new BuddyHeap(new BufferHeapMemory(new ArrayBuffer(size)), base, size, largest);
    }
  }
}

function needed(m: number, n: number): number {
  return m * (1 + Math.log2(n) / 2) - n + 1;
}

interface Block {
  readonly address: number;
  readonly atoms: number;
}

/** A program that holds at most M atoms; it counts what was refused. */
class Holder {
  refusals = 0;
  held = 0;
  blocks: Block[] = [];
  readonly heap: BuddyHeap;
  readonly most: number;

  constructor(heap: BuddyHeap, most: number) {
    this.heap = heap;
    this.most = most;
  }

  /** False when that would be more than M. */
  hold(atoms: number): boolean {
    if (this.held + atoms > this.most) return false;
    const address = this.heap.allocate(atoms * ATOM_BYTES, 8);
    if (address === 0) this.refusals++;
    else this.blocks.push({ address, atoms });
    if (address !== 0) this.held += atoms;
    return address !== 0;
  }

  keep(wanted: (block: Block) => boolean): void {
    const kept: Block[] = [];
    for (const block of this.blocks) {
      if (wanted(block)) kept.push(block);
      else this.free(block);
    }
    this.blocks = kept;
  }

  private free({ address, atoms }: Block): void {
    if (this.heap.deallocate(address, 0, 8) === 0) this.held -= atoms;
  }
}

/** Robson's adversary: before each doubling it keeps one block in every place of the new size. */
function adversary(holder: Holder, n: number, pick: (one: Block, other: Block) => boolean): void {
  for (let atoms = 1; atoms <= n; atoms *= 2) {
    const kept = new Map<number, Block>();
    for (const block of holder.blocks) {
      const place = Math.floor(block.address / (atoms * ATOM_BYTES));
      const other = kept.get(place);
      if (other === undefined || pick(block, other)) kept.set(place, block);
    }
    holder.keep((block) => kept.get(Math.floor(block.address / (atoms * ATOM_BYTES))) === block);
    while (holder.hold(atoms));
  }
}

function randomly(holder: Holder, n: number, random: Random): void {
  const orders = Math.log2(n) + 1;
  for (let call = 0; call < 2000; call++) {
    if (random.oneIn(40)) holder.keep(() => random.oneIn(3));
    if (!holder.hold(2 ** random.below(orders))) holder.keep(() => !random.oneIn(8));
  }
}

const CASES = [
  { m: 64, n: 2 },
  { m: 64, n: 4 },
  { m: 256, n: 8 },
  { m: 512, n: 16 },
  { m: 1024, n: 64 },
];

describe.each(CASES)('M $m, n $n', ({ m, n }) => {
  const atoms = Math.ceil(needed(m, n) / n) * n;

  test.each([false, true])(
    'in a pool as large as promised nothing is refused (ragged %s)',
    (ragged) => {
      for (let seed = 1; seed <= 20; seed++) {
        const random = new Random(seed);
        const pick =
          seed % 2 === 0
            ? (one: Block, other: Block) => one.atoms < other.atoms
            : () => random.oneIn(2);
        const holder = new Holder(poolOf(atoms, n, ragged), m);
        if (seed % 3 === 0) randomly(holder, n, random);
        adversary(holder, n, pick);
        holder.keep(() => random.oneIn(2));
        adversary(holder, n, pick);
        expect(holder.refusals, `seed ${seed}`).toBe(0);
        expect(holder.heap.check()).toEqual([]);
      }
    },
  );

  test('the heap counts M and n, and says so itself', () => {
    const holder = new Holder(poolOf(atoms, n), m);
    adversary(holder, n, (one, other) => one.atoms < other.atoms);
    const { poolAtoms, peakAtoms, largestAtoms, neededAtoms } = holder.heap.guarantee();
    expect([poolAtoms, peakAtoms, largestAtoms]).toEqual([atoms, m, n]);
    expect(neededAtoms).toBe(Math.ceil(needed(m, n)));
  });

  test('the promise asks for little more than the adversary takes', () => {
    const tight = Math.floor((needed(m, n) * 0.8) / n) * n;
    const holder = new Holder(poolOf(tight, n), m);
    adversary(holder, n, (one, other) => one.atoms < other.atoms);
    expect(holder.refusals).toBeGreaterThan(0);
  });
});
