/**
 * `bareheap bench mmu`: what a guest's access costs by the way it takes (TLB hit in generated code,
 * miss, full page walk, first touch, device, fault), from an allocator on guest memory too; how gap
 * search and edits of VMAs scale; what a fork of 100 MiB costs; and how often TLBs of
 * other sizes, ways and replacement policies would miss on the same accesses. Absolute figures are
 * of this machine; read the ratios: beside each round of each row the plain loop is timed too, and
 * the median ratio counts, so that a change of the machine's load falls on both. What a row claims
 * to measure (all accesses hit, or all miss) is checked.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { JitCpu, riscvIsa } from '@bareheap/cpu';
import { parseImage } from '@bareheap/image';
import { GuestHeapMemory, Mmu, StudyTlb, Supervisor, VmaMap } from '@bareheap/mmu';
import { linuxMemoryRows, printLinuxMemory } from './linux-memory.mjs';
import { tlbLoop } from './tlb-loop.mjs';

const PAGE = 4096;
const READ_WRITE = 3;
const ROUNDS = 9;
/** V8 optimises WebAssembly in the background: this long before anything is timed. */
const WARM_MILLISECONDS = 200;
/** The fast rows run this many accesses a round, the slow ones a part of it. */
const FAST = 20_000_000;
const SLOW = 1_000_000;
const PLAIN = 20_000_000;
/** Low in a 32-bit space, where an entry of the TLB is found by the page's lowest bits alone. */
const BASES = { 32: 0x100000, 48: 0x7f0000000000 };
const SPAN = 0x8000000;

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

/** Seconds that a call takes. */
function secondsOf(work) {
  const start = performance.now();
  work();
  return (performance.now() - start) / 1000;
}

/**
 * The accesses per second of the best round, and the median cost of one relative to a plain load.
 *
 * @param work  makes `accesses` accesses; gets what `prepare` returns, which is not timed
 */
function timed(accesses, work, prepare = () => undefined) {
  const plain = plainLoop();
  const warm = performance.now() + WARM_MILLISECONDS;
  while (performance.now() < warm) {
    work(prepare());
    plain();
  }
  const rounds = Array.from({ length: ROUNDS }, () => {
    const prepared = prepare();
    const plainSeconds = secondsOf(plain) / PLAIN;
    const seconds = secondsOf(() => work(prepared)) / accesses;
    return { seconds, cost: seconds / plainSeconds, plainSeconds };
  });
  return {
    perSecond: 1 / Math.min(...rounds.map(({ seconds }) => seconds)),
    plainPerSecond: 1 / Math.min(...rounds.map(({ plainSeconds }) => plainSeconds)),
    cost: median(rounds.map(({ cost }) => cost)),
  };
}

/** Loads at host offsets: no translation at all. */
function plainLoop() {
  const mmu = space(32);
  mmu.loadSlow(BASES[32], 4);
  const run = tlbLoop(mmu, 'raw');
  const host = mmu.pool.offset(0);
  return () => run(host, 4, PAGE - 1, PLAIN);
}

function space(addressBits, memoryBytes = 64 << 20, tlb = {}) {
  const mmu = new Mmu({ addressBits, memoryBytes, tlb });
  mmu.map(BASES[addressBits], SPAN, READ_WRITE);
  return mmu;
}

/** Misses that `mmu` counted while `work` ran. */
function missesOf(mmu, work) {
  const { misses } = mmu.tlb.counters;
  const before = misses.read + misses.write;
  work();
  return misses.read + misses.write - before;
}

/**
 * A row of the generated loop. `missing` says what must be true of its last round: no access
 * misses, or every one does.
 */
function loopRow(addressBits, name, kind, { stride, mask, accesses, missing }) {
  const mmu = space(addressBits, 64 << 20, missing ? { entries: 1 } : {});
  const run = tlbLoop(mmu, kind);
  const at = addressBits === 48 ? BigInt(BASES[48]) : BASES[32];
  const once = () => run(at, stride, mask, accesses);
  once();
  assert.equal(missesOf(mmu, once), missing ? accesses : 0, `${name}: misses`);
  assert.equal(mmu.faulted, false, `${name}: a fault`);
  assert.deepEqual(mmu.check(), [], name);
  return { space: addressBits, name, ...timed(accesses, once) };
}

