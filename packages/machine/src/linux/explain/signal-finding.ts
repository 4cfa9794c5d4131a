/** Makes a finding of a fault that ends a Linux program: where, what lies there, who changed it. */
import type { BlockInfo, Finding, FindingKind, Moment, Place, Trap } from '@bareheap/inspect';
import { PAGE_BYTES } from '@bareheap/mmu';
import { type AddressSpace, type LinuxVma, nameOf, protectionText } from '@bareheap/platform-posix';
import type { Thread } from '../process/thread.ts';
import type { SignalInfo } from '../signal/signal-info.ts';
import { SIGNALS } from '../signal/signal-numbers.ts';
import type { GuestStop } from '../signal/stop-signal.ts';
import type { MappingHistory } from './mapping-history.ts';
import { instructionAt } from './unsupported-instruction.ts';

/** Below this a null pointer with a field's offset is likelier than anything else. */
const NULL_REACH = 65536;
/** Below a stack that is at its limit. */
const STACK_REACH = 1 << 20;
const VERBS = { read: 'reads', write: 'writes', execute: 'executes' } as const;

export interface SignalCircumstances {
  readonly thread: Thread;
  readonly stop: GuestStop;
  readonly info: SignalInfo;
  readonly pc: number;
  readonly moment: Moment;
  readonly history: MappingHistory;
  /** The heap block that an address is in or near. */
  readonly blockAt: (address: number) => BlockInfo | null;
}

/** `SIGSEGV`, or the number where there is no name. */
export function signalName(signal: number): string {
  return SIGNALS.find((row) => row.number === signal)?.name ?? `signal ${signal}`;
}

const hex = (value: number): string => `0x${value.toString(16)}`;

export function signalFinding(at: SignalCircumstances): Finding {
  const { stop, pc, moment, info } = at;
  const name = signalName(info.signal);
  const trap: Trap = { name, registers: [{ name: 'si_code', value: info.code }] };
  const common = { pc, instruction: moment.instruction, stack: moment.stack, trap };
  if (stop.kind === 'trap') {
    const what = instructionAt(at.thread, pc);
    return {
      ...common,
      kind: 'bad-request',
      address: pc,
      message: `the instruction at ${hex(pc)} ends the program by ${name} (${stop.trap}): ${what}`,
    };
  }
  return { ...common, ...accessFinding(at, name) };
}

function accessFinding(
  { thread, stop, history, blockAt }: SignalCircumstances,
  name: string,
): Omit<Finding, 'pc' | 'instruction' | 'stack' | 'trap'> {
  const { fault } = stop as Extract<GuestStop, { kind: 'fault' }>;
  const { address, access, size, kind } = fault;
  const { process } = thread;
  const place = placeOf(process.space, address);
  const { pool } = process.kernel;
  const isFull = kind === 'bus' && pool.inUse >= pool.limit;
  const change = history.at(process, address);
  const block = blockAt(address);
  const bytes = access === 'execute' ? '' : ` ${size} byte${size === 1 ? '' : 's'} at`;
  const lies = place.name === 'nothing' ? 'where nothing is mapped' : `in ${place.name}`;
  const isOverflow = place.name === 'nothing' && isBelowStack(process.space, address);
  const overflow = isOverflow ? ', below the stack, which cannot grow any more' : '';
  const why = isFull ? ', for which there is no memory left (--memory)' : overflow;
  return {
    kind: isFull
      ? 'out-of-memory'
      : isOverflow
        ? 'heap-stack-collision'
        : kindOf(address, kind, place, change !== null),
    access,
    address,
    size,
    place,
    ...(block === null ? {} : { block }),
    ...(change === null ? {} : { cause: { what: change.what, ...momentOf(change.moment) } }),
    message: `the program ${VERBS[access]}${bytes} ${hex(address)}, ${lies}${why}: ${name}`,
  };
}

function momentOf(moment: Moment): Moment {
  return { stack: moment.stack, instruction: moment.instruction };
}

function kindOf(address: number, kind: string, place: Place, isChanged: boolean): FindingKind {
  if (kind === 'misaligned') return 'bad-request';
  if (address >= 0 && address < NULL_REACH) return 'null-dereference';
  if (place.name !== 'nothing') return 'protection-fault';
  return isChanged ? 'access-after-unmap' : 'wild-access';
}

function isBelowStack(space: AddressSpace, address: number): boolean {
  const stack = space.vmas.find(space.stackStart);
  return stack !== null && address < stack.start && address >= stack.start - STACK_REACH;
}

function placeOf(space: AddressSpace, address: number): Place {
  const vma = space.vmas.find(address);
  if (vma !== null) return rangeOf(space, vma);
  const start = address - (address % PAGE_BYTES);
  const nearest = nearestVma(space, address);
  return {
    name: 'nothing',
    start,
    end: start + PAGE_BYTES,
    ...(nearest === null ? {} : { nearest: rangeOf(space, nearest) }),
  };
}

function rangeOf(space: AddressSpace, vma: LinuxVma) {
  const name = nameOf(space, vma) || 'anonymous memory';
  return { name: `${name} (${protectionText(vma)})`, start: vma.start, end: vma.end };
}

function nearestVma(space: AddressSpace, address: number): LinuxVma | null {
  const low = space.vmas.lastStartingBefore(address);
  const high = space.vmas.firstEndingAfter(address);
  if (low === null || high === null) return low ?? high;
  return address - low.end <= high.start - address ? low : high;
}
