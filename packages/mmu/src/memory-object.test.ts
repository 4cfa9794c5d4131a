import { describe, expect, test } from 'vitest';
import { PAGE_BYTES as PAGE } from './memory-layout.ts';
import { MemoryObject, type PageFile } from './memory-object.ts';
import { Mmu } from './mmu.ts';
import { Supervisor } from './supervisor.ts';

const AT = 0x10000;
const RW = 3;

/** A file in memory; bytes outside it are an error of whoever asks for them. */
class TestFile implements PageFile {
  bytes: Uint8Array;
  reads = 0;

  constructor(size: number) {
    this.bytes = Uint8Array.from({ length: size }, (_, index) => (index >> 8) + index);
  }

  get size(): number {
    return this.bytes.length;
  }

  read(offset: number, bytes: Uint8Array): void {
    this.reads++;
    expect(offset + bytes.length).toBeLessThanOrEqual(this.size);
    bytes.set(this.bytes.subarray(offset, offset + bytes.length));
  }

  write(offset: number, bytes: Uint8Array): void {
    expect(offset + bytes.length).toBeLessThanOrEqual(this.size);
    this.bytes.set(bytes, offset);
  }
}

interface Rig {
  readonly mmu: Mmu;
  readonly file: TestFile;
  readonly object: MemoryObject;
}

function rig(fileBytes: number): Rig {
  const mmu = new Mmu({ addressBits: 48, memoryBytes: 1 << 20 });
  const file = new TestFile(fileBytes);
  return { mmu, file, object: new MemoryObject(mmu.pool, file) };
}

function mapFile({ mmu, object }: Rig, at: number, pages: number, shared: boolean, offset = 0) {
  mmu.map(at, pages * PAGE, RW, { backing: { kind: 'object', object, offset, shared } });
}

