/** What the Thumb table and its lifter promise beside the meaning of single instructions. */
import { Mmu, Supervisor } from '@bareheap/mmu';
import { describe, expect, test } from 'vitest';
import type { CodeSource } from '../../ir/code-source.ts';
import { OPERATIONS } from '../../ir/operation.ts';
import { BlockBuilder, registersOf, type TranslationBlock } from '../../ir/translation-block.ts';
import { JitCpu } from '../../jit/jit-cpu.ts';
import { encodeFields, extractFields, parsePattern } from './pattern.ts';
import { CF, GE, ITSTATE, NF, QF, VF, ZF } from './register.ts';
import { type ThumbIsa, thumbIsa } from './thumb-isa.ts';
import { packXpsr, unpackXpsr } from './xpsr.ts';

const M4 = thumbIsa({ version: 'v7em', fpu: true });

/** Code of halfwords alone. */
function codeOf(unit: (address: number) => number): CodeSource {
  return { unit, copy: () => 0 };
}

function lift(isa: ThumbIsa, units: readonly number[], pc = 0x1000): TranslationBlock {
  const builder = new BlockBuilder(pc, 0, registersOf(isa));
  while (!builder.ended && (builder.instructionPc - pc) / 2 < units.length) {
    if (
      !isa.lift(
        builder,
        codeOf((address) => units[(address - pc) / 2] ?? -1),
      )
    )
      break;
  }
  return builder.build();
}

describe('patterns', () => {
  test('put split fields together from the left and take them apart again', () => {
    const pattern = parsePattern('11110 i 0 0000 s nnnn 0 iii dddd iiiiiiii');
    const fields = { i: 0b1_010_11001100, s: 1, n: 9, d: 4 };
    const bits = encodeFields(pattern, fields);
    expect((bits >>> 0).toString(16)).toBe('f41924cc');
    expect(extractFields(pattern, bits)).toEqual(fields);
  });

  test('have 16 or 32 bits', () => {
    expect(() => parsePattern('0101')).toThrow('4 bits');
  });
});

describe('the table', () => {
  test('leaves no encoding to two rows that are equally specific', () => {
    const { rows } = M4;
    let seed = 7;
    const word = (): number => {
      seed = Math.imul(seed, 1664525) + 1013904223;
      return seed ^ (seed >>> 13);
    };
    const clashes = new Set<string>();
    for (const row of rows) {
      for (let draw = 0; draw < 200; draw++) {
        const free = ~row.pattern.mask & (row.pattern.width === 16 ? 0xffff : -1);
        const bits = row.pattern.match | (word() & free);
        const [first, second] = rows.filter(
          ({ pattern, valid }) =>
            pattern.width === row.pattern.width &&
            (bits & pattern.mask) === pattern.match &&
            valid(extractFields(pattern, bits)),
        );
        if (first && second && first.pattern.fixedBits === second.pattern.fixedBits) {
          clashes.add(
            `${first.mnemonic} ${first.operands} / ${second.mnemonic} ${second.operands}`,
          );
        }
      }
    }
    expect([...clashes]).toEqual([]);
  });

  test('loads below the pc whatever the offset looks like', () => {
    for (const offset of [4, 0x23, 0x950, 0xb10, 0xc20, 0xd30, 0xe40, 0xf50, 0xfff]) {
      const bits = 0xf85f_1000 | offset;
      expect(M4.describe(bits | 0, true)).toBe(`ldr r1, [pc, #-${offset}]`);
    }
  });

  test('has fewer rows on smaller cores', () => {
    const counts = (['v6m', 'v7m', 'v7em'] as const).map(
      (version) => thumbIsa({ version }).rows.length,
    );
    expect(counts[0]).toBeLessThan(counts[1]!);
    expect(counts[1]).toBeLessThan(counts[2]!);
    expect(M4.rows.length).toBeGreaterThan(counts[2]!);
  });

  test('names instructions as assemblers do', () => {
    const texts: [number, boolean, string][] = [
      [0x1840, false, 'adds r0, r0, r1'],
      [0xb5f0, false, 'push {r4, r5, r6, r7, lr}'],
      [0xbd10, false, 'pop {r4, pc}'],
      [0xd0fe, false, 'beq .+0'],
      [0xbfcd, false, 'iteet gt'],
      [0x4770, false, 'bx lr'],
      [0xf8d13004 | 0, true, 'ldr r3, [r1, #4]'],
      [0xeb010342 | 0, true, 'add r3, r1, r2, lsl #1'],
      [0xfbb0f1f2 | 0, true, 'udiv r1, r0, r2'],
      [0xe92d4ff0 | 0, true, 'stmdb sp!, {r4, r5, r6, r7, r8, r9, r10, r11, lr}'],
      [0xee70_0a81 | 0, true, 'vadd.f32 s1, s1, s2'],
      [0xde00, false, 'udf #0'],
      [0xb100, false, 'cbz r0, .+4'],
    ];
    for (const [bits, isWide, text] of texts) expect(M4.describe(bits, isWide)).toBe(text);
    expect(thumbIsa({ version: 'v6m' }).describe(0xb100, false)).toBe('undefined');
  });

  test('refuses an FPU on a core that has none', () => {
    expect(() => thumbIsa({ version: 'v7m', fpu: true })).toThrow('no FPU');
  });
});

