/**
 * State at faults, as a program's signal handler would see it: nothing of the instruction is done
 * but the whole steps of a string instruction, and it goes on when the page is there.
 */
import type { Fault } from '@bareheap/mmu';
import { describe, expect, test } from 'vitest';
import { DATA, PAGE, READ_WRITE, X86Program } from '../../../test/x86-program.ts';
import { RAX, RBX, RCX, RDI, RSI, RSP } from './register.ts';

const INT3 = 'cc';
/** What is absent: the second page of the data area, and all after it. */
const ABSENT = DATA + PAGE;

interface Crossing {
  readonly name: string;
  readonly code: string;
  /** Bytes of the access, of which half are in the page that is absent. */
  readonly size: number;
  readonly access: Fault['access'];
}

/** On [rbx]. */
const CROSSINGS: readonly Crossing[] = [
  { name: 'mov ax, [rbx]', code: '668b03', size: 2, access: 'read' },
  { name: 'mov eax, [rbx]', code: '8b03', size: 4, access: 'read' },
  { name: 'mov rax, [rbx]', code: '488b03', size: 8, access: 'read' },
  { name: 'add rax, [rbx]', code: '480303', size: 8, access: 'read' },
  { name: 'movups xmm0, [rbx]', code: '0f1003', size: 16, access: 'read' },
  { name: 'addsd xmm0, [rbx]', code: 'f20f5803', size: 8, access: 'read' },
  { name: 'pop rax', code: '4889dc58', size: 8, access: 'read' },
  { name: 'mov [rbx], ax', code: '668903', size: 2, access: 'write' },
  { name: 'mov [rbx], rax', code: '488903', size: 8, access: 'write' },
  { name: 'movups [rbx], xmm0', code: '0f1103', size: 16, access: 'write' },
  { name: 'fld1; fstp tword [rbx]', code: 'd9e8 db3b', size: 10, access: 'write' },
];

/** Instructions that read, then write where the read did not fault: the page is read-only. */
const READ_THEN_WRITE = [
  ['add [rbx], eax', '0103'],
  ['xchg [rbx], eax', '8703'],
  ['lock cmpxchg [rbx], ecx', 'f00fb10b'],
  ['inc qword [rbx]', '48ff03'],
  ['bts dword [rbx], 3', '0fba2b03'],
  ['cmpxchg16b [rbx]', '480fc70b'],
] as const;

const MODIFYING = [
  ...READ_THEN_WRITE,
  ['shl dword [rbx], 3', 'c12303'],
  ['not word [rbx]', '66f713'],
] as const;