/** First touches: VMA look-up, a zeroed frame, a PTE, a TLB fill; a new space each round. */
function touchRow(addressBits) {
  const pages = 4096;
  const touch = (mmu) => {
    for (let page = 0; page < pages; page++) mmu.storeSlow(BASES[addressBits] + page * PAGE, 4, 1);
    assert.equal(mmu.pages, pages);
  };
  const figures = timed(pages, touch, () => space(addressBits));
  return { space: addressBits, name: 'store, first touch of a page', ...figures };
}

/** The same in one space that is unmapped each round: the frames were used before. */
function touchAgainRow(addressBits) {
  const mmu = space(addressBits);
  const at = BASES[addressBits];
  const pages = 4096;
  const once = () => {
    for (let page = 0; page < pages; page++) mmu.storeSlow(at + page * PAGE, 4, 1);
    assert.equal(mmu.pages, pages);
  };
  const figures = timed(pages, once, () => mmu.discard(at, SPAN));
  return { space: addressBits, name: 'store, frame used before', ...figures };
}

/** Accesses from TypeScript, as the supervisor and the machine make them. */
function callRow(addressBits) {
  const mmu = space(addressBits);
  const at = BASES[addressBits];
  const once = () => {
    for (let n = 0; n < SLOW; n++) mmu.loadSlow(at + ((n * 4) & 0x3ffff), 4);
  };
  return { space: addressBits, name: 'load, called from TypeScript', ...timed(SLOW, once) };
}

/** Words of an allocator that keeps its state in guest bytes: a load and a store each. */
function heapRow(addressBits) {
  const mmu = space(addressBits);
  const memory = new GuestHeapMemory(mmu, BASES[addressBits]);
  const once = () => {
    for (let n = 0; n < SLOW; n += 2) {
      const at = (n * 4) & 0x3fffc;
      memory.store32(at, memory.load32(at) + 1);
    }
  };
  once();
  assert.equal(missesOf(mmu, once), 0, 'words of an allocator: misses');
  return { space: addressBits, name: 'word of an allocator', ...timed(SLOW, once) };
}

function deviceRow(addressBits) {
  const mmu = new Mmu({ addressBits, memoryBytes: 1 << 20 });
  const at = BASES[addressBits];
  let loads = 0;
  mmu.mapDevice(at, PAGE, { load: () => ++loads, store: () => undefined });
  const once = () => {
    for (let n = 0; n < SLOW; n++) mmu.loadSlow(at + (n & 0xffc), 4);
  };
  const figures = timed(SLOW, once);
  assert.ok(loads >= SLOW * ROUNDS && loads % SLOW === 0, 'every load asks the device');
  return { space: addressBits, name: 'load from a device', ...figures };
}

function faultRow(addressBits) {
  const mmu = new Mmu({ addressBits, memoryBytes: 1 << 20 });
  const once = () => {
    for (let n = 0; n < SLOW; n++) {
      mmu.faulted = false;
      mmu.loadSlow(BASES[addressBits] + n * 4, 4);
    }
  };
  const figures = timed(SLOW, once);
  assert.ok(mmu.faults >= SLOW * ROUNDS && mmu.faults % SLOW === 0, 'every load faults');
  return { space: addressBits, name: 'load, not-present fault', ...figures };
}

function accessRows(addressBits) {
  const hit = { stride: 4, mask: 64 * PAGE - 1, accesses: FAST, missing: false };
  // A TLB of one entry, and pages that share one leaf of the page table, or none.
  const miss = { stride: 256 * PAGE, mask: 0x1fffff, accesses: SLOW, missing: true };
  const walk = { stride: 0x400000, mask: SPAN - 1, accesses: SLOW, missing: true };
  return [
    loopRow(addressBits, 'load, TLB hit', 'load', hit),
    loopRow(addressBits, 'store, TLB hit', 'store', hit),
    loopRow(addressBits, 'load, TLB miss', 'load', miss),
    loopRow(addressBits, 'store, TLB miss', 'store', miss),
    loopRow(addressBits, 'load, TLB miss, full walk', 'load', walk),
    callRow(addressBits),
    heapRow(addressBits),
    touchRow(addressBits),
    touchAgainRow(addressBits),
    deviceRow(addressBits),
    faultRow(addressBits),
  ];
}

