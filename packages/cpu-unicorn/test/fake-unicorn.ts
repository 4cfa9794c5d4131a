/**
 * An object of unicorn.js's shape, for RV32 and x86-64, over our own interpreter and memory of its
 * own: what the adapter asks of the package is exercised without it. It has no extras, so memory is
 * copied.
 */
import { type Isa, JitCpu, riscvIsa, x86Isa } from '@bareheap/cpu';
import { Mmu, Supervisor } from '@bareheap/mmu';
import {
  type ConvertedRegister,
  type EngineIsa,
  LEAVES,
  type RegisterWords,
} from '../src/engine-isa.ts';
import { riscvEngine } from '../src/riscv-engine.ts';
import { ACCESS, ARCH, HOOK } from '../src/unicorn-constants.ts';
import type { BlockHook, ExceptionHook, Hook, MemoryHook, Unicorn } from '../src/unicorn-port.ts';
import { x86Engine } from '../src/x86-engine.ts';

const ACCESS_TYPES = {
  'not-present': {
    read: ACCESS.readUnmapped,
    write: ACCESS.writeUnmapped,
    execute: ACCESS.fetchUnmapped,
  },
  protection: {
    read: ACCESS.readProtected,
    write: ACCESS.writeProtected,
    execute: ACCESS.fetchProtected,
  },
} as const;

const HOOK_OF_ACCESS: Readonly<Record<number, number>> = {
  [ACCESS.readUnmapped]: HOOK.readUnmapped,
  [ACCESS.writeUnmapped]: HOOK.writeUnmapped,
  [ACCESS.fetchUnmapped]: HOOK.fetchUnmapped,
  [ACCESS.readProtected]: HOOK.readProtected,
  [ACCESS.writeProtected]: HOOK.writeProtected,
  [ACCESS.fetchProtected]: HOOK.fetchProtected,
};

/** What unicorn.js throws: a text. */
function failure(what: string, code: number): string {
  return `Unicorn.js: Function ${what} failed with code ${code}`;
}

const HALF = 2 ** 32;

const halvesOf = (address: number): [low: number, high: number] => [
  address | 0,
  Math.floor(address / HALF),
];

class FakeUnicorn implements Unicorn {
  private readonly mmu: Mmu;
  private readonly bytes: Supervisor;
  private readonly isa: Isa;
  private readonly engine: EngineIsa;
  private readonly cpu: JitCpu;
  private readonly shared = new Map<number, readonly RegisterWords[]>();
  private readonly converted = new Map<number, ConvertedRegister>();
  private readonly hooks = new Map<number, Hook>();
  private stopped = false;

  constructor(architecture: number, _mode: number) {
    if (architecture !== ARCH.riscv && architecture !== ARCH.x86) throw failure('uc_open', 2);
    const isX86 = architecture === ARCH.x86;
    this.mmu = new Mmu({ addressBits: isX86 ? 48 : 32, memoryBytes: 1 << 24 });
    this.bytes = new Supervisor(this.mmu);
    const riscv = riscvIsa();
    this.isa = isX86 ? x86Isa({ cpuid: () => [0, 0, 0, 0] }) : riscv;
    this.engine = isX86 ? x86Engine(this.isa, false) : riscvEngine(riscv);
    for (const { theirs, ours } of this.engine.shared) this.shared.set(theirs, ours);
    for (const register of this.engine.converted) this.converted.set(register.theirs, register);
    const system = { readSystem: () => 0, writeSystem: () => {}, refused: false };
    this.cpu = new JitCpu({ isa: this.isa, memory: this.mmu, system, compileAfter: 0 });
  }

  mem_map(address: number, size: number, permissions: number): void {
    if (this.mmu.vmas.find(address) !== null) throw failure('uc_mem_map', 11);
    this.mmu.map(address, size, permissions);
  }

  mem_unmap(address: number, size: number): void {
    this.mmu.unmap(address, size);
  }

  mem_protect(address: number, size: number, permissions: number): void {
    this.mmu.protect(address, size, permissions);
  }

  mem_write(address: number, bytes: Uint8Array): void {
    if (!this.bytes.poke(address, bytes)) throw failure('uc_mem_write', 7);
  }

