// @table
/** Randomness, by the names that runtimes ask for it under: all of it is the run's seed. */
import type { Call } from '../call.ts';
import { type SystemFunction, systemFunctions } from '../system-function.ts';

/** What a provider's handle looks like; there is one provider. */
const PROVIDER = 0x1000;
const STATUS_SUCCESS = 0;
const PIECE = 4096;

/** Fills bytes of the program's, piece by piece: a length is only what the program says. */
function fill(c: Call, at: number, length: number): void {
  const piece = new Uint8Array(Math.min(length, PIECE));
  for (let done = 0; done < length && !c.memory.mmu.faulted; done += PIECE) {
    const bytes = piece.subarray(0, Math.min(PIECE, length - done));
    for (let n = 0; n < bytes.length; n++) bytes[n] = c.process.random();
    c.memory.write(at + done, bytes);
  }
}

function giveBytes(c: Call): number {
  fill(c, c.word(0), c.u32(1));
  return 1;
}

function giveManyBytes(c: Call): number {
  fill(c, c.word(0), c.word(1));
  return 1;
}

function openProvider(c: Call): number {
  c.memory.setU64(c.word(0), PROVIDER);
  return 1;
}

export const RANDOM_FUNCTIONS: readonly SystemFunction[] = [
  ...systemFunctions('bcrypt', {
    'BCryptGenRandom(algorithm: handle, to: pointer, size: u32, flags: u32): status': (c) => {
      fill(c, c.word(1), c.u32(2));
      return STATUS_SUCCESS;
    },
    'ProcessPrng(to: pointer, size: u64): bool': giveManyBytes,
  }),
  ...systemFunctions('advapi', {
    // RtlGenRandom of the documentation.
    'SystemFunction036(to: pointer, size: u32): bool': giveBytes,
    'CryptAcquireContextA(to: pointer, container: text, provider: text, type: u32, flags: u32): bool':
      openProvider,
    'CryptAcquireContextW(to: pointer, container: wide, provider: wide, type: u32, flags: u32): bool':
      openProvider,
    'CryptReleaseContext(provider: handle, flags: u32): bool': () => 1,
    'CryptGenRandom(provider: handle, size: u32, to: pointer): bool': (c) => {
      fill(c, c.word(2), c.u32(1));
      return 1;
    },
  }),
];
