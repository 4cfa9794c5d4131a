/** Operations and results: Arm, "Semihosting for AArch32 and AArch64", 2.0, chapter 5. */
import { Mmu, Supervisor } from '@bareheap/mmu';
import { beforeEach, describe, expect, test } from 'vitest';
import { MemoryHost } from '../../test/memory-host.ts';
import { Clock } from '../clock.ts';
import { Semihosting } from './semihosting.ts';

const BASE = 0x20000000;
const TEXT = BASE + 0x100;
const BUFFER = BASE + 0x400;
const UNMAPPED = 0x60000000;

let mmu: Mmu;
let host: MemoryHost;
let memory: Supervisor;
let semihosting: Semihosting;
let exits: number[];
let engine: { instructionCount: number; requestStop(): void };

beforeEach(() => {
  mmu = new Mmu({ addressBits: 32, memoryBytes: 2 ** 20 });
  mmu.map(BASE, 0x2000, 7, { name: 'RAM' });
  memory = new Supervisor(mmu);
  host = new MemoryHost();
  exits = [];
  engine = { instructionCount: 0, requestStop: () => undefined };
  const clock = new Clock(1000);
  clock.attach(engine);
  semihosting = new Semihosting({
    mmu,
    clock,
    host,
    commandLine: 'program -x',
    heapInfo: () => [0x20001000, 0x20001800, 0x20002000, 0x20001800],
    exit: (code) => exits.push(code),
  });
});

/** Calls an operation with a parameter block of these words. */
function call(operation: number, ...words: number[]): number {
  words.forEach((word, index) => {
    mmu.storeSlow(BASE + index * 4, 4, word);
  });
  return semihosting.call(operation, BASE);
}

function put(text: string): readonly [number, number] {
  const bytes = new TextEncoder().encode(`${text}\0`);
  memory.copyIn(TEXT, bytes);
  return [TEXT, bytes.length - 1];
}

function open(name: string, mode: number): number {
  const [address, length] = put(name);
  return call(0x01, address, mode, length);
}

const errno = (): number => semihosting.call(0x13, 0);
const bytesAt = (address: number, length: number): string =>
  new TextDecoder().decode(memory.copyOut(address, length));
const word = (address: number): number => mmu.loadSlow(address, 4) >>> 0;

describe('console', () => {
  test('SYS_WRITEC writes one byte, SYS_WRITE0 a string', () => {
    mmu.storeSlow(BASE, 1, 0x41);
    semihosting.call(0x03, BASE);
    put('hello');
    semihosting.call(0x04, TEXT);
    expect(host.text(1)).toBe('Ahello');
  });

  test(':tt opened for writing is standard output, for appending standard error', () => {
    const output = open(':tt', 4);
    const error = open(':tt', 8);
    const [address, length] = put('out');
    expect(call(0x05, output, address, length)).toBe(0);
    expect(call(0x05, error, address, 2)).toBe(0);
    expect([host.text(1), host.text(2)]).toEqual(['out', 'ou']);
    expect(call(0x09, output)).toBe(0);
    host.isConsoleTerminal = () => true;
    expect(call(0x09, output)).toBe(1);
  });

  test('SYS_READ of :tt returns the bytes that are missing, all of them at the end', () => {
    const input = open(':tt', 0);
    host.input = [0x61, 0x62];
    expect(call(0x06, input, BUFFER, 10)).toBe(8);
    expect(bytesAt(BUFFER, 2)).toBe('ab');
    expect(call(0x06, input, BUFFER, 10)).toBe(10);
  });

  test('SYS_READC returns a byte, or -1 at the end', () => {
    host.input = [0xff];
    expect(semihosting.call(0x07, 0)).toBe(0xff);
    expect(semihosting.call(0x07, 0)).toBe(-1);
  });
});

