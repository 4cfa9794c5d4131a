/**
 * Random programs of memory calls, for Windows and this package to run alike. Addresses lie in a few
 * granules from X, so that calls meet what earlier ones made, and in reservations of the system's
 * choice. Left out is what Wine is known to do wrong; see known-differences.json.
 */
import type { ProgramSource } from './program-source.ts';

const GRANULES = 6;
const GRANULE = 0x10000;
const PROTECTIONS: readonly string[] = [
  'PAGE_READWRITE',
  'PAGE_READWRITE',
  'PAGE_READWRITE',
  'PAGE_NOACCESS',
  'PAGE_READONLY',
  'PAGE_EXECUTE',
  'PAGE_EXECUTE_READ',
  'PAGE_EXECUTE_READWRITE',
];
const BAD_PROTECTIONS: readonly string[] = [
  '0',
  'PAGE_READONLY|PAGE_READWRITE',
  'PAGE_WRITECOPY',
  'PAGE_EXECUTE_WRITECOPY',
  'PAGE_GUARD',
  '0x800',
];
const SIZES: readonly string[] = [
  '1',
  '4k',
  '4k',
  '5000',
  '8k',
  '12k',
  '32k',
  '64k',
  '68k',
  '128k',
];
const SECTION_PROTECTIONS: readonly string[] = [
  'PAGE_READWRITE',
  'PAGE_READWRITE',
  'PAGE_READONLY',
  'PAGE_WRITECOPY',
  'PAGE_EXECUTE_READWRITE',
];

/**
 * What a program is about; some things do not go together under Wine: guards stay behind decommits,
 * and protections of decommitted pages may part a region.
 */
export type MemoryTheme = 'guards' | 'decommits' | 'plain' | 'watches' | 'views' | 'copies';

/** Reservations of the system's choice: name and bytes while it lives. */
interface Placed {
  readonly name: string;
  bytes: number;
}

type Statement = (program: MemoryProgram) => string;

class MemoryProgram {
  readonly source: ProgramSource;
  readonly theme: MemoryTheme;
  readonly placed: Placed[] = ['n0', 'n1', 'n2'].map((name) => ({ name, bytes: 0 }));
  /** Sections that were made. */
  sections = 0;

  constructor(source: ProgramSource, theme: MemoryTheme) {
    this.source = source;
    this.theme = theme;
  }

  offset(bytes: number): number {
    const { source } = this;
    const page = source.below(bytes / 4096) * 4096;
    return source.oneIn(6) ? page + source.pick([1, 0x123, 0xff8, 0xfff]) : page;
  }

  /** An address: mostly near X, else inside a reservation of the system's choice. */
  address(): string {
    const { source } = this;
    const live = this.placed.filter(({ bytes }) => bytes > 0);
    if (live.length > 0 && source.oneIn(5)) {
      const { name, bytes } = source.pick(live);
      return `${name}+${this.offset(bytes)}`;
    }
    if (source.oneIn(3)) return `X+${source.below(GRANULES) * GRANULE}`;
    return `X+${this.offset(GRANULES * GRANULE)}`;
  }

  base(): string {
    return `X+${this.source.below(GRANULES) * GRANULE}`;
  }

  size(): string {
    return this.source.oneIn(50) ? '0' : this.source.pick(SIZES);
  }

  /** One that is valid. */
  protectionOfKind(): string {
    return this.theme === 'plain' ? 'PAGE_READWRITE' : this.source.pick(PROTECTIONS);
  }

  protection(): string {
    const { source } = this;
    if (source.oneIn(25)) return source.pick(BAD_PROTECTIONS);
    if (this.theme === 'plain') return 'PAGE_READWRITE';
    const base = source.pick(PROTECTIONS);
    const isGuard = this.theme === 'guards' && base !== 'PAGE_NOACCESS' && source.oneIn(4);
    return isGuard ? `${base}|PAGE_GUARD` : base;
  }
}

