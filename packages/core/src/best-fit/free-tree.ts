/**
 * The treap of free blocks, in the free blocks' own bytes. See best-fit-layout.ts.
 *
 * A program can overwrite it. No walk is longer than there can be blocks, so that each ends
 * whatever the links say.
 */
import { HEADER_BYTES, headerSize, TAGGED_MIN_BLOCK } from '../block-header.ts';
import type { HeapMemory } from '../heap-memory.ts';
import { LEFT, priorityOf, RIGHT, ROOT } from './best-fit-layout.ts';

export class FreeTree {
  /** Blocks looked at since this was last set to 0. */
  steps = 0;
  private readonly memory: HeapMemory;
  private readonly first: number;
  private readonly end: number;
  private readonly mostBlocks: number;

  /** Blocks lie in [first, end). */
  constructor(memory: HeapMemory, first: number, end: number) {
    this.memory = memory;
    this.first = first;
    this.end = end;
    this.mostBlocks = (end - first) / TAGGED_MIN_BLOCK;
  }

  /** The smallest block of at least `bytes`, of those the lowest; or 0. */
  findBest(bytes: number): number {
    let best = 0;
    let node = this.follow(ROOT);
    for (let left = this.mostBlocks; node !== 0 && left > 0; left--) {
      const fits = headerSize(this.memory.load32(node)) >= bytes;
      if (fits) best = node;
      node = this.follow(node + (fits ? LEFT : RIGHT));
    }
    return best;
  }

  /** Puts in a block whose header is written. */
  insert(block: number): void {
    const { memory } = this;
    const bytes = headerSize(memory.load32(block));
    const priority = priorityOf(block);
    let link = ROOT;
    let node = this.follow(link);
    for (let left = this.mostBlocks; node !== 0 && left > 0; left--) {
      if (priorityOf(node) < priority) break;
      link = node + (this.isBefore(node, block, bytes) ? RIGHT : LEFT);
      node = this.follow(link);
    }
    memory.store32(link, block);
    this.split(node, block, bytes);
  }

  /** Takes a block out; false where the tree does not lead to it. */
  remove(block: number): boolean {
    const bytes = headerSize(this.memory.load32(block));
    let link = ROOT;
    let node = this.follow(link);
    for (let left = this.mostBlocks; node !== block && left > 0; left--) {
      if (node === 0) return false;
      link = node + (this.isBefore(node, block, bytes) ? RIGHT : LEFT);
      node = this.follow(link);
    }
    if (node !== block) return false;
    this.join(link, block);
    return true;
  }

  /** Parts the tree below `node` into the blocks before `block`, its left, and its right. */
  private split(node: number, block: number, bytes: number): void {
    const { memory } = this;
    let smaller = block + LEFT;
    let larger = block + RIGHT;
    for (let left = this.mostBlocks; node !== 0 && left > 0; left--) {
      if (this.isBefore(node, block, bytes)) {
        memory.store32(smaller, node);
        smaller = node + RIGHT;
        node = this.follow(smaller);
      } else {
        memory.store32(larger, node);
        larger = node + LEFT;
        node = this.follow(larger);
      }
    }
    memory.store32(smaller, 0);
    memory.store32(larger, 0);
  }

  /** Makes one tree, at `link`, of those to the left and to the right of a block. */
  private join(link: number, block: number): void {
    const { memory } = this;
    let smaller = this.follow(block + LEFT);
    let larger = this.follow(block + RIGHT);
    for (let left = this.mostBlocks; smaller !== 0 && larger !== 0 && left > 0; left--) {
      if (priorityOf(smaller) > priorityOf(larger)) {
        memory.store32(link, smaller);
        link = smaller + RIGHT;
        smaller = this.follow(link);
      } else {
        memory.store32(link, larger);
        link = larger + LEFT;
        larger = this.follow(link);
      }
    }
    memory.store32(link, smaller === 0 ? larger : smaller);
  }

  /** The block that a link names, or 0 where it names none. */
  private follow(link: number): number {
    this.steps++;
    const node = this.memory.load32(link);
    return node >= this.first && node < this.end && (node & 7) === HEADER_BYTES ? node : 0;
  }

  /** Whether a block comes before another, of `bytes`, in the order of the tree. */
  private isBefore(node: number, block: number, bytes: number): boolean {
    const difference = headerSize(this.memory.load32(node)) - bytes;
    return difference === 0 ? node < block : difference < 0;
  }
}
