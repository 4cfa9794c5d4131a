/**
 * `bareheap conform static`: what every heap in a fixed region must keep, rule by rule, on each
 * strategy that promises all of it.
 */
import { bufferRegion, HEAP_BASES, HEAP_RULES } from '@bareheap/conformance';
import { createHeap, STRATEGIES } from '@bareheap/core';

/** Gives single blocks back only when they are the last one. */
const NEVER_REUSES = new Set(['bump']);
const NAMES = Object.keys(STRATEGIES).filter((name) => name !== 'null');

/** What is wrong with a strategy by a rule; null when nothing is. */
function failureOf(rule, name, base) {
  const make = (memory, at, size) => createHeap(name, memory, at, size);
  try {
    const comesBack = !NEVER_REUSES.has(name);
    const traits = { reuses: comesBack, merges: comesBack, growsInPlace: true, hasHeaders: true };
    rule.verify({ make, region: bufferRegion(base), traits });
    return null;
  } catch (error) {
    return `${name} at 0x${base.toString(16)}: ${error.message}`;
  }
}

/** @returns the table's lines, and how many runs of a rule failed */
export function conformStatic() {
  const lines = [`strategies: ${NAMES.join(', ')}`];
  let failures = 0;
  for (const rule of HEAP_RULES) {
    const runs = NAMES.flatMap((name) => HEAP_BASES.map((base) => failureOf(rule, name, base)));
    const wrong = runs.filter((failure) => failure !== null);
    const outcome = wrong.length === 0 ? 'pass' : 'fail';
    const passed = runs.length - wrong.length;
    lines.push(
      `${outcome.padEnd(9)}  ${rule.id.padEnd(24)} ${passed}/${runs.length}  ${rule.title}`,
    );
    lines.push(...wrong.map((failure) => `             ${failure}`));
    failures += wrong.length;
  }
  return { lines, failures };
}
