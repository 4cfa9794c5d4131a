/** Which calls took memory away or changed what may be done with it, most recent last. */
import type { Moment } from '@bareheap/inspect';
import { type AddressSpace, isError } from '@bareheap/platform-posix';
import type { Moments } from '../module/moments.ts';
import type { Process } from '../process/process.ts';
import type { CallWatch } from '../process/system-call-entry.ts';
import type { Thread } from '../process/thread.ts';
import type { SystemCall, Words } from '../system-call.ts';

export interface MappingChange {
  readonly space: AddressSpace;
  readonly start: number;
  readonly end: number;
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

const PROTECTIONS = ['none', 'read', 'write', 'read and write', 'execute', 'read and execute'];

/** What a call that succeeded changed, by its name. */
const CHANGES: Readonly<
  Record<string, (words: Words, result: number, breakBefore: number) => Range | null>
> = {
  munmap: (words) => rangeOf(words[0]!, words[1]!, 'unmapped by munmap'),
  mprotect: (words) => {
    const protection = PROTECTIONS[words[2]! & 7] ?? 'all';
    return rangeOf(words[0]!, words[1]!, `protected by mprotect, which allows ${protection}`);
  },
  mremap: (words, result) => {
    const [start, length] = [words[0]!, words[1]!];
    if (result !== start) return rangeOf(start, length, 'moved away by mremap');
    const rest = pageCeil(words[2]!);
    return rest < length ? rangeOf(start + rest, length - rest, 'cut off by mremap') : null;
  },
  brk: (_words, result, breakBefore) =>
    result < breakBefore
      ? rangeOf(pageCeil(result), breakBefore - pageCeil(result), 'given back by brk')
      : null,
};

export class MappingHistory implements CallWatch {
  private readonly moments: Moments;
  private changes: MappingChange[] = [];
  /** The break before the call that is being made. */
  private breakBefore = 0;

  constructor(moments: Moments) {
    this.moments = moments;
  }

  enter(thread: Thread): void {
    this.breakBefore = thread.space.breakEnd;
  }

  leave(thread: Thread, row: SystemCall, words: Words, result: number): void {
    const changeOf = CHANGES[row.name];
    if (changeOf === undefined || isError(result)) return;
    const range = changeOf(words, result, this.breakBefore);
    if (range === null || range.end <= range.start) return;
    if (this.changes.length >= LIMIT) this.changes.shift();
    const { process, space } = thread;
    const moment = this.moments.of(thread, process.cpu.pc - SYSCALL_BYTES);
    this.changes.push({ space, ...range, moment });
  }

  /** Forgets a space that nobody uses any more, and with it the engine that ran in it. */
  forget(space: AddressSpace): void {
    this.changes = this.changes.filter((change) => change.space !== space);
  }

  /** The last change that an address was in; null when none is known. */
  at(process: Process, address: number): MappingChange | null {
    return (
      this.changes.findLast(
        (change) =>
          change.space === process.space && address >= change.start && address < change.end,
      ) ?? null
    );
  }
}
