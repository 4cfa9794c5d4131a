/**
 * A naive model of a heap: the live blocks as a list of intervals with their contents. It runs a
 * program on a real heap and verifies after each operation what any heap must keep.
 */
import type { Heap } from '@bareheap/core';
import type { HeapOperation } from './heap-program.ts';

/** The bytes of the region, for patterns; addresses as the heap's. */
export interface HeapBytes {
  readonly base: number;
  readonly bytes: Uint8Array;
}

interface LiveBlock {
  address: number;
  size: number;
  align: number;
  /** First byte of its pattern; byte i is `pattern + i` modulo 256. */
  pattern: number;
}

export interface ModelOptions {
  /** Run the heap's own check every so many operations. */
  readonly checkEvery: number;
}

/** What went wrong: the operation's number and what about it. */
export class HeapModelError extends Error {}

export class HeapModel {
  readonly live: LiveBlock[] = [];
  /** Allocations that the heap refused. */
  refusals = 0;
  private readonly heap: Heap;
  private readonly region: HeapBytes;
  private step = 0;

  constructor(heap: Heap, region: HeapBytes) {
    this.heap = heap;
    this.region = region;
  }

  /** Runs a program. @throws HeapModelError at the first thing that is wrong */
  run(program: readonly HeapOperation[], { checkEvery }: ModelOptions): void {
    for (const operation of program) {
      this.apply(operation);
      this.step++;
      if (this.step % checkEvery === 0) this.check();
    }
    this.check();
  }

  /** Frees every live block, last first. */
  freeAll(): void {
    while (this.live.length > 0) this.apply({ kind: 'free', nth: this.live.length - 1 });
    this.check();
  }

  private apply(operation: HeapOperation): void {
    if (operation.kind === 'allocate')
      this.allocate(operation.size, operation.align, operation.zeroed);
    else if (this.live.length > 0 && operation.kind === 'free') this.free(operation.nth);
    else if (this.live.length > 0 && operation.kind === 'resize') this.resize(operation);
  }

  private allocate(size: number, align: number, zeroed: boolean): void {
    const { heap } = this;
    const address = zeroed ? heap.allocateZeroed(size, align) : heap.allocate(size, align);
    if (address === 0) {
      this.refusals++;
      return;
    }
    const block = { address, size, align, pattern: this.step & 0xff };
    this.verifyPlace(block);
    if (zeroed && this.bytesOf(block).some((byte) => byte !== 0))
      this.fail('zeroed block is not zero');
    this.live.push(block);
    this.paint(block);
  }

  private free(nth: number): void {
    const block = this.remove(nth);
    this.verifyContents(block, block.size);
    const misuse = this.heap.deallocate(block.address, block.size, block.align);
    if (misuse !== 0) this.fail(`free of a live block at ${block.address} refused with ${misuse}`);
  }

  private resize(operation: Extract<HeapOperation, { kind: 'resize' }>): void {
    const block = this.remove(operation.nth);
    const { heap } = this;
    const { size, inPlace } = operation;
    let address = block.address;
    let done: boolean;
    if (inPlace) {
      done = heap.reallocateInPlace(address, block.size, block.align, size);
    } else {
      address = heap.reallocate(address, block.size, block.align, size);
      done = address !== 0;
    }
    const next = done ? { ...block, address, size } : block;
    if (done) this.verifyPlace(next);
    this.verifyContents(next, Math.min(block.size, next.size));
    this.live.push(next);
    this.paint(next);
  }

  private remove(nth: number): LiveBlock {
    const index = nth % this.live.length;
    const block = this.live[index]!;
    this.live[index] = this.live[this.live.length - 1]!;
    this.live.pop();
    return block;
  }

  private verifyPlace(block: LiveBlock): void {
    const { base, bytes } = this.region;
    const { address, size, align } = block;
    if (address % align !== 0) this.fail(`${address} is not aligned to ${align}`);
    if (address < base || address + size > base + bytes.length) this.fail(`${address} is outside`);
    if (this.heap.usableSize(address) < size)
      this.fail(`usable size of ${address} is below ${size}`);
    for (const other of this.live) {
      if (address < other.address + other.size && other.address < address + size) {
        this.fail(`${address} overlaps the block at ${other.address}`);
      }
    }
  }

  private verifyContents(block: LiveBlock, length: number): void {
    const bytes = this.bytesOf(block);
    for (let index = 0; index < length; index++) {
      if (bytes[index] !== ((block.pattern + index) & 0xff)) {
        this.fail(`byte ${index} of the block at ${block.address} changed`);
      }
    }
  }

  private paint(block: LiveBlock): void {
    const bytes = this.bytesOf(block);
    for (let index = 0; index < block.size; index++) bytes[index] = block.pattern + index;
  }

  private bytesOf({ address, size }: LiveBlock): Uint8Array {
    const at = address - this.region.base;
    return this.region.bytes.subarray(at, at + size);
  }

  private check(): void {
    const wrong = this.heap.check();
    if (wrong.length > 0) this.fail(wrong.join('; '));
    const { liveBlocks } = this.heap.stats();
    if (liveBlocks !== this.live.length)
      this.fail(`${liveBlocks} live blocks, not ${this.live.length}`);
  }

  private fail(what: string): never {
    throw new HeapModelError(`operation ${this.step}: ${what}`);
  }
}
