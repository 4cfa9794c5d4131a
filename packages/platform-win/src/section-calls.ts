/** Calls on sections and views as programs make them, of the system and of Win32. */
import { dword, unsigned } from './address-word.ts';
import { loadWord, storeDword, storeWord, takesFault } from './guest-pointer.ts';
import { type CallWords, SELF_PROCESS } from './nt-calls.ts';
import { createSection, flushView, mapView, rightsOf, unmapView } from './nt-section.ts';
import { NT_STATUS } from './nt-status.ts';
import { accessOf, BASE_PROTECTION } from './page-protection.ts';
import type { MappableFile, Section } from './section.ts';
import {
  FILE_MAP_COPY,
  FILE_MAP_EXECUTE,
  FILE_MAP_READ,
  FILE_MAP_WRITE,
  PAGE_EXECUTE,
  PAGE_NOACCESS,
  PAGE_READONLY,
  PAGE_READWRITE,
  PAGE_WRITECOPY,
  SEC_COMMIT,
  SEC_FILE,
  SEC_IMAGE,
  SEC_NOCACHE,
  SEC_RESERVE,
  SEC_WRITECOMBINE,
  SECTION_MAP_EXECUTE,
  SECTION_QUERY,
} from './win-constants.ts';
import type { HandleObject } from './win-handles.ts';
import type { WinProcess } from './win-process.ts';
import { WIN32_ERROR } from './win32-error.ts';

/** An open handle of a section. */
export interface SectionHandle extends HandleObject {
  readonly kind: 'section';
  readonly section: Section;
  /** SECTION_MAP_* rights. */
  readonly rights: number;
}

/** SECTION_BASIC_INFORMATION, bytes. */
const SECTION_INFORMATION_BYTES = 24;
/** SectionImageInformation: images are the loader's, so no section is one. */
const IMAGE_CLASS = 1;
const IMAGE_INFORMATION_BYTES = 64;
/** INVALID_HANDLE_VALUE stands for the paging file. */
const PAGING_FILE = -1;
/** In characters. */
const LONGEST_NAME = 32_767;
/** Attributes lie above the protection. */
const SECTION_ATTRIBUTES = 0xff800000;

/** @param name  what others can open it by, or empty */
function openSection(p: WinProcess, section: Section, rights: number, name = ''): number {
  return p.handles.open(makeHandle(p, section, rights, name));
}

/** A handle that has one of the section's references. */
function makeHandle(p: WinProcess, section: Section, rights: number, name: string): SectionHandle {
  const known = p.sectionNames.get(name);
  if (name !== '') {
    if (known === undefined) p.sectionNames.set(name, { section, holders: 1 });
    else known.holders++;
  }
  return {
    kind: 'section',
    section,
    rights,
    close(): void {
      section.close();
      const entry = p.sectionNames.get(name);
      // A name lasts as long as a handle does.
      if (entry?.section === section && --entry.holders === 0) p.sectionNames.delete(name);
    },
    duplicate(access): SectionHandle {
      section.open();
      return makeHandle(p, section, access ?? rights, name);
    },
  };
}

/** A name without what says for whom it is: there is one session. */
function objectName(p: WinProcess, address: number, width: 1 | 2): string | null {
  if (address === 0) return '';
  let name = '';
  for (let at = address; name.length <= LONGEST_NAME; at += width) {
    const unit = p.space.mmu.load(at, width);
    if (takesFault(p)) return null;
    if (unit === 0) return name.replace(/^(Local|Global)\\/, '');
    name += String.fromCharCode(unit);
  }
  return null;
}

/** The file of a handle; null for the paging file, or a status. */
function fileOf(p: WinProcess, handle: number): MappableFile | null | number {
  if (handle === PAGING_FILE || handle === 0) return null;
  const object = p.handles.get(handle);
  if (object === null) return NT_STATUS.INVALID_HANDLE;
  if (object.kind !== 'file') return NT_STATUS.OBJECT_TYPE_MISMATCH;
  const file = object as HandleObject & MappableFile;
  return file.isMappable ? file : NT_STATUS.INVALID_FILE_FOR_SECTION;
}

function sectionOf(p: WinProcess, handle: number): SectionHandle | null {
  const object = p.handles.get(handle);
  return object?.kind === 'section' ? (object as SectionHandle) : null;
}

/** (handle pointer, rights, attributes, size pointer, protection, section attributes, file) */
export function ntCreateSection(p: WinProcess, a: CallWords): number {
  const size = a[3] === 0 ? 0 : loadWord(p, a[3]!);
  if (takesFault(p)) return NT_STATUS.ACCESS_VIOLATION;
  const file = fileOf(p, a[6]!);
  if (typeof file === 'number') return file;
  if ((dword(a[5]!) & SEC_IMAGE) !== 0) return refusalOfImage(file);
  const { status, section } = createSection(p.space, file, size, dword(a[4]!), dword(a[5]!));
  if (section === null) return status;
  storeWord(p, a[0]!, openSection(p, section, dword(a[1]!)));
  return takesFault(p) ? NT_STATUS.ACCESS_VIOLATION : status;
}

