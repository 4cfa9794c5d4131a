/** Bytes that come one after the other: a buffer that grows by doubling. */

const SMALLEST = 64;
/** A buffer beyond this is not kept for later. */
const KEPT = 1 << 16;

export class ByteList {
  private bytes: Uint8Array<ArrayBuffer> = new Uint8Array(SMALLEST);
  private count = 0;

  /** How many bytes there are. */
  get length(): number {
    return this.count;
  }

  push(byte: number): void {
    this.makeRoom(1);
    this.bytes[this.count++] = byte;
  }

  append(bytes: Uint8Array): void {
    this.makeRoom(bytes.length);
    this.bytes.set(bytes, this.count);
    this.count += bytes.length;
  }

  /** How often a byte occurs. */
  countOf(byte: number): number {
    let found = 0;
    for (let n = 0; n < this.count; n++) if (this.bytes[n] === byte) found++;
    return found;
  }

  /** All of them; the list is empty then. */
  take(): Uint8Array<ArrayBuffer> {
    const taken = this.bytes.slice(0, this.count);
    this.count = 0;
    if (this.bytes.length > KEPT) this.bytes = new Uint8Array(SMALLEST);
    return taken;
  }

  private makeRoom(more: number): void {
    const wanted = this.count + more;
    if (wanted <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(wanted, 2 * this.bytes.length));
    larger.set(this.bytes.subarray(0, this.count));
    this.bytes = larger;
  }
}
