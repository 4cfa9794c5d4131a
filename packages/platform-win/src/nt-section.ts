/** NtCreateSection, NtMapViewOfSection, NtUnmapViewOfSection and NtFlushVirtualMemory. */
import { PAGE_BYTES, PROT_EXECUTE, PROT_WRITE } from '@bareheap/mmu';
import { isGranuleAligned, pageCeil, pageFloor, USER_END } from './address-word.ts';
import type { RangeResult } from './nt-allocate.ts';
import { NT_STATUS } from './nt-status.ts';
import {
  accessOf,
  BASE_PROTECTION,
  isProtection,
  isWriteCopy,
  sharedAccessOf,
} from './page-protection.ts';
import { PAGE_STATE_COMMITTED, PAGE_STATE_PRIVATE } from './page-states.ts';
import type { Reservation } from './reservation.ts';
import { type MappableFile, Section } from './section.ts';
import {
  MEM_MAPPED,
  MEM_TOP_DOWN,
  PAGE_EXECUTE,
  PAGE_EXECUTE_READ,
  PAGE_EXECUTE_READWRITE,
  PAGE_EXECUTE_WRITECOPY,
  PAGE_NOACCESS,
  PAGE_NOCACHE,
  PAGE_READONLY,
  PAGE_READWRITE,
  PAGE_WRITECOPY,
  SEC_COMMIT,
  SEC_NOCACHE,
  SEC_RESERVE,
  SECTION_MAP_EXECUTE,
  SECTION_MAP_READ,
  SECTION_MAP_WRITE,
  SECTION_QUERY,
} from './win-constants.ts';
import type { WinSpace } from './win-space.ts';

export interface SectionResult {
  readonly status: number;
  readonly section: Section | null;
}

/**
 * Makes a section.
 *
 * @param size  bytes, or 0 for all of the file; a file that is smaller grows
 * @param attributes  SEC_COMMIT or SEC_RESERVE; images are the loader's
 * @see Microsoft, CreateFileMapping; ZwCreateSection
 */
export function createSection(
  space: WinSpace,
  file: MappableFile | null,
  size: number,
  protection: number,
  attributes: number,
): SectionResult {
  const fail = (status: number): SectionResult => ({ status, section: null });
  if (!isProtection(protection) || (protection & PAGE_NOACCESS) !== 0) {
    return fail(NT_STATUS.INVALID_PAGE_PROTECTION);
  }
  const kind = attributes & (SEC_COMMIT | SEC_RESERVE);
  if (kind !== SEC_COMMIT && kind !== SEC_RESERVE) return fail(NT_STATUS.INVALID_PARAMETER);
  if (size < 0 || size > USER_END) return fail(NT_STATUS.SECTION_TOO_BIG);
  if (file === null) {
    if (size === 0) return fail(NT_STATUS.INVALID_PARAMETER);
    if (kind === SEC_COMMIT && !space.admits(size)) return fail(NT_STATUS.COMMITMENT_LIMIT);
  } else {
    const status = fitFile(file, size, protection);
    if (status !== NT_STATUS.SUCCESS) return fail(status);
  }
  const bytes = size === 0 ? file!.size : size;
  const options = { size: bytes, protection, attributes, file };
  return { status: NT_STATUS.SUCCESS, section: new Section(space.mmu.pool, options) };
}

/** Checks the handle's rights, and makes a file as large as its section. */
function fitFile(file: MappableFile, size: number, protection: number): number {
  const isWritten = (sharedAccessOf(protection) & PROT_WRITE) !== 0;
  if (!file.isReadable || (isWritten && !file.isWritable)) return NT_STATUS.ACCESS_DENIED;
  if (size === 0) return file.size === 0 ? NT_STATUS.MAPPED_FILE_SIZE_ZERO : NT_STATUS.SUCCESS;
  if (size <= file.size) return NT_STATUS.SUCCESS;
  return isWritten && file.resize(size) ? NT_STATUS.SUCCESS : NT_STATUS.SECTION_TOO_BIG;
}

export interface ViewRequest {
  readonly section: Section;
  /** SECTION_MAP_* rights of the handle. */
  readonly rights: number;
  /** Where, or 0. */
  readonly address: number;
  /** Bytes into the section; a multiple of 64 KiB. */
  readonly offset: number;
  /** Bytes, or 0 for all from the offset. */
  readonly size: number;
  /** MEM_TOP_DOWN and others. */
  readonly type: number;
  readonly protection: number;
}

/**
 * Maps a view of a section.
 *
 * @returns the view's base and size in whole pages; of a failure the arguments
 * @see Microsoft, MapViewOfFile; ZwMapViewOfSection
 */
