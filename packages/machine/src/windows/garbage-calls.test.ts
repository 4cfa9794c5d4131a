/**
 * Every system function with arguments that make no sense: none of them may end in an error of
 * ours, or take long. BAREHEAP_FUZZ is how many calls each function gets (a sample of functions gets
 * a few by itself); `BAREHEAP_ROW='kernel!VirtualAlloc 7'` replays one.
 */
import { Random } from '@bareheap/conformance';
import { parseImage } from '@bareheap/image';
import { expect, test } from 'vitest';
import { TextHost } from '../../test/text-host.ts';
import { openProgram, prebuiltProgram } from '../../test/windows-program.ts';
import { FUNCTION_TABLE } from './function-table.ts';
import type { Family } from './system-function.ts';

const CALLS = process.env['BAREHEAP_FUZZ'];
const ROW = process.env['BAREHEAP_ROW'];
/** Functions that are tried without being asked, and calls that each of them gets. */
const SAMPLE = 30;
const FEW = 8;
const INSTRUCTIONS = 1_000_000;
/** More than any function takes by far, on a machine that is busy with something else. */
const SLOW_MS = 20_000;

const LIBRARIES: Partial<Record<Family, string>> = {
  kernel: 'kernel32.dll',
  crt: 'msvcrt.dll',
  advapi: 'advapi32.dll',
  bcrypt: 'bcrypt.dll',
  user: 'user32.dll',
  shell: 'shell32.dll',
  socket: 'ws2_32.dll',
};

const plan = parseImage(prebuiltProgram('garbage.exe'));

interface Trial {
  readonly key: string;
  readonly seed: number;
  readonly calls: number;
}

/** How a program ends that calls one function with garbage. */
function outcome({ key, seed, calls }: Trial): string {
  const row = FUNCTION_TABLE.get(key)!;
  const library = LIBRARIES[row.family] ?? 'kernel32.dll';
  const begin = performance.now();
  try {
    const guest = openProgram(plan, new TextHost('some input\n'), {
      argv: [library, row.name, String(seed), String(calls)],
      memoryBytes: 2 ** 25,
    });
    const { kind } = guest.run({ maxInstructions: INSTRUCTIONS });
    const took = performance.now() - begin;
    if (took > SLOW_MS) throw new Error(`took ${Math.round(took)} ms`);
    return kind;
  } catch (error) {
    throw new Error(`BAREHEAP_ROW='${key} ${seed}': ${(error as Error).stack}`);
  }
}

function trials(): Trial[] {
  const keys = [...FUNCTION_TABLE.keys()];
  if (ROW !== undefined) {
    const [key, seed] = ROW.split(' ') as [string, string];
    return [{ key, seed: Number(seed), calls: Number(CALLS ?? FEW) }];
  }
  if (CALLS !== undefined) return keys.map((key) => ({ key, seed: 1, calls: Number(CALLS) }));
  const random = new Random(1);
  return Array.from({ length: SAMPLE }, () => ({ key: random.pick(keys), seed: 2, calls: FEW }));
}

test('no function minds its arguments', { timeout: 3_600_000 }, () => {
  const failures: string[] = [];
  for (const trial of trials()) {
    try {
      expect(['exit', 'fault', 'exception', 'limit']).toContain(outcome(trial));
    } catch (error) {
      failures.push((error as Error).message);
    }
  }
  expect(failures).toEqual([]);
});
