/** Waiting for a word of memory to change: WaitOnAddress and who wakes it. */
import type { Call } from '../call.ts';
import type { Steps } from '../call-steps.ts';
import { ERROR_INVALID_PARAMETER, ERROR_TIMEOUT } from '../process/windows-error.ts';
import { type FunctionRows, type SystemFunction, systemFunctions } from '../system-function.ts';
import { sleepOn, wake } from './sync-functions.ts';

const SIZES: ReadonlySet<number> = new Set([1, 2, 4, 8]);

function hasChanged(c: Call, address: number, before: Uint8Array): boolean {
  const now = c.memory.read(address, before.length);
  return now.some((byte, n) => byte !== before[n]);
}

/** Sleeps as condition variables do; the address is what it is woken by. */
function* wait(c: Call): Steps {
  const size = c.word(2);
  if (!SIZES.has(size)) return c.fail(ERROR_INVALID_PARAMETER);
  const before = c.memory.read(c.word(1), size);
  if (hasChanged(c, c.word(0), before)) return 1;
  const came = yield* sleepOn(c, c.u32(3));
  return came === 0 ? c.fail(ERROR_TIMEOUT) : 1;
}

const ROWS: FunctionRows = {
  'WaitOnAddress(address: pointer, compare: pointer, size: u64, time: u32): bool': wait,
  'WakeByAddressSingle(address: pointer)': (c) => wake(c, 1),
  'WakeByAddressAll(address: pointer)': (c) => wake(c, Number.POSITIVE_INFINITY),
};

/** Not `kernel32.dll`'s: `api-ms-win-core-synch-l1-2-0.dll` and `kernelbase.dll` export them. */
export const ADDRESS_WAITS: readonly SystemFunction[] = systemFunctions('kernel', ROWS);