/** What aligned searches are aligned to: the granularity of Windows' allocations. */
const GRANULE = 65536;
const BLANK = { protection: 0, name: '', backing: null, flags: 0, guard: false };

/** Gap searches per second among `vmas` VMAs whose gaps are all too small but the last. */
function gapRow(vmas) {
  const map = new VmaMap();
  for (let n = 0; n < vmas; n++) map.insert({ ...BLANK, start: n * 4, end: n * 4 + 2 });
  const high = vmas * 4 + 1;
  assert.equal(map.lowestGap(0, high, 3), vmas * 4 - 2);
  const searches = 200_000;
  const once = () => {
    for (let n = 0; n < searches; n++) map.lowestGap((n * 4) % (vmas * 2), high, 2);
  };
  return { vmas, ...timed(searches, once) };
}

/** Numbers below `limit`, in an order of no pattern. */
function scattered(limit) {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 8) % limit;
  };
}

/**
 * The same for aligned ranges: every gap is long enough, one in 64 is when aligned, too. From any
 * address up.
 */
function alignedGapRow(vmas) {
  const map = new VmaMap(GRANULE);
  const startOf = (n) => (n + Math.floor(n / 64)) * 2 * GRANULE;
  for (let n = 0; n < vmas; n++) {
    map.insert({ ...BLANK, start: startOf(n), end: startOf(n) + PAGE });
  }
  const length = 2 * GRANULE - PAGE;
  const high = startOf(vmas + 64);
  assert.equal(map.lowestGap(0, high, length, GRANULE), startOf(63) + GRANULE);
  const any = scattered(vmas);
  const searches = 100_000;
  const once = () => {
    for (let n = 0; n < searches; n++) map.lowestGap(startOf(any()), high, length, GRANULE);
  };
  return { vmas, ...timed(searches, once) };
}

/**
 * Edits per second in a space of `vmas` VMAs of two pages each, no two of which can be one: a page
 * mapped and unmapped in a gap; a page of a VMA protected, which parts it, and protected again as
 * it was, which joins it.
 */
function mappingRow(vmas) {
  const mmu = new Mmu({ addressBits: 48, memoryBytes: 1 << 20 });
  for (let n = 0; n < vmas; n++) mmu.map(n * 4 * PAGE, 2 * PAGE, READ_WRITE);
  const any = scattered(vmas);
  const edits = 20_000;
  const rows = {
    mapUnmap: (at) => {
      mmu.map(at + 3 * PAGE, PAGE, 1);
      mmu.unmap(at + 3 * PAGE, PAGE);
    },
    protect: (at) => {
      mmu.protect(at, PAGE, 1);
      mmu.protect(at, PAGE, READ_WRITE);
    },
  };
  const figures = Object.entries(rows).map(([name, edit]) => {
    const once = () => {
      for (let n = 0; n < edits; n++) edit(any() * 4 * PAGE);
    };
    return [name, timed(edits, once)];
  });
  assert.equal(mmu.vmas.size, vmas);
  assert.deepEqual(mmu.check(), []);
  return { vmas, ...Object.fromEntries(figures) };
}

const FORK_BYTES = 100 << 20;

/** A fork of 100 MiB, and a store to each of its pages by the child: seconds, frames, host bytes. */
function forkRow() {
  const pages = FORK_BYTES / PAGE;
  const at = BASES[48];
  const rounds = Array.from({ length: 3 }, () => {
    const parent = space(48, 3 * FORK_BYTES);
    const touchAll = (mmu) => {
      for (let page = 0; page < pages; page++) mmu.storeSlow(at + page * PAGE, 4, page);
    };
    const touch = secondsOf(() => touchAll(parent));
    let child = null;
    const fork = secondsOf(() => {
      child = parent.fork();
    });
    assert.equal(parent.pool.inUse, pages, 'a fork takes no frames');
    const hostBytes = parent.memory.buffer.byteLength;
    const copy = secondsOf(() => touchAll(child));
    assert.equal(parent.pool.inUse, 2 * pages, 'each page was copied');
    const copiedHostBytes = parent.memory.buffer.byteLength;
    const dispose = secondsOf(() => child.dispose());
    assert.equal(parent.pool.inUse, pages, 'the copies are gone');
    return { touch, fork, copy, dispose, hostBytes, copiedHostBytes };
  });
  return { bytes: FORK_BYTES, pages, ...rounds.toSorted((a, b) => a.copy - b.copy)[1] };
}

