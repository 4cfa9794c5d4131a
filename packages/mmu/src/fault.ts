/** A fault is a value: one record a machine, written by the access that faulted. */
export type FaultKind =
  /** No mapping covers the address. */
  | 'not-present'
  /** The mapping does not allow this kind of access. */
  | 'protection'
  /** First touch of a guard page; the guard is gone after it. */
  | 'guard'
  /** Outside the address space; `rawHigh` and `rawLow` hold the 64-bit address. */
  | 'non-canonical'
  /** The CPU asks for alignment here. */
  | 'misaligned'
  /** A device, or the lack of one, refused the access. */
  | 'bus';

export type AccessKind = 'read' | 'write' | 'execute';

export interface Fault {
  kind: FaultKind;
  access: AccessKind;
  /** First byte that could not be accessed; the byte's page decides it. */
  address: number;
  /** Bytes of the whole access. */
  size: number;
  /** High and low half of the address as the guest computed it. */
  rawHigh: number;
  rawLow: number;
}

export function emptyFault(): Fault {
  return { kind: 'not-present', access: 'read', address: 0, size: 0, rawHigh: 0, rawLow: 0 };
}