function allocate(p: MemoryProgram): string {
  const { source } = p;
  const isReserved = source.oneIn(2);
  const down = source.oneIn(8) ? '|MEM_TOP_DOWN' : '';
  if (source.oneIn(40)) {
    const type = source.pick(['0', 'MEM_DECOMMIT', 'MEM_TOP_DOWN', 'MEM_PHYSICAL']);
    return `VirtualAlloc ${p.address()} ${p.size()} ${type} PAGE_READWRITE`;
  }
  if (!isReserved) {
    return `VirtualAlloc ${p.address()} ${p.size()} MEM_COMMIT ${p.protection()}`;
  }
  // Of reserved pages a guard is not kept as documented.
  const isCommitted = p.theme === 'guards' || source.oneIn(2);
  const type = `${isCommitted ? 'MEM_RESERVE|MEM_COMMIT' : 'MEM_RESERVE'}${down}`;
  return `VirtualAlloc ${p.address()} ${p.size()} ${type} ${p.protection()}`;
}

function allocateAnywhere(p: MemoryProgram): string {
  const { source } = p;
  const one = p.placed.find(({ bytes }) => bytes === 0);
  if (one === undefined) return release(p);
  const pages = 1 + source.below(20);
  one.bytes = pages * 4096;
  const type = source.pick(['MEM_RESERVE', 'MEM_COMMIT', 'MEM_RESERVE|MEM_COMMIT']);
  const shown = p.theme === 'guards' && type === 'MEM_RESERVE' ? 'MEM_COMMIT' : type;
  const size = pages * 4096 - source.pick([0, 0, 1, 4095]);
  return `${one.name} = VirtualAlloc 0 ${size} ${shown} ${p.protectionOfKind()}`;
}

function release(p: MemoryProgram): string {
  const { source } = p;
  const live = p.placed.filter(({ bytes }) => bytes > 0);
  if (live.length > 0 && source.oneIn(3)) {
    const one = source.pick(live);
    one.bytes = 0;
    return `VirtualFree ${one.name} 0 MEM_RELEASE`;
  }
  const size = source.oneIn(10) ? p.size() : '0';
  return `VirtualFree ${source.oneIn(4) ? `${p.base()}+4k` : p.base()} ${size} MEM_RELEASE`;
}

function decommit(p: MemoryProgram): string {
  if (p.theme === 'guards') return release(p);
  return `VirtualFree ${p.address()} ${p.size()} MEM_DECOMMIT`;
}

function query(p: MemoryProgram): string {
  if (p.theme === 'decommits') return `load ${p.address()} 4`;
  const { source } = p;
  if (source.oneIn(4)) return `NtQueryVirtualMemory ${p.address()} 0 ${source.pick([48, 64, 47])}`;
  return `VirtualQuery ${source.oneIn(2) ? p.base() : p.address()} 0`;
}

const SYSTEM_CALLS: readonly Statement[] = [
  (p) => `NtAllocateVirtualMemory ${p.address()} 0 ${p.size()} MEM_COMMIT ${p.protection()}`,
  (p) => `NtProtectVirtualMemory ${p.address()} ${p.size()} ${p.protection()}`,
  query,
  (p) =>
    p.theme === 'guards'
      ? `NtFreeVirtualMemory ${p.base()} 0 MEM_RELEASE`
      : `NtFreeVirtualMemory ${p.address()} ${p.size()} MEM_DECOMMIT`,
];

const ACCESSES: readonly Statement[] = [
  (p) => `load ${p.address()} ${p.source.pick([1, 2, 4, 8])}`,
  (p) => `store ${p.address()} ${p.source.pick([1, 2, 4, 8])} ${p.source.below(0x10000)}`,
  (p) => `store ${p.base()} 1 0xc3`,
  (p) => `fill ${p.address()} ${p.source.pick(['16', '4k', '5000'])} ${p.source.below(256)}`,
  (p) => `sum ${p.address()} ${p.source.pick(['16', '4k', '5000', '64k'])}`,
];

const WATCHES: readonly Statement[] = [
  (p) => `GetWriteWatch ${p.source.below(2)} ${p.address()} ${p.size()} ${1 + p.source.below(40)}`,
  (p) => `GetWriteWatch 0 ${p.base()} 64k 40`,
  (p) => `ResetWriteWatch ${p.address()} ${p.size()}`,
];

/** Wine counts writes that fail, too: every page of a watched reservation can be written. */
const WATCHED: readonly Statement[] = [
  (p) =>
    `VirtualAlloc ${p.base()} ${p.size()} MEM_RESERVE|MEM_COMMIT|MEM_WRITE_WATCH PAGE_READWRITE`,
  (p) =>
    `VirtualAlloc ${p.base()} ${p.size()} MEM_RESERVE|MEM_COMMIT|MEM_WRITE_WATCH PAGE_EXECUTE_READWRITE`,
  (p) => `VirtualProtect ${p.address()} ${p.size()} PAGE_READWRITE`,
  (p) => `VirtualQuery ${p.address()} 0`,
  release,
  ...WATCHES,
  ...ACCESSES,
  ...ACCESSES,
];

