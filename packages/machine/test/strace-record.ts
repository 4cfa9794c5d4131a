/** What the real strace printed of test/probes/strace/calls.c, with the words and bytes it had. */
import { readFileSync } from 'node:fs';
import type { TraceMemory } from '../src/linux/strace/call-view.ts';

const FOLDER = new URL('../../../test/probes/strace/', import.meta.url);

export interface RecordedCall {
  readonly number: number;
  readonly words: readonly number[];
  readonly result: number;
  /** The arena before the call and after it. */
  readonly before: Uint8Array;
  readonly after: Uint8Array;
  readonly arena: number;
  /** As strace has it. */
  readonly line: string;
}

const ARENA_BYTES = 12_288;
const read = (name: string): string[] =>
  readFileSync(new URL(name, FOLDER), 'utf8').trimEnd().split('\n');

const word = (hex: string): number => Number(BigInt.asIntN(64, BigInt(`0x${hex}`)));

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from({ length: hex.length / 2 }, (_, at) =>
    Number.parseInt(hex.slice(2 * at, 2 * at + 2), 16),
  );
}

export function recordedCalls(): RecordedCall[] {
  const lines = read('calls.strace');
  const [first, ...rest] = read('calls.log');
  const arena = Number.parseInt(first!.split(' ')[1]!, 16);
  const blocks = rest
    .join('\n')
    .split(/^call /m)
    .slice(1);
  if (blocks.length !== lines.length) throw new Error('the record’s two files do not match');
  return blocks.map((block, index) => ({ ...parseBlock(block), arena, line: lines[index]! }));
}

function parseBlock(block: string): Omit<RecordedCall, 'arena' | 'line'> {
  const [head, ...rows] = block.trimEnd().split('\n');
  const [number, ...words] = head!.split(' ').map(word);
  const before = new Uint8Array(ARENA_BYTES);
  let after: Uint8Array | null = null;
  let result = 0;
  for (const [kind, at, hex] of rows.map((row) => row.split(' '))) {
    if (kind === 'result') {
      result = word(at!);
      after = before.slice();
    } else {
      (after ?? before).set(bytesOf(hex!), Number.parseInt(at!, 16));
    }
  }
  return { number: number!, words, result, before, after: after ?? before };
}

/** Memory with nothing but an arena, whose bytes can be changed between a call's halves. */
export class ArenaMemory implements TraceMemory {
  private readonly start: number;
  bytes: Uint8Array;

  constructor(start: number, bytes: Uint8Array) {
    this.start = start;
    this.bytes = bytes;
  }

  read(address: number, length: number): Uint8Array | null {
    const at = address - this.start;
    return at < 0 || at + length > this.bytes.length ? null : this.bytes.slice(at, at + length);
  }

  readSome(address: number, length: number): Uint8Array {
    const at = Math.min(Math.max(0, address - this.start), this.bytes.length);
    return this.bytes.slice(at, at + length);
  }

  string(address: number, limit: number): Uint8Array | null {
    const at = address - this.start;
    if (at < 0 || at >= this.bytes.length) return null;
    const bytes = this.bytes.subarray(at, at + limit);
    const end = bytes.indexOf(0);
    return bytes.slice(0, end < 0 ? bytes.length : end);
  }
}
