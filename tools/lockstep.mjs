/**
 * Runs a firmware on the JIT and on Unicorn side by side and stops at the first difference of
 * registers, pc, instruction count, active calls or memory:
 *
 *   node tools/lockstep.mjs [--stride N] [--from N] [--most N] PROGRAM…
 *   node tools/lockstep.mjs --runs [PROGRAM…]
 *
 * Both run a stride of instructions (default 256), then all is compared. Where something differs,
 * both start again, go to the last state that was equal, and take single steps from there, so that
 * the instruction is named. A line for each program; the status is 1 when one differs. `--from` is
 * the number of instructions after which single steps begin, as a difference's line gives it.
 *
 * With `--runs` each program (default: every prebuilt guest, on the board it was built for, with its
 * arguments and input) runs from start to end on either engine alone, and what people see is
 * compared: output, how it ended, instructions, findings with their fault records, heap, calls.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { JitCpu } from '@bareheap/cpu';
import { loadNativeUnicorn, UnicornCpu } from '@bareheap/cpu-unicorn';
import { parseImage } from '@bareheap/image';
import { openFirmware } from '@bareheap/machine';
import { Supervisor } from '@bareheap/mmu';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    stride: { type: 'string', default: '256' },
    from: { type: 'string' },
    most: { type: 'string', default: '2000000' },
    runs: { type: 'boolean', default: false },
  },
});

const NO_FILE = { ok: false, errno: 2 };
const refused = () => NO_FILE;

/** A host without files; console input is what is given, output is kept. */
const hostWith = (input, output) => ({
  writeConsole: (_stream, bytes) => output.push(...bytes),
  readConsole: (most) => Uint8Array.from(input.splice(0, most)),
  isConsoleTerminal: () => false,
  files: {
    open: refused,
    read: refused,
    write: refused,
    seek: refused,
    length: refused,
    close: refused,
    remove: refused,
    rename: refused,
    isTty: () => false,
  },
});

/** One engine with a machine around it. */
class Side {
  constructor(name, plan, makeCpu) {
    this.name = name;
    const make = (parts) => {
      this.memory = parts.memory;
      this.isa = parts.isa;
      this.cpu = makeCpu(parts);
      return this.cpu;
    };
    const cpu = { engine: name, make };
    const options = { heap: 'guest', memoryBytes: 2 ** 26, commandLine: 'lockstep', seed: 1, cpu };
    this.firmware = openFirmware(plan, options, hostWith([], []));
    this.peeker = new Supervisor(this.memory);
  }

  /** Runs until so many instructions have retired; false when the program has ended. */
  runTo(count) {
    return this.firmware.run({ maxInstructions: count }).kind === 'limit';
  }

  get count() {
    return this.cpu.instructionCount;
  }

  close() {
    this.cpu.dispose?.();
  }
}

const hex = (value) => `0x${(value >>> 0).toString(16)}`;

function differingFrame(jit, unicorn) {
  const [ours, theirs] = [jit.cpu.shadowFrames(), unicorn.cpu.shadowFrames()];
  if (JSON.stringify(ours) === JSON.stringify(theirs)) return null;
  const text = (frames) => frames.map(({ returnTo }) => hex(returnTo)).join(' ');
  return `calls: jit [${text(ours)}], unicorn [${text(theirs)}]`;
}

/** Bytes of everything that is mapped and that either side has touched. */
function differingByte(jit, unicorn) {
  for (const { start, end, backing } of jit.memory.vmas.all()) {
    if (backing.kind === 'device') continue;
    for (let page = start; page < end; page += 4096) {
      if (!jit.memory.isResident(page) && !unicorn.memory.isResident(page)) continue;
      const ours = jit.peeker.peek(page, 4096);
      const theirs = unicorn.peeker.peek(page, 4096);
      const at = ours.findIndex((byte, index) => byte !== theirs[index]);
      if (at >= 0) return `byte at ${hex(page + at)}: jit ${ours[at]}, unicorn ${theirs[at]}`;
    }
  }
  return null;
}

/** What differs, in words; null when nothing does. */
function difference(jit, unicorn, withMemory) {
  if (jit.count !== unicorn.count) return `count: jit ${jit.count}, unicorn ${unicorn.count}`;
  if (jit.cpu.pc !== unicorn.cpu.pc) {
    return `pc: jit ${hex(jit.cpu.pc)}, unicorn ${hex(unicorn.cpu.pc)}`;
  }
  for (const [register, name] of jit.cpu.registerNames.entries()) {
    if (name === 'fpscratch') continue;
    const ours = jit.cpu.read(register);
    const theirs = unicorn.cpu.read(register);
    if (ours !== theirs && !isSameFlag(name, ours, theirs)) {
      return `${name}: jit ${hex(ours)}, unicorn ${hex(theirs)}`;
    }
  }
  return differingFrame(jit, unicorn) ?? (withMemory ? differingByte(jit, unicorn) : null);
}