  mem_read(address: number, size: number): Uint8Array {
    const bytes = this.bytes.peek(address, size);
    if (bytes === null) throw failure('uc_mem_read', 6);
    return bytes;
  }

  reg_read_i32(register: number): number {
    return new DataView(this.reg_read(register, 4).buffer).getInt32(0, true);
  }

  reg_write_i32(register: number, value: number): void {
    this.reg_write(register, new Uint8Array(Int32Array.of(value).buffer));
  }

  reg_read(register: number, size: number): Uint8Array {
    return new Uint8Array(Int32Array.from(this.wordsOf(register)).buffer, 0, size);
  }

  reg_write(register: number, bytes: Uint8Array): void {
    const words = new Int32Array(bytes.slice().buffer);
    if (register === this.engine.pc) this.cpu.pc = (words[1] ?? 0) * HALF + (words[0]! >>> 0);
    this.converted.get(register)?.unpack(this.cpu, words[0]!);
    let at = 0;
    for (const part of this.shared.get(register) ?? []) {
      for (let word = 0; word < part.words; word++) {
        this.cpu.writeWord(part.register, word, words[at++]!);
      }
    }
  }

  hook_add(type: number, hook: Hook, _userData: unknown, _begin: number, _end: number): unknown {
    this.hooks.set(type, hook);
    return { handle: type };
  }

  emu_start(begin: number, until: number, _timeout: number, count: number): void {
    this.stopped = false;
    this.cpu.pc = begin;
    let blockEnd = -1;
    let expected = -1;
    for (let done = 0; done < count && this.cpu.pc !== until; done++) {
      const { pc } = this.cpu;
      if (pc !== expected || pc >= blockEnd) blockEnd = this.enterBlock(pc);
      if (this.stopped) return;
      this.step();
      if (this.stopped) return;
      expected = pc + this.lengthAt(pc);
    }
  }

  emu_stop(): void {
    this.stopped = true;
  }

  close(): void {
    this.mmu.dispose();
  }

  private wordsOf(register: number): number[] {
    if (register === this.engine.pc) return halvesOf(this.cpu.pc);
    const converted = this.converted.get(register);
    if (converted !== undefined) return [converted.pack(this.cpu)];
    return (this.shared.get(register) ?? []).flatMap((part) =>
      Array.from({ length: part.words }, (_, word) => this.cpu.readWord(part.register, word)),
    );
  }

  private enterBlock(pc: number): number {
    // The bytes of a block are fetched before it is entered.
    if (this.mmu.vmas.find(pc) === null) this.failed(ACCESS.fetchUnmapped, pc, 2);
    let end = pc;
    for (let marks = 0; (marks & LEAVES) === 0 && this.mmu.vmas.find(end) !== null; ) {
      const instruction = this.engine.decode(end, this.fetch);
      marks = instruction.marks;
      end += instruction.length;
    }
    (this.hooks.get(HOOK.block) as BlockHook)(this, ...halvesOf(pc), end - pc);
    return end;
  }

  private step(): void {
    for (;;) {
      const stop = this.cpu.run(1);
      if (stop.kind === 'budget') return;
      if (stop.kind === 'trap') {
        (this.hooks.get(HOOK.exception) as ExceptionHook)(this, 2);
        return;
      }
      if (stop.kind !== 'fault') throw failure('uc_emu_start', 21);
      const { kind, access, address, size } = stop.fault;
      const type = ACCESS_TYPES[kind as keyof typeof ACCESS_TYPES][access];
      this.failed(type, address, size);
    }
  }

  /** Asks the hook for an access; throws when it gives up. */
  private failed(type: number, address: number, size: number): void {
    const hook = this.hooks.get(HOOK_OF_ACCESS[type]!) as MemoryHook;
    if (!hook(this, type, ...halvesOf(address), size, 0, 0)) throw failure('uc_emu_start', 6);
  }

  private lengthAt(pc: number): number {
    return this.engine.decode(pc, this.fetch).length;
  }

  private readonly fetch = (address: number): number => {
    const bytes = this.bytes.peek(address, this.isa.fetchBytes);
    return bytes === null ? -1 : bytes[0]! | ((bytes[1] ?? 0) << 8);
  };
}

/** As the module of unicorn.js shows itself. */
export const fakeUnicornJs = { uc: { version: (): number => 0x02000000, Unicorn: FakeUnicorn } };
