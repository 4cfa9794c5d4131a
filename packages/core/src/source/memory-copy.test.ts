import { expect, test } from 'vitest';
import { BufferHeapMemory } from '../heap-memory.ts';
import { copyBetween } from './memory-copy.ts';

test('so many bytes and no more, whatever the number', () => {
  for (let length = 0; length <= 17; length++) {
    const [to, from] = [new ArrayBuffer(32), new ArrayBuffer(32)];
    const bytes = new Uint8Array(to).fill(0xee);
    new Uint8Array(from).forEach((_, at, all) => {
      all[at] = 0x80 + at;
    });
    copyBetween(new BufferHeapMemory(to), 4, new BufferHeapMemory(from), 8, length);
    const copied = Array.from({ length }, (_, at) => 0x88 + at);
    expect([...bytes.slice(4, 4 + length)]).toEqual(copied);
    expect(bytes.slice(0, 4).every((byte) => byte === 0xee)).toBe(true);
    expect(bytes.slice(4 + length).every((byte) => byte === 0xee)).toBe(true);
  }
});
