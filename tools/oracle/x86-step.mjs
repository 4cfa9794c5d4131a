/**
 * Runs Linux programs of x86-64 on the real processor one instruction at a time, and on our engine
 * from the same state: after each stride registers, flags, x87, vectors and, at system calls and at
 * the end, memory must be equal. What the kernel does is taken over from the real run.
 *
 *   node tools/oracle/x86-step.mjs [--stride N] [--most N] [--compiled] PROGRAM [-- ARGS…]
 *
 * `--compiled` has our engine compile all it can, which a stride of 1 gives no room to. A
 * difference is looked for again in single steps, and printed with its instruction; the exit status
 * is then 1. Needs gcc, and to be allowed to trace. Flags and condition bits are compared where the
 * manual defines them.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { describeX86, JitCpu, readRflags, writeRflags, writeX87, x86Isa } from '@bareheap/cpu';
import { Mmu, Supervisor } from '@bareheap/mmu';
import { undefinedConditions } from '../../packages/cpu/dist/isa/x86-64/undefined-state.js';
import { CodeReader } from '../lockstep-code.mjs';
import { DefinedFlags, STATUS_FLAGS } from '../lockstep-flags.mjs';
import { NativeState, RecordReader } from './x86-step-record.mjs';

const SOURCE = fileURLToPath(new URL('./x86-step/tracer.c', import.meta.url));
const GENERAL = 'rax rcx rdx rbx rsp rbp rsi rdi r8 r9 r10 r11 r12 r13 r14 r15'.split(' ');
const BASES = ['fsbase', 'gsbase'];
const DIRECTION_FLAG = 0x400;
const CONDITIONS = 0x4700;
/** Instructions before a comparison that are run one by one, to know what is defined. */
const NOTED = 16;
const MEMORY_BYTES = 2 ** 30;
/**
 * Bits that MXCSR has, as FXSAVE puts them at byte 28 of its image, of which the third byte is all
 * that processors differ in: AMD's have a bit for misaligned operands.
 */
const [MASK, MASK_AT, MISALIGNED] = [0xffff, 14, 2];
/** What the tracer tells when it has taken as many steps as it was to, and stops in wait(2)'s words. */
const [CUT_OFF, STOPPED] = [0x10000, 0x7f];
/** Every x86-64, MMX among it, with SSE3, SSSE3, CX16, SSE4.1, SSE4.2, POPCNT: what programs are to find. */
const CPUID = [
  [0x00000000, 1, 0x756e6547, 0x6c65746e, 0x49656e69],
  [0x00000001, 0x000306c0, 0x00010800, 0x00982201, 0x07808111],
  [0x80000000, 0x80000001, 0, 0, 0],
  [0x80000001, 0, 0, 1, 0x20100800],
];

const split = process.argv.indexOf('--');
const { values, positionals } = parseArgs({
  args: process.argv.slice(2, split < 0 ? undefined : split),
  allowPositionals: true,
  options: {
    stride: { type: 'string', default: '1' },
    most: { type: 'string', default: '300000' },
    compiled: { type: 'boolean', default: false },
  },
});
const programArguments = split < 0 ? [] : process.argv.slice(split + 1);

const hex = (value) => `0x${value.toString(16)}`;
const word = (value) => hex(value >>> 0);

const wordAt = (bytes, at) =>
  bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);

