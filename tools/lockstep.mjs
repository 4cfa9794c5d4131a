/**
 * Runs a firmware or a Linux program on the JIT and on Unicorn side by side and stops at the first
 * difference of registers, pc, instruction count, active calls or memory:
 *
 *   node tools/lockstep.mjs [--stride N] [--from N] [--most N] [--floats] [--root DIR]
 *                           PROGRAM… [-- ARGS…]
 *   node tools/lockstep.mjs --runs [PROGRAM…]
 *
 * Both run a stride of instructions (default 256), then all is compared, memory each sixteenth time
 * and at the end. Flags are compared where they are defined. `--floats` has Unicorn compute with
 * x86-64's floating point, whose exception flags are then left out; `--root` has the files that a
 * Linux program sees. Where something differs, both start again, go to the last state that was
 * equal, and take single steps from there, so that the instruction is named. A line for each
 * program; the status is 1 when one differs. `--from` is the number of instructions after which
 * single steps begin, as a difference's line gives it.
 *
 * With `--runs` each program (default: every prebuilt guest, on the board it was built for, with its
 * arguments and input) runs from start to end on either engine alone, and what people see is
 * compared: output, how it ended, instructions, findings with their fault records, heap, calls.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { JitCpu, readRflags } from '@bareheap/cpu';
import { loadNativeUnicorn, UnicornCpu } from '@bareheap/cpu-unicorn';
import { DefinedFlags, STATUS_FLAGS } from './lockstep-flags.mjs';
import { openGuest, programOf, Side } from './lockstep-side.mjs';

const split = process.argv.indexOf('--');
const { values, positionals } = parseArgs({
  args: process.argv.slice(2, split < 0 ? undefined : split),
  allowPositionals: true,
  options: {
    stride: { type: 'string', default: '256' },
    from: { type: 'string' },
    most: { type: 'string' },
    runs: { type: 'boolean', default: false },
    floats: { type: 'boolean', default: false },
    root: { type: 'string' },
  },
});

/** Strides between two comparisons of memory. */
const MEMORY_STRIDES = 16;
/** Instructions before a comparison that are taken one by one, to know which flags are defined. */
const FLAG_STEPS = 16;
/** What --floats leaves out: exception flags of MXCSR and x87, and x87's condition bits. */
const FLOAT_STATUS = { mxcsr: 0x3f, fpustatus: 0xc7ff };
const R11 = 11;
const RCX = 1;

