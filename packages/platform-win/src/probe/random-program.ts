/** Random programs of every kind, one a seed. */
import { ProgramSource } from './program-source.ts';
import { randomHandleProgram, randomHeapProgram } from './random-heap.ts';
import { randomMemoryProgram } from './random-memory.ts';

type Make = (source: ProgramSource, calls: number) => string[];

const KINDS: readonly Make[] = [
  (source, calls) => randomMemoryProgram(source, 'guards', calls),
  (source, calls) => randomMemoryProgram(source, 'decommits', calls),
  (source, calls) => randomMemoryProgram(source, 'plain', calls),
  (source, calls) => randomMemoryProgram(source, 'watches', calls),
  (source, calls) => randomMemoryProgram(source, 'views', calls),
  (source, calls) => randomMemoryProgram(source, 'copies', calls),
  randomHeapProgram,
  randomHeapProgram,
  randomHandleProgram,
];

/** The program of a seed: about so many calls. */
export function randomWinProgram(seed: number, calls: number): string[] {
  const kind = KINDS[seed % KINDS.length]!;
  return kind(new ProgramSource(seed), calls);
}

/** FNV-1a of a program's lines. */
export function winResultsHash(lines: readonly string[]): number {
  let hash = 2166136261;
  for (const line of lines) {
    for (let index = 0; index < line.length; index++) {
      hash = Math.imul(hash ^ line.charCodeAt(index), 16777619);
    }
    hash = Math.imul(hash ^ 10, 16777619);
  }
  return hash >>> 0;
}
