/**
 * One trace through every strategy: who survives, with what peak, footprint and fragmentation, and
 * the smallest heap in which each does.
 *
 *   node tools/replay.mjs FILE…          an ELF of firmware: runs it and takes its heap calls;
 *                                        a text of `Alloc(size),` and `Free(n),` lines, where n
 *                                        counts the allocations from 0; a trace saved by --save
 *   node tools/replay.mjs --save TRACE FILE     keeps the trace
 *   node tools/replay.mjs --bytes N FILE…       in a region of N bytes; default: 8 times the peak
 *   node tools/replay.mjs --smallest FILE…      looks for the smallest heaps, which takes longer
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import {
  BufferHeapMemory,
  InterceptedHeap,
  RecordInterceptor,
  replayTable,
  TlsfHeap,
  traceNeeds,
} from '@bareheap/core';
import { parseImage } from '@bareheap/image';
import { openFirmware } from '@bareheap/machine';

/** What is recorded from needs a heap that refuses nothing. */
const RECORDING_BYTES = 2 ** 28;
const BASE = 0x1000;
const NO_FILES = new Proxy({}, { get: () => () => ({ ok: false, errno: 2 }) });

function recorder() {
  const memory = new BufferHeapMemory(new ArrayBuffer(RECORDING_BYTES));
  const record = new RecordInterceptor();
  const heap = new InterceptedHeap(record, new TlsfHeap(memory, BASE, RECORDING_BYTES));
  return { heap, record };
}

/** The trace of `Alloc(size),` and `Free(n),` lines. */
function traceOfText(text) {
  const { heap, record } = recorder();
  const blocks = [];
  for (const [, kind, number] of text.matchAll(/(Alloc|Free)\((\d+)\)/g)) {
    if (kind === 'Alloc') blocks.push({ address: heap.allocate(Number(number), 8), size: number });
    else heap.deallocate(blocks[Number(number)].address, Number(blocks[Number(number)].size), 8);
  }
  return record.trace();
}

/** A guest's call, as the recording heap sees it; `blocks` are its own by the guest's address. */
function repeatCall(heap, blocks, call) {
  const value = (kind) => call.args.find((argument) => argument.kind === kind)?.value;
  const old = blocks.get(value('address'));
  const size = (value('count') ?? 1) * (value('size') ?? 0);
  const freed = old !== undefined && (call.result !== 0 || size === 0);
  if (call.result === null || call.result === 0) {
    if (freed) heap.deallocate(old, 0, 8);
    if (freed) blocks.delete(value('address'));
    return;
  }
  if (call.resultKind === 'size') return;
  const address =
    old === undefined
      ? heap.allocate(size, value('alignment') ?? 8)
      : heap.reallocate(old, 0, 8, size);
  blocks.delete(value('address'));
  blocks.set(call.result, address);
}

/** The trace of a firmware's heap calls. */
function traceOfFirmware(bytes) {
  const { heap, record } = recorder();
  const blocks = new Map();
  const host = { writeConsole: () => undefined, readConsole: () => null, files: NO_FILES };
  const options = {
    heap: 'guest',
    memoryBytes: 2 ** 28,
    commandLine: 'guest',
    seed: 0,
    onHeapCall: (call) => repeatCall(heap, blocks, call),
  };
  openFirmware(parseImage(bytes), options, host).run({ maxInstructions: 1e9 });
  return record.trace();
}

function traceOf(file) {
  const bytes = new Uint8Array(readFileSync(file));
  const head = String.fromCharCode(...bytes.subarray(0, 4));
  if (head === 'BHT1') return bytes;
  if (head === '\x7fELF') return traceOfFirmware(bytes);
  return traceOfText(Buffer.from(bytes).toString('latin1'));
}

const COLUMNS = [
  ['survives', ({ survives, firstRefusal }) => (survives ? 'yes' : `to call ${firstRefusal}`)],
  ['high water', ({ highWaterBytes }) => String(highWaterBytes)],
  ['footprint', ({ footprintRatio }) => footprintRatio.toFixed(2)],
  ['internal', ({ internalFragmentation }) => percent(internalFragmentation)],
  ['external', ({ externalFragmentation }) => percent(externalFragmentation)],
  ['overhead', ({ overheadBytes }) => String(overheadBytes)],
  ['steps', ({ worstSteps }) => String(worstSteps)],
  ['smallest', ({ smallestBytes }) => (smallestBytes === null ? '-' : String(smallestBytes))],
];

function percent(share) {
  return `${(share * 100).toFixed(1)} %`;
}

function printTable(name, trace, options) {
  const rows = replayTable(trace, options);
  const { peakBytes } = traceNeeds(trace);
  const [{ calls, regionBytes }] = rows;
  console.log(`${name}: ${calls} calls, peak ${peakBytes} bytes, region ${regionBytes} bytes`);
  console.log(''.padEnd(12) + COLUMNS.map(([head]) => head.padStart(16)).join(''));
  for (const row of rows) {
    const cells = COLUMNS.map(([, cell]) => cell(row).padStart(16)).join('');
    console.log(row.strategy.padEnd(12) + cells);
  }
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    save: { type: 'string' },
    bytes: { type: 'string' },
    smallest: { type: 'boolean', default: false },
  },
});
for (const file of positionals) {
  const trace = traceOf(file);
  if (values.save !== undefined) writeFileSync(values.save, trace);
  printTable(basename(file), trace, {
    smallest: values.smallest,
    ...(values.bytes === undefined ? {} : { regionBytes: Number(values.bytes) }),
  });
}
