/**
 * The system's newer calls on memory, which take parameters in an array: requirements of place, and
 * ranges to be brought in.
 *
 * @see Microsoft, VirtualAlloc2, PrefetchVirtualMemory
 */
import { dword, GRANULE_BYTES, pageCeil, USER_END, unsigned } from './address-word.ts';
import { loadDword, loadWord, storeWord, takesFault } from './guest-pointer.ts';
import { ANYWHERE, allocateWithin, type Placement } from './nt-allocate.ts';
import { type CallWords, SELF_PROCESS } from './nt-calls.ts';
import { NT_STATUS } from './nt-status.ts';
import type { Reservation } from './reservation.ts';
import { MEM_PRIVATE } from './win-constants.ts';
import type { WinProcess } from './win-process.ts';

/** MEM_EXTENDED_PARAMETER: a type, and a word. */
const PARAMETER_BYTES = 16;
const ADDRESS_REQUIREMENTS = 1;
/** MemExtendedParameterMax of Windows 10. */
const FIRST_UNKNOWN = 6;
const MOST_PARAMETERS = 16;
/** MEMORY_RANGE_ENTRY: an address and a size. */
const RANGE_BYTES = 16;
/** Of one call: with more of them it fails. */
const MOST_RANGES = 1 << 16;
const PREFETCH_CLASS = 0;

/**
 * Requirements of place from an array of parameters.
 *
 * @returns a status when they are none
 */
function placementOf(
  p: WinProcess,
  parameters: { readonly at: number; readonly count: number; readonly address: number },
): Placement | number {
  const { at, count, address } = parameters;
  if (count === 0) return ANYWHERE;
  if (at === 0 || count > MOST_PARAMETERS) return NT_STATUS.INVALID_PARAMETER;
  let found: Placement | null = null;
  for (let index = 0; index < count; index++) {
    const place = at + index * PARAMETER_BYTES;
    const kind = loadDword(p, place) & 0xff;
    if (takesFault(p)) return NT_STATUS.ACCESS_VIOLATION;
    if (kind === 0 || kind >= FIRST_UNKNOWN) return NT_STATUS.INVALID_PARAMETER;
    if (kind !== ADDRESS_REQUIREMENTS) return NT_STATUS.NOT_IMPLEMENTED;
    if (found !== null) return NT_STATUS.INVALID_PARAMETER;
    const read = readRequirements(p, loadWord(p, place + 8), address);
    if (typeof read === 'number') return read;
    found = read;
  }
  return found ?? ANYWHERE;
}

/** MEM_ADDRESS_REQUIREMENTS: lowest address, highest one, alignment; 0 for what is not required. */
function readRequirements(p: WinProcess, at: number, address: number): Placement | number {
  const [lowest, highest, alignment] = [0, 8, 16].map((offset) =>
    unsigned(loadWord(p, at + offset)),
  ) as [number, number, number];
  if (takesFault(p)) return NT_STATUS.ACCESS_VIOLATION;
  const isPlaced = address !== 0;
  const isAligned = alignment === 0 || Number.isInteger(Math.log2(alignment));
  const hasGranules = alignment === 0 || alignment >= GRANULE_BYTES;
  if (!isAligned || !hasGranules) return NT_STATUS.INVALID_PARAMETER;
  if (isPlaced && (alignment !== 0 || highest !== 0 || lowest !== 0)) {
    return NT_STATUS.INVALID_PARAMETER;
  }
  const limit = highest + 1;
  if (highest !== 0 && (limit > USER_END || limit !== pageCeil(limit))) {
    return NT_STATUS.INVALID_PARAMETER;
  }
  if (lowest % GRANULE_BYTES !== 0) return NT_STATUS.INVALID_PARAMETER;
  return {
    lowest,
    limit: highest === 0 ? USER_END : limit,
    alignment: alignment === 0 ? GRANULE_BYTES : alignment,
  };
}

