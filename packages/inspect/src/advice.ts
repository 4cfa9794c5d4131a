/** What to look at next, by what was found: half a sentence each, for whoever reads it at night. */
import type { Finding, FindingKind } from './finding.ts';

const ADVICE: Readonly<Record<FindingKind, string | null>> = {
  'double-free': 'see who owns the block: --ltrace lists every call that had this address',
  'invalid-free': 'pass free what malloc gave, unchanged: --ltrace lists every address given out',
  'use-after-free': 'the block was given back before its last use: see who freed it, above',
  'heap-buffer-overflow': 'compare the size asked for with what is written',
  'heap-buffer-underflow': 'look for an index below zero or a pointer moved too far back',
  'mismatched-free': 'give a block back by the family that gave it out',
  'size-mismatch': 'give a block back with the size it was asked for',
  'alignment-mismatch': 'give a block back with the alignment it was asked for',
  leak: 'free the block on every way out of the function that allocated it',
  'uninitialised-read': 'write the bytes before reading them, or ask for zeroed memory',
  'access-after-unmap': 'see the call that took the memory away, above',
  'protection-fault': 'the memory there does not allow it: see the pointer, then the linker script',
  'null-dereference':
    'look for a pointer that was never set, or a malloc whose NULL was not looked at (--ltrace)',
  'wild-access': 'the pointer was never set, or overwritten: see what frame #0 computes it from',
  'bad-request': null,
  overlap: 'use memmove, or copy between blocks that do not share bytes',
  'heap-stack-collision':
    'give the stack more room or the heap less: the linker script, or --heap-size',
  'out-of-memory': 'try --heap-size and --heap for what it would take; --stats shows fragmentation',
  'heap-corruption': 'something wrote outside its block: the block before it is the first suspect',
};

const BAD_JUMP = 'a function pointer or a return address was overwritten: see what frame #1 called';
const BAD_INSTRUCTION =
  'not an instruction of this core: the wrong -mcpu or -march, data run as code, or a trap on purpose';

/** Null when there is nothing to add. */
export function adviceFor(finding: Finding): string | null {
  if (finding.advice !== undefined) return finding.advice;
  if (finding.kind === 'wild-access' && finding.access === 'execute') return BAD_JUMP;
  if (finding.kind === 'bad-request' && finding.pc === finding.address) return BAD_INSTRUCTION;
  return ADVICE[finding.kind];
}