describe('pages of a file', () => {
  test('are read when first touched, once for all mappings', () => {
    const all = rig(3 * PAGE);
    const { mmu, file } = all;
    mapFile(all, AT, 2, true, PAGE);
    mapFile(all, 2 * AT, 3, false);
    expect([file.reads, mmu.pool.inUse]).toEqual([0, 0]);
    expect(mmu.loadSlow(AT + 5, 1)).toBe(file.bytes[PAGE + 5]);
    expect(mmu.loadSlow(2 * AT + PAGE + 5, 1)).toBe(file.bytes[PAGE + 5]);
    expect([file.reads, mmu.pool.inUse]).toEqual([1, 1]);
    expect([mmu.isResident(AT), mmu.isResident(AT + PAGE)]).toEqual([true, false]);
    expect(mmu.check()).toEqual([]);
  });

  test('shared: stores are seen by every mapping, and go back to the file', () => {
    const all = rig(2 * PAGE);
    const { mmu, file, object } = all;
    mapFile(all, AT, 2, true);
    mapFile(all, 2 * AT, 2, true);
    const child = mmu.fork();
    child.storeSlow(AT + 8, 4, 0x01020304);
    expect(mmu.loadSlow(2 * AT + 8, 4)).toBe(0x01020304);
    expect(file.bytes[8]).toBe(8);
    object.writeBack();
    expect(file.bytes[8]).toBe(4);
    mmu.storeSlow(AT + 8, 1, 9);
    mmu.unmap(AT, 2 * PAGE);
    expect(file.bytes[8]).toBe(9);
    expect([...mmu.check(), ...child.check()]).toEqual([]);
  });

  test('private: stores are seen by nobody else, and the file keeps its bytes', () => {
    const all = rig(2 * PAGE);
    const { mmu, file } = all;
    mapFile(all, AT, 2, false);
    mapFile(all, 2 * AT, 2, true);
    mmu.loadSlow(AT + 8, 1);
    mmu.storeSlow(AT + 8, 1, 99);
    expect([mmu.loadSlow(AT + 8, 1), mmu.loadSlow(2 * AT + 8, 1)]).toEqual([99, 8]);
    mmu.discard(AT, PAGE);
    expect(mmu.loadSlow(AT + 8, 1)).toBe(8);
    new Supervisor(mmu).poke(AT + 8, Uint8Array.of(50));
    expect([mmu.loadSlow(AT + 8, 1), mmu.loadSlow(2 * AT + 8, 1)]).toEqual([50, 8]);
    mmu.dispose();
    expect(file.bytes[8]).toBe(8);
  });

  test('past the end are a bus fault; the last page is zero past the end, and not written', () => {
    const all = rig(PAGE + 10);
    const { mmu, file, object } = all;
    mapFile(all, AT, 4, true);
    expect(mmu.loadSlow(AT + PAGE + 9, 1)).toBe(file.bytes[PAGE + 9]);
    expect(mmu.loadSlow(AT + PAGE + 10, 4)).toBe(0);
    mmu.storeSlow(AT + PAGE + 8, 4, 0x55555555);
    expect(mmu.faulted).toBe(false);
    mmu.loadSlow(AT + 2 * PAGE, 1);
    expect(mmu.fault).toMatchObject({ kind: 'bus', access: 'read', address: AT + 2 * PAGE });
    mmu.faulted = false;
    mmu.storeSlow(AT + 2 * PAGE - 2, 4, 0x77777777);
    expect(mmu.fault).toMatchObject({ kind: 'bus', access: 'write', address: AT + 2 * PAGE });
    expect(mmu.loadSlow(AT + 2 * PAGE - 2, 2)).toBe(0);
    object.writeBack();
    expect([...file.bytes.subarray(PAGE + 8)]).toEqual([0x55, 0x55]);
  });

  test('of a file that shrank are gone from every mapping', () => {
    const all = rig(3 * PAGE);
    const { mmu, file, object } = all;
    mapFile(all, AT, 3, true);
    mapFile(all, 2 * AT, 3, false);
    for (const at of [AT, 2 * AT]) mmu.storeSlow(at + 2 * PAGE, 4, 1);
    mmu.storeSlow(AT + PAGE + 100, 1, 7);
    file.bytes = file.bytes.slice(0, PAGE + 50);
    mmu.dropPastEnd(object);
    object.trim();
    for (const at of [AT, 2 * AT]) {
      mmu.faulted = false;
      mmu.loadSlow(at + 2 * PAGE, 1);
      expect(mmu.fault).toMatchObject({ kind: 'bus', address: at + 2 * PAGE });
    }
    expect(mmu.loadSlow(AT + PAGE + 100, 1)).toBe(0);
    expect(mmu.check()).toEqual([]);
  });

  test('are read again when the file changed under them, but not where they were copied', () => {
    const all = rig(2 * PAGE);
    const { mmu, file, object } = all;
    mapFile(all, AT, 1, true);
    mapFile(all, 2 * AT, 1, false);
    for (const at of [AT, 2 * AT]) mmu.loadSlow(at, 1);
    file.bytes.fill(40, 0, 10);
    object.reload(0, 10);
    expect([mmu.loadSlow(AT, 1), mmu.loadSlow(2 * AT, 1)]).toEqual([40, 40]);
    mmu.storeSlow(2 * AT, 1, 1);
    file.bytes.fill(41, 0, 10);
    object.reload(0, 10);
    expect([mmu.loadSlow(AT, 1), mmu.loadSlow(2 * AT, 1)]).toEqual([41, 1]);
  });
});

test('shared memory of no file lives as long as something maps it', () => {
  const mmu = new Mmu({ addressBits: 32, memoryBytes: 1 << 20 });
  const object = new MemoryObject(mmu.pool, 4 * PAGE);
  const backing = { kind: 'object', object, offset: 0, shared: true } as const;
  mmu.map(AT, 4 * PAGE, RW, { backing });
  object.release();
  mmu.storeSlow(AT + 2 * PAGE, 4, 5);
  mmu.protect(AT + PAGE, PAGE, 1);
  mmu.protect(AT + PAGE, PAGE, RW);
  expect(mmu.vmas.size).toBe(1);
  mmu.unmap(AT + PAGE, PAGE);
  expect(mmu.loadSlow(AT + 2 * PAGE, 4)).toBe(5);
  const child = mmu.fork();
  mmu.unmap(AT, 4 * PAGE);
  expect(child.loadSlow(AT + 2 * PAGE, 4)).toBe(5);
  child.dispose();
  expect(mmu.pool.inUse).toBe(0);
  expect(() => object.retain()).toThrow('closed');
});

