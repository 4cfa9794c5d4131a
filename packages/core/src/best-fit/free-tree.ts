/**
 * The treap of free blocks, in the free blocks' own bytes. See best-fit-layout.ts.
 *
 * A program can overwrite it. Every walk goes down only, and only to blocks of lower priority, so
 * that it ends whatever the links say.
 */
import { HEADER_BYTES, headerSize } from '../block-header.ts';
import type { HeapMemory } from '../heap-memory.ts';
import { LEFT, priorityOf, RIGHT, ROOT } from './best-fit-layout.ts';

/** Above every priority. */
const TOP = 2 ** 32;

export class FreeTree {
  /** Blocks looked at since this was last set to 0. */
  steps = 0;
  private readonly memory: HeapMemory;
  private readonly first: number;
  private readonly end: number;

  /** Blocks lie in [first, end). */
  constructor(memory: HeapMemory, first: number, end: number) {
    this.memory = memory;
    this.first = first;
    this.end = end;
  }

  /** The smallest block of at least `bytes`, of those the lowest; or 0. */
  findBest(bytes: number): number {
    let best = 0;
    let node = this.follow(ROOT, TOP);
    while (node !== 0) {
      const fits = headerSize(this.memory.load32(node)) >= bytes;
      if (fits) best = node;
      node = this.follow(node + (fits ? LEFT : RIGHT), priorityOf(node));
    }
    return best;
  }

  /** Puts in a block whose header is written. */
  insert(block: number): void {
    const { memory } = this;
    const priority = priorityOf(block);
    let link = ROOT;
    let node = this.follow(link, TOP);
    while (node !== 0 && priorityOf(node) > priority) {
      link = node + (this.isBefore(block, node) ? LEFT : RIGHT);
      node = this.follow(link, priorityOf(node));
    }
    memory.store32(link, block);
    this.split(node, block);
  }

  /** Takes a block out; false where the tree does not lead to it. */
  remove(block: number): boolean {
    let link = ROOT;
    let node = this.follow(link, TOP);
    while (node !== 0 && node !== block) {
      link = node + (this.isBefore(block, node) ? LEFT : RIGHT);
      node = this.follow(link, priorityOf(node));
    }
    if (node === 0) return false;
    this.join(link, block);
    return true;
  }

  /** Parts the tree below `node` into the blocks before `block`, its left, and its right. */
  private split(node: number, block: number): void {
    const { memory } = this;
    let left = block + LEFT;
    let right = block + RIGHT;
    while (node !== 0) {
      const above = priorityOf(node);
      if (this.isBefore(node, block)) {
        memory.store32(left, node);
        left = node + RIGHT;
        node = this.follow(left, above);
      } else {
        memory.store32(right, node);
        right = node + LEFT;
        node = this.follow(right, above);
      }
    }
    memory.store32(left, 0);
    memory.store32(right, 0);
  }

  /** Makes one tree, at `link`, of those to the left and to the right of a block. */
  private join(link: number, block: number): void {
    const { memory } = this;
    const above = priorityOf(block);
    let left = this.follow(block + LEFT, above);
    let right = this.follow(block + RIGHT, above);
    while (left !== 0 && right !== 0) {
      if (priorityOf(left) > priorityOf(right)) {
        memory.store32(link, left);
        link = left + RIGHT;
        left = this.follow(link, priorityOf(left));
      } else {
        memory.store32(link, right);
        link = right + LEFT;
        right = this.follow(link, priorityOf(right));
      }
    }
    memory.store32(link, left === 0 ? right : left);
  }

  /** The block that a link names, or 0 where it names none below the priority `above`. */
  private follow(link: number, above: number): number {
    this.steps++;
    const node = this.memory.load32(link);
    const isBlock = node >= this.first && node < this.end && (node & 7) === HEADER_BYTES;
    return isBlock && priorityOf(node) < above ? node : 0;
  }

  private isBefore(one: number, other: number): boolean {
    const difference = headerSize(this.memory.load32(one)) - headerSize(this.memory.load32(other));
    return difference === 0 ? one < other : difference < 0;
  }
}
