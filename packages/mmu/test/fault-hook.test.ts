/** The platform that is asked before a fault. */
import { expect, test } from 'vitest';
import { Mmu, Supervisor } from '../src/index.ts';

const PAGE = 4096;
const AT = 0x10000;
const RW = 3;

function space(memoryBytes = 1 << 20): Mmu {
  return new Mmu({ addressBits: 32, memoryBytes });
}

test('a platform that always retries ends in an assertion, not a full stack', () => {
  const mmu = space();
  mmu.onFault = () => 'retry';
  expect(() => mmu.loadSlow(AT, 4)).toThrow('mends nothing');
});

test('a fault that the platform looked into is still the guest’s fault', () => {
  const mmu = space();
  const supervisor = new Supervisor(mmu);
  let asked = 0;
  mmu.onFault = (fault) => {
    asked++;
    expect(supervisor.copyOut(0x500000, 4)).toHaveLength(0);
    expect(fault).toMatchObject({ address: AT, access: 'write', size: 2 });
    return 'raise';
  };
  mmu.storeSlow(AT, 2, 1);
  expect(mmu.fault).toMatchObject({ kind: 'not-present', address: AT, access: 'write', size: 2 });
  expect(mmu.faulted).toBe(true);
  expect(asked).toBe(1);
});

test('what the platform copies while it mends leaves no fault behind', () => {
  const mmu = space();
  mmu.map(0x20000, PAGE, RW);
  mmu.onFault = ({ address }) => {
    mmu.map(address - (address % PAGE), PAGE, RW);
    new Supervisor(mmu).copyIn(0x20000, Uint8Array.of(1, 2, 3));
    expect(mmu.faulted).toBe(false);
    return 'retry';
  };
  mmu.storeSlow(AT, 4, 9);
  expect([mmu.faulted, mmu.loadSlow(AT, 4), mmu.loadSlow(0x20000, 2)]).toEqual([false, 9, 0x201]);
});

test('a platform that throws is asked again at the next fault', () => {
  const mmu = space();
  let asked = 0;
  mmu.onFault = () => {
    if (++asked === 1) throw new Error('the run ends here');
    return 'raise';
  };
  expect(() => mmu.loadSlow(AT, 4)).toThrow('the run ends here');
  mmu.loadSlow(AT, 4);
  expect(asked).toBe(2);
});

test('the platform is not asked about what it cannot mend', () => {
  const mmu = space(PAGE);
  mmu.map(AT, 2 * PAGE, RW);
  mmu.onFault = () => expect.unreachable();
  mmu.storeSlow(AT, 4, 1);
  mmu.storeSlow(AT + PAGE, 4, 1);
  expect([mmu.fault.kind, mmu.pool.refusals]).toEqual(['bus', 1]);
});
