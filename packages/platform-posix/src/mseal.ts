/** mseal: mappings that cannot be changed any more. @see mm/mseal.c of Linux 6.18 */
import type { AddressSpace } from './address-space.ts';
import { isPageAligned, pageAlign } from './address-word.ts';
import { EINVAL, ENOMEM, ENOSYS } from './errno.ts';
import { has, VM_SEALED, withMapping } from './linux-vma.ts';

/** Seals a range: 0; -EINVAL; -ENOMEM with nothing changed when there is a hole in it. */
export function mseal(space: AddressSpace, start: number, length: number, flags: number): number {
  if (!space.profile.hasSealing) return -ENOSYS;
  if (flags !== 0 || !isPageAligned(start)) return -EINVAL;
  const bytes = pageAlign(length);
  if (length !== 0 && bytes === 0) return -EINVAL;
  const end = start + bytes;
  if (end < start) return -EINVAL;
  for (let at = start; at < end; ) {
    const vma = space.vmas.find(at);
    if (vma === null) return -ENOMEM;
    at = vma.end;
  }
  for (let at = start; at < end; ) {
    const vma = space.vmas.find(at)!;
    const to = Math.min(end, vma.end);
    const flagged = vma.backing.flags | VM_SEALED;
    const sealed = has(vma, VM_SEALED)
      ? vma
      : space.modify(vma, at, to, (part) => withMapping(part, { flags: flagged }));
    if (sealed === null) return -ENOMEM;
    at = to;
  }
  return 0;
}
