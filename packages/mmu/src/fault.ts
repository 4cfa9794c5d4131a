/** A fault is a value: one record a machine, written by the access that faulted. */
export type FaultKind =
  /** No mapping covers the address. */
  | 'not-present'
  /** The mapping does not allow this kind of access. */
  | 'protection'
  /** First touch of a guard page; the guard is gone after it. */
  | 'guard'
  /** No address of the space; `rawHigh` and `rawLow` hold the 64 bits, `address` is inexact. */
  | 'non-canonical'
  /** The CPU asks for alignment here. */
  | 'misaligned'
  /** The bus has no answer: a device refused, a file ended before the page, or memory ran out. */
  | 'bus';

export type AccessKind = 'read' | 'write' | 'execute';

export interface Fault {
  kind: FaultKind;
  access: AccessKind;
  /** First byte that could not be accessed; the byte's page decides it. */
  address: number;
  /** Bytes of the whole access. */
  size: number;
  /** High and low half of the address as the guest computed it; unsigned. */
  rawHigh: number;
  rawLow: number;
}

export function emptyFault(): Fault {
  return { kind: 'not-present', access: 'read', address: 0, size: 0, rawHigh: 0, rawLow: 0 };
}

export function copyFault(from: Readonly<Fault>, to: Fault): void {
  to.kind = from.kind;
  to.access = from.access;
  to.address = from.address;
  to.size = from.size;
  to.rawHigh = from.rawHigh;
  to.rawLow = from.rawLow;
}