describe('files', () => {
  test('what was written is read again after SYS_SEEK; SYS_FLEN is its length', () => {
    const file = open('a.txt', 6);
    const [address, length] = put('0123456789');
    expect(call(0x05, file, address, length)).toBe(0);
    expect(call(0x0c, file)).toBe(10);
    expect(call(0x0a, file, 4)).toBe(0);
    expect(call(0x06, file, BUFFER, 4)).toBe(0);
    expect(bytesAt(BUFFER, 4)).toBe('4567');
    expect(call(0x06, file, BUFFER, 4)).toBe(2);
    expect(call(0x09, file)).toBe(0);
    expect(call(0x02, file)).toBe(0);
    expect(call(0x02, file)).toBe(-1);
    expect(errno()).toBe(9);
  });

  test('modes: r needs the file, w empties it, a writes at its end', () => {
    expect(open('b', 0)).toBe(-1);
    expect(errno()).toBe(2);
    host.contents.set('b', new Uint8Array([1, 2, 3]));
    const append = open('b', 8);
    const [address] = put('!');
    call(0x05, append, address, 1);
    expect(host.contents.get('b')).toEqual(new Uint8Array([1, 2, 3, 0x21]));
    open('b', 4);
    expect(host.contents.get('b')).toHaveLength(0);
    expect(open('b', 12)).toBe(-1);
    expect(errno()).toBe(22);
  });

  test('SYS_RENAME and SYS_REMOVE; ENOENT when there is none', () => {
    host.contents.set('old', new Uint8Array([7]));
    memory.copyIn(BUFFER, new TextEncoder().encode('new'));
    const [address, length] = put('old');
    expect(call(0x0f, address, length, BUFFER, 3)).toBe(0);
    expect([...host.contents.keys()]).toEqual(['new']);
    expect(call(0x0e, address, length)).toBe(-1);
    expect(errno()).toBe(2);
    expect(call(0x0e, BUFFER, 3)).toBe(0);
    expect(host.contents.size).toBe(0);
  });

  test('SYS_TMPNAM differs by identifier and needs room', () => {
    expect(call(0x0d, BUFFER, 3, 20)).toBe(0);
    const first = bytesAt(BUFFER, 20);
    expect(call(0x0d, BUFFER, 4, 20)).toBe(0);
    expect(bytesAt(BUFFER, 20)).not.toBe(first);
    expect(first, 'needs no folder').not.toContain('/');
    expect(call(0x0d, BUFFER, 4, 2)).toBe(-1);
  });

  test(':semihosting-features is SHFB and the feature byte', () => {
    const file = open(':semihosting-features', 0);
    expect(call(0x0c, file)).toBe(5);
    expect(call(0x06, file, BUFFER, 8)).toBe(3);
    expect(bytesAt(BUFFER, 4)).toBe('SHFB');
    expect(mmu.loadSlow(BUFFER + 4, 1)).toBe(3);
    expect(call(0x05, file, BUFFER, 1)).toBe(1);
  });

  test.each([0x05, 0x06])(
    'operation %i on a handle that is not open moves nothing',
    (operation) => {
      expect(call(operation, 77, BUFFER, 6)).toBe(6);
      expect(errno()).toBe(9);
    },
  );
});

describe('program', () => {
  test('SYS_GET_CMDLINE gives the line and its length; too little room fails', () => {
    expect(call(0x15, BUFFER, 40)).toBe(0);
    expect(bytesAt(BUFFER, 11)).toBe('program -x\0');
    expect(word(BASE + 4)).toBe(10);
    expect(call(0x15, BUFFER, 10)).toBe(-1);
  });

  test('SYS_HEAPINFO fills the block that the parameter points to', () => {
    expect(call(0x16, BUFFER)).toBe(0);
    const words = [0, 4, 8, 12].map((offset) => word(BUFFER + offset));
    expect(words).toEqual([0x20001000, 0x20001800, 0x20002000, 0x20001800]);
  });

  test('SYS_EXIT: an application exit is 0, another reason 1; SYS_EXIT_EXTENDED has a code', () => {
    semihosting.call(0x18, 0x20026);
    semihosting.call(0x18, 0x20023);
    call(0x20, 0x20026, 42);
    expect(exits).toEqual([0, 1, 42]);
  });

  test('clocks follow the instructions', () => {
    engine.instructionCount = 2500;
    expect(semihosting.call(0x10, 0)).toBe(250);
    expect(semihosting.call(0x11, 0)).toBe(946_684_802);
    expect(semihosting.call(0x31, 0)).toBe(1000);
    engine.instructionCount = 2 ** 32 + 5;
    semihosting.call(0x30, BUFFER);
    expect([word(BUFFER), word(BUFFER + 4)]).toEqual([5, 1]);
  });

  test('SYS_ISERROR, SYS_SYSTEM and operations that do not exist', () => {
    expect(call(0x08, -3)).toBe(1);
    expect(call(0x08, 3)).toBe(0);
    expect(call(0x12, TEXT, 2)).toBe(-1);
    expect(semihosting.call(0x7f, 0)).toBe(-1);
    expect(semihosting.counts.get('operation 0x7f')).toBe(1);
    expect(semihosting.counts.get('SYS_ISERROR')).toBe(2);
  });

  test.each([0x01, 0x02, 0x0a, 0x0e, 0x0f, 0x15, 0x16, 0x20, 0x30])(
    'operation %i with a block in unmapped memory fails and leaves no fault behind',
    (operation) => {
      expect(semihosting.call(operation, UNMAPPED)).toBe(-1);
      expect(mmu.faulted).toBe(false);
      expect(exits).toEqual([]);
    },
  );
});
