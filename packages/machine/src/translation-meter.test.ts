import { readFileSync } from 'node:fs';
import { parseImage } from '@bareheap/image';
import type { TranslationReport } from '@bareheap/inspect';
import { expect, test } from 'vitest';
import { MemoryHost } from '../test/memory-host.ts';
import { openLinux } from './linux/linux-guest.ts';

const FILE = '../../../test/guests/linux/prebuilt/return-zero.musl';
const PROGRAM = new Uint8Array(readFileSync(new URL(FILE, import.meta.url)));

/** What a run tells of translating, and how many instructions it was. */
function reported(now?: () => number): { told: TranslationReport; instructions: number } {
  const guest = openLinux(
    parseImage(PROGRAM),
    {
      bytes: PROGRAM,
      path: '/guest',
      directory: '/',
      argv: ['/guest'],
      environment: [],
      heap: 'guest',
      observesHeap: false,
      memoryBytes: 16 << 20,
      seed: 1,
      ...(now === undefined ? {} : { now }),
    },
    new MemoryHost(),
  );
  expect(guest.run({ maxInstructions: 1e6 })).toEqual({ kind: 'exit', code: 0 });
  const { translation, instructions } = guest.report().cpu;
  return { told: translation!, instructions };
}

test('a Linux program: counts, the same from run to run, and no time without a clock', () => {
  const { told, instructions } = reported();
  expect(told.blocks).toBeGreaterThan(10);
  expect(told.instructionsInterpreted).toBeGreaterThan(told.blocks);
  expect(told.instructionsInterpreted).toBeLessThanOrEqual(instructions);
  expect(told.time).toBeUndefined();
  expect(reported().told).toEqual(told);
});

test('with a clock: translating is part of the run', () => {
  let time = 0;
  const { told } = reported(() => time++);
  // A step for each block and batch of regions; the run has both ends of each, and one more.
  expect(told.time!.milliseconds).toBeGreaterThanOrEqual(told.blocks);
  expect(told.time!.runMilliseconds).toBe(2 * told.time!.milliseconds + 1);
});
