/** /proc/self/maps, smaps_rollup and statm. @see fs/proc/task_mmu.c of Linux 6.18 */
import { PAGE_BYTES, PROT_EXECUTE, PROT_READ, PROT_WRITE } from '@bareheap/mmu';
import type { AddressSpace } from './address-space.ts';
import { has, isAnonymous, type LinuxVma, VM_LOCKED, VM_MAYSHARE, VM_SHARED } from './linux-vma.ts';

/** Column where the name begins. */
const NAME_COLUMN = 73;
const KIB = 1024;

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}

/** `rwxp`, as maps has it. */
export function protectionText(vma: LinuxVma): string {
  const { protection } = vma;
  const letter = (bit: number, text: string): string => ((protection & bit) !== 0 ? text : '-');
  const kind = has(vma, VM_MAYSHARE) ? 's' : 'p';
  return letter(PROT_READ, 'r') + letter(PROT_WRITE, 'w') + letter(PROT_EXECUTE, 'x') + kind;
}

/** The name that maps shows: the file's, the kernel's own, or what the addresses say. */
export function nameOf(space: AddressSpace, vma: LinuxVma): string {
  if (vma.backing.object !== null) return vma.backing.object.name;
  if (vma.name !== '') return vma.name;
  if (vma.start < space.breakEnd && vma.end > space.breakStart) return '[heap]';
  const holdsStack = vma.start <= space.stackStart && space.stackStart <= vma.end;
  return holdsStack ? '[stack]' : '';
}

/** One line of maps, without its end. */
export function mapsLine(space: AddressSpace, vma: LinuxVma): string {
  const { object, pageOffset } = vma.backing;
  const offset = object === null ? 0 : pageOffset * PAGE_BYTES;
  const line = [
    `${hex(vma.start, 8)}-${hex(vma.end, 8)}`,
    protectionText(vma),
    hex(offset, 8),
    object?.device ?? '00:00',
    `${object?.inode ?? 0} `,
  ].join(' ');
  const name = nameOf(space, vma);
  return name === '' ? line : line.padEnd(NAME_COLUMN) + name;
}

/** The text of /proc/self/maps. */
export function mapsText(space: AddressSpace): string {
  return space.vmas
    .all()
    .map((vma) => `${mapsLine(space, vma)}\n`)
    .join('');
}

/** Totals over all VMAs, in bytes, of the fields that smaps has for each. */
export interface MemoryTotals {
  readonly size: number;
  readonly resident: number;
  readonly anonymous: number;
  readonly shared: number;
  readonly locked: number;
}

export function memoryTotals(space: AddressSpace): MemoryTotals {
  let anonymous = 0;
  let shared = 0;
  let locked = 0;
  for (const vma of space.vmas.all()) {
    const owned = space.pages.countOwned(vma.start, vma.end);
    const all = space.pages.count(vma.start, vma.end);
    anonymous += owned;
    // The zero page counts nowhere.
    const counted = isAnonymous(vma) ? owned : all;
    shared += counted - owned;
    if (has(vma, VM_LOCKED)) locked += counted;
  }
  const bytes = (pages: number): number => pages * PAGE_BYTES;
  return {
    size: bytes(space.totalPages),
    resident: bytes(anonymous + shared),
    anonymous: bytes(anonymous),
    shared: bytes(shared),
    locked: bytes(locked),
  };
}

/** The text of /proc/self/smaps_rollup: totals in KiB. Nobody else maps the same frames. */
export function smapsRollupText(space: AddressSpace): string {
  const all = space.vmas.all();
  const range = `${hex(all[0]?.start ?? 0, 8)}-${hex(all.at(-1)?.end ?? 0, 8)}`;
  const head = `${range} ---p 00000000 00:00 0 `.padEnd(NAME_COLUMN);
  const totals = memoryTotals(space);
  const sharedDirty = all.some((vma) => has(vma, VM_SHARED)) ? totals.shared : 0;
  const rows: readonly (readonly [string, number])[] = [
    ['Rss', totals.resident],
    ['Pss', totals.resident],
    ['Shared_Clean', 0],
    ['Shared_Dirty', 0],
    ['Private_Clean', totals.shared - sharedDirty],
    ['Private_Dirty', totals.anonymous + sharedDirty],
    ['Anonymous', totals.anonymous],
    ['Locked', totals.locked],
  ];
  const lines = rows.map(([name, value]) => {
    return `${`${name}:`.padEnd(16)}${String(value / KIB).padStart(8)} kB\n`;
  });
  return `${head}[rollup]\n${lines.join('')}`;
}

/** The text of /proc/self/statm: pages in all, resident, shared, code, 0, data and stack, 0. */
export function statmText(space: AddressSpace): string {
  const totals = memoryTotals(space);
  const fields = [
    space.totalPages,
    totals.resident / PAGE_BYTES,
    totals.shared / PAGE_BYTES,
    space.executablePages,
    0,
    space.dataPages + space.stackPages,
    0,
  ];
  return `${fields.join(' ')}\n`;
}
