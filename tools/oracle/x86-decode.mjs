/**
 * Compares the x86-64 decoder with GNU objdump: lengths, mnemonics and operands.
 *
 *   node tools/oracle/x86-decode.mjs FILE…                 every instruction of these programs
 *   node tools/oracle/x86-decode.mjs --random N [--seed S] N random encodings of the table
 *   node tools/oracle/x86-decode.mjs --record N            writes x86-truth/decode.txt, N of those
 *
 * Instructions of extensions that the table does not have are counted apart; the decoder must call
 * them undefined. The exit status is 1 when anything differs.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Decoder } from '../../packages/cpu/dist/isa/x86-64/decoder.js';
import { describeInstruction } from '../../packages/cpu/dist/isa/x86-64/describe.js';
import { DecodedInstruction } from '../../packages/cpu/dist/isa/x86-64/instruction.js';
import { X86_ROWS } from '../../packages/cpu/dist/isa/x86-64/table.js';
import { Random } from './random.mjs';
import { randomEncoding } from './x86-encode.mjs';
import { knownDifference } from './x86-known.mjs';
import { listEncodings, listFile, objdumpVersion } from './x86-objdump.mjs';
import { isAbsent, normaliseTheirs } from './x86-text.mjs';

const REPORTED = 40;
const WAIT = 0x9b;
const CORPUS = new URL('./x86-truth/decode.txt', import.meta.url);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    random: { type: 'string' },
    record: { type: 'string' },
    seed: { type: 'string', default: '1' },
  },
});

const decoder = new Decoder(X86_ROWS);
const instruction = new DecodedInstruction();
const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');

/** Length and text of one instruction by our decoder. */
function decode(bytes, address) {
  const status = decoder.decode(bytes, 0, bytes.length, instruction);
  if (status !== 'decoded') return { length: 0, text: '(bad)', status };
  return { length: instruction.length, text: describeInstruction(instruction, address), status };
}

const sum = (counts) => [...counts.values()].reduce((total, n) => total + n, 0);

class Tally {
  total = 0;
  same = 0;
  absent = 0;
  /** By reason: how often. */
  known = new Map();
  /** By mnemonics: how often, and the first. */
  different = new Map();

  take(address, bytes, length, text) {
    this.total++;
    // objdump writes WAIT and a waitless instruction as one.
    const isWaiting = bytes[0] === WAIT && length > 1;
    if (isWaiting) {
      bytes = bytes.subarray(1);
      length--;
      address++;
    }
    const ours = decode(bytes, address);
    const theirs = normaliseTheirs(text, isWaiting);
    if (ours.text === theirs && (ours.length === length || theirs === '(bad)')) this.same++;
    else if (isAbsent(theirs) && ours.status === 'undefined') this.absent++;
    else if (knownDifference(theirs, ours.text) !== null) {
      const reason = knownDifference(theirs, ours.text);
      this.known.set(reason, (this.known.get(reason) ?? 0) + 1);
    } else this.differ(bytes, length, text, ours, theirs);
  }

  differ(bytes, length, text, ours, theirs) {
    const key = `${theirs.split(' ')[0]}, ours ${ours.text.split(' ')[0]}`;
    const line = `${hex(bytes.subarray(0, Math.max(length, 1)))}: objdump ${text} (${length}), ours ${ours.text} (${ours.length})`;
    const entry = this.different.get(key) ?? { count: 0, line };
    entry.count++;
    this.different.set(key, entry);
  }

  report(name, seconds) {
    for (const [reason, n] of this.known) console.log(`  known: ${n} × ${reason}`);
    const count = [...this.different.values()].reduce((total, entry) => total + entry.count, 0);
    for (const { count: n, line } of [...this.different.values()]
      .sort((a, b) => b.count - a.count)
      .slice(0, REPORTED)) {
      console.log(`  ${n} × ${line}`);
    }
    console.log(
      `${name}: ${this.total} instructions, ${this.same} equal, ${this.absent} of absent extensions, ${sum(this.known)} known, ${count} differ, ${seconds.toFixed(1)} s`,
    );
    return count;
  }
}

async function compareFile(path) {
  const start = performance.now();
  const tally = new Tally();
  await listFile(path, (address, bytes, text) => {
    tally.take(Number(address), bytes, bytes.length, text);
  });
  return tally.report(path, (performance.now() - start) / 1000);
}

const SLOT = 32;

/** Random encodings, every row equally often. */
function randomEncodings(count, seed) {
  const random = new Random(seed);
  return Array.from({ length: count }, (_, n) =>
    randomEncoding(X86_ROWS[n % X86_ROWS.length], random),
  );
}

async function compareRandom(count, seed) {
  const start = performance.now();
  const encodings = randomEncodings(count, seed);
  const theirs = await listEncodings(encodings, SLOT);
  const tally = new Tally();
  encodings.forEach((bytes, n) => {
    const { length, text } = theirs[n];
    tally.take(n * SLOT, bytes, length, text);
  });
  return tally.report(`random encodings, seed ${seed}`, (performance.now() - start) / 1000);
}

/** Writes those of the random encodings on which both agree, one a line: bytes, tab, text. */
async function record(count, seed) {
  const encodings = randomEncodings(count, seed);
  const theirs = await listEncodings(encodings, SLOT);
  const lines = new Set();
  encodings.forEach((bytes, n) => {
    const ours = decode(bytes, 0);
    const { length } = theirs[n];
    const text = normaliseTheirs(theirs[n].text);
    const atZero = decode(bytes, n * SLOT);
    if (atZero.text === text && ours.length === length) {
      lines.add(`${hex(bytes.subarray(0, length))}\t${ours.text}`);
    }
  });
  const header = [
    `# ${objdumpVersion()}: objdump -D -b binary -m i386:x86-64 -M intel`,
    `# made by: node tools/oracle/x86-decode.mjs --record ${count} --seed ${seed}`,
    '# bytes, tab, text; each at address 0; prefixes without an effect are not printed',
  ];
  mkdirSync(new URL('.', CORPUS), { recursive: true });
  writeFileSync(CORPUS, `${[...header, ...[...lines].sort()].join('\n')}\n`);
  console.log(`${lines.size} encodings recorded`);
  return 0;
}

async function main() {
  const seed = Number(values.seed);
  console.log(`${X86_ROWS.length} rows; ${objdumpVersion()}`);
  if (values.record !== undefined) return record(Number(values.record), seed);
  let different = 0;
  for (const path of positionals) different += await compareFile(path);
  if (values.random !== undefined) different += await compareRandom(Number(values.random), seed);
  return different;
}

process.exitCode = (await main()) === 0 ? 0 : 1;
