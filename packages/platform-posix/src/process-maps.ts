/** /proc/self/maps. @see fs/proc/task_mmu.c of Linux 6.18 */
import { PAGE_BYTES, PROT_EXECUTE, PROT_READ, PROT_WRITE } from '@bareheap/mmu';
import type { AddressSpace } from './address-space.ts';
import { has, type LinuxVma, VM_MAYSHARE } from './linux-vma.ts';

/** Column where the name begins. */
const NAME_COLUMN = 73;

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