const PRIVATE: readonly Statement[] = [
  allocate,
  allocate,
  allocate,
  allocate,
  allocateAnywhere,
  release,
  decommit,
  (p) => `VirtualProtect ${p.address()} ${p.size()} ${p.protection()}`,
  (p) => `VirtualProtect ${p.address()} ${p.size()} ${p.protection()}`,
  query,
  query,
  (p) => `VirtualAlloc ${p.address()} ${p.size()} MEM_RESET PAGE_READWRITE`,
  (p) => `GetWriteWatch 0 ${p.base()} 64k 40`,
  (p) => p.source.pick(SYSTEM_CALLS)(p),
  ...ACCESSES,
  ...ACCESSES,
];

// Sections. Their names are s0, s1, …; those that are closed are not used again.

function makeSection(p: MemoryProgram): string {
  const { source } = p;
  const name = `s${p.sections++}`;
  const size = source.pick(['4k', '5000', '64k', '128k', '192k']);
  return `${name} = CreateFileMapping -1 ${source.pick(SECTION_PROTECTIONS)} ${size}`;
}

function mapView(p: MemoryProgram): string {
  const { source } = p;
  if (p.sections === 0) return makeSection(p);
  const access =
    p.theme === 'copies'
      ? source.pick(['FILE_MAP_COPY', 'FILE_MAP_COPY', 'FILE_MAP_WRITE', 'FILE_MAP_READ'])
      : source.pick([
          'FILE_MAP_WRITE',
          'FILE_MAP_READ',
          'FILE_MAP_WRITE',
          'FILE_MAP_ALL_ACCESS',
          'FILE_MAP_READ|FILE_MAP_EXECUTE',
          '0',
        ]);
  const offset = source.pick(['0', '0', '0', '64k', '128k', '4k']);
  const size = source.pick(['0', '0', '0', '4k', '5000', '64k', '256k']);
  const at = source.oneIn(20) ? `${p.base()}+4k` : p.base();
  return `MapViewOfFileEx s${source.below(p.sections)} ${access} ${offset} ${size} ${at}`;
}

const VIEWS: readonly Statement[] = [
  makeSection,
  mapView,
  mapView,
  mapView,
  (p) => `UnmapViewOfFile ${p.address()}`,
  (p) => `VirtualProtect ${p.address()} ${p.size()} ${p.source.pick(PROTECTIONS)}`,
  (p) => `VirtualAlloc ${p.address()} ${p.size()} MEM_COMMIT ${p.source.pick(PROTECTIONS)}`,
  (p) =>
    `VirtualAlloc ${p.base()} ${p.size()} MEM_RESERVE|MEM_COMMIT ${p.source.pick(PROTECTIONS)}`,
  (p) => `VirtualFree ${p.base()} 0 MEM_RELEASE`,
  (p) => `VirtualFree ${p.address()} ${p.size()} MEM_DECOMMIT`,
  (p) => `VirtualQuery ${p.address()} 0`,
  (p) => `VirtualQuery ${p.base()} 0`,
  (p) => `FlushViewOfFile ${p.address()} ${p.size()}`,
  ...ACCESSES,
  ...ACCESSES,
];

const COPIES: readonly Statement[] = [
  makeSection,
  mapView,
  mapView,
  mapView,
  (p) => `UnmapViewOfFile ${p.address()}`,
  ...ACCESSES,
  ...ACCESSES,
];

const THEMES: Readonly<Record<MemoryTheme, readonly Statement[]>> = {
  guards: PRIVATE,
  decommits: PRIVATE,
  plain: PRIVATE,
  watches: WATCHED,
  views: VIEWS,
  copies: COPIES,
};

/** A program of so many calls about a theme. */
export function randomMemoryProgram(
  source: ProgramSource,
  theme: MemoryTheme,
  calls: number,
): string[] {
  const program = new MemoryProgram(source, theme);
  return Array.from({ length: calls }, () => source.pick(THEMES[theme])(program));
}
