/** Bytes that a sender keeps back since more are to follow, MSG_MORE. */
import { MOST_IN_TRANSIT, type TransitShare } from './receive-queue.ts';

export class HeldBytes {
  private readonly share: TransitShare;
  private readonly most: number;
  /** As large as it ever gets, and counted so, while anything is held. */
  private buffer: Uint8Array | null = null;
  private end = 0;

  /** @param most  bytes that may be held */
  constructor(share: TransitShare, most: number) {
    this.share = share;
    this.most = most;
  }

  get length(): number {
    return this.end;
  }

  /** Keeps bytes, for which there is room: false when all sockets together have too many. */
  add(bytes: Uint8Array): boolean {
    if (this.buffer === null) {
      if (this.share.used + this.most > MOST_IN_TRANSIT) return false;
      this.share.used += this.most;
      this.buffer = new Uint8Array(this.most);
    }
    this.buffer.set(bytes, this.end);
    this.end += bytes.length;
    return true;
  }

  /** All of them, and those that follow: none is kept any more. */
  takeWith(following: Uint8Array): Uint8Array {
    if (this.buffer === null) return following;
    const whole = new Uint8Array(this.end + following.length);
    whole.set(this.buffer.subarray(0, this.end));
    whole.set(following, this.end);
    this.clear();
    return whole;
  }

  /** Throws them away. */
  clear(): void {
    if (this.buffer === null) return;
    this.share.used -= this.most;
    this.buffer = null;
    this.end = 0;
  }
}
