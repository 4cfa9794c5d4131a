/** Makes a finding of an exception that nobody handled. */
import type { Finding, FindingKind, Moment } from '@bareheap/inspect';
import {
  STATUS_ACCESS_VIOLATION,
  STATUS_BREAKPOINT,
  STATUS_GUARD_PAGE_VIOLATION,
  STATUS_ILLEGAL_INSTRUCTION,
  STATUS_INTEGER_DIVIDE_BY_ZERO,
  STATUS_NO_MEMORY,
  STATUS_STACK_OVERFLOW,
} from './exception-record.ts';

/** Below this a null pointer with a field's offset is likelier than anything else. */
const NULL_REACH = 65_536;

const NAMES: Readonly<Record<number, string>> = {
  [STATUS_ACCESS_VIOLATION]: 'access violation',
  [STATUS_GUARD_PAGE_VIOLATION]: 'guard page violation',
  [STATUS_BREAKPOINT]: 'breakpoint',
  [STATUS_ILLEGAL_INSTRUCTION]: 'illegal instruction',
  [STATUS_INTEGER_DIVIDE_BY_ZERO]: 'integer division by zero',
  [STATUS_NO_MEMORY]: 'no memory',
  [STATUS_STACK_OVERFLOW]: 'stack overflow',
  541541187: 'C++ exception (GCC)',
  3765269347: 'C++ exception (Visual C++)',
};

const ACCESS = { 0: 'read', 1: 'write', 8: 'execute' } as const;
const VERBS = { read: 'reads', write: 'writes', execute: 'executes' } as const;

export function exceptionFinding(
  end: { readonly code: number; readonly address: number; readonly information: readonly number[] },
  moment: Moment,
): Finding {
  const { code, address, information } = end;
  const shown = `exception 0x${code.toString(16).padStart(8, '0')}`;
  const name = NAMES[code];
  const title = name === undefined ? shown : `${shown} (${name})`;
  const isAccess = code === STATUS_ACCESS_VIOLATION || code === STATUS_GUARD_PAGE_VIOLATION;
  const common = { pc: address, instruction: moment.instruction, stack: moment.stack };
  if (!isAccess || information.length < 2) {
    const what = `unhandled ${title} at 0x${address.toString(16)}`;
    return { ...common, kind: 'bad-request', address, message: what };
  }
  const [kind, target] = information as [number, number];
  const access = ACCESS[kind as keyof typeof ACCESS] ?? 'read';
  const isNowhere = target < 0 || target >= 2 ** 48;
  const where = isNowhere ? 'an address that is none' : `0x${target.toString(16)}`;
  return {
    ...common,
    kind: kindOf(target),
    access,
    address: isNowhere ? 0 : target,
    message: `the program ${VERBS[access]} ${where}: unhandled ${title}`,
  };
}

function kindOf(address: number): FindingKind {
  return address >= 0 && address < NULL_REACH ? 'null-dereference' : 'wild-access';
}