/**
 * (section, process, base pointer, zero bits, commit size, offset pointer, size pointer, inherit,
 * type, protection)
 */
export function ntMapViewOfSection(p: WinProcess, a: CallWords): number {
  const handle = sectionOf(p, a[0]!);
  if (handle === null || a[1] !== SELF_PROCESS) return NT_STATUS.INVALID_HANDLE;
  const address = unsigned(loadWord(p, a[2]!));
  const offset = a[5] === 0 ? 0 : loadWord(p, a[5]!);
  const size = unsigned(loadWord(p, a[6]!));
  if (takesFault(p)) return NT_STATUS.ACCESS_VIOLATION;
  const { section, rights } = handle;
  const [type, protection] = [dword(a[8]!), dword(a[9]!)];
  const done = mapView(p.space, { section, rights, address, offset, size, type, protection });
  if (done.status !== NT_STATUS.SUCCESS) return done.status;
  storeWord(p, a[2]!, done.base);
  storeWord(p, a[6]!, done.size);
  return takesFault(p) ? NT_STATUS.ACCESS_VIOLATION : done.status;
}

/** (process, address) */
export function ntUnmapViewOfSection(p: WinProcess, a: CallWords): number {
  if (a[0] !== SELF_PROCESS) return NT_STATUS.INVALID_HANDLE;
  return unmapView(p.space, unsigned(a[1]!));
}

/** A file's section says so, and not how its pages came to be. */
function shownAttributes({ file, attributes }: Section): number {
  return file === null ? attributes : (SEC_FILE | (attributes & MODIFIERS)) >>> 0;
}

/** (section, class, buffer, length, length pointer); the basic class. */
export function ntQuerySection(p: WinProcess, a: CallWords): number {
  const handle = sectionOf(p, a[0]!);
  if (handle === null) return NT_STATUS.INVALID_HANDLE;
  if (dword(a[1]!) === IMAGE_CLASS) {
    const isWhole = unsigned(a[3]!) >= IMAGE_INFORMATION_BYTES;
    return isWhole ? NT_STATUS.SECTION_NOT_IMAGE : NT_STATUS.INFO_LENGTH_MISMATCH;
  }
  if (dword(a[1]!) !== 0) return NT_STATUS.INVALID_INFO_CLASS;
  if ((handle.rights & SECTION_QUERY) === 0) return NT_STATUS.ACCESS_DENIED;
  if (unsigned(a[3]!) < SECTION_INFORMATION_BYTES) return NT_STATUS.INFO_LENGTH_MISMATCH;
  const { section } = handle;
  storeWord(p, a[2]!, 0);
  storeDword(p, a[2]! + 8, shownAttributes(section));
  storeWord(p, a[2]! + 16, section.size);
  if (a[4] !== 0) storeWord(p, a[4]!, SECTION_INFORMATION_BYTES);
  return takesFault(p) ? NT_STATUS.ACCESS_VIOLATION : NT_STATUS.SUCCESS;
}

/** What makes a section of pages; the rest are what a file's is and how it is cached. */
const KINDS = [SEC_COMMIT, SEC_RESERVE, SEC_IMAGE];
const MODIFIERS = SEC_NOCACHE | SEC_WRITECOMBINE;

/** Whether section attributes are of one kind, with modifiers that it can have. */
function isAttributes(attributes: number): boolean {
  const kind = (attributes & ~MODIFIERS) >>> 0;
  if (kind === SEC_IMAGE) return (attributes & SEC_WRITECOMBINE) === 0;
  return KINDS.includes(kind);
}

function createNamed(p: WinProcess, a: CallWords, width: 1 | 2): number {
  const flags = dword(a[2]!);
  const protection = flags & ~SECTION_ATTRIBUTES;
  const given = (flags & SECTION_ATTRIBUTES) >>> 0;
  const attributes = given === 0 ? SEC_COMMIT : given;
  const size = dword(a[3]!) * 2 ** 32 + dword(a[4]!);
  const base = protection & BASE_PROTECTION;
  if (base === PAGE_EXECUTE || accessOf(base) === 0) return p.fails(WIN32_ERROR.INVALID_PARAMETER);
  if (!isAttributes(attributes)) return p.fails(WIN32_ERROR.INVALID_PARAMETER);
  const file = fileOf(p, a[0]!);
  if (typeof file === 'number') return p.failsWith(file);
  if ((attributes & SEC_IMAGE) !== 0) return p.failsWith(refusalOfImage(file));
  const name = objectName(p, a[5]!, width);
  if (name === null) return p.failsWith(NT_STATUS.ACCESS_VIOLATION);
  const known = p.sectionNames.get(name);
  if (known !== undefined) {
    known.section.open();
    p.lastError = WIN32_ERROR.ALREADY_EXISTS;
    return openSection(p, known.section, rightsOf(protection), name);
  }
  const { status, section } = createSection(p.space, file, size, protection, attributes);
  if (!p.succeeds(status) || section === null) return 0;
  p.lastError = WIN32_ERROR.SUCCESS;
  return openSection(p, section, rightsOf(protection), name);
}