/** Traces a program into a file. */
function trace(folder, program) {
  const tracer = join(folder, 'tracer');
  const record = join(folder, 'record');
  const built = spawnSync('gcc', ['-O2', '-Wall', '-o', tracer, SOURCE], { encoding: 'utf8' });
  if (built.status !== 0) throw new Error(`gcc: ${built.stderr ?? built.error}`);
  const input = CPUID.map(([leaf, ...answer]) => [leaf, 0, ...answer, 0].map(hex).join(' '));
  const words = [record, values.most, program, ...programArguments];
  const { status, stderr } = spawnSync(tracer, words, {
    input: input.join('\n'),
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return record;
}

/** Our engine, in the state of the real run. */
class Replay {
  constructor(isCompiled) {
    this.native = new NativeState();
    this.mmu = new Mmu({ addressBits: 48, memoryBytes: MEMORY_BYTES });
    this.peeker = new Supervisor(this.mmu);
    this.mmu.activate();
    const cpuid = (leaf) => CPUID.find(([known]) => known === leaf)?.slice(1) ?? [0, 0, 0, 0];
    this.cpu = new JitCpu({
      isa: x86Isa({ cpuid }),
      memory: this.mmu,
      system: { readSystem: () => 0, writeSystem: () => {}, refused: false },
      compileAfter: isCompiled ? 1 : 0,
    });
    this.numbers = new Map(this.cpu.registerNames.map((name, number) => [name, number]));
    this.code = new CodeReader();
    this.flags = new DefinedFlags();
    this.conditions = 0;
    this.maps = [];
    this.count = 0;
    /** Steps of the real run that ours has still to take. */
    this.pending = 0;
    this.last = '';
  }

  /** Has all of the state from the real run. */
  takeOver() {
    const { cpu, native, numbers } = this;
    for (const name of [...GENERAL, ...BASES]) {
      cpu.writeHalves(numbers.get(name), native.low(name), native.high(name));
    }
    cpu.pc = native.address('rip');
    writeRflags(cpu, native.low('eflags'));
    writeX87(cpu, native.image);
    cpu.write(numbers.get('mxcsr'), native.mxcsr);
    for (let n = 0; n < 16; n++) {
      const register = numbers.get(`xmm${n}`);
      for (let at = 0; at < 4; at++) cpu.writeWord(register, at, native.vector(n, at));
    }
    this.flags.mask = STATUS_FLAGS;
    this.conditions = CONDITIONS;
  }

  /** Takes the steps that are pending; what then differs, or null. */
  catchUp() {
    const whole = Math.max(0, this.pending - NOTED);
    let stop = { kind: 'budget' };
    if (whole > 0) {
      this.flags.forget();
      this.conditions = 0;
      stop = this.cpu.run(whole);
    }
    for (let left = this.pending - whole; left > 0 && stop.kind === 'budget'; left--) {
      this.note();
      stop = this.cpu.run(1);
    }
    this.count += this.pending;
    this.pending = 0;
    if (stop.kind !== 'budget') return `ours stopped: ${JSON.stringify(stop)}`;
    return this.difference();
  }

  note() {
    const instruction = this.code.at(this.cpu.pc, this.peeker);
    const text = instruction === null ? 'no instruction' : describeX86(instruction, this.cpu.pc);
    this.last = `${text} at ${hex(this.cpu.pc)}`;
    this.flags.note(this.cpu, instruction);
    const isFloat = instruction !== null && /^f/.test(instruction.row.mnemonic);
    if (isFloat) this.conditions = CONDITIONS & ~undefinedConditions(instruction);
  }

  difference() {
    const { cpu, native } = this;
    if (cpu.pc !== native.address('rip')) {
      return `rip: ours ${hex(cpu.pc)}, native ${hex(native.address('rip'))}`;
    }
    return this.differingGeneral() ?? this.differingFlags() ?? this.differingFloat();
  }

  differingGeneral() {
    const { cpu, native, numbers } = this;
    for (const name of [...GENERAL, ...BASES]) {
      const register = numbers.get(name);
      const isSame =
        cpu.readLow(register) === native.low(name) && cpu.readHigh(register) === native.high(name);
      if (isSame) continue;
      const ours = `${word(cpu.readHigh(register))}:${word(cpu.readLow(register))}`;
      return `${name}: ours ${ours}, native ${word(native.high(name))}:${word(native.low(name))}`;
    }
    return null;
  }

  /** Undefined flags are then the processor's. */
  differingFlags() {
    const { cpu, native, flags } = this;
    const [ours, theirs] = [readRflags(cpu), native.low('eflags')];
    const change = (ours ^ theirs) & (STATUS_FLAGS | DIRECTION_FLAG);
    if ((change & (flags.mask | DIRECTION_FLAG)) !== 0) {
      return `flags: ours ${hex(ours)}, native ${hex(theirs)}, defined ${hex(flags.mask)}`;
    }
    if (change !== 0) writeRflags(cpu, theirs);
    return null;
  }

  differingFloat() {
    const { cpu, native, numbers } = this;
    const mxcsr = cpu.read(numbers.get('mxcsr'));
    if (mxcsr !== native.mxcsr) return `mxcsr: ours ${hex(mxcsr)}, native ${hex(native.mxcsr)}`;
    for (let n = 0; n < 16; n++) {
      for (let at = 0; at < 4; at++) {
        const [ours, theirs] = [cpu.readWord(numbers.get(`xmm${n}`), at), native.vector(n, at)];
        if (ours !== theirs) {
          return `xmm${n}, word ${at}: ours ${word(ours)}, native ${word(theirs)}`;
        }
      }
    }
    return this.differingX87();
  }

  differingX87() {
    const { cpu, native, numbers } = this;
    const { image } = native;
    const control = cpu.read(numbers.get('fpucontrol'));
    const status = cpu.read(numbers.get('fpustatus'));
    const theirs = image.getUint16(2, true);
    const compared = 0xffff & ~(CONDITIONS & ~this.conditions);
    if (control !== image.getUint16(0, true)) return `x87 control: ours ${hex(control)}`;
    if (((status ^ theirs) & compared) !== 0) {
      return `x87 status: ours ${hex(status)}, native ${hex(theirs)}`;
    }
    if (status !== theirs) cpu.write(numbers.get('fpustatus'), theirs);
    if (cpu.read(numbers.get('fputags')) !== image.getUint8(4)) return 'x87 tags';
    for (let n = 0; n < 8; n++) {
      const register = numbers.get(`st${n}`);
      const at = 32 + n * 16;
      const isSame =
        cpu.readLow(register) === image.getInt32(at, true) &&
        cpu.readHigh(register) === image.getInt32(at + 4, true) &&
        cpu.read(numbers.get(`st${n}exponent`)) === image.getUint16(at + 8, true);
      if (!isSame)
        return `st${n}: ours ${word(cpu.readHigh(register))}:${word(cpu.readLow(register))}`;
    }
    return null;
  }

  /** A page of the real run that the program has changed; FXSAVE's mask is then the processor's. */
  differingPage(address, bytes) {
    const ours = this.peeker.peek(address, bytes.length);
    if (ours === null) return `page at ${hex(address)}: not there with ours`;
    for (let at = 0; at < bytes.length; at++) {
      if (ours[at] === bytes[at]) continue;
      const isMask =
        at % 16 === MASK_AT && wordAt(ours, at - 2) === MASK && bytes[at] === MISALIGNED;
      if (!isMask) return `byte at ${hex(address + at)}: ours ${ours[at]}, native ${bytes[at]}`;
      this.peeker.poke(address + at, Uint8Array.of(MISALIGNED));
    }
    return null;
  }

  /** What is mapped after a system call. */
  remap(maps) {
    const key = ({ start, end, protection }) => `${start} ${end} ${protection}`;
    const now = new Set(maps.map(key));
    const before = new Set(this.maps.map(key));
    for (const map of this.maps) {
      if (!now.has(key(map))) this.mmu.unmap(map.start, map.end - map.start);
    }
    for (const map of maps) {
      if (!before.has(key(map))) this.mmu.map(map.start, map.end - map.start, map.protection);
    }
    this.maps = maps;
  }
}

/** Reads one record; what differs, or null. */
function follow(kind, reader, replay, stride) {
  if (kind === 'S') {
    reader.state(replay.native);
    replay.pending++;
    return replay.pending < stride ? null : replay.catchUp();
  }
  const found = replay.pending > 0 ? replay.catchUp() : null;
  if (found !== null) return found;
  if (kind === 'P') {
    let page = null;
    reader.pages((address, bytes) => {
      page ??= replay.differingPage(address, bytes);
    });
    return page;
  }
  reader.state(replay.native);
  if (kind === 'C') {
    replay.remap(reader.maps());
    reader.pages((address, bytes) => replay.peeker.poke(address, bytes));
  }
  replay.takeOver();
  replay.count++;
  return null;
}

/** How the real run ended, from what wait(2) told. */
function endOf(status) {
  if (status === CUT_OFF) return `cut off after ${values.most}`;
  if ((status & 0xff) === STOPPED) return `then signal ${status >> 8}`;
  return (status & 0x7f) === 0 ? `to its exit with ${status >> 8}` : `then signal ${status & 0x7f}`;
}

/** Compares a record with our engine; the difference, in words, or null. */
function replayRecord(path, stride, isCompiled) {
  const reader = new RecordReader(path);
  const replay = new Replay(isCompiled);
  try {
    for (let kind = reader.kind(); kind !== 'E'; kind = reader.kind()) {
      if (kind === null) throw new Error('the record has no end');
      const found = follow(kind, reader, replay, stride);
      if (found !== null) return { found, replay };
    }
    return {
      found: replay.pending > 0 ? replay.catchUp() : null,
      replay,
      end: endOf(reader.u32()),
    };
  } finally {
    reader.close();
  }
}

function compare(program) {
  const folder = mkdtempSync(join(tmpdir(), 'x86-step-'));
  try {
    const record = trace(folder, program);
    const stride = Number(values.stride);
    let { found, replay, end } = replayRecord(record, stride, values.compiled);
    if (found === null) {
      console.log(`${program}: equal over ${replay.count} instructions, ${end}`);
      return true;
    }
    if (stride > 1) {
      const closer = replayRecord(record, 1, values.compiled);
      if (closer.found !== null) ({ found, replay } = closer);
      else console.log(`${program}: only within strides of ${stride}:`);
    }
    console.log(`${program}: ${found}, by ${replay.last} after ${replay.count} instructions`);
    return false;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (positionals.length === 0) {
  console.error(
    'usage: node tools/oracle/x86-step.mjs [--stride N] [--compiled] PROGRAM [-- ARGS…]',
  );
  process.exit(2);
}
process.exitCode = positionals.map(compare).every(Boolean) ? 0 : 1;