export function mapView(space: WinSpace, asked: ViewRequest): RangeResult {
  const { section, address, offset, size, protection } = asked;
  const fail = (status: number): RangeResult => ({ status, base: address, size });
  if (!isProtection(protection)) return fail(NT_STATUS.INVALID_PAGE_PROTECTION);
  if (!isGranuleAligned(offset) || !isGranuleAligned(address)) {
    return fail(NT_STATUS.MAPPED_ALIGNMENT);
  }
  const refused = refusalOfRights(asked);
  if (refused !== NT_STATUS.SUCCESS) return fail(refused);
  if (offset < 0 || offset >= section.size) return fail(NT_STATUS.INVALID_PARAMETER);
  if (size > section.size - offset) return fail(NT_STATUS.INVALID_VIEW_SIZE);
  const bytes = pageCeil(size === 0 ? section.size - offset : size);
  const base = address === 0 ? space.place(bytes, USER_END, hasTopDown(asked.type)) : address;
  if (base < 0) return fail(NT_STATUS.NO_MEMORY);
  if (base + bytes > USER_END) return fail(NT_STATUS.INVALID_PARAMETER);
  if (!space.isFree(base, bytes)) return fail(NT_STATUS.CONFLICTING_ADDRESSES);
  if (space.isFull) return fail(NT_STATUS.NO_MEMORY);
  showSection(space, { section, offset, base, bytes, protection });
  return { status: NT_STATUS.SUCCESS, base, size: bytes };
}

function hasTopDown(type: number): boolean {
  return (type & MEM_TOP_DOWN) !== 0;
}

/** The rights that a view's protection takes. */
const RIGHTS: ReadonlyMap<number, number> = new Map([
  [PAGE_NOACCESS, SECTION_MAP_READ],
  [PAGE_READONLY, SECTION_MAP_READ],
  [PAGE_WRITECOPY, SECTION_MAP_READ],
  [PAGE_READWRITE, SECTION_MAP_WRITE],
  [PAGE_EXECUTE, SECTION_MAP_EXECUTE],
  [PAGE_EXECUTE_READ, SECTION_MAP_READ | SECTION_MAP_EXECUTE],
  [PAGE_EXECUTE_WRITECOPY, SECTION_MAP_READ | SECTION_MAP_EXECUTE],
  [PAGE_EXECUTE_READWRITE, SECTION_MAP_WRITE | SECTION_MAP_EXECUTE],
]);

/** The handle has to have the rights of a protection, and the section its accesses. */
function refusalOfRights({ section, rights, protection }: ViewRequest): number {
  const needed = RIGHTS.get(protection & BASE_PROTECTION) ?? 0;
  if ((rights & needed) !== needed) return NT_STATUS.ACCESS_DENIED;
  const beyond = sharedAccessOf(protection) & ~sharedAccessOf(section.protection);
  return beyond === 0 ? NT_STATUS.SUCCESS : NT_STATUS.SECTION_PROTECTION;
}

interface ViewPlace {
  readonly section: Section;
  readonly offset: number;
  readonly base: number;
  readonly bytes: number;
  readonly protection: number;
}

function showSection(space: WinSpace, place: ViewPlace): void {
  const { section, offset, base, bytes, protection } = place;
  const sharing = isWriteCopy(protection) ? PAGE_STATE_PRIVATE : 0;
  const view = space.reserve({
    base,
    size: bytes,
    type: MEM_MAPPED,
    protection: protection | ((section.attributes & SEC_NOCACHE) === 0 ? 0 : PAGE_NOCACHE),
    view: { section, offset },
    state: (protection & 0xff) | sharing,
  });
  section.object.retain();
  const from = offset / PAGE_BYTES;
  for (const run of section.committed.runs(from, from + bytes / PAGE_BYTES)) {
    if ((run.state & PAGE_STATE_COMMITTED) === 0) continue;
    space.commit(view, run.first - from, run.end - from, protection);
  }
}

/** Unmaps the view that an address lies in. */
export function unmapView(space: WinSpace, address: number): number {
  const view = address < 0 ? null : space.find(address);
  if (view === null || view.view === null) return NT_STATUS.NOT_MAPPED_VIEW;
  const { section } = view.view;
  space.release(view);
  section.object.release();
  return NT_STATUS.SUCCESS;
}

/**
 * Writes what a view stored back to its file.
 *
 * @param size  bytes, or 0 for all from the address
 */
export function flushView(space: WinSpace, address: number, size: number): number {
  const base = pageFloor(address);
  const view = space.findRange(base, size);
  if (view === null) return NT_STATUS.INVALID_PARAMETER;
  flushPages(view, base, size === 0 ? view.base + view.size : pageCeil(address + size));
  return NT_STATUS.SUCCESS;
}

function flushPages(view: Reservation, base: number, end: number): void {
  if (view.view === null) return;
  const { section, offset } = view.view;
  const first = (base - view.base + offset) / PAGE_BYTES;
  section.object.writeBack(first, first + (end - base) / PAGE_BYTES);
}

/** The rights that CreateFileMapping's handle has. */
export function rightsOf(protection: number): number {
  const access = sharedAccessOf(protection);
  const isExecutable = (accessOf(protection) & PROT_EXECUTE) !== 0;
  return (
    SECTION_QUERY |
    SECTION_MAP_READ |
    ((access & PROT_WRITE) !== 0 ? SECTION_MAP_WRITE : 0) |
    (isExecutable ? SECTION_MAP_EXECUTE : 0)
  );
}
