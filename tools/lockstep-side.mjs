/** One engine with a machine around it, for comparing it with another: firmware or a Linux program. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describeX86 } from '@bareheap/cpu';
import { parseImage } from '@bareheap/image';
import { openFirmware, openLinux } from '@bareheap/machine';
import { Supervisor } from '@bareheap/mmu';
import { FolderTree } from '../apps/emu/dist/host-tree.js';
import { CodeReader } from './lockstep-code.mjs';

const FIRMWARE_BYTES = 2 ** 26;
const LINUX_BYTES = 2 ** 30;

const NO_FILE = { ok: false, errno: 2 };
const refused = () => NO_FILE;

/** A host without files; console input is what is given, output is kept. */
const hostWith = (input, output) => ({
  writeConsole: (_stream, bytes) => {
    for (const byte of bytes) output.push(byte);
  },
  readConsole: (most) => (input.length === 0 ? null : Uint8Array.from(input.splice(0, most))),
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

const NOTHING = { args: [], input: '', board: undefined, root: undefined };

/** A program's file, and what it is started with: `root` is a folder for a Linux program's files. */
export function programOf(file, start = {}) {
  const bytes = new Uint8Array(readFileSync(file));
  const name = basename(file, '.elf');
  return { name, bytes, plan: parseImage(bytes), ...NOTHING, ...start };
}

/** Opens a program's machine; `cpu` null is the default engine. */
export function openGuest(program, cpu, output) {
  const { name, bytes, plan, args, input, board, root } = program;
  const host = hostWith([...Buffer.from(input, 'latin1')], output);
  const shared = { heap: 'guest', seed: 1, ...(cpu === null ? {} : { cpu }) };
  if (plan.machine === 'x86-64') {
    const argv = [name, ...args];
    const tree = root === undefined ? {} : { tree: new FolderTree({ root, writable: null }) };
    const place = { path: `/${name}`, directory: '/', ...tree };
    const start = { bytes, ...place, argv, environment: [], memoryBytes: LINUX_BYTES };
    return openLinux(plan, { ...shared, ...start }, host);
  }
  const commandLine = [name, ...args].join(' ');
  const place = board === undefined ? {} : { board };
  const start = { commandLine, memoryBytes: FIRMWARE_BYTES, ...place };
  return openFirmware(plan, { ...shared, ...start }, host);
}

/** The engine that runs is `cpu`: a program's processes have one each. */
export class Side {
  constructor(name, program, makeCpu) {
    this.name = name;
    this.made = [];
    this.code = new CodeReader();
    const make = (parts) => this.watch(makeCpu(parts), parts);
    this.output = [];
    this.guest = openGuest(program, { engine: name, make }, this.output);
  }

  /** Runs until so many instructions have retired; false when the program has ended. */
  runTo(count) {
    return this.guest.run({ maxInstructions: count }).kind === 'limit';
  }

  get count() {
    return this.guest.instructions;
  }

  /** The instruction at the pc, decoded; x86-64 only, null when there is none. */
  decoded() {
    return this.code.at(this.cpu.pc, this.peeker);
  }

  /** The instruction at the pc, as the ISA's table describes it. */
  describe() {
    const { cpu, isa, peeker } = this;
    if (isa.name === 'x86-64') {
      const instruction = this.decoded();
      return instruction === null ? 'no instruction' : describeX86(instruction, cpu.pc);
    }
    const bytes = peeker.peek(cpu.pc, 4);
    if (bytes === null) return 'nothing mapped';
    const [low, high] = new Uint16Array(bytes.buffer);
    if (isa.name.startsWith('rv')) return isa.describe(low | (high << 16));
    const isWide = low >>> 11 >= 0b11101;
    return isa.describe(isWide ? (low << 16) | high : low, isWide);
  }

  close() {
    for (const cpu of this.made) cpu.dispose?.();
  }

  watch(cpu, { memory, isa }) {
    const use = () => {
      if (this.cpu === cpu) return;
      this.cpu = cpu;
      this.memory = memory;
      this.peeker = new Supervisor(memory);
    };
    const run = cpu.run.bind(cpu);
    cpu.run = (budget) => {
      use();
      return run(budget);
    };
    this.isa = isa;
    this.made.push(cpu);
    if (this.made.length === 1) use();
    return cpu;
  }
}
