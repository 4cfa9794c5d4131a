import { Random } from '@bareheap/conformance';
import { expect, test } from 'vitest';
import { allocateVirtualMemory } from './nt-allocate.ts';
import { checkSpace } from './space-check.ts';
import { SYSTEM_FUNCTIONS } from './system-functions.ts';
import { MEM_COMMIT, MEM_RESERVE } from './win-constants.ts';
import { makeWinProcess, type WinProcess } from './win-process.ts';

const ROUNDS = Number(process.env['BAREHEAP_FUZZ'] ?? 40);
const CALLS = 120;
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
