/** Sets of the signals 1 … 64, as sigset_t has them: bit n - 1 for signal n. */
import { SIGKILL, SIGSTOP } from './signal-numbers.ts';

/** Bytes of a set in memory; what every `sigsetsize` must be. */
export const SIGNAL_SET_BYTES = 8;

const WORD_BITS = 32;

export class SignalSet {
  /** Signals 1 … 32. */
  low: number;
  /** Signals 33 … 64. */
  high: number;

  constructor(low = 0, high = 0) {
    this.low = low | 0;
    this.high = high | 0;
  }

  static of(...signals: readonly number[]): SignalSet {
    const set = new SignalSet();
    for (const signal of signals) set.add(signal);
    return set;
  }

  /** A set out of its eight bytes. */
  static from(bytes: Uint8Array): SignalSet {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return new SignalSet(view.getInt32(0, true), view.getInt32(4, true));
  }

  get isEmpty(): boolean {
    return (this.low | this.high) === 0;
  }

  has(signal: number): boolean {
    const bit = signal - 1;
    return ((bit < WORD_BITS ? this.low : this.high) & (1 << bit)) !== 0;
  }

  add(signal: number): void {
    const bit = signal - 1;
    if (bit < WORD_BITS) this.low |= 1 << bit;
    else this.high |= 1 << bit;
  }

  remove(signal: number): void {
    const bit = signal - 1;
    if (bit < WORD_BITS) this.low &= ~(1 << bit);
    else this.high &= ~(1 << bit);
  }

  copy(): SignalSet {
    return new SignalSet(this.low, this.high);
  }

  assign(other: SignalSet): void {
    this.low = other.low;
    this.high = other.high;
  }

  union(other: SignalSet): SignalSet {
    return new SignalSet(this.low | other.low, this.high | other.high);
  }

  intersection(other: SignalSet): SignalSet {
    return new SignalSet(this.low & other.low, this.high & other.high);
  }

  without(other: SignalSet): SignalSet {
    return new SignalSet(this.low & ~other.low, this.high & ~other.high);
  }

  /** Whether the two have a signal in common. */
  meets(other: SignalSet): boolean {
    return ((this.low & other.low) | (this.high & other.high)) !== 0;
  }

  /** The signal with the lowest number; 0 when there is none. */
  first(): number {
    if (this.low !== 0) return 32 - Math.clz32(this.low & -this.low);
    if (this.high !== 0) return 64 - Math.clz32(this.high & -this.high);
    return 0;
  }

  /** A set that may be blocked: SIGKILL and SIGSTOP never are. */
  blockable(): SignalSet {
    const set = this.copy();
    set.remove(SIGKILL);
    set.remove(SIGSTOP);
    return set;
  }

  bytes(): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(SIGNAL_SET_BYTES);
    const view = new DataView(bytes.buffer);
    view.setInt32(0, this.low, true);
    view.setInt32(4, this.high, true);
    return bytes;
  }
}
