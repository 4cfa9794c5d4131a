/**
 * Programs that change their own code: each change is seen by the next instruction fetched there.
 */
import { describe, expect, test } from 'vitest';
import { CODE, PAGE, READ_EXECUTE, READ_WRITE, X86Program } from '../../../test/x86-program.ts';
import { RAX, RBX, RCX, RDX } from './register.ts';

const word = (value: number): string => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes.toString('hex');
};
const NOP = '90';
const INT3 = 'cc';
const RET = 'c3';

describe.each([
  ['interpreted', 0],
  ['compiled at once', 1],
  ['compiled when hot', 50],
])('%s', (_, compileAfter) => {
  test('an instruction changes the one behind it, in a loop', () => {
    // loop: mov byte [rip+imm of the add], cl; add eax, imm8; dec ecx; jnz loop
    const loop = `880d02000000 83c000 ffc9 75f3 ${INT3}`;
    const program = new X86Program(compileAfter, loop);
    program.cpu.write(RCX, 100);
    expect(program.run()).toMatchObject({ kind: 'trap', trap: 'breakpoint-instruction' });
    // 100 + 99 + … + 1
    expect(program.cpu.read(RAX)).toBe(5050);
    expect(program.cpu.instructionCount).toBe(401);
  });

  test('a loop that changes code ahead of it in the same block', () => {
    // mov dword [rip+7], imm32 over "mov ebx, 1"; nop; mov ebx, …
    const code = `c70501000000 bb02000000`.replace(/\s/g, '');
    // The store's four bytes are the first four of the last instruction: BB 07 00 00 (00).
    const program = new X86Program(compileAfter, `c70501000000bb070000 90 bb01000000 ${INT3}`);
    expect(code.length).toBe(22);
    for (let pass = 0; pass < 3; pass++) {
      program.poke(CODE + 11, 'bb01000000');
      program.cpu.pc = CODE;
      program.run();
      expect(program.cpu.read(RBX)).toBe(7);
    }
  });

  test('a guest that writes functions, protects them, runs them, and writes them anew', () => {
    const program = new X86Program(compileAfter, `ffd3 ffc9 75fa ${INT3}`);
    const { mmu, cpu } = program;
    const place = CODE + 2 * PAGE;
    cpu.write(RBX, place);
    let expected = 0;
    for (let version = 1; version <= 20; version++) {
      mmu.protect(place, PAGE, READ_WRITE);
      program.poke(place, `05${word(version)} ${RET}`);
      cpu.write(RCX, 30);
      cpu.pc = CODE;
      const before = program.state();
      // Not executable yet: the call arrives, and fetching faults.
      expect(program.run()).toMatchObject({
        kind: 'fault',
        fault: { kind: 'protection', access: 'execute', address: place },
      });
      expect(cpu.pc).toBe(place);
      expect(cpu.read(RAX)).toBe(before[RAX]);
      mmu.protect(place, PAGE, READ_EXECUTE);
      expect(program.run()).toMatchObject({ kind: 'trap', trap: 'breakpoint-instruction' });
      expected += 30 * version;
      expect(cpu.read(RAX)).toBe(expected);
    }
  });

  test('code that loses the right to run faults at its next fetch', () => {
    const program = new X86Program(compileAfter, `ffd3 ffc9 75fa ${INT3}`);
    const { mmu, cpu } = program;
    const place = CODE + 2 * PAGE;
    program.poke(place, `ffc0 ${RET}`);
    cpu.write(RBX, place);
    cpu.write(RCX, 1000);
    cpu.run(2500);
    mmu.protect(place, PAGE, READ_WRITE);
    expect(program.run()).toMatchObject({
      kind: 'fault',
      fault: { kind: 'protection', access: 'execute' },
    });
    expect(cpu.pc).toBeGreaterThanOrEqual(place);
    const done = cpu.read(RAX);
    mmu.protect(place, PAGE, READ_EXECUTE);
    program.run();
    expect(cpu.read(RAX)).toBe(1000);
    expect(done).toBeLessThan(1000);
  });

  test('an instruction over two pages, of which the second one changes', () => {
    // mov edx, imm32 with one byte of it in the first page.
    const start = CODE + PAGE - 2;
    const program = new X86Program(compileAfter, NOP);
    for (let pass = 1; pass < 30; pass++) {
      program.poke(start, `ba${word(0x11)} ${INT3}`);
      program.poke(CODE + PAGE, word(pass).slice(0, 6));
      program.cpu.pc = start;
      program.run();
      expect(program.cpu.read(RDX)).toBe(0x11 + pass * 256);
    }
  });

  test('an instruction over two pages, of which the second one is unmapped', () => {
    const start = CODE + PAGE - 2;
    const program = new X86Program(compileAfter, NOP);
    program.poke(start, `ba${word(0x12345678)} ${INT3}`);
    program.cpu.pc = start;
    program.run();
    program.mmu.unmap(CODE + PAGE, PAGE);
    program.cpu.pc = start;
    expect(program.run()).toMatchObject({
      kind: 'fault',
      fault: { kind: 'not-present', access: 'execute', address: CODE + PAGE },
    });
    expect(program.cpu.pc).toBe(start);
  });

  test('a loop over two pages that another page writes to', () => {
    // In the first page: add eax, 1 …; the jump back lies in the second.
    const start = CODE + PAGE - 3;
    const program = new X86Program(compileAfter, NOP);
    program.poke(start, `83c001 ffc9 75f9 ${INT3}`);
    for (let pass = 1; pass <= 10; pass++) {
      program.poke(start + 2, pass.toString(16).padStart(2, '0'));
      program.cpu.write(RAX, 0);
      program.cpu.write(RCX, 200);
      program.cpu.pc = start;
      program.run();
      expect(program.cpu.read(RAX)).toBe(200 * pass);
    }
  });
});
