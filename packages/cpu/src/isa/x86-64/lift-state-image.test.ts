/** Images of the state as SDM volume 1, 10.5 and 13 lay them out, saved and restored. */
import { describe, expect, test } from 'vitest';
import { DATA, PAGE, READ_WRITE, X86Program } from '../../../test/x86-program.ts';
import { RAX, RBX, RCX, RDX } from './register.ts';
import { MXCSR, X87_CONTROL, X87_STATUS, X87_TAGS, XMM0 } from './state.ts';

const INT3 = 'cc';
const FLD1 = 'd9e8';
const FLDPI = 'd9eb';
const FXSAVE = '0fae03';
const FXRSTOR = '0fae0b';
const XSAVE = '0fae23';
const XRSTOR = '0fae2b';
const XGETBV = '0f01d0';
const ONE = '000000000000 0080ff3f'.replace(' ', '');
const PI = '35c26821a2da0fc90040';
const HEADER = DATA + 512;

describe.each([
  ['interpreted', 0],
  ['compiled', 1],
])('%s', (_, compileAfter) => {
  /** Runs code twice from a fresh state, with RBX at the data and xmm3 = 3. */
  function program(code: string, prepare: (p: X86Program) => void = () => {}): X86Program {
    const made = new X86Program(compileAfter, `${code} ${INT3}`);
    for (let pass = 0; pass < 2; pass++) {
      made.memory.poke(DATA, new Uint8Array(PAGE));
      made.reset();
      made.cpu.write(RBX, DATA);
      made.cpu.writeWord(XMM0 + 3, 0, 3);
      made.cpu.writeWord(XMM0 + 3, 3, 0x33333333);
      prepare(made);
      if (pass === 0) made.run();
    }
    return made;
  }

  function finish(made: X86Program): void {
    expect(made.run()).toMatchObject({ kind: 'trap', trap: 'breakpoint-instruction' });
  }

  test('FXSAVE', () => {
    const made = program(`${FLD1} ${FLDPI} ${FXSAVE}`);
    finish(made);
    // Control, status with TOP 6, two registers in use.
    expect(made.bytes(DATA, 8)).toBe('7f030030c0000000');
    expect(made.bytes(DATA + 24, 8)).toBe('801f0000ffff0000');
    expect(made.bytes(DATA + 32, 16)).toBe(`${PI}000000000000`);
    expect(made.bytes(DATA + 48, 10)).toBe(ONE);
    expect(made.bytes(DATA + 160 + 48, 16)).toBe('03000000000000000000000033333333');
  });

  test('FXSAVE, then FXRSTOR, leave the state as it was', () => {
    const clobber = 'dbe3 0f57db';
    const made = program(`${FLD1} ${FLDPI} ${FXSAVE} ${clobber} ${FXRSTOR}`);
    finish(made);
    const { cpu } = made;
    expect([cpu.read(X87_STATUS), cpu.read(X87_TAGS)]).toEqual([0x3000, 0xc0]);
    expect(cpu.readWord(XMM0 + 3, 3)).toBe(0x33333333);
  });

  test('FXRSTOR of an MXCSR that there is not changes nothing', () => {
    const made = program(FXRSTOR, (p) => p.poke(DATA + 24, '00000100'));
    expect(made.run()).toMatchObject({ kind: 'trap', trap: 'general-protection' });
    expect(made.cpu.read(X87_CONTROL)).toBe(0x37f);
    expect(made.cpu.readWord(XMM0 + 3, 0)).toBe(3);
  });

  test('images that are not aligned raise #GP, those over a missing page fault', () => {
    const skewed = program(FXSAVE, ({ cpu }) => cpu.write(RBX, DATA + 8));
    expect(skewed.run()).toMatchObject({ kind: 'trap', trap: 'general-protection' });
    const extended = program(XSAVE, ({ cpu }) => cpu.write(RBX, DATA + 32));
    expect(extended.run()).toMatchObject({ kind: 'trap', trap: 'general-protection' });
    const cut = program(FXSAVE, ({ cpu, mmu }) => {
      cpu.write(RBX, DATA + PAGE - 256);
      mmu.unmap(DATA + PAGE, PAGE);
    });
    expect(cut.run()).toMatchObject({ kind: 'fault', fault: { access: 'write' } });
    expect(cut.bytes(DATA + PAGE - 256, 8)).toBe('0000000000000000');
    cut.mmu.map(DATA + PAGE, PAGE, READ_WRITE);
    finish(cut);
  });

  test('XSAVE writes the components that are asked for, and their bits', () => {
    const made = program(`${FLD1} ${XSAVE}`, (p) => {
      p.cpu.write(RAX, 1);
      p.poke(HEADER, '0200000000000000');
    });
    finish(made);
    expect(made.bytes(DATA + 32, 10)).toBe(ONE);
    expect(made.bytes(DATA + 24, 4)).toBe('00000000');
    expect(made.bytes(DATA + 160 + 48, 4)).toBe('00000000');
    expect(made.bytes(HEADER, 8)).toBe('0300000000000000');
  });

  test('XRSTOR initialises what the image does not have', () => {
    const made = program(`${FLD1} ${XRSTOR}`, (p) => {
      p.cpu.write(RAX, 7);
      p.poke(HEADER, '0100000000000000');
      p.poke(DATA, '7f02000000');
      p.poke(DATA + 24, '003f0000');
    });
    finish(made);
    const { cpu } = made;
    expect(cpu.read(X87_CONTROL)).toBe(0x27f | 0x40);
    expect(cpu.read(X87_TAGS)).toBe(0);
    expect(cpu.readWord(XMM0 + 3, 0)).toBe(0);
    // MXCSR comes from the image in any case.
    expect(cpu.read(MXCSR)).toBe(0x3f00);
  });

  test.each([
    ['components that there are not', HEADER, '0400000000000000'],
    ['the compacted form', HEADER + 8, '0000000000000080'],
    ['reserved bytes', HEADER + 16, '0100000000000000'],
  ])('XRSTOR refuses %s', (_name, at, bytes) => {
    const made = program(XRSTOR, (p) => {
      p.cpu.write(RAX, 3);
      p.poke(at, bytes);
    });
    expect(made.run()).toMatchObject({ kind: 'trap', trap: 'general-protection' });
    expect(made.cpu.readWord(XMM0 + 3, 0)).toBe(3);
  });

  test('XGETBV knows XCR0 alone', () => {
    const made = program(XGETBV, ({ cpu }) => cpu.write(RDX, -1));
    finish(made);
    expect([made.cpu.read(RAX), made.cpu.read(RDX)]).toEqual([3, 0]);
    const other = program(XGETBV, ({ cpu }) => cpu.write(RCX, 2));
    expect(other.run()).toMatchObject({ kind: 'trap', trap: 'general-protection' });
  });
});
