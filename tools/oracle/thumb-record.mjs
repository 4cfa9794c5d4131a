/**
 * Records what QEMU's Cortex-M boards make of each row of the Thumb table, for the unit tests.
 *
 *   node tools/oracle/thumb-record.mjs [--seed S]
 *
 * Writes test/truth/thumb/<core>.json: a header that names the program and the command, then one
 * case a line. Each row is recorded on the first core that has it, rows that the Cortex-M0 has also
 * on the Cortex-M3, whose alignment rules differ. Memory starts as a fixed pattern.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { CaseMaker } from './thumb-cases.mjs';
import { differences, unusable, WINDOW_OFFSET } from './thumb-compare.mjs';
import { ThumbEngine } from './thumb-engine.mjs';
import { BOARDS } from './thumb-harness.mjs';
import {
  CODE,
  GENERAL,
  IN,
  IN_WORDS,
  OUT,
  OUT_WORDS,
  WINDOW,
  WINDOW_BYTES,
  windowPattern,
} from './thumb-layout.mjs';
import { ThumbQemu } from './thumb-qemu.mjs';
import { instructionsOf } from './thumb-shrink.mjs';

/** Floating point has modes and special numbers to meet. */
const casesPerRow = ({ since }) => (since === 'fpu' ? 6 : 2);
const FEATURES = { m0: ['v6m'], m3: ['v6m', 'v7m'], m4: ['v7em', 'fpu'] };
const { values } = parseArgs({ options: { seed: { type: 'string', default: '2026' } } });
const folder = join(dirname(fileURLToPath(import.meta.url)), '../../test/truth/thumb');
const hex = (value) => (value >>> 0).toString(16);

/** Cases of a row that end normally, and one more if the row can trap. */
function casesOf(maker, engine, row) {
  const found = [];
  for (let tries = 0; found.length < casesPerRow(row) && tries < 4000; tries++) {
    const draft = maker.make(1, row);
    if (draft === null || draft.record.readInt32LE(IN.xpsr * 4) & 0x0600fc00) continue;
    const ours = engine.run(draft.record);
    const wanted = tries > 3000 || ours.what === 'supervisor-call' || row.mnemonic !== 'svc';
    const faults = ['data', 'misaligned', 'fetch'].includes(ours.what);
    if (unusable(ours) === null && wanted && (!faults || tries > 2000)) found.push(draft.record);
  }
  return found;
}

/** The input as text: registers in order, then what is not as usual. */
function inputOf(record) {
  const word = (index) => record.readUInt32LE(index * 4);
  const input = {
    registers: [...GENERAL, IN.sp, IN.lr].map((at) => hex(word(at))).join(' '),
    xpsr: hex(word(IN.xpsr)),
    pc: hex(word(IN.pc)),
  };
  if (word(IN.ccr) & 0x18) input.ccr = hex(word(IN.ccr));
  if (word(IN.pend)) input.pend = 1;
  const frame = frameOffset(record);
  const pokes = changes(windowPattern(), record.subarray(WINDOW_OFFSET), frame, frame + 32);
  if (pokes.length > 0) input.memory = pokes;
  return input;
}

/** Where in the window the frame lies that a case starts from; the tests build it themselves. */
function frameOffset(record) {
  const sp = record.readUInt32LE(IN.sp * 4);
  return sp - (sp & 4 ? 36 : 32) - WINDOW;
}

/** `[offset, bytes]` wherever two windows differ, but for [from, to). */
function changes(before, after, from = 0, to = 0) {
  const found = [];
  for (let at = 0; at < WINDOW_BYTES; at++) {
    if (before[at] === after[at] || (at >= from && at < to)) continue;
    const last = found.at(-1);
    const byte = after[at].toString(16).padStart(2, '0');
    if (last !== undefined && last[0] + last[1].length / 2 === at) last[1] += byte;
    else found.push([at, byte]);
  }
  return found;
}

/** QEMU's outcome: registers that changed, the end, and bytes that changed. */
function outputOf(core, record, result) {
  const before = (index) => record.readUInt32LE(index * 4);
  const after = (index) => result.readUInt32LE(index * 4);
  const sp = after(OUT.psp) + 32 + ((after(OUT.xpsr) >>> 9) & 1) * 4;
  const registers = {};
  const note = (name, was, is) => {
    if (was !== is) registers[name] = hex(is);
  };
  for (const [n, at] of GENERAL.entries()) note(`r${n}`, before(at), after(at));
  note('sp', before(IN.sp), sp);
  note('lr', before(IN.lr), after(OUT.lr));
  if (core === 'm4') {
    for (let n = 0; n < 32; n++) note(`s${n}`, before(IN.s0 + n), after(OUT.s0 + n));
    note('fpscr', before(IN.fpscr), after(OUT.fpscr));
  }
  const window = result.subarray(OUT_WORDS * 4);
  const frame = after(OUT.psp) - WINDOW;
  const output = {
    registers,
    xpsr: hex(after(OUT.xpsr)),
    pc: hex(after(OUT.pc)),
    exception: after(OUT.ipsr),
  };
  if (after(OUT.cfsr)) output.cfsr = hex(after(OUT.cfsr));
  if (after(OUT.masks)) output.masks = hex(after(OUT.masks));
  const memory = changes(
    record.subarray(WINDOW_OFFSET),
    window,
    frame,
    frame + (sp - after(OUT.psp)),
  );
  if (memory.length > 0) output.memory = memory;
  return output;
}

function floatsOf(record) {
  return Array.from({ length: 33 }, (_, n) => hex(record.readUInt32LE((IN.s0 + n) * 4))).join(' ');
}

async function record(core, version) {
  const maker = new CaseMaker(core, Number(values.seed), true);
  const engine = new ThumbEngine(core);
  const rows = maker.isa.rows.filter(({ since }) => FEATURES[core].includes(since));
  const records = rows.flatMap((row) => casesOf(maker, engine, row));
  const qemu = new ThumbQemu(core);
  const results = await qemu.run(records);
  qemu.close();
  const lines = records.map((one, n) => {
    const found = differences(core, engine.run(one), results[n]);
    if (found.length > 0) console.log(`${core}: the engine differs: ${found.join('; ')}`);
    const instructions = instructionsOf(one);
    const start = IN_WORDS * 4 + one.readUInt32LE(IN.pc * 4) - CODE;
    const length = instructions.reduce((sum, { isWide }) => sum + (isWide ? 4 : 2), 0);
    const text = instructions
      .map(({ bits, isWide }) => maker.isa.describe(bits, isWide))
      .join('; ');
    const code = one.subarray(start, start + length).toString('hex');
    const input = inputOf(one);
    if (instructions.some(({ bits, isWide }) => maker.isa.rowOf(bits, isWide)?.since === 'fpu'))
      input.floats = floatsOf(one);
    return `  ${JSON.stringify({ text, code, input, output: outputOf(core, one, results[n]) })}`;
  });
  const head = {
    program: version,
    machine: BOARDS[core].machine,
    date: new Date().toISOString().slice(0, 10),
    command: `node tools/oracle/thumb-record.mjs --seed ${values.seed}`,
  };
  const body = `{\n"made": ${JSON.stringify(head)},\n"cases": [\n${lines.join(',\n')}\n]}\n`;
  writeFileSync(join(folder, `${core}.json`), body);
  console.log(`${core}: ${rows.length} rows, ${lines.length} cases`);
}

mkdirSync(folder, { recursive: true });
const version = execFileSync('qemu-system-arm', ['--version'], { encoding: 'utf8' }).split('\n')[0];
for (const core of Object.keys(FEATURES)) await record(core, version);
