/** The Cpu port's rules on every engine there is: the JIT, unicorn.js's shape, a native Unicorn. */
import { CPU_RULES, type CpuUnderTest } from '@bareheap/conformance/cpu';
import { JitCpu, riscvIsa, thumbIsa } from '@bareheap/cpu';
import { Mmu } from '@bareheap/mmu';
import { describe, expect, test } from 'vitest';
import { fakeUnicornJs } from '../test/fake-unicorn.ts';
import {
  loadNativeUnicorn,
  UnicornCpu,
  type UnicornLibrary,
  UnicornUnavailable,
  unicornJs,
} from './index.ts';

/** Null where there is none; CI has it, and fails without. */
async function nativeLibrary(): Promise<UnicornLibrary | null> {
  try {
    return await loadNativeUnicorn(null, process.platform);
  } catch (error) {
    if (process.env['CI'] !== undefined || !(error instanceof UnicornUnavailable)) throw error;
    return null;
  }
}

const native = await nativeLibrary();
const fake = await unicornJs(fakeUnicornJs, 'fake');

const on = (library: UnicornLibrary): CpuUnderTest => ({
  make: (parts) => new UnicornCpu({ ...parts, library }),
});

/** Rules that Unicorn 2.0.1 does not keep, see docs/unicorn.md. */
const BROKEN: ReadonlySet<string> = new Set(['crossing-store']);

/** Verifies a rule on Unicorn; one that is known to be broken must be. */
function verifyOn(rule: (typeof CPU_RULES)[number], library: UnicornLibrary): void {
  if (!BROKEN.has(rule.id)) rule.verify(on(library));
  else expect(() => rule.verify(on(library))).toThrow('what was there');
}

/** The library as unicorn.js would be: memory is copied, registers move one by one. */
const withoutExtras = (library: UnicornLibrary): UnicornLibrary => ({
  ...library,
  Unicorn: new Proxy(library.Unicorn, {
    construct: (target, values) => {
      const made = Reflect.construct(target, values) as object;
      for (const name of ['mem_map_ptr', 'host_address', 'registers']) {
        Object.defineProperty(made, name, { value: undefined });
      }
      return made;
    },
  }),
});

const rulesOf = (isa: string) =>
  CPU_RULES.filter((rule) => rule.isa === isa || isa === '').map(
    (rule) => [`${rule.id}: ${rule.title}`, rule] as const,
  );

describe.each([
  ['interpreted', 0],
  ['compiled at once', 1],
] as const)('the JIT, %s', (_name, compileAfter) => {
  const subject: CpuUnderTest = { make: (parts) => new JitCpu({ ...parts, compileAfter }) };
  test.each(rulesOf(''))('%s', (_title, rule) => rule.verify(subject));
});

describe('an object of unicorn.js’s shape', () => {
  const rules = [...rulesOf('rv32'), ...rulesOf('x86-64')];
  test.each(rules)('%s', (_title, rule) => rule.verify(on(fake)));

  test('is found wherever a module keeps it', async () => {
    const { uc } = fakeUnicornJs;
    for (const module of [uc, { default: { uc } }, async () => ({ uc }), { MUnicorn: () => uc }]) {
      expect(await unicornJs(module, 'x.js')).toMatchObject({ Unicorn: uc.Unicorn });
    }
    expect(fake.description).toBe('unicorn.js 2.0 (fake)');
  });

  test('is refused in one line when it is something else', async () => {
    const refusal = unicornJs({ default: { something: 1 } }, 'other.js');
    await expect(refusal).rejects.toThrow('other.js is no unicorn.js');
  });
});

describe.skipIf(native === null)('native Unicorn', () => {
  test.each(rulesOf(''))('%s', (_title, rule) => verifyOn(rule, native!));

  test('many pages are few mappings', () => {
    const mmu = new Mmu({ addressBits: 32, memoryBytes: 2 ** 26 });
    mmu.map(0x10000, 0x1000, 7);
    mmu.map(0x1000000, 2 ** 25, 3);
    // Stores into each of 8192 pages: sw a0, 0(t0); add t0, t0, t1; bne t0, t2, -8; ecall.
    mmu.storeSlow(0x10000, 4, 0x00a2a023);
    mmu.storeSlow(0x10004, 4, 0x006282b3);
    mmu.storeSlow(0x10008, 4, 0xfe729ce3 | 0);
    mmu.storeSlow(0x1000c, 4, 0x00000073);
    const system = { readSystem: () => 0, writeSystem: () => {}, refused: false };
    const cpu = new UnicornCpu({ isa: riscvIsa(), memory: mmu, system, library: native! });
    cpu.pc = 0x10000;
    for (const [register, value] of [
      [10, 5],
      [5, 0x1000000],
      [6, 0x1000],
      [7, 0x3000000],
    ] as const) {
      cpu.write(register, value);
    }
    expect(cpu.run(1e6)).toMatchObject({ kind: 'trap', trap: 'supervisor-call' });
    expect(cpu.instructionCount).toBe(3 * 8192);
    expect(mmu.loadSlow(0x2fff000, 4)).toBe(5);
    expect(cpu.mappings).toBeLessThan(400);
    cpu.dispose();
  });
});

describe.skipIf(native === null)('native Unicorn with copied memory', () => {
  const copying = native === null ? fake : withoutExtras(native);
  test.each(rulesOf(''))('%s', (_title, rule) => verifyOn(rule, copying));
});

describe('what cannot be used is told in one line', () => {
  test('a library that is not there', async () => {
    const missing = loadNativeUnicorn('/nowhere/libunicorn.so', 'linux');
    await expect(missing).rejects.toThrow(/^no Unicorn library: .* apt install libunicorn2/);
  });

  test('a library that is something else', async () => {
    const other = loadNativeUnicorn('libm.so.6', 'linux');
    await expect(other).rejects.toBeInstanceOf(UnicornUnavailable);
  });

  test('an instruction set without a table', () => {
    const mmu = new Mmu({ addressBits: 32, memoryBytes: 4096 });
    const isa = { ...thumbIsa({ version: 'v7m' }), name: 'rv64imac' };
    const system = { readSystem: () => 0, writeSystem: () => {}, refused: false };
    const make = (): UnicornCpu => new UnicornCpu({ isa, memory: mmu, system, library: fake });
    expect(make).toThrow('does not run rv64imac yet');
  });
});