/** Flags as the JIT keeps them have more values than two: see the register list of Thumb. */
function isSameFlag(name, ours, theirs) {
  if (name === 'nf' || name === 'vf') return ours < 0 === theirs < 0;
  return name === 'zf' && (ours === 0) === (theirs === 0);
}

function openBoth(file, library) {
  const plan = parseImage(new Uint8Array(readFileSync(file)));
  return [
    new Side('jit', plan, (parts) => new JitCpu(parts)),
    new Side('unicorn', plan, (parts) => new UnicornCpu({ ...parts, library })),
  ];
}

/** The instruction at the pc, as the ISA's table describes it. */
function instructionAt({ cpu, isa, peeker }) {
  const bytes = peeker.peek(cpu.pc, 4);
  if (bytes === null) return 'nothing mapped';
  const [low, high] = new Uint16Array(bytes.buffer);
  if (isa.name.startsWith('rv')) return isa.describe(low | (high << 16));
  const isWide = low >>> 11 >= 0b11101;
  return isa.describe(isWide ? (low << 16) | high : low, isWide);
}

/** Runs both to `most` instructions; returns what differs first. */
function compare(file, library, { from, stride, most }) {
  const [jit, unicorn] = openBoth(file, library);
  try {
    let equalAt = 0;
    let before = '';
    if (from > 0) for (const side of [jit, unicorn]) side.runTo(from);
    for (let count = from; ; ) {
      const found = difference(jit, unicorn, true);
      if (found !== null) return { found, equalAt, before, count: jit.count };
      equalAt = jit.count;
      before = `${instructionAt(jit)} at ${hex(jit.cpu.pc)}`;
      if (count >= most) return { found: null, count: jit.count };
      count = jit.count + stride;
      const [goesOn, also] = [jit.runTo(count), unicorn.runTo(count)];
      if (!goesOn && !also) {
        const last = difference(jit, unicorn, true);
        return { found: last, equalAt, before, count: jit.count };
      }
    }
  } finally {
    jit.close();
    unicorn.close();
  }
}

function lockstep(file, library) {
  const most = Number(values.most);
  const name = basename(file, '.elf');
  const single = values.from !== undefined;
  const stride = single ? 1 : Number(values.stride);
  let outcome = compare(file, library, { from: Number(values.from ?? 0), stride, most });
  if (outcome.found !== null && !single) {
    const from = outcome.equalAt;
    const closer = compare(file, library, { from, stride: 1, most: from + stride + 8 });
    if (closer.found !== null) outcome = closer;
    else outcome.before = `${stride} instructions at once from ${outcome.before}`;
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
  if (known === undefined) return { commandLine: name, input: '', board: undefined };
  return { commandLine: [name, ...(known.args ?? [])].join(' '), input: known.stdin ?? '', board };
}

/** Everything that people see of a run. */
function seenOfRun(file, cpu) {
  const { commandLine, input, board } = startOf(file);
  const output = [];
  const options = { heap: 'guest', memoryBytes: 2 ** 26, commandLine, seed: 1 };
  const firmware = openFirmware(
    parseImage(new Uint8Array(readFileSync(file))),
    { ...options, ...(board === undefined ? {} : { board }), ...(cpu === null ? {} : { cpu }) },
    hostWith([...Buffer.from(input, 'latin1')], output),
  );
  const end = firmware.run({ maxInstructions: 50_000_000 });
  const { findings, heap, exit, syscalls } = firmware.report();
  return { output, end, exit, instructions: firmware.instructions, findings, heap, syscalls };
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

if (positionals.length === 0 && values.runs) positionals.push(...prebuiltGuests());
if (positionals.length === 0) {
  console.error('usage: node tools/lockstep.mjs [--stride N] [--from N] [--most N] PROGRAM…');
  console.error('       node tools/lockstep.mjs --runs [PROGRAM…]');
  process.exit(2);
}
const library = await loadNativeUnicorn(process.env['BAREHEAP_UNICORN'] ?? null, process.platform);
console.log(library.description);
let equal = true;
const check = values.runs ? sameRuns : lockstep;
for (const file of positionals) equal = check(file, library) && equal;
process.exitCode = equal ? 0 : 1;