const hex = (value) => (value < 0 ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`);
const word = (value) => `0x${(value >>> 0).toString(16)}`;

function differingFrame(jit, unicorn) {
  const [ours, theirs] = [jit.cpu.shadowFrames(), unicorn.cpu.shadowFrames()];
  if (JSON.stringify(ours) === JSON.stringify(theirs)) return null;
  const text = (frames) => frames.map(({ returnTo }) => hex(returnTo)).join(' ');
  return `calls: jit [${text(ours)}], unicorn [${text(theirs)}]`;
}

/** A page's bytes; a platform that maps pages when they are touched is made to. */
function pageOf({ memory, peeker }, page) {
  const bytes = peeker.peek(page, 4096);
  if (bytes !== null) return bytes;
  peeker.load(page, 1);
  memory.faulted = false;
  return peeker.peek(page, 4096);
}

/** Bytes of everything that is mapped and that either side has touched. */
function differingByte(jit, unicorn) {
  for (const { start, end, backing } of jit.memory.vmas.all()) {
    if (backing.kind === 'device') continue;
    for (let page = start; page < end; page += 4096) {
      if (!jit.memory.isResident(page) && !unicorn.memory.isResident(page)) continue;
      const [ours, theirs] = [pageOf(jit, page), pageOf(unicorn, page)];
      if (theirs === null) return `page at ${hex(page)}: not there with unicorn`;
      const at = ours.findIndex((byte, index) => byte !== theirs[index]);
      if (at >= 0) return `byte at ${hex(page + at)}: jit ${ours[at]}, unicorn ${theirs[at]}`;
    }
  }
  return null;
}

/** What differs, in words; null when nothing does. */
function difference(jit, unicorn, { withMemory, flags }) {
  if (jit.count !== unicorn.count) return `count: jit ${jit.count}, unicorn ${unicorn.count}`;
  if (jit.cpu.pc !== unicorn.cpu.pc) {
    return `pc: jit ${hex(jit.cpu.pc)}, unicorn ${hex(unicorn.cpu.pc)}`;
  }
  const registers = jit.isa.addressType === 'i64' ? differingWord : differingRegister;
  return (
    registers(jit, unicorn) ??
    differingFlags(jit, unicorn, flags) ??
    differingFrame(jit, unicorn) ??
    (withMemory ? differingByte(jit, unicorn) : null)
  );
}

function differingRegister(jit, unicorn) {
  for (const [register, name] of jit.cpu.registerNames.entries()) {
    if (name === 'fpscratch') continue;
    const ours = jit.cpu.read(register);
    const theirs = unicorn.cpu.read(register);
    if (ours !== theirs && !isSameFlag(name, ours, theirs)) {
      return `${name}: jit ${word(ours)}, unicorn ${word(theirs)}`;
    }
  }
  return null;
}

const WORDS = { i32: 1, i64: 2, v128: 4 };

/** Of x86-64; how each engine keeps its flags is its own. */
function differingWord(jit, unicorn) {
  for (const [register, { name, type }] of jit.isa.registers.entries()) {
    if (name.startsWith('flag')) continue;
    const ignored = values.floats ? (FLOAT_STATUS[name] ?? 0) : 0;
    for (let at = 0; at < WORDS[type]; at++) {
      const ours = jit.cpu.readWord(register, at);
      const theirs = unicorn.cpu.readWord(register, at);
      const change = (ours ^ theirs) & ~ignored;
      if (change === 0) continue;
      if (register === R11 && at === 0 && isSavedFlags(jit, change)) continue;
      return `${name}, word ${at}: jit ${word(ours)}, unicorn ${word(theirs)}`;
    }
  }
  return null;
}

/** After SYSCALL, R11 has the flags of before, undefined ones with them. */
function isSavedFlags({ cpu, peeker }, change) {
  if ((change & ~STATUS_FLAGS) !== 0) return false;
  const code = peeker.peek(cpu.read(RCX) - 2, 2);
  return code !== null && code[0] === 0x0f && code[1] === 0x05;
}

function differingFlags(jit, unicorn, flags) {
  if (jit.isa.name !== 'x86-64') return null;
  const [ours, theirs] = [readRflags(jit.cpu), readRflags(unicorn.cpu)];
  const change = (ours ^ theirs) & (flags.mask | ~STATUS_FLAGS);
  if (change === 0) return null;
  return `flags: jit ${hex(ours)}, unicorn ${hex(theirs)}, defined ${hex(flags.mask)}`;
}

/** Flags as the JIT keeps them have more values than two: see the register list of Thumb. */
function isSameFlag(name, ours, theirs) {
  if (name === 'nf' || name === 'vf') return ours < 0 === theirs < 0;
  return name === 'zf' && (ours === 0) === (theirs === 0);
}

function openBoth(program, library) {
  const { floats } = values;
  return [
    new Side('jit', program, (parts) => new JitCpu(parts)),
    new Side('unicorn', program, (parts) => new UnicornCpu({ ...parts, library, floats })),
  ];
}

/**
 * Runs a side to a count, on x86-64 the last instructions one by one. Both in the same way: threads
 * take turns where a run ends.
 */
function runNoting(side, count, flags) {
  if (side.isa.name !== 'x86-64') return side.runTo(count);
  const from = count - FLAG_STEPS;
  if (side.count < from) {
    flags.forget();
    if (!side.runTo(from)) return false;
  }
  while (side.count < count) {
    flags.note(side.cpu, side.decoded());
    if (!side.runTo(side.count + 1)) return false;
  }
  return true;
}

/** Runs both to `most` instructions; returns what differs first. */
function compare(program, library, { from, stride, most }) {
  const [jit, unicorn] = openBoth(program, library);
  const flags = new DefinedFlags();
  try {
    let equalAt = 0;
    let before = '';
    if (from > 0) for (const side of [jit, unicorn]) side.runTo(from);
    for (let strides = 0, goesOn = true; ; strides++) {
      const withMemory = strides % MEMORY_STRIDES === 0 || !goesOn || jit.count >= most;
      const found = difference(jit, unicorn, { withMemory, flags });
      if (found !== null) return { found, equalAt, before, count: jit.count };
      if (withMemory || stride === 1) {
        equalAt = jit.count;
        before = `${jit.describe()} at ${hex(jit.cpu.pc)}`;
      }
      if (!goesOn || jit.count >= most) return { found: null, count: jit.count };
      const count = jit.count + stride;
      const goOn = [jit, unicorn].map((side) => runNoting(side, count, flags));
      goesOn = goOn.includes(true);
    }
  } finally {
    jit.close();
    unicorn.close();
  }
}

function lockstep(file, library) {
  const most = Number(values.most);
  const program = programOf(file, { args: values.args, root: values.root });
  const { name } = program;
  const single = values.from !== undefined;
  const stride = single ? 1 : Number(values.stride);
  let outcome = compare(program, library, { from: Number(values.from ?? 0), stride, most });
  if (outcome.found !== null && !single) {
    const from = outcome.equalAt;
    const closer = compare(program, library, { from, stride: 1, most: outcome.count + 8 });
    if (closer.found !== null) outcome = closer;
    else outcome.before = `${outcome.count - from} instructions at once from ${outcome.before}`;
  }
  if (outcome.found === null) {
    console.log(`${name}: equal over ${outcome.count} instructions`);
    return true;
  }
  const { found, equalAt, before } = outcome;
  console.log(`${name}: ${found}, by ${before} after ${equalAt} instructions;`);
  const how = before.includes('at once') ? `--stride ${stride}` : `--from ${equalAt}`;
  console.log(`  node tools/lockstep.mjs ${how} ${file}`);
  return false;
}

const GUESTS = fileURLToPath(new URL('../test/guests/', import.meta.url));

/** What a guest of the repository is started with; nothing, for other programs. */
function startOf(file) {
  const { guests } = JSON.parse(readFileSync(join(GUESTS, 'guests.json'), 'utf8'));
  const [name, board] = basename(file, '.elf').split('.');
  const known = file.startsWith(GUESTS) ? guests.find((guest) => guest.name === name) : undefined;
  if (known === undefined) return { args: values.args, root: values.root };
  return { name, args: known.args ?? [], input: known.stdin ?? '', board };
}

/** Everything that people see of a run. */
function seenOfRun(file, cpu) {
  const output = [];
  const guest = openGuest(programOf(file, startOf(file)), cpu, output);
  const end = guest.run({ maxInstructions: Number(values.most) });
  const { findings, heap, exit, syscalls } = guest.report();
  return { output, end, exit, instructions: guest.instructions, findings, heap, syscalls };
}

/** Compares whole runs; a line for each program. */
function sameRuns(file, library) {
  const made = [];
  const make = (parts) => made[made.push(new UnicornCpu({ ...parts, library })) - 1];
  const jit = seenOfRun(file, null);
  const unicorn = seenOfRun(file, { engine: 'unicorn', make });
  for (const cpu of made) cpu.dispose();
  const differing = Object.keys(jit).filter(
    (key) => JSON.stringify(jit[key]) !== JSON.stringify(unicorn[key]),
  );
  const name = basename(file, '.elf');
  if (differing.length === 0) console.log(`${name}: same (${jit.instructions} instructions)`);
  else console.log(`${name}: different ${differing.join(', ')}`);
  return differing.length === 0;
}

function prebuiltGuests() {
  const folder = join(GUESTS, 'prebuilt');
  const names = readdirSync(folder).filter((name) => name.endsWith('.elf'));
  return names.sort().map((name) => join(folder, name));
}

values.args = split < 0 ? [] : process.argv.slice(split + 1);
values.most ??= values.runs ? '50000000' : '2000000';
if (positionals.length === 0 && values.runs) positionals.push(...prebuiltGuests());
if (positionals.length === 0) {
  console.error(
    'usage: node tools/lockstep.mjs [--stride N] [--from N] [--most N] [--floats] PROGRAM…',
  );
  console.error('       node tools/lockstep.mjs --runs [PROGRAM…]');
  process.exit(2);
}
const library = await loadNativeUnicorn(process.env['BAREHEAP_UNICORN'] ?? null, process.platform);
console.log(library.description);
let equal = true;
const check = values.runs ? sameRuns : lockstep;
for (const file of positionals) equal = check(file, library) && equal;
process.exitCode = equal ? 0 : 1;
