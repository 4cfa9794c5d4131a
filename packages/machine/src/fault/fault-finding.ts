/** Makes a finding of a fault: what was accessed, what lies there, whose block it is near. */
import type { StopReason } from '@bareheap/cpu';
import type { Finding, FindingKind, Moment, Place, Trap } from '@bareheap/inspect';
import { PAGE_BYTES } from '@bareheap/mmu';
import type { Board } from '../board/board.ts';
import type { HeapLedger } from '../heap/heap-ledger.ts';
import { blockInfo } from '../heap/misuse.ts';

export interface FaultCircumstances {
  readonly stop: Extract<StopReason, { kind: 'trap' | 'fault' }>;
  readonly pc: number;
  readonly moment: Moment;
  readonly trap: Trap;
  readonly board: Board;
  readonly ledger: HeapLedger;
  readonly heap: { readonly start: number; readonly end: number } | null;
  /** Why the program does not handle it; null when it does. */
  readonly why: string | null;
}

const hex = (value: number): string => `0x${(value >>> 0).toString(16)}`;
const VERBS = { read: 'reads', write: 'writes', execute: 'executes' } as const;
/** Below this a null pointer with a field's offset is likelier than anything else. */
const NULL_REACH = 4096;
/** Blocks this near are named. */
const BLOCK_REACH = 64;

/** The finding of a fault or of an instruction that could not be run. */
export function faultFinding(at: FaultCircumstances): Finding {
  const { stop, pc, moment, trap } = at;
  const suffix = at.why === null ? '' : `; ${at.why}`;
  const common = { pc, instruction: moment.instruction, stack: moment.stack, trap };
  if (stop.kind === 'trap') {
    return {
      ...common,
      kind: 'bad-request',
      address: pc,
      message: `the instruction at ${hex(pc)} cannot be run (${stop.trap})${suffix}`,
    };
  }
  const { address, access, size, kind: faultKind } = stop.fault;
  const place = placeOf(at, address);
  const block = at.ledger.near(address, BLOCK_REACH) ?? at.ledger.freedAt(address);
  const bytes = access === 'execute' ? '' : ` ${size} byte${size === 1 ? '' : 's'} at`;
  const lies = place.name === 'nothing' ? 'where nothing is mapped' : `in ${place.name}`;
  const misaligned = faultKind === 'misaligned' ? ', which is misaligned' : '';
  return {
    ...common,
    kind: kindOf(address, faultKind),
    access,
    address,
    size,
    place,
    ...(block === null ? {} : { block: blockInfo(block, address) }),
    message: `the program ${VERBS[access]}${bytes} ${hex(address)}, ${lies}${misaligned}${suffix}`,
  };
}

/** The finding of a store to flash: no fault on this bus, and yet a mistake. */
export function droppedStoreFinding(at: {
  readonly address: number;
  readonly size: number;
  readonly pc: number;
  readonly moment: Moment;
}): Finding {
  const { address, size, pc, moment } = at;
  return {
    kind: address < NULL_REACH ? 'null-dereference' : 'protection-fault',
    access: 'write',
    address,
    size,
    pc,
    instruction: moment.instruction,
    stack: moment.stack,
    place: { name: 'flash' },
    message: `the program writes ${size} bytes at ${hex(address)}, in flash, which drops them`,
  };
}

function kindOf(address: number, kind: string): FindingKind {
  if (kind === 'misaligned') return 'bad-request';
  if (address < NULL_REACH) return 'null-dereference';
  return kind === 'protection' ? 'protection-fault' : 'wild-access';
}

function placeOf({ board, heap }: FaultCircumstances, address: number): Place {
  if (heap !== null && address >= heap.start && address < heap.end)
    return { name: 'the heap', ...heap };
  for (const { name, start, size } of [...board.memories, ...board.devices.map(deviceRange)]) {
    if (address >= start && address < start + size) return { name, start, end: start + size };
  }
  const start = address - (address % PAGE_BYTES);
  return {
    name: 'nothing',
    start,
    end: start + PAGE_BYTES,
    nearest: nearestMemory(board, address),
  };
}

function nearestMemory(board: Board, address: number): Required<Omit<Place, 'nearest'>> {
  const distance = ({ start, size }: Board['memories'][number]): number =>
    address < start ? start - address : address - (start + size);
  const [first] = board.memories.toSorted((a, b) => distance(a) - distance(b));
  const { name, start, size } = first!;
  return { name, start, end: start + size };
}

function deviceRange({ kind, start, size }: Board['devices'][number]) {
  return { name: `the ${kind}`, start, size };
}