describe.each([
  ['interpreted', 0],
  ['compiled', 1],
])('%s', (_, compileAfter) => {
  /** A program that has run once with all pages there, so that it is compiled where that is so. */
  function warm(code: string, prepare: (program: X86Program) => void): X86Program {
    const program = new X86Program(compileAfter, `${code} ${INT3}`);
    prepare(program);
    expect(program.run()).toMatchObject({ kind: 'trap', trap: 'breakpoint-instruction' });
    program.reset();
    prepare(program);
    return program;
  }

  test.each(CROSSINGS)('$name over the end of the pages there are', ({ code, size, access }) => {
    const at = ABSENT - size / 2;
    const program = warm(code, ({ cpu }) => {
      cpu.write(RAX, 0x1234);
      cpu.write(RBX, at);
    });
    program.poke(at, 'ab'.repeat(size));
    program.mmu.unmap(ABSENT, PAGE);
    const stop = program.run();
    expect(stop).toMatchObject({ kind: 'fault', fault: { kind: 'not-present', access } });
    expect(stop.kind === 'fault' && stop.fault.address).toBe(ABSENT);
    expect(program.cpu.read(RAX)).toBe(0x1234);
    expect(program.bytes(at, size / 2)).toBe('ab'.repeat(size / 2));
    const before = program.state();
    // Again: the same, and nothing has moved.
    expect(program.run()).toMatchObject({ kind: 'fault' });
    expect(program.state()).toEqual(before);
    program.mmu.map(ABSENT, PAGE, READ_WRITE);
    expect(program.run()).toMatchObject({ kind: 'trap', trap: 'breakpoint-instruction' });
  });

  test.each(READ_THEN_WRITE)('%s to a page that may only be read', (_name, code) => {
    const program = warm(code, ({ cpu }) => {
      cpu.write(RAX, 7);
      cpu.write(RBX, DATA);
    });
    program.poke(DATA, '07000000 00000000 00000000 00000000');
    program.mmu.protect(DATA, PAGE, 1);
    const before = program.state();
    expect(program.run()).toMatchObject({
      kind: 'fault',
      fault: { kind: 'protection', access: 'write', address: DATA },
    });
    expect(program.state()).toEqual(before);
    expect(program.bytes(DATA, 8)).toBe('0700000000000000');
  });

  test.each(MODIFYING)('%s where there is no page is a store', (_name, code) => {
    const program = warm(code, ({ cpu }) => cpu.write(RBX, DATA));
    program.mmu.unmap(DATA, PAGE);
    expect(program.run()).toMatchObject({
      kind: 'fault',
      fault: { kind: 'not-present', access: 'write', address: DATA },
    });
  });

  test('rep movsb stops at the byte that faults, and goes on', () => {
    const from = DATA + 2 * PAGE;
    const program = warm('f3a4', ({ cpu }) => {
      cpu.write(RSI, from);
      cpu.write(RDI, ABSENT - 100);
      cpu.write(RCX, 300);
    });
    program.poke(from, Buffer.from(Uint8Array.from({ length: 300 }, (_, n) => n)).toString('hex'));
    program.mmu.unmap(ABSENT, PAGE);
    const count = program.cpu.instructionCount;
    expect(program.run()).toMatchObject({
      kind: 'fault',
      fault: { kind: 'not-present', access: 'write', address: ABSENT },
    });
    const { cpu } = program;
    expect([cpu.read(RSI), cpu.read(RDI), cpu.read(RCX)]).toEqual([from + 100, ABSENT, 200]);
    expect(cpu.instructionCount - count).toBe(100);
    program.mmu.map(ABSENT, PAGE, READ_WRITE);
    expect(program.run()).toMatchObject({ kind: 'trap', trap: 'breakpoint-instruction' });
    expect(program.bytes(ABSENT - 100, 300)).toBe(program.bytes(from, 300));
    expect(cpu.read(RCX)).toBe(0);
    // An iteration each, and the INT3.
    expect(cpu.instructionCount - count).toBe(301);
  });

  test('rep movsq backwards over a page: the element that lies in both', () => {
    const program = warm('fd f348a5 fc', ({ cpu }) => {
      cpu.write(RSI, DATA + 2 * PAGE + 800);
      cpu.write(RDI, ABSENT + 4 + 80);
      cpu.write(RCX, 50);
    });
    program.mmu.unmap(DATA, PAGE);
    expect(program.run()).toMatchObject({
      kind: 'fault',
      fault: { kind: 'not-present', access: 'write', address: ABSENT - 4 },
    });
    const { cpu } = program;
    expect([cpu.read(RDI), cpu.read(RCX)]).toEqual([ABSENT - 4, 39]);
    expect(program.bytes(ABSENT, 4)).toBe('00000000');
  });

  test.each([
    ['push rax', '50'],
    ['push qword [rax]', 'ff30'],
    ['call', 'e800000000'],
    ['call rax', 'ffd0'],
    ['pushfq', '9c'],
  ])('%s below the stack', (_name, code) => {
    const program = warm(`4889dc ${code}`, ({ cpu }) => {
      cpu.write(RBX, DATA + 2 * PAGE);
      // A readable address; as a call's target, the INT3 behind it.
      cpu.write(RAX, 0x400000 + 3 + code.length / 2);
    });
    program.cpu.write(RBX, ABSENT + 4);
    program.mmu.unmap(DATA, PAGE);
    program.mmu.unmap(ABSENT, PAGE);
    const stop = program.run();
    expect(stop).toMatchObject({
      kind: 'fault',
      fault: { kind: 'not-present', access: 'write', address: ABSENT - 4 },
    });
    expect(program.cpu.read(RSP)).toBe(ABSENT + 4);
    expect(program.cpu.pc).toBe(0x400003);
    expect(program.cpu.shadowFrames()).toEqual([]);
    program.mmu.map(DATA, 2 * PAGE, READ_WRITE);
    expect(program.run()).toMatchObject({ kind: 'trap', trap: 'breakpoint-instruction' });
    expect(program.cpu.read(RSP)).toBe(ABSENT - 4);
  });

  test('an access in the middle of a loop leaves its count', () => {
    // loop: add rax, [rbx]; add rbx, 8; dec ecx; jnz loop
    const program = warm('480303 4883c308 ffc9 75f5', ({ cpu }) => {
      cpu.write(RBX, ABSENT - 80);
      cpu.write(RCX, 20);
    });
    program.mmu.unmap(ABSENT, PAGE);
    const count = program.cpu.instructionCount;
    expect(program.run()).toMatchObject({ kind: 'fault', fault: { address: ABSENT } });
    expect(program.cpu.read(RBX)).toBe(ABSENT);
    expect(program.cpu.read(RCX)).toBe(10);
    expect(program.cpu.instructionCount - count).toBe(40);
  });
});
