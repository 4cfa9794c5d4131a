import { Random } from '@bareheap/conformance';
import { expect, test } from 'vitest';
import { allocateVirtualMemory } from './nt-allocate.ts';
import { checkSpace } from './space-check.ts';
import { SYSTEM_FUNCTIONS } from './system-functions.ts';
import { MEM_COMMIT, MEM_RELEASE, MEM_RESERVE } from './win-constants.ts';
import { makeWinProcess, type WinProcess } from './win-process.ts';

const ROUNDS = Number(process.env['BAREHEAP_FUZZ'] ?? 40);
const CALLS = 120;
const NOT_ENOUGH_MEMORY = 8;
const NUMBERS: readonly number[] = [
  0,
  -1,
  1,
  8,
  47,
  48,
  4095,
  4096,
  65536,
  0x100000,
  0x7fffffff0000,
  0x800000000000,
  -4096,
  -(2 ** 63),
  2 ** 52,
  0x3000,
  0x1000,
  0x8000,
  0x4000,
  0x80000,
  4,
  0x40,
  0x104,
  2,
  0xffffffff,
  0x8000004,
  0x4000004,
];

/** A word that a program might pass: a number, a place in its memory, or what a call gave. */
function word(random: Random, memory: number, given: readonly number[]): number {
  const choice = random.below(3);
  if (choice === 0) return NUMBERS[random.below(NUMBERS.length)]!;
  if (choice === 1) return memory + 8 * random.below(2048);
  return given.length === 0 ? memory : given[random.below(given.length)]!;
}

function runRound(seed: number): string[] {
  const random = new Random(seed);
  const guest: WinProcess = makeWinProcess();
  const commit = MEM_RESERVE | MEM_COMMIT;
  const { base } = allocateVirtualMemory(guest.space, 0, 0, 16384, commit, 4);
  const given: number[] = [];
  for (let i = 0; i < CALLS; i++) {
    const row = SYSTEM_FUNCTIONS[random.below(SYSTEM_FUNCTIONS.length)]!;
    const words = row.arguments.map(() => word(random, base, given));
    if (random.below(3) === 0) guest.space.mmu.store(base + 8 * random.below(2048), 8, i, i % 2);
    given.push(row.call(guest, words));
    guest.exception = null;
    guest.space.mmu.faulted = false;
  }
  const wrong = checkSpace(guest.space);
  guest.dispose();
  if (guest.space.mmu.pool.inUse > 0) wrong.push('frames are left in use');
  return wrong.map((line) => `seed ${seed}: ${line}`);
}

test('calls with any words end, and leave a sound space', () => {
  for (let seed = 1; seed <= ROUNDS; seed++) {
    try {
      expect(runRound(seed)).toEqual([]);
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error });
    }
  }
}, 600_000);

test('what a program reserves without end is refused at last, and what it frees it has again', () => {
  const guest = makeWinProcess({ reservationLimit: 1000 });
  const call = (name: string, ...words: readonly number[]): number =>
    SYSTEM_FUNCTIONS.find((row) => row.name === name)!.call(guest, words);
  const last = call('VirtualAlloc', 0, 65536, MEM_RESERVE, 4);
  let count = 0;
  let base = 2 ** 40;
  while (call('VirtualAlloc', base, 65536, MEM_RESERVE, 4) === base && count < 2000) {
    base += 65536;
    count++;
  }
  expect(guest.space.reservations.size).toBe(1000);
  for (const [name, ...words] of [
    ['VirtualAlloc', 0, 65536, MEM_RESERVE, 4],
    ['VirtualAlloc', base, 65536, MEM_RESERVE, 4],
    ['HeapCreate', 0, 0, 0],
    ['GetProcessHeap'],
  ] as const) {
    guest.lastError = 0;
    expect([name, call(name, ...words), guest.lastError]).toEqual([name, 0, NOT_ENOUGH_MEMORY]);
  }
  const section = call('CreateFileMappingA', -1, 0, 4, 0, 65536, 0);
  for (const place of [0, base]) {
    expect(call('MapViewOfFileEx', section, 2, 0, 0, 0, place)).toBe(0);
    expect(guest.lastError).toBe(NOT_ENOUGH_MEMORY);
  }
  expect(call('VirtualFree', last, 0, MEM_RELEASE)).toBe(1);
  expect(call('VirtualAlloc', 0, 65536, MEM_RESERVE, 4)).toBe(last);
  guest.dispose();
});
