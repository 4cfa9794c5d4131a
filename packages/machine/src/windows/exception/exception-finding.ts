/** Makes a finding of an exception that nobody handled: where, what lies there, who changed it. */
import type { BlockInfo, Finding, FindingKind, Moment, Place, Trap } from '@bareheap/inspect';
import type { MemoryChange } from '../explain/memory-history.ts';
import {
  STATUS_ACCESS_VIOLATION,
  STATUS_BREAKPOINT,
  STATUS_GUARD_PAGE_VIOLATION,
  STATUS_ILLEGAL_INSTRUCTION,
  STATUS_IN_PAGE_ERROR,
  STATUS_INTEGER_DIVIDE_BY_ZERO,
  STATUS_NO_MEMORY,
  STATUS_STACK_OVERFLOW,
} from './exception-record.ts';

/** Below this a null pointer with a field's offset is likelier than anything else. */
const NULL_REACH = 65_536;

/** What C++ is thrown with: `GCC` and `msc` behind the bits of a program's own code. */
const GCC_THROW = 0x2047_4343;
const VISUAL_THROW = 0xe06d_7363;

const NAMES: Readonly<Record<number, string>> = {
  [STATUS_ACCESS_VIOLATION]: 'access violation',
  [STATUS_GUARD_PAGE_VIOLATION]: 'guard page violation',
  [STATUS_BREAKPOINT]: 'breakpoint',
  [STATUS_IN_PAGE_ERROR]: 'a page that cannot be had',
  [STATUS_ILLEGAL_INSTRUCTION]: 'illegal instruction',
  [STATUS_INTEGER_DIVIDE_BY_ZERO]: 'integer division by zero',
  [STATUS_NO_MEMORY]: 'no memory',
  [STATUS_STACK_OVERFLOW]: 'stack overflow',
  [GCC_THROW]: 'C++ exception (GCC)',
  [VISUAL_THROW]: 'C++ exception (Visual C++)',
};

/** What the other exceptions are a sign of. */
const KINDS: Readonly<Record<number, FindingKind>> = {
  [STATUS_NO_MEMORY]: 'out-of-memory',
  [STATUS_IN_PAGE_ERROR]: 'out-of-memory',
};

/** What to look at next. */
const ADVICE: Readonly<Record<number, string>> = {
  [STATUS_NO_MEMORY]:
    'see which heap was asked for so much, in the frames above; --ltrace has the calls',
  [STATUS_STACK_OVERFLOW]:
    'see the frames above for a recursion without end; the linker gives the stack its size (--stack)',
};
/** The customer's bit: of a code that a program made up. */
const CUSTOMER = 0x2000_0000;
const OWN_ADVICE = 'the program raised it and nobody handled it: see who did, in the frames above';
const OTHER_ADVICE = 'no handler took it: see what frame #0 does';

const ACCESS = { 0: 'read', 1: 'write', 8: 'execute' } as const;
const VERBS = { read: 'reads', write: 'writes', execute: 'executes' } as const;

/** What is known about an exception beside its record. */
export interface ExceptionCircumstances {
  readonly code: number;
  readonly address: number;
  readonly information: readonly number[];
  readonly moment: Moment;
  readonly placeOf: (address: number) => Place;
  /** The last change of the memory at an address. */
  readonly changeAt: (address: number) => MemoryChange | null;
  /** The heap block that an address is in or near. */
  readonly blockAt: (address: number) => BlockInfo | null;
}

const hex = (value: number): string => `0x${value.toString(16)}`;

export function exceptionFinding(at: ExceptionCircumstances): Finding {
  const { code, address, information, moment } = at;
  const shown = `exception 0x${code.toString(16).padStart(8, '0')}`;
  const name = NAMES[code];
  const title = name === undefined ? shown : `${shown} (${name})`;
  const trap: Trap = {
    name: title,
    registers: information
      .filter((value) => value >= 0)
      .map((value, number) => ({ name: `ExceptionInformation[${number}]`, value })),
  };
  const common = { pc: address, instruction: moment.instruction, stack: moment.stack, trap };
  const isAccess = code === STATUS_ACCESS_VIOLATION || code === STATUS_GUARD_PAGE_VIOLATION;
  if (isAccess && information.length >= 2) return { ...common, ...accessFinding(at, title) };
  const isOverflow = code === STATUS_STACK_OVERFLOW && information.length >= 2;
  if (isOverflow) return { ...common, ...overflowFinding(at, title) };
  const message = `unhandled ${title} at ${hex(address)}`;
  const other = (code & CUSTOMER) === 0 ? OTHER_ADVICE : OWN_ADVICE;
  // What is no instruction has its advice by its kind.
  const advice = code === STATUS_ILLEGAL_INSTRUCTION ? undefined : (ADVICE[code] ?? other);
  return {
    ...common,
    kind: KINDS[code] ?? 'bad-request',
    address,
    message,
    ...(advice === undefined ? {} : { advice }),
  };
}

function accessFinding(
  { information, placeOf, changeAt, blockAt }: ExceptionCircumstances,
  title: string,
): Omit<Finding, 'pc' | 'instruction' | 'stack' | 'trap'> {
  const [kind, target] = information as [number, number];
  const access = ACCESS[kind as keyof typeof ACCESS] ?? 'read';
  if (target < 0 || target >= 2 ** 48) {
    const message = `the program ${VERBS[access]} an address that is none: unhandled ${title}`;
    return { kind: 'wild-access', access, address: 0, message };
  }
  const place = placeOf(target);
  const change = changeAt(target);
  const block = blockAt(target);
  const lies = place.name === 'nothing' ? 'where nothing is' : `in ${place.name}`;
  return {
    kind: kindOf(target, place, change),
    access,
    address: target,
    place,
    ...(block === null ? {} : { block }),
    ...(change === null ? {} : { cause: causeOf(change) }),
    message: `the program ${VERBS[access]} ${hex(target)}, ${lies}: unhandled ${title}`,
  };
}

/** The stack's last pages were touched; the record says where. */
function overflowFinding(
  { information, placeOf }: ExceptionCircumstances,
  title: string,
): Omit<Finding, 'pc' | 'instruction' | 'stack' | 'trap'> {
  const address = information[1]!;
  return {
    kind: 'heap-stack-collision',
    access: 'write',
    address,
    place: placeOf(address),
    message: `the stack has no more room, at ${hex(address)}: unhandled ${title}`,
    advice: ADVICE[STATUS_STACK_OVERFLOW]!,
  };
}

function causeOf({ what, moment }: MemoryChange): NonNullable<Finding['cause']> {
  return { what, stack: moment.stack, instruction: moment.instruction };
}

function kindOf(address: number, place: Place, change: MemoryChange | null): FindingKind {
  if (address < NULL_REACH) return 'null-dereference';
  if (change?.isTaken === true) return 'access-after-unmap';
  return place.name === 'nothing' ? 'wild-access' : 'protection-fault';
}
