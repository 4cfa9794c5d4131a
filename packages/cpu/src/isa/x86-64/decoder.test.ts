/**
 * The decoder against what GNU objdump printed, as tools/oracle/x86-decode.mjs recorded it, and
 * against the rules of the manual that objdump does not know.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Decoder, type DecodeStatus } from './decoder.ts';
import { describeInstruction } from './describe.ts';
import { DecodedInstruction, NONE, RIP } from './instruction.ts';
import { X86_ROWS, x86Rows } from './table.ts';

const CORPUS = new URL('../../../../../tools/oracle/x86-truth/decode.txt', import.meta.url);

const decoder = new Decoder(X86_ROWS);
const instruction = new DecodedInstruction();

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text.split(' '), (hex) => Number.parseInt(hex, 16));
}

function decode(text: string): DecodeStatus {
  const bytes = bytesOf(text);
  return decoder.decode(bytes, 0, bytes.length, instruction);
}

function textOf(text: string): string {
  return decode(text) === 'decoded' ? describeInstruction(instruction, 0) : '(bad)';
}

const recorded = readFileSync(CORPUS, 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => line.split('\t') as [string, string]);

describe('as objdump prints it', () => {
  test('every recorded encoding', () => {
    expect(recorded.length).toBeGreaterThan(5000);
    const wrong = recorded.filter(
      ([bytes, text]) => textOf(bytes) !== text || instruction.length !== bytesOf(bytes).length,
    );
    expect(wrong.map(([bytes, text]) => `${bytes}: ${text}, ours ${textOf(bytes)}`)).toEqual([]);
  });

  test('the length does not depend on what follows', () => {
    for (const [bytes] of recorded) {
      const code = bytesOf(`${bytes} ff 25 0f 38 00`);
      decoder.decode(code, 0, code.length, instruction);
      expect(instruction.length, bytes).toBe(code.length - 5);
    }
  });

  test('every beginning of an instruction asks for more bytes', () => {
    const wrong = recorded.filter(([bytes]) => {
      const code = bytesOf(bytes);
      return code.some((_, n) => decoder.decode(code, 0, n, instruction) !== 'cut-off');
    });
    expect(wrong).toEqual([]);
  });
});

describe('rows', () => {
  test('each is decoded by some recorded encoding', () => {
    const seen = new Set(
      recorded.map(([bytes]) => (decode(bytes) === 'decoded' ? instruction.row : null)),
    );
    const unseen = X86_ROWS.filter((row) => !seen.has(row)).map(
      ({ encoding, mnemonic }) => `${encoding} ${mnemonic}`,
    );
    expect(unseen).toEqual([]);
  });

  test('those of one opcode agree on whether there is a ModRM byte', () => {
    const byOpcode = new Map<number, boolean>();
    for (const { map, opcode, form, encoding } of X86_ROWS) {
      const { hasModrm } = form;
      const key = map * 256 + opcode;
      expect(byOpcode.get(key) ?? hasModrm, encoding).toBe(hasModrm);
      byOpcode.set(key, hasModrm);
    }
  });

  test('a CPU without a feature has none of its instructions', () => {
    const small = new Decoder(x86Rows(new Set(['sse', 'sse2'])));
    const code = bytesOf('66 0f 38 00 c1');
    expect(small.decode(code, 0, code.length, instruction)).toBe('undefined');
    expect(decode('66 0f 38 00 c1')).toBe('decoded');
  });
});

describe('rules of the manual', () => {
  test.each([
    ['LOCK before a register destination', 'f0 01 c0'],
    ['LOCK before what takes none', 'f0 8b 00'],
    ['LOCK with the memory as source', 'f0 03 00'],
    ['VEX after an operand size prefix', '66 c4 e2 78 f2 c1'],
    ['VEX after REX', '48 c4 e2 78 f2 c1'],
    ['VEX.L of a general instruction', 'c4 e2 7c f2 c1'],
    ['VEX.vvvv where there is no operand for it', 'c4 e3 73 f0 c1 05'],
    ['LEA of a register', '8d c0'],
    ['a move to CS', '8e c8'],
    ['a segment register that is none', '8c f0'],
    ['what 64-bit mode took away', '06'],
    ['AAA', '37'],
    ['a far call with its address', '9a 00 00 00 00 00 00'],
    ['SSE with a prefix it does not have', 'f3 0f 28 c1'],
  ])('%s is undefined', (_, bytes) => {
    expect(decode(`${bytes} 00 00 00 00`)).toBe('undefined');
  });

  test('fifteen bytes are an instruction and sixteen are not', () => {
    const prefixes = (count: number): string => new Array(count).fill('66').join(' ');
    expect(decode(`${prefixes(14)} 90`)).toBe('decoded');
    expect(instruction.length).toBe(15);
    expect(decode(`${prefixes(15)} 90`)).toBe('too-long');
    expect(decode(`${prefixes(11)} 81 c0 34 12`)).toBe('decoded');
    expect(decode(`${prefixes(12)} 81 c0 34 12`)).toBe('too-long');
  });

  test('REX counts only right before the opcode', () => {
    expect(textOf('48 66 01 d8')).toBe('add ax,bx');
    expect(textOf('66 48 01 d8')).toBe('add rax,rbx');
    expect(textOf('48 41 01 d8')).toBe('add r8d,ebx');
  });

  test('F2 and F3 win over 66, and the last of them', () => {
    expect(textOf('66 f2 0f 58 c1')).toBe('addsd xmm0,xmm1');
    expect(textOf('f2 66 0f 58 c1')).toBe('addsd xmm0,xmm1');
    expect(textOf('f2 f3 0f 58 c1')).toBe('addss xmm0,xmm1');
  });

  test('66 does nothing to a near branch', () => {
    expect(textOf('66 e8 00 00 00 00')).toBe('call 0x6');
  });

  test('AH is there only without REX', () => {
    expect(textOf('88 e0')).toBe('mov al,ah');
    expect(textOf('40 88 e0')).toBe('mov al,spl');
  });
});

describe('the record', () => {
  test('memory', () => {
    expect(decode('65 48 8b 84 cd 00 01 00 80')).toBe('decoded');
    expect(instruction).toMatchObject({ base: 5, index: 1, scale: 8, segment: 5 });
    expect(instruction.displacement).toBe(-0x7fffff00);
    expect(instruction.displacementHigh).toBe(-1);
    expect(instruction.operandSize).toBe(8);
    expect(instruction.operands[1]).toMatchObject({ kind: 'memory', size: 8 });
  });

  test('without base, with the instruction pointer, with the whole address', () => {
    decode('8b 04 25 00 00 00 80');
    expect(instruction).toMatchObject({ base: NONE, index: NONE, displacementHigh: -1 });
    decode('8b 05 10 00 00 00');
    expect(instruction).toMatchObject({ base: RIP, displacement: 16 });
    decode('a1 88 77 66 55 44 33 22 11');
    expect(instruction).toMatchObject({
      displacement: 0x55667788,
      displacementHigh: 0x11223344,
      displacementBytes: 8,
    });
  });

  test('immediates are extended to 64 bits, by their sign where the manual says so', () => {
    decode('48 83 c0 ff');
    expect(instruction.operands[1]).toMatchObject({ low: -1, high: -1, size: 8 });
    decode('48 81 c0 00 00 00 80');
    expect(instruction.operands[1]).toMatchObject({ low: -0x80000000, high: -1 });
    decode('c1 e0 ff');
    expect(instruction.operands[1]).toMatchObject({ low: 255, high: 0 });
    decode('48 b8 88 77 66 55 44 33 22 91');
    expect(instruction.operands[1]).toMatchObject({ low: 0x55667788, high: 0x91223344 | 0 });
  });

  test('the prefixes that are left over', () => {
    decode('f3 48 a5');
    expect(instruction.repeat).toBe(0xf3);
    decode('f3 0f 58 c1');
    expect(instruction.repeat).toBe(0);
    decode('f0 48 01 18');
    expect(instruction.hasLock).toBe(true);
  });
});