// The study: which pages a guest touches is recorded once, then shown to each TLB.

const TRACE_LENGTH = 2_000_000;
const STACK_TOP = 0x7fff0000;
const STACK_BYTES = 0x10000;

/** Pages of the data accesses that a real guest makes, in order. */
function guestTrace(name) {
  const folder = join(dirname(fileURLToPath(import.meta.url)), '../../test/bench/prebuilt');
  const plan = parseImage(readFileSync(join(folder, `${name}.rv32.elf`)));
  const pages = new Float64Array(TRACE_LENGTH);
  let length = 0;
  const study = {
    access: (page) => {
      if (length < TRACE_LENGTH) pages[length++] = page;
    },
    invalidate: () => undefined,
  };
  const mmu = new Mmu({ addressBits: 32, memoryBytes: 8 << 20, study });
  for (const segment of plan.segments) {
    const start = segment.virtualAddress - (segment.virtualAddress % PAGE);
    const end = Math.ceil((segment.virtualAddress + segment.memorySize) / PAGE) * PAGE;
    mmu.map(start, end - start, segment.writable ? READ_WRITE : 5);
    new Supervisor(mmu).poke(segment.virtualAddress, segment.bytes);
  }
  mmu.map(STACK_TOP - STACK_BYTES, STACK_BYTES, READ_WRITE);
  const isa = riscvIsa();
  const system = { readSystem: () => 0, writeSystem: () => undefined, refused: false };
  const cpu = new JitCpu({ isa, memory: mmu, system, compileAfter: 0 });
  cpu.pc = plan.entry;
  cpu.write(isa.stackPointer, STACK_TOP - 64);
  while (length < TRACE_LENGTH && cpu.run(1_000_000).kind === 'budget');
  return pages.subarray(0, length);
}

/** Uniformly random pages of a working set a little larger than the default TLB. */
function randomTrace() {
  let state = 1;
  return Float64Array.from({ length: TRACE_LENGTH / 4 }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 8) % 320;
  });
}

/** Two arrays a multiple of the TLB's reach apart, read in turn: the worst of direct mapping. */
function conflictTrace() {
  return Float64Array.from({ length: TRACE_LENGTH / 4 }, (_, n) => (n >> 9) + (n & 1) * 4096);
}

const TLBS = [4, 8, 64, 256, 1024].flatMap((entries) => [
  { entries, ways: 1, replacement: 'lru' },
  ...['lru', 'fifo', 'random'].map((replacement) => ({ entries, ways: 4, replacement })),
]);

/** Misses per thousand accesses of each trace. */
function studyRow(options, traces) {
  const misses = {};
  for (const [name, pages] of Object.entries(traces)) {
    const tlb = new StudyTlb(options);
    for (const page of pages) tlb.access(page);
    assert.equal(tlb.hits + tlb.misses, pages.length);
    misses[name] = (tlb.misses / pages.length) * 1000;
  }
  return { ...options, misses };
}

// Tables.

const millions = (perSecond) => (perSecond / 1e6).toFixed(2).padStart(12);

function printRow(print, name, { perSecond, cost }) {
  print(`  ${name.padEnd(30)}${millions(perSecond)}${`${cost.toFixed(1)}x`.padStart(10)}`);
}

function printAccess(print, rows) {
  const plain = Math.max(...rows.map(({ plainPerSecond }) => plainPerSecond));
  print(`millions a second, Node ${process.versions.node}; cost beside a load without translation`);
  print(`  ${'load, no translation'.padEnd(30)}${millions(plain)}`);
  for (const addressBits of [32, 48]) {
    print(`${addressBits}-bit space`);
    const own = rows.filter((row) => row.space === addressBits);
    for (const row of own) printRow(print, row.name, row);
  }
}

