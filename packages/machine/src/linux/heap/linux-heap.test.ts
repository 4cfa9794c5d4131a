/** Heap calls of a program whose turns end anywhere: none is missed, and none is seen twice. */
import { readFileSync } from 'node:fs';
import { parseImage } from '@bareheap/image';
import type { HeapReport } from '@bareheap/inspect';
import { expect, test } from 'vitest';
import { TextHost } from '../../../test/text-host.ts';
import type { HeapChoice } from '../../firmware-options.ts';
import { openLinux } from '../linux-guest.ts';

const FILE = '../../../../../test/guests/linux/prebuilt/words.debug';
const PROGRAM = new Uint8Array(readFileSync(new URL(FILE, import.meta.url)));
const PLENTY = 1e7;

/** Runs the program, so many instructions at a time; what is known of its heap then. */
function run(heap: HeapChoice, step: number): { heap: HeapReport; text: string; findings: number } {
  const host = new TextHost();
  const guest = openLinux(
    parseImage(PROGRAM),
    {
      bytes: PROGRAM,
      path: '/words',
      directory: '/',
      argv: ['/words'],
      environment: [],
      heap,
      observesHeap: true,
      memoryBytes: 16 << 20,
      seed: 1,
    },
    host,
  );
  let end = guest.run({ maxInstructions: step });
  while (end.kind === 'limit' && guest.instructions < PLENTY) {
    end = guest.run({ maxInstructions: guest.instructions + step });
  }
  expect(end.kind).toBe('exit');
  const report = guest.report();
  return { heap: report.heap, text: host.text(1), findings: report.findings.length };
}

test.each(['guest', 'tlsf'] as const)('%s: by one, by few, and all at once', (name) => {
  const whole = run(name, PLENTY);
  expect(whole.heap.allocations).toBe(5);
  expect(run(name, 1)).toEqual(whole);
  expect(run(name, 7)).toEqual(whole);
});
