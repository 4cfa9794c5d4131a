/** Pages out of another heap: a heap in a block of a heap, as an arena over malloc is. */
import { type Heap, MISUSE_NONE } from '../heap.ts';
import { NO_MEMORY, type PageRelease, type PageSource } from '../page-source.ts';

export class HeapSource implements PageSource {
  readonly granularityBytes: number;
  readonly isContiguous: boolean = false;
  readonly release: PageRelease = 'whole';
  readonly isZeroed: boolean = false;
  private readonly heap: Heap;
  /** Bytes of each piece by its address: the heap takes a block back whatever size it is told. */
  private readonly pieces = new Map<number, number>();

  /** @param granularityBytes  size and alignment of pieces are multiples of it; a power of two */
  constructor(heap: Heap, granularityBytes = 8) {
    this.heap = heap;
    this.granularityBytes = granularityBytes;
  }

  reserve(bytes: number): number {
    if (!(bytes > 0)) return NO_MEMORY;
    const size = this.rounded(bytes);
    const address = this.heap.allocate(size, this.granularityBytes);
    if (address !== NO_MEMORY) this.pieces.set(address, size);
    return address;
  }

  giveBack(address: number, bytes: number): boolean {
    const size = this.rounded(bytes);
    if (this.pieces.get(address) !== size) return false;
    if (this.heap.deallocate(address, size, this.granularityBytes) !== MISUSE_NONE) return false;
    return this.pieces.delete(address);
  }

  private rounded(bytes: number): number {
    return Math.ceil(bytes / this.granularityBytes) * this.granularityBytes;
  }
}
