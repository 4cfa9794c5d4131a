import { describe, expect, test } from 'vitest';
import { blockPositionText, explainFinding } from './explain.ts';
import type { BlockInfo, Finding } from './finding.ts';

const stack = [
  { pc: 0x214, function: 'poke', file: 'poke.c', line: 12 },
  { pc: 0x22c, function: 'main', file: 'poke.c', line: 20 },
];
const block: BlockInfo = {
  ordinal: 3,
  address: 0x2000_0a10,
  size: 24,
  offset: 28,
  allocatedAt: { stack: [stack[1]!], instruction: 900 },
};
const finding: Finding = {
  kind: 'null-dereference',
  access: 'write',
  address: 4,
  size: 4,
  pc: 0x214,
  instruction: 1234,
  stack,
  message: 'poke wrote 4 bytes at 0x00000004, through a null pointer',
};

describe('a finding explained', () => {
  test('a fault: what, where, trap, when, stack, what next', () => {
    const text = explainFinding({
      ...finding,
      place: { name: 'flash, read-only', start: 0, end: 0x40000 },
      trap: {
        name: 'HardFault',
        registers: [{ name: 'CFSR', value: 0x8200, meaning: 'precise data bus error' }],
      },
      advice: 'See who gave poke the pointer.',
    });
    expect(text).toBe(`null-dereference: poke wrote 4 bytes at 0x00000004, through a null pointer
  what      write of 4 bytes at 0x00000004, by the instruction at 0x00000214
  where     flash, read-only (0x00000000 to 0x0003ffff)
  trap      HardFault
            CFSR = 0x00008200 (precise data bus error)
  when      after 1,234 instructions
  stack     #0 0x00000214 in poke (poke.c:12)
            #1 0x0000022c in main (poke.c:20)
  next      See who gave poke the pointer.
`);
  });

  test('a block: which, how far, live or freed, with both stacks, and the cause', () => {
    const text = explainFinding({
      ...finding,
      kind: 'use-after-free',
      block: { ...block, offset: 8, freedAt: { stack, instruction: 1000 } },
      cause: { what: 'freed by list_clear', stack: [], instruction: 1000 },
    });
    expect(text).toContain(
      `  block     byte 8 of block #3 (24 bytes at 0x20000a10), freed
            allocated after 900 instructions
            #0 0x0000022c in main (poke.c:20)
            freed after 1,000 instructions
            #0 0x00000214 in poke (poke.c:12)
            #1 0x0000022c in main (poke.c:20)
  cause     freed by list_clear, after 1,000 instructions
            (no stack)
`,
    );
  });

  test('a jump and a request have no access size of their own', () => {
    expect(explainFinding({ ...finding, access: 'execute', address: 0x1000 })).toContain(
      'what      execute at 0x00001000\n',
    );
    const { access: _, ...request } = finding;
    expect(explainFinding({ ...request, kind: 'out-of-memory', size: 512 })).toContain(
      'what      the address 0x00000004, 512 bytes\n',
    );
  });

  test('says what to look at next, unless there is nothing to say', () => {
    expect(explainFinding(finding)).toMatch(
      /\n {2}next {6}look for a pointer that was never set.*\n$/,
    );
    const jump = { ...finding, kind: 'wild-access', access: 'execute' } as const;
    expect(explainFinding(jump)).toContain('next      a function pointer');
    const { access: _, ...instruction } = { ...finding, kind: 'bad-request' as const };
    expect(explainFinding({ ...instruction, address: finding.pc })).toContain(
      'next      not an instruction of this core',
    );
    expect(explainFinding(instruction)).not.toContain('next ');
  });

  test('paints the kind and the labels', () => {
    const text = explainFinding(finding, (role, part) => `<${role}>${part}</>`);
    expect(text).toContain('<bad>null-dereference</>: poke wrote');
    expect(text).toContain('  <label>what      </>write');
  });
});

test.each([
  [-8, '8 bytes before block #3 (24 bytes at 0x20000a10)'],
  [0, 'byte 0 of block #3 (24 bytes at 0x20000a10)'],
  [23, 'byte 23 of block #3 (24 bytes at 0x20000a10)'],
  [24, '0 bytes after block #3 (24 bytes at 0x20000a10)'],
  [25, '1 byte after block #3 (24 bytes at 0x20000a10)'],
])('offset %d of a block of 24 bytes', (offset, text) => {
  expect(blockPositionText({ ...block, offset })).toBe(text);
});
