import { type LoadPlan, SymbolTable } from '@bareheap/image';
import { describe, expect, test } from 'vitest';
import { MemoryHost } from '../../test/memory-host.ts';
import { type FirmwareOptions, type HeapChoice, MachineError, openFirmware } from '../index.ts';
import { BOARDS, chooseBoard } from './boards.ts';

function plan(changes: Partial<LoadPlan>): LoadPlan {
  const empty = { arm: null, riscv: null, interpreter: null, elf: null, entry: null };
  const lists = { segments: [], sections: [], symbols: new SymbolTable([]) };
  const head = {
    format: 'elf',
    pointerBits: 32,
    endianness: 'little',
    type: 'executable',
  } as const;
  return { ...head, ...empty, ...lists, machine: 'arm', ...changes };
}

const arch = (cpuArch: number) => ({ arm: { cpuArch } as LoadPlan['arm'] });
const code = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof MachineError) return error.code;
    throw error;
  }
  return 'none';
};

describe('choice', () => {
  test.each([
    ['Armv6-M', 11, 'cortex-m0'],
    ['Armv6S-M', 12, 'cortex-m0'],
    ['Armv7', 10, 'cortex-m3'],
    ['Armv7E-M', 13, 'cortex-m4'],
  ])('%s', (_, cpuArch, name) => {
    expect(chooseBoard(plan(arch(cpuArch)), undefined).name).toBe(name);
  });

  test('RISC-V of 32 bits is rv32, of 64 there is none', () => {
    const riscv = plan({ machine: 'riscv' });
    expect(chooseBoard(riscv, undefined).name).toBe('rv32');
    expect(code(() => chooseBoard({ ...riscv, pointerBits: 64 }, undefined))).toBe(
      'no-board-for-file',
    );
  });

  test('a name wins over attributes', () => {
    expect(chooseBoard(plan(arch(13)), 'cortex-m0').name).toBe('cortex-m0');
  });

  test.each([
    ['no attributes', plan({}), undefined, 'no-board-for-file'],
    ['an architecture without a board', plan(arch(4)), undefined, 'no-board-for-file'],
    ['a name that is none', plan({}), 'cortex-m99', 'unknown-board'],
    ['a board of another instruction set', plan({}), 'rv32', 'unknown-board'],
  ])('%s', (_, file, name, expected) => {
    expect(code(() => chooseBoard(file, name))).toBe(expected);
  });
});

test.each(BOARDS.map((board) => [board.name, board] as const))(
  '%s: memories and devices do not overlap, and there is RAM',
  (_, board) => {
    const ranges = [...board.memories, ...board.devices].sort((a, b) => a.start - b.start);
    for (const [index, { start, size }] of ranges.entries()) {
      expect(start + size).toBeLessThanOrEqual(ranges[index + 1]?.start ?? 2 ** 32);
    }
    expect(board.memories.some(({ isRam }) => isRam)).toBe(true);
  },
);

describe('what does not fit the board', () => {
  const open = (changes: Partial<LoadPlan>, options: Partial<FirmwareOptions>): string => {
    const defaults = { heap: 'guest', memoryBytes: 2 ** 20, commandLine: '', seed: 1 } as const;
    return code(() => openFirmware(plan(changes), { ...defaults, ...options }, new MemoryHost()));
  };
  const segment = (address: number, bytes = 4) => ({
    segments: [
      {
        virtualAddress: address,
        physicalAddress: address,
        bytes: new Uint8Array(bytes).fill(1),
        memorySize: bytes,
        readable: true,
        writable: true,
        executable: true,
        align: 4,
      },
    ],
  });

  test('segments in no memory, or in a device', () => {
    const board = 'cortex-m0';
    expect(open(segment(0x10000000), { board })).toBe('segment-outside-memory');
    expect(open(segment(0x40002000), { board })).toBe('segment-outside-memory');
    expect(open(segment(0x3fffe, 4), { board })).toBe('segment-outside-memory');
    expect(open(segment(0x20000000), { board })).toBe('none');
  });

  test('an entry in no memory', () => {
    const riscv = { machine: 'riscv', ...segment(0x80000000) } as const;
    expect(open({ ...riscv, entry: 0x1000 }, {})).toBe('entry-outside-memory');
    expect(open({ ...riscv, entry: 0x80000000 }, {})).toBe('none');
  });

  test('a program that is larger than the memory limit', () => {
    const options = { board: 'cortex-m3', memoryBytes: 2 ** 16 };
    expect(open(segment(0x20000000, 2 ** 18), options)).toBe('memory-limit');
  });

  test.each<HeapChoice>(['null', 'bump', 'llff', 'tlsf'])('--heap %s without a region', (heap) => {
    expect(open(segment(0x20000000), { board: 'cortex-m0', heap })).toBe('no-heap-region');
  });
});