function printMappings(print, rows) {
  print(`${'pairs of edits'.padEnd(32)}${'map, unmap'.padStart(12)}${'protect'.padStart(12)}`);
  const [first] = rows;
  for (const { vmas, mapUnmap, protect } of rows) {
    const cells = `${millions(mapUnmap.perSecond)}${millions(protect.perSecond)}`;
    const growth = [
      [mapUnmap, first.mapUnmap],
      [protect, first.protect],
    ].map(([own, least]) => `${(own.cost / least.cost).toFixed(1)}x`);
    const than = vmas === first.vmas ? '' : `  ${growth.join(', ')} the cost at ${first.vmas}`;
    print(`  ${`among ${vmas} VMAs`.padEnd(30)}${cells}${than}`);
  }
}

function printFork(print, row) {
  const each = (seconds) => `${((seconds / row.pages) * 1e6).toFixed(2)} us a page`;
  const line = (name, seconds, more = '') => {
    const milliseconds = `${(seconds * 1000).toFixed(1)} ms`.padStart(12);
    print(`  ${name.padEnd(30)}${milliseconds}  ${each(seconds)}${more}`);
  };
  const mebibytes = (bytes) => `${Math.round(bytes / 2 ** 20)} MiB`;
  print(`fork of ${mebibytes(row.bytes)}, ${row.pages} pages`);
  line('first touches', row.touch, `, host memory then ${mebibytes(row.hostBytes)}`);
  line('fork', row.fork, ', no frame');
  const copied = `, a frame each, host memory then ${mebibytes(row.copiedHostBytes)}`;
  line('stores of the child, copied', row.copy, copied);
  line('end of the child', row.dispose);
}

function printStudy(print, rows, pages) {
  const names = Object.keys(pages);
  const title = 'TLB misses per 1000'.padEnd(26);
  print(`${title}${names.map((name) => name.padStart(14)).join('')}`);
  const touched = names.map((name) => String(pages[name]).padStart(14)).join('');
  print(`${'  pages touched'.padEnd(26)}${touched}`);
  for (const { entries, ways, replacement, misses } of rows) {
    const policy = ways === 1 ? 'direct' : `${ways} ways, ${replacement}`;
    const cells = names.map((name) => misses[name].toFixed(2).padStart(14)).join('');
    print(`${`  ${entries} entries, ${policy}`.padEnd(26)}${cells}`);
  }
}

/**
 * Runs the benchmark and prints its tables.
 *
 * @param json  file for the rows, as `bareheap-bench-mmu/1`
 */
export async function benchMmu({ json, print = console.log } = {}) {
  const access = [...accessRows(32), ...accessRows(48)];
  printAccess(print, access);
  const gaps = [100, 10_000, 100_000].map(gapRow);
  print('gap searches');
  for (const row of gaps) printRow(print, `among ${row.vmas} VMAs`, row);
  const alignedGaps = [100, 10_000, 100_000].map(alignedGapRow);
  for (const row of alignedGaps) printRow(print, `aligned, among ${row.vmas} VMAs`, row);
  const mappings = [10, 1000, 60_000].map(mappingRow);
  printMappings(print, mappings);
  const fork = forkRow();
  printFork(print, fork);
  const traces = {
    kernel: guestTrace('kernel'),
    churn: guestTrace('churn'),
    random: randomTrace(),
    conflict: conflictTrace(),
  };
  const study = TLBS.map((options) => studyRow(options, traces));
  const distinct = ([name, trace]) => [name, new Set(trace).size];
  const pages = Object.fromEntries(Object.entries(traces).map(distinct));
  printStudy(print, study, pages);
  const linux = linuxMemoryRows();
  printLinuxMemory(print, linux);
  const figures = { linux, access, gaps, alignedGaps, mappings, fork, pages, study };
  const report = { schema: 'bareheap-bench-mmu/1', ...figures };
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`);
  return report;
}
