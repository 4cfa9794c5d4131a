/** Which calls took memory away or changed what may be done with it, most recent last. */
import type { Moment } from '@bareheap/inspect';
import { type AddressSpace, isError } from '@bareheap/platform-posix';
import { captureCalls, MOMENT_ADDRESSES } from '../../stack/captured-moment.ts';
import type { Moments } from '../module/moments.ts';
import type { Process } from '../process/process.ts';
import type { CallWatch } from '../process/system-call-entry.ts';
import type { Thread } from '../process/thread.ts';
import type { SystemCall, Words } from '../system-call.ts';

export interface MappingChange {
  /** Half a sentence: `unmapped by munmap`. */
  readonly what: string;
  readonly moment: Moment;
}

/** Changes that are remembered. */
const LIMIT = 4096;

const PAGE_BYTES = 4096;
/** The instruction that a call was made by ends at the pc. */
const SYSCALL_BYTES = 2;

interface Range {
  readonly start: number;
  readonly end: number;
  readonly what: string;
}

const pageCeil = (address: number): number => Math.ceil(address / PAGE_BYTES) * PAGE_BYTES;

function rangeOf(start: number, length: number, what: string): Range {
  return { start, end: pageCeil(start + length), what };
}

/** What mprotect allows from then on, by its three lowest bits. */
const PROTECTED = [
  'none',
  'read',
  'write',
  'read and write',
  'execute',
  'read and execute',
  'all',
  'all',
].map((allowed) => `protected by mprotect, which allows ${allowed}`);

type ChangeOf = (words: Words, result: number, breakBefore: number) => Range | null;

/** What a call that succeeded changed, by its number. */
const CHANGES: ReadonlyMap<number, ChangeOf> = new Map<number, ChangeOf>([
  [11, (words) => rangeOf(words[0]!, words[1]!, 'unmapped by munmap')],
  [10, (words) => rangeOf(words[0]!, words[1]!, PROTECTED[words[2]! & 7]!)],
  [25, (words, result) => movedRange(words[0]!, words[1]!, words[2]!, result)],
  [12, (_words, result, breakBefore) => brokenRange(result, breakBefore)],
]);

function movedRange(start: number, length: number, wanted: number, result: number): Range | null {
  if (result !== start) return rangeOf(start, length, 'moved away by mremap');
  const rest = pageCeil(wanted);
  return rest < length ? rangeOf(start + rest, length - rest, 'cut off by mremap') : null;
}

function brokenRange(breakEnd: number, breakBefore: number): Range | null {
  if (breakEnd >= breakBefore) return null;
  const start = pageCeil(breakEnd);
  return rangeOf(start, breakBefore - start, 'given back by brk');
}

/** The last changes, in columns that are filled round and round: memory calls are frequent. */
export class MappingHistory implements CallWatch {
  private readonly moments: Moments;
  private readonly spaces: (AddressSpace | null)[] = [];
  private readonly ranges: Range[] = [];
  private readonly instructions = new Float64Array(LIMIT);
  /** How many addresses of its stack each change has, and these. */
  private readonly depths = new Uint8Array(LIMIT);
  private addresses: Float64Array | null = null;
  /** Changes so far; the next one goes to this place of the columns. */
  private made = 0;
  /** The break before the call that is being made. */
  private breakBefore = 0;

  constructor(moments: Moments) {
    this.moments = moments;
  }

  enter(thread: Thread): void {
    this.breakBefore = thread.space.breakEnd;
  }

  leave(thread: Thread, row: SystemCall, words: Words, result: number): void {
    const changeOf = CHANGES.get(row.number);
    if (changeOf === undefined || isError(result)) return;
    const range = changeOf(words, result, this.breakBefore);
    if (range === null || range.end <= range.start) return;
    const { process, space } = thread;
    const at = this.made++ % LIMIT;
    this.spaces[at] = space;
    this.ranges[at] = range;
    this.instructions[at] = process.kernel.instructions;
    this.addresses ??= new Float64Array(LIMIT * MOMENT_ADDRESSES);
    const pc = process.cpu.pc - SYSCALL_BYTES;
    this.depths[at] = captureCalls(process.cpu, pc, this.addresses, at * MOMENT_ADDRESSES);
  }

  /** Forgets a space that nobody uses any more, and with it the engine that ran in it. */
  forget(space: AddressSpace): void {
    for (let at = 0; at < this.spaces.length; at++) {
      if (this.spaces[at] === space) this.spaces[at] = null;
    }
  }

  /** The last change that an address was in; null when none is known. */
  at({ space }: Process, address: number): MappingChange | null {
    for (let back = 1; back <= Math.min(this.made, LIMIT); back++) {
      const at = (this.made - back) % LIMIT;
      if (this.spaces[at] !== space) continue;
      const range = this.ranges[at]!;
      if (address < range.start || address >= range.end) continue;
      return { what: range.what, moment: this.momentOf(at, space) };
    }
    return null;
  }

  private momentOf(at: number, space: AddressSpace): Moment {
    const from = at * MOMENT_ADDRESSES;
    const addresses = this.addresses!.slice(from, from + this.depths[at]!);
    return this.moments.named(space, addresses, this.instructions[at]!);
  }
}