describe('lifting', () => {
  test('branches on a comparison without its flags', () => {
    // cmp r0, r1; bge .+8
    const { exit } = lift(M4, [0x4288, 0xda02]);
    expect(exit.guard).toMatchObject({
      kind: 'operation',
      operation: OPERATIONS.findIndex(({ name }) => name === 'geS'),
      a: { kind: 'register', register: 0 },
      b: { kind: 'register', register: 1 },
    });
  });

  test('goes back to the flags when an operand of the comparison changed', () => {
    // cmp r0, r1; movs.w would set flags; mov r0, r2; bge .+8
    const { exit } = lift(M4, [0x4288, 0x4610, 0xda02]);
    expect(JSON.stringify(exit.guard)).toContain(`"register":${NF}`);
  });

  test('moves a register list in one access', () => {
    const { instructions } = lift(M4, [0xe92d, 0x4ff0]);
    const stores = instructions[0]!.statements.filter(({ kind }) => kind === 'store');
    expect(stores).toHaveLength(1);
    expect(stores[0]).toMatchObject({ size: 4, alignment: 'natural' });
  });

  test('says that bytes are missing, and leaves the builder as it was', () => {
    const builder = new BlockBuilder(0x1000, 0, registersOf(M4));
    expect(
      M4.lift(
        builder,
        codeOf((address) => (address === 0x1000 ? 0xf8d1 : -1)),
      ),
    ).toBe(false);
    expect(builder.instructionCount).toBe(0);
    expect(builder.instructionPc).toBe(0x1000);
  });
});

describe('the xPSR', () => {
  test('unpacks and packs to itself', () => {
    const registers = new Map<number, number>();
    const cpu = {
      read: (register: number): number => registers.get(register) ?? 0,
      write: (register: number, value: number): void => void registers.set(register, value),
    };
    for (const xpsr of [0x01000000, 0xf9000000, 0x61000000, 0x9f0f_fc00, 0x010a_0000]) {
      unpackXpsr(cpu, xpsr);
      expect((packXpsr(cpu) >>> 0).toString(16)).toBe((xpsr >>> 0).toString(16));
    }
    expect([NF, ZF, CF, VF, QF, GE, ITSTATE].every((register) => registers.has(register))).toBe(
      true,
    );
  });
});

describe('an IT block across a page boundary', () => {
  /** cmp r0, #0; itte eq; addeq r1, #1 | addeq r1, #2; addne r1, #4; svc #0. */
  const CODE = [0x2800, 0xbf06, 0x3101, 0x3102, 0x3104, 0xdf00];
  const START = 0x2000 - 6;

  function run(r0: number, compileAfter: number): number {
    const mmu = new Mmu({ addressBits: 32, memoryBytes: 1 << 20 });
    mmu.map(0x1000, 0x2000, 7);
    new Supervisor(mmu).poke(START, new Uint8Array(Uint16Array.from(CODE).buffer));
    const system = { readSystem: () => 0, writeSystem: () => {}, refused: false };
    const cpu = new JitCpu({ isa: M4, memory: mmu, system, compileAfter });
    for (let round = 0; round < 3; round++) {
      cpu.pc = START;
      cpu.write(0, r0);
      cpu.write(1, 0);
      expect(cpu.run(1000)).toMatchObject({ kind: 'trap', trap: 'supervisor-call' });
    }
    return cpu.read(1);
  }

  test.each([0, 1])('keeps its state, compileAfter %i', (compileAfter) => {
    expect(run(0, compileAfter)).toBe(3);
    expect(run(5, compileAfter)).toBe(4);
  });
});