/** Images are the loader's: what is none is told as such. */
function refusalOfImage(file: MappableFile | null): number {
  if (file === null || file.size === 0) return NT_STATUS.INVALID_FILE_FOR_SECTION;
  const head = new Uint8Array(2);
  const isImage = file.object.peek(0, 0, head) && head[0] === 0x4d && head[1] === 0x5a;
  return isImage ? NT_STATUS.NOT_IMPLEMENTED : NT_STATUS.INVALID_IMAGE_NOT_MZ;
}

/** (file, security, protection and attributes, size high, size low, name) */
export function createFileMappingA(p: WinProcess, a: CallWords): number {
  return createNamed(p, a, 1);
}

/** (file, security, protection and attributes, size high, size low, wide name) */
export function createFileMappingW(p: WinProcess, a: CallWords): number {
  return createNamed(p, a, 2);
}

function openNamed(p: WinProcess, a: CallWords, width: 1 | 2): number {
  const name = objectName(p, a[2]!, width);
  if (name === null) return p.failsWith(NT_STATUS.ACCESS_VIOLATION);
  if (a[2] === 0) return p.fails(WIN32_ERROR.INVALID_PARAMETER);
  const known = p.sectionNames.get(name);
  if (known === undefined) return p.fails(WIN32_ERROR.FILE_NOT_FOUND);
  known.section.open();
  const access = dword(a[0]!);
  // FILE_MAP_* are the rights of sections, but for a copy, which reads.
  const rights = access | ((access & FILE_MAP_COPY) === 0 ? 0 : FILE_MAP_READ);
  const execute = (access & FILE_MAP_EXECUTE) === 0 ? 0 : SECTION_MAP_EXECUTE;
  return openSection(p, known.section, rights | execute, name);
}

/** (access, inherit, name) */
export function openFileMappingA(p: WinProcess, a: CallWords): number {
  return openNamed(p, a, 1);
}

/** (access, inherit, wide name) */
export function openFileMappingW(p: WinProcess, a: CallWords): number {
  return openNamed(p, a, 2);
}

/** FILE_MAP_* accesses to a protection: writing is more than reading, a copy is for itself alone. */
function protectionOfAccess(access: number): number {
  const isCopy = (access & ~FILE_MAP_EXECUTE) === FILE_MAP_COPY;
  const plain =
    (access & FILE_MAP_WRITE) !== 0
      ? PAGE_READWRITE
      : (access & FILE_MAP_READ) !== 0
        ? PAGE_READONLY
        : isCopy
          ? PAGE_WRITECOPY
          : PAGE_NOACCESS;
  // The three with execution follow the three without.
  const isExecuted = (access & FILE_MAP_EXECUTE) !== 0 && plain !== PAGE_NOACCESS;
  return isExecuted ? plain << 4 : plain;
}

/** (section, access, offset high, offset low, size, address) */
export function mapViewOfFileEx(p: WinProcess, a: CallWords): number {
  const handle = sectionOf(p, a[0]!);
  if (handle === null) return p.fails(WIN32_ERROR.INVALID_HANDLE);
  const { section, rights } = handle;
  const done = mapView(p.space, {
    section,
    rights,
    address: unsigned(a[5]!),
    offset: dword(a[2]!) * 2 ** 32 + dword(a[3]!),
    size: unsigned(a[4]!),
    type: 0,
    protection: protectionOfAccess(dword(a[1]!)),
  });
  return p.succeeds(done.status) ? done.base : 0;
}

/** (section, access, offset high, offset low, size) */
export function mapViewOfFile(p: WinProcess, a: CallWords): number {
  return mapViewOfFileEx(p, [a[0]!, a[1]!, a[2]!, a[3]!, a[4]!, 0]);
}

/** (address) */
export function unmapViewOfFile(p: WinProcess, a: CallWords): number {
  return p.succeeds(unmapView(p.space, unsigned(a[0]!))) ? 1 : 0;
}

/** (address, size) */
export function flushViewOfFile(p: WinProcess, a: CallWords): number {
  return p.succeeds(flushView(p.space, unsigned(a[0]!), unsigned(a[1]!))) ? 1 : 0;
}

/** (handle) */
export function closeHandle(p: WinProcess, a: CallWords): number {
  return p.handles.close(a[0]!) ? 1 : p.fails(WIN32_ERROR.INVALID_HANDLE);
}