test('a range moves with its pages, its objects and its devices', () => {
  const all = rig(4 * PAGE);
  const { mmu, file } = all;
  const seen: number[] = [];
  mapFile(all, AT, 2, true, PAGE);
  mmu.map(AT + 2 * PAGE, PAGE, RW);
  mmu.mapDevice(AT + 3 * PAGE, PAGE, { load: (offset) => seen.push(offset), store: () => {} });
  mmu.storeSlow(AT + 2 * PAGE, 4, 12);
  mmu.storeSlow(AT + 1, 1, 77);
  mmu.loadSlow(AT + 3 * PAGE + 16, 4);
  expect(mmu.move(AT, 4 * PAGE, 0x7f0000000000)).toBe(true);
  expect(mmu.loadSlow(0x7f0000000000 + 2 * PAGE, 4)).toBe(12);
  expect(mmu.loadSlow(0x7f0000000000 + 3 * PAGE + 24, 4)).toBe(2);
  expect(mmu.loadSlow(0x7f0000000000 + PAGE, 1)).toBe(file.bytes[2 * PAGE]);
  expect(seen).toEqual([16, 24]);
  expect(mmu.vmas.find(AT)).toBeNull();
  mmu.loadSlow(AT, 1);
  expect(mmu.fault.kind).toBe('not-present');
  mmu.unmap(0x7f0000000000, PAGE);
  expect(file.bytes[PAGE + 1]).toBe(77);
  expect(mmu.check()).toEqual([]);
});

describe('a limit of VMAs', () => {
  const make = () => {
    const mmu = new Mmu({ addressBits: 32, memoryBytes: 1 << 20, maxVmas: 2 });
    mmu.map(AT, 4 * PAGE, RW);
    mmu.map(AT + 8 * PAGE, PAGE, 1);
    return mmu;
  };

  test('lets in what joins a neighbour, and refuses the rest unchanged', () => {
    const mmu = make();
    expect(mmu.map(2 * AT, PAGE, RW)).toBe(false);
    expect(mmu.map(AT + 4 * PAGE, PAGE, RW)).toBe(true);
    expect(mmu.unmap(AT + PAGE, PAGE)).toBe(false);
    expect(mmu.protect(AT, PAGE, 1)).toBe(false);
    expect(mmu.guard(AT, PAGE)).toBe(false);
    expect(mmu.mark(AT, PAGE, 1)).toBe(false);
    expect(mmu.vmas.all().map(({ start, end }) => [start, end])).toEqual([
      [AT, AT + 5 * PAGE],
      [AT + 8 * PAGE, AT + 9 * PAGE],
    ]);
    expect(mmu.unmap(AT, PAGE)).toBe(true);
    expect(mmu.protect(AT + PAGE, 4 * PAGE, 1)).toBe(true);
    expect([mmu.vmas.size, mmu.vmas.bytes]).toEqual([2, 5 * PAGE]);
  });

  test('marks keep neighbours apart', () => {
    const mmu = new Mmu({ addressBits: 32, memoryBytes: 1 << 20 });
    mmu.map(AT, 4 * PAGE, RW);
    mmu.mark(AT + PAGE, PAGE, 8);
    expect(mmu.vmas.all().map(({ flags }) => flags)).toEqual([0, 8, 0]);
    mmu.mark(AT + PAGE, PAGE, 0);
    expect(mmu.vmas.size).toBe(1);
  });
});

test('what became of pages is counted', () => {
  const all = rig(4 * PAGE);
  const { mmu } = all;
  mapFile(all, AT, 4, true);
  mmu.map(AT + 8 * PAGE, 4 * PAGE, RW);
  for (const page of [0, 1, 8, 9, 10]) mmu.loadSlow(AT + page * PAGE, 4);
  for (const page of [1, 9]) mmu.storeSlow(AT + page * PAGE, 4, 1);
  new Supervisor(mmu).poke(AT + 11 * PAGE, Uint8Array.of(1, 2));
  const usage = { present: 6, accessed: 6, dirty: 3, shared: 2 };
  expect(mmu.usage(0, 2 ** 40)).toEqual(usage);
  expect(mmu.usage(AT + 9 * PAGE, PAGE)).toEqual({ present: 1, accessed: 1, dirty: 1, shared: 0 });
  mmu.fork();
  expect(mmu.usage(0, 2 ** 40)).toEqual({ ...usage, shared: 6 });
});
