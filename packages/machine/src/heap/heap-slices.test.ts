/**
 * How much runs at once changes nothing of what is known of a heap: no call is missed and none is
 * seen twice when runs end after every instruction, on any platform and in any tier of the engine.
 */
import { readFileSync } from 'node:fs';
import { type Cpu, JitCpu } from '@bareheap/cpu';
import { parseImage } from '@bareheap/image';
import { describe, expect, test } from 'vitest';
import { MemoryHost } from '../../test/memory-host.ts';
import { TextHost } from '../../test/text-host.ts';
import type { CpuParts, HeapChoice } from '../firmware-options.ts';
import type { Guest } from '../guest.ts';
import { openFirmware, openLinux, openWindows } from '../index.ts';

const GUESTS = new URL('../../../../test/guests/', import.meta.url);
const PLENTY = 1e7;

/** Tiers of the engine: when it compiles, and instructions of a run, of which the code needs some. */
const TIERS = {
  interpreted: { compileAfter: 0, steps: [1, 3] },
  'compiled when warm': { compileAfter: 200, steps: [64, 1000] },
} as const;
type Tier = keyof typeof TIERS;

/** Opens a program of the platform that its folder is of, whose heap calls are told to `onHeapCall`. */
function open(file: string, tier: Tier, heap: HeapChoice, onHeapCall: () => void): Guest {
  const bytes = Uint8Array.from(readFileSync(new URL(file, GUESTS)));
  const plan = parseImage(bytes);
  const make = (parts: CpuParts): Cpu =>
    new JitCpu({ ...parts, compileAfter: TIERS[tier].compileAfter });
  const common = { heap, onHeapCall, cpu: { engine: 'jit', make }, memoryBytes: 2 ** 26, seed: 1 };
  if (file.startsWith('prebuilt/')) {
    const board = file.split('.')[1]!;
    return openFirmware(plan, { ...common, board, commandLine: 'guest' }, new MemoryHost());
  }
  const started = { ...common, environment: [], observesHeap: true };
  if (file.startsWith('windows/')) {
    return openWindows(plan, { ...started, path: 'C:\\guest.exe', argv: [] }, new TextHost());
  }
  const linux = { bytes, path: '/guest', directory: '/', argv: ['/guest'] };
  return openLinux(plan, { ...started, ...linux }, new TextHost());
}

/** What is known of the program's heap when it ran so many instructions at a time. */
function figures(file: string, tier: Tier, heap: HeapChoice, step: number): unknown {
  let calls = 0;
  const guest = open(file, tier, heap, () => calls++);
  let end = guest.run({ maxInstructions: step });
  while (end.kind === 'limit' && guest.instructions < PLENTY) {
    end = guest.run({ maxInstructions: guest.instructions + step });
  }
  const { heap: known, findings } = guest.report();
  const { allocations, frees, reallocations, failures, blocksLive, bytesLive, bytesTotal } = known;
  return {
    end: end.kind,
    ...{ calls, allocations, frees, reallocations, failures, blocksLive, bytesLive, bytesTotal },
    findings: findings.map(({ kind }) => kind),
  };
}

/** Programs, who serves, and how many heap calls they make. */
const GUEST_CALLS: readonly (readonly [file: string, heap: HeapChoice, calls: number])[] = [
  ['prebuilt/freertos-heap.cortex-m3.elf', 'guest', 17],
  ['prebuilt/heap8k.cortex-m0.elf', 'tlsf', 23],
  ['prebuilt/heap8k.rv32.elf', 'guest', 23],
  ['prebuilt/freertos-heap.rv32.elf', 'tlsf', 17],
  ['linux/prebuilt/words.debug', 'guest', 12],
  ['windows/prebuilt/families.exe', 'guest', 104],
  ['windows/prebuilt/own-allocator.exe', 'tlsf', 24],
  ['windows/prebuilt/threads.exe', 'guest', 24],
];

describe.each(Object.keys(TIERS) as Tier[])('%s', (tier) => {
  test.each(GUEST_CALLS)('%s, heap %s: %i calls', (file, heap, calls) => {
    const whole = figures(file, tier, heap, PLENTY);
    expect(whole).toMatchObject({ end: 'exit', calls });
    for (const step of TIERS[tier].steps) {
      expect(figures(file, tier, heap, step), `by ${step}`).toEqual(whole);
    }
  });
});

test('threads of Linux whose turns end anywhere', () => {
  const file = 'linux/prebuilt/heap-copies.debug';
  const whole = figures(file, 'interpreted', 'tlsf', PLENTY);
  expect(whole).toMatchObject({ end: 'exit', allocations: 3001, frees: 3001, calls: 6158 });
  expect(figures(file, 'interpreted', 'tlsf', 3)).toEqual(whole);
});
