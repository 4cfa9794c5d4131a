/**
 * Whether debug information is about code that is in the program. A linker that drops a function
 * leaves its debug information behind with addresses that mean nothing: 0 (GNU ld), 1, or the
 * highest ones (lld). On a microcontroller 0 is also where real code lies, so that symbols must
 * tell the two apart.
 */
import { SHF_ALLOC } from './elf-constants.ts';
import type { LoadPlan } from './load-plan.ts';
import { flattenRanges, rangeAt } from './range-list.ts';

/** Most padding between a function of assembly code and the next one. */
const ALIGNMENT = 4;

export type LiveCode = (start: number, end: number) => boolean;

/** Makes the test for a program: true when the code from `start` to `end` is part of it. */
export function liveCode(
  plan: Pick<LoadPlan, 'sections' | 'segments' | 'symbols' | 'machine'>,
): LiveCode {
  const sections = plan.sections.filter(({ flags }) => (flags & SHF_ALLOC) !== 0);
  const places = flattenRanges(
    sections.length > 0
      ? sections.map((s) => ({ start: s.address, end: s.address + s.size, item: true }))
      : plan.segments.map((s) => ({
          start: s.virtualAddress,
          end: s.virtualAddress + s.memorySize,
          item: true,
        })),
  );
  const { symbols, machine } = plan;
  const startsAtZero = (end: number): boolean => {
    const first = symbols.at(0);
    const last = symbols.at(end - 1);
    const code = symbols.codeAt(0);
    if (first === null || last === null || first.kind === 'object') return false;
    // Arm code has mapping symbols always, RISC-V code from newer assemblers alone.
    if (code === 'data' || (code === null && machine === 'arm')) return false;
    if (last.size > 0) return last.address + last.size === end;
    return symbols.at(end + ALIGNMENT - 1) !== last;
  };
  return (start, end) => {
    if (end <= start) return false;
    const inside = rangeAt(places, start) !== null;
    return inside && (start > 0 || symbols.all.length === 0 || startsAtZero(end));
  };
}
