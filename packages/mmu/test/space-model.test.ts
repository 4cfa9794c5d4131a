/**
 * Random programs over up to three spaces of one machine agree with a naive model: every byte, every
 * fault, who is told of stored code, what generated code would hit, what goes back to files; and
 * the MMU's own check. Not covered: devices, read-only memory, the limit of VMAs; they have tests
 * of their own.
 */
import { describe, test } from 'vitest';
import { SpaceRig } from './space-rig.ts';

const SEED = Number(process.env['BAREHEAP_SEED'] ?? 1);
const STEPS = Number(process.env['BAREHEAP_FUZZ'] ?? 700);
/** Steps between two looks at everything; a reproducer looks after each. */
const VERIFY_EVERY = Number(process.env['BAREHEAP_VERIFY'] ?? 20);
const COMMAND = 'npx vitest run --project unit packages/mmu/test/space-model';

function run(addressBits: 32 | 48, entries: number, memoryBytes?: number): void {
  const rig = new SpaceRig(addressBits, SEED + entries, entries, memoryBytes);
  for (let step = 1; step <= STEPS; step++) {
    try {
      rig.step();
      if (step % VERIFY_EVERY === 0) rig.verify();
    } catch (error) {
      const again = `BAREHEAP_VERIFY=1 BAREHEAP_SEED=${SEED} BAREHEAP_FUZZ=${step} ${COMMAND}`;
      throw new Error(`${addressBits} bits, ${entries} entries, step ${step}: ${again}`, {
        cause: error,
      });
    }
  }
  rig.verify();
  rig.end();
}

describe.each([32, 48] as const)('spaces of %i bits', (addressBits) => {
  test.each([1, 8, 256])('with %i TLB entries are what the model is', (entries) => {
    run(addressBits, entries);
  });

  test.each([1, 9, 20])('with %i frames store nothing when there are no more', (frames) => {
    run(addressBits, 16, frames * 4096);
  });
});
