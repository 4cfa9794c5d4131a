/** A system call as the text of a trace sees it: its words, and memory before or after it. */
import type { Words } from '../system-call.ts';

/** What is read of a guest for its trace. */
export interface TraceMemory {
  /** The bytes of a range; null when one of them cannot be read. */
  read(address: number, length: number): Uint8Array | null;
  /** The bytes of a range up to the first that cannot be read. */
  readSome(address: number, length: number): Uint8Array;
  /** The bytes of a C string, at most `limit`; null when it cannot be read. */
  string(address: number, limit: number): Uint8Array | null;
}

export interface CallView {
  readonly name: string;
  readonly words: Words;
  readonly memory: TraceMemory;
  /** Null before the call. */
  readonly result: number | null;
  /** A number that was in memory before the call, where its shape says which; else null. */
  readonly kept: number | null;
}

/** The text of one argument; null: it is not shown. */
export type ArgumentText = (word: number, call: CallView, at: number) => string | null;

/** How an argument is shown, and whether before the call (so that it shows while it waits). */
export interface ShownArgument {
  readonly text: ArgumentText;
  /** Read when the call is over. */
  readonly late: boolean | ((call: CallView) => boolean);
}

/** Whether the call failed: what it would have written is not there. */
export function isFailed(call: CallView): boolean {
  return call.result !== null && call.result < 0 && call.result > -4096;
}

const LITTLE = true;
const HIGH = 2 ** 32;

/** Little-endian fields of a structure. */
export class Fields {
  private readonly view: DataView;
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  u16(at: number): number {
    return this.view.getUint16(at, LITTLE);
  }

  i16(at: number): number {
    return this.view.getInt16(at, LITTLE);
  }

  u32(at: number): number {
    return this.view.getUint32(at, LITTLE);
  }

  i32(at: number): number {
    return this.view.getInt32(at, LITTLE);
  }

  /** A signed 64-bit number, exact below 2^53. */
  word(at: number): number {
    return this.i32(at + 4) * HIGH + this.u32(at);
  }
}
