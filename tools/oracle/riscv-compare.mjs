/** Runs batches of cases under QEMU and on the engine and finds the first difference of each case. */

import { buildHarness } from './riscv-harness.mjs';
import { batchLayout, LANDING, RAM, WINDOW_BYTES, WORD } from './riscv-layout.mjs';

/** An image of RAM: landing pads where code may lie, the harness, and the cases (null: none). */
export function buildImage(layout, cases) {
  const image = Buffer.alloc(layout.end - RAM);
  const code = layout.code - RAM;
  new Uint16Array(image.buffer, image.byteOffset + code, layout.codeBytes >> 1).fill(LANDING);
  buildHarness(layout).copy(image);
  cases.forEach((one, index) => {
    if (one !== null) one.place(image, layout, index, RAM);
    else image.writeUInt32LE(layout.slot(index), layout.record(index) - RAM);
  });
  return image;
}

/** What one side left of a case, out of its image. */
export function outcome(image, layout, index) {
  const at = layout.record(index) - RAM;
  const window = layout.window(index) - RAM;
  return {
    words: new Int32Array(
      image.buffer.slice(image.byteOffset + at, image.byteOffset + at + layout.recordBytes),
    ),
    window: Buffer.from(image.subarray(window, window + WINDOW_BYTES)),
  };
}

/** Indices of the cases whose outcomes differ. */
export function differences(ours, theirs, layout) {
  const first = layout.records - RAM;
  const end = layout.code - RAM;
  if (ours.subarray(first, end).equals(theirs.subarray(first, end))) return [];
  const found = [];
  for (let index = 0; index < layout.count; index++) {
    const record = layout.record(index) - RAM;
    const window = layout.window(index) - RAM;
    const same =
      ours.compare(
        theirs,
        record,
        record + layout.recordBytes,
        record,
        record + layout.recordBytes,
      ) === 0 &&
      ours.compare(theirs, window, window + WINDOW_BYTES, window, window + WINDOW_BYTES) === 0;
    if (!same) found.push(index);
  }
  return found;
}

/** One batch on both sides. `tiers`: which of 'interpreted' and 'compiled' the engine runs. */
export class Comparison {
  constructor(qemu, engine, tiers) {
    this.qemu = qemu;
    this.engine = engine;
    this.tiers = tiers;
    this.seconds = { qemu: 0, interpreted: 0, compiled: 0 };
  }

  /** Differences by tier: { layout, theirs, results: [{ tier, ours, found }] }. */
  async run(cases, layout) {
    const image = buildImage(layout, cases);
    const theirs = await this.timed('qemu', () => this.qemu.run(image, layout));
    const results = [];
    for (const tier of this.tiers) {
      const ours = await this.timed(tier, () =>
        this.engine.run(image, layout, tier === 'compiled'),
      );
      results.push({ tier, ours, found: differences(ours, theirs, layout) });
    }
    return { layout, theirs, results };
  }

  async timed(name, work) {
    const start = performance.now();
    const result = await work();
    this.seconds[name] += (performance.now() - start) / 1000;
    return result;
  }
}

const NAMES = new Map([
  [WORD.pc, 'mepc'],
  [WORD.sscratch, 'sscratch'],
  [WORD.scause, 'scause'],
  [WORD.mcause, 'mcause'],
  [WORD.mtval, 'mtval'],
  [WORD.fcsr, 'fcsr'],
]);

function wordName(index) {
  if (NAMES.has(index)) return NAMES.get(index);
  if (index < 32) return `x${index}`;
  return `f${(index - WORD.f) >> 1}.${index % 2 === 0 ? 'low' : 'high'}`;
}

const hex = (value) => `0x${(value >>> 0).toString(16).padStart(8, '0')}`;

/** Lines that say where two outcomes differ. */
export function describeDifference(ours, theirs) {
  const lines = [];
  ours.words.forEach((word, index) => {
    if (word !== theirs.words[index])
      lines.push(`${wordName(index)}: ours ${hex(word)}, QEMU ${hex(theirs.words[index])}`);
  });
  for (let at = 0; at < WINDOW_BYTES; at++) {
    if (ours.window[at] !== theirs.window[at]) {
      lines.push(
        `window+${at}: ours ${ours.window[at].toString(16)}, QEMU ${theirs.window[at].toString(16)}`,
      );
    }
  }
  return lines;
}

export { batchLayout };