/** (process, base pointer, size pointer, type, protection, parameters, how many) */
export function ntAllocateVirtualMemoryEx(p: WinProcess, a: CallWords): number {
  const address = unsigned(loadWord(p, a[1]!));
  const size = unsigned(loadWord(p, a[2]!));
  if (takesFault(p)) return NT_STATUS.ACCESS_VIOLATION;
  const placement = placementOf(p, { at: a[5]!, count: dword(a[6]!), address });
  if (typeof placement === 'number') return placement;
  if (size === 0) return NT_STATUS.INVALID_PARAMETER;
  if (a[0] !== SELF_PROCESS) return NT_STATUS.INVALID_HANDLE;
  const [type, protection] = [dword(a[3]!), dword(a[4]!)];
  const done = allocateWithin(p.space, { address, size, type, protection, placement });
  if (done.status !== NT_STATUS.SUCCESS) return done.status;
  storeWord(p, a[1]!, done.base);
  storeWord(p, a[2]!, done.size);
  return takesFault(p) ? NT_STATUS.ACCESS_VIOLATION : NT_STATUS.SUCCESS;
}

/** (process, address, size, type, protection, parameters, how many): the address, or 0. */
export function virtualAlloc2(p: WinProcess, a: CallWords): number {
  const address = unsigned(a[1]!);
  const placement = placementOf(p, { at: a[5]!, count: dword(a[6]!), address });
  if (typeof placement === 'number') return p.failsWith(placement);
  if (a[0] !== SELF_PROCESS && a[0] !== 0) return p.failsWith(NT_STATUS.INVALID_HANDLE);
  const [size, type, protection] = [unsigned(a[2]!), dword(a[3]!), dword(a[4]!)];
  const done = allocateWithin(p.space, { address, size, type, protection, placement });
  return p.succeeds(done.status) ? done.base : 0;
}

/**
 * (process, class, how many ranges, ranges, information, its bytes): the class that brings pages in,
 * which changes nothing that a program sees.
 */
export function ntSetInformationVirtualMemory(p: WinProcess, a: CallWords): number {
  if (dword(a[1]!) !== PREFETCH_CLASS) return NT_STATUS.INVALID_PARAMETER_2;
  if (a[4] === 0) return NT_STATUS.INVALID_PARAMETER_5;
  if (unsigned(a[5]!) !== 4) return NT_STATUS.INVALID_PARAMETER_6;
  const flags = loadDword(p, a[4]!);
  if (takesFault(p)) return NT_STATUS.ACCESS_VIOLATION;
  return refusalOfRanges(p, a[0]!, { count: unsigned(a[2]!), at: a[3]!, flags });
}

/** (process, how many ranges, ranges, flags) */
export function prefetchVirtualMemory(p: WinProcess, a: CallWords): number {
  const ranges = { count: unsigned(a[1]!), at: a[2]!, flags: dword(a[3]!) };
  return p.succeeds(refusalOfRanges(p, a[0]!, ranges)) ? 1 : 0;
}

/** Why an array of ranges cannot be brought in, or success: none of them may be empty. */
function refusalOfRanges(
  p: WinProcess,
  process: number,
  ranges: { readonly count: number; readonly at: number; readonly flags: number },
): number {
  const { count, at, flags } = ranges;
  if (count === 0) return NT_STATUS.INVALID_PARAMETER_3;
  if (at === 0) return NT_STATUS.ACCESS_VIOLATION;
  if (process !== SELF_PROCESS) return NT_STATUS.INVALID_HANDLE;
  if (count > MOST_RANGES) return NT_STATUS.INSUFFICIENT_RESOURCES;
  for (let index = 0; index < count; index++) {
    const size = loadWord(p, at + index * RANGE_BYTES + 8);
    if (takesFault(p)) return NT_STATUS.ACCESS_VIOLATION;
    if (size === 0) return NT_STATUS.INVALID_PARAMETER_4;
  }
  return flags === 0 ? NT_STATUS.SUCCESS : NT_STATUS.INVALID_PARAMETER_5;
}

/** (address, address): whether two views are of one image file. */
export function ntAreMappedFilesTheSame(p: WinProcess, a: CallWords): number {
  const [first, second] = [p.space.find(unsigned(a[0]!)), p.space.find(unsigned(a[1]!))];
  if (first === null || second === null) return NT_STATUS.INVALID_ADDRESS;
  if (isPrivate(first) || isPrivate(second)) return NT_STATUS.CONFLICTING_ADDRESSES;
  return first === second ? NT_STATUS.SUCCESS : NT_STATUS.NOT_SAME_DEVICE;
}

function isPrivate({ type }: Reservation): boolean {
  return type === MEM_PRIVATE;
}
