/**
 * Our engine as an executor of cases, in one tier: same memory, registers and flags as on the real
 * processor, and what became of it in the same terms. Signals are what Linux makes of a stop.
 */
import { JitCpu, readRflags, writeRflags, x86Isa } from '@bareheap/cpu';
import { Mmu, Supervisor } from '@bareheap/mmu';
import { Decoder } from '../../packages/cpu/dist/isa/x86-64/decoder.js';
import { DecodedInstruction } from '../../packages/cpu/dist/isa/x86-64/instruction.js';
import { usesStackSegment } from '../../packages/cpu/dist/isa/x86-64/stack-segment.js';
import { X86_ROWS } from '../../packages/cpu/dist/isa/x86-64/table.js';
import { readX87, writeX87 } from '../../packages/cpu/dist/isa/x86-64/x87-image.js';
import { CODE, CODE_BYTES, DATA, DATA_BYTES, PAGE, WRITABLE } from './x86-layout.mjs';

const INT3 = 0xcc;
const READ = 1;
const READ_WRITE = 3;
const READ_EXECUTE = 5;
/** Instructions after which the runner's timer would have ended the case, too. */
const BUDGET = 100_000;
const FS_BASE = 16;
const XMM0 = 23;
const FX_XMM = 160;
const GS_BASE = 17;
const MXCSR = 39;
const FX_MXCSR = 24;

const [SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV, SIGALRM] = [4, 5, 7, 8, 11, 14];
/** What the runner tells of changed words at most. */
const MAX_CHANGES = 64;
const [SEGV_MAPERR, SEGV_ACCERR, SI_KERNEL, ILL_ILLOPN, FPE_INTDIV] = [1, 2, 128, 2, 1];
/** Numbers of exceptions: #DE, #BP, #UD, #SS, #GP, #PF, #MF, #XM. */
const [DE, BP, UD, SS, GP, PF, MF, XM] = [0, 3, 6, 12, 13, 14, 16, 19];

const viewOf = (bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const unsigned = (value) => BigInt.asUintN(64, BigInt(value));
const lowHalf = (value) => Number(BigInt.asIntN(32, value));
const highHalf = (value) => Number(BigInt.asIntN(32, value >> 32n));

/** SIGFPE's codes by bits of the status word; the first that is not masked counts. */
const FLOAT_CODES = [
  [0x01, 7], // FPE_FLTINV
  [0x04, 3], // FPE_FLTDIV
  [0x08, 4], // FPE_FLTOVF
  [0x12, 5], // FPE_FLTUND
  [0x20, 6], // FPE_FLTRES
];

/** What Linux tells a program of a stop; `usesStack`: whether it is #SS that would be #GP. */
function signalOf(stop, pc, usesStack, fx) {
  if (stop.kind === 'budget') return { signal: SIGALRM, code: SI_KERNEL, address: 0n, trap: 32 };
  if (stop.kind === 'fault') return faultSignal(stop.fault, usesStack);
  switch (stop.trap) {
    case 'divide-by-zero':
      return { signal: SIGFPE, code: FPE_INTDIV, address: unsigned(pc), trap: DE };
    case 'float-exception':
      return { ...floatSignal(fx[2] & ~fx[0]), address: unsigned(pc), trap: MF };
    case 'simd-exception': {
      const mxcsr = viewOf(fx).getInt32(FX_MXCSR, true);
      return { ...floatSignal(mxcsr & ~(mxcsr >> 7)), address: unsigned(pc), trap: XM };
    }
    case 'breakpoint-instruction':
      return { signal: SIGTRAP, code: SI_KERNEL, address: 0n, trap: BP };
    case 'general-protection':
      return { signal: SIGSEGV, code: SI_KERNEL, address: 0n, trap: GP };
    case 'undefined-instruction':
      return { signal: SIGILL, code: ILL_ILLOPN, address: unsigned(pc), trap: UD };
    default:
      throw new Error(`${stop.kind} ${stop.trap}`);
  }
}

function floatSignal(pending) {
  const found = FLOAT_CODES.find(([bits]) => (pending & bits) !== 0);
  return { signal: SIGFPE, code: found[1] };
}

/** Bits of a page fault's error code: a write, a fetch. */
const ERRORS = { read: 0, write: 2, execute: 16 };

function faultSignal({ kind, address, access }, usesStack) {
  if (kind === 'non-canonical') {
    const [signal, trap] = usesStack ? [SIGBUS, SS] : [SIGSEGV, GP];
    return { signal, code: SI_KERNEL, address: 0n, trap };
  }
  const code = kind === 'protection' ? SEGV_ACCERR : SEGV_MAPERR;
  return { signal: SIGSEGV, code, address: unsigned(address), trap: PF, error: ERRORS[access] };
}

export class EngineProcessor {
  /**
   * @param data      contents of the data pages of every case
   * @param compiled  whether what is compared ran in compiled code
   */
  constructor(data, compiled) {
    this.data = data;
    this.words = new DataView(data.buffer, data.byteOffset, data.byteLength);
    this.compiled = compiled;
    this.decoder = new Decoder(X86_ROWS);
    this.instruction = new DecodedInstruction();
    this.mmu = new Mmu({ addressBits: 48, memoryBytes: 1 << 24 });
    this.mmu.map(CODE, CODE_BYTES, READ_EXECUTE);
    this.mmu.map(DATA, PAGE, READ);
    this.mmu.map(WRITABLE, DATA_BYTES - PAGE, READ_WRITE);
    this.supervisor = new Supervisor(this.mmu);
    this.supervisor.poke(CODE, new Uint8Array(CODE_BYTES).fill(INT3));
    this.supervisor.poke(DATA, data);
    const system = { readSystem: () => 0, writeSystem: () => undefined, refused: false };
    this.cpu = new JitCpu({
      isa: x86Isa({ cpuid: () => [0, 0, 0, 0] }),
      memory: this.mmu,
      system,
      compileAfter: compiled ? 1 : 0,
    });
  }

  async run(cases) {
    return cases.map((test) => this.runCase(test));
  }

  close() {}

  runCase(test) {
    const { supervisor, cpu, compiled } = this;
    const at = CODE + test.codeOffset;
    supervisor.poke(at, test.code);
    cpu.invalidateCode(CODE, CODE_BYTES);
    // The first run in a fresh place is interpreted, and makes code that the second one runs.
    if (compiled) this.execute(test, at);
    const outcome = this.execute(test, at);
    supervisor.poke(at, new Uint8Array(test.code.length).fill(INT3));
    return outcome;
  }

  execute(test, at) {
    const { supervisor, cpu } = this;
    for (const { address, bytes } of test.patches) supervisor.poke(address, bytes);
    test.registers.forEach((value, n) => {
      cpu.writeHalves(n, lowHalf(value), highHalf(value));
    });
    cpu.writeHalves(FS_BASE, lowHalf(test.fsBase), highHalf(test.fsBase));
    cpu.writeHalves(GS_BASE, lowHalf(test.gsBase), highHalf(test.gsBase));
    writeRflags(cpu, test.flags);
    writeX87(cpu, viewOf(test.fx));
    this.eachVectorWord((register, word, at) => {
      cpu.writeWord(register, word, viewOf(test.fx).getInt32(at, true));
    });
    cpu.write(MXCSR, viewOf(test.fx).getInt32(FX_MXCSR, true));
    cpu.pc = at;
    const stop = cpu.run(BUDGET);
    const changes = this.changes(test);
    if (changes.length > 0 || test.patches.length > 0) {
      supervisor.poke(WRITABLE, this.data.subarray(PAGE));
    }
    const fx = Uint8Array.from(test.fx);
    readX87(cpu, viewOf(fx));
    viewOf(fx).setInt32(FX_MXCSR, cpu.read(MXCSR), true);
    this.eachVectorWord((register, word, at) => {
      viewOf(fx).setInt32(at, cpu.readWord(register, word), true);
    });
    return {
      ...signalOf(stop, cpu.pc, this.usesStack(test, stop), fx),
      ip: unsigned(cpu.pc),
      registers: Array.from({ length: 16 }, (_, n) => this.register(n)),
      flags: readRflags(cpu),
      fx,
      changeCount: changes.length,
      changes: changes.slice(0, MAX_CHANGES),
    };
  }

  /** Words of xmm0 … xmm15, and where FXSAVE has them. */
  eachVectorWord(visit) {
    for (let n = 0; n < 64; n++) visit(XMM0 + (n >> 2), n & 3, FX_XMM + n * 4);
  }

  /** Whether the access that faulted went through the stack segment. */
  usesStack(test, stop) {
    if (stop.kind !== 'fault' || stop.fault.access === 'execute') return false;
    const from = this.cpu.pc - CODE - test.codeOffset;
    const status = this.decoder.decode(test.code, from, test.code.length, this.instruction);
    return (
      status === 'decoded' && usesStackSegment(this.instruction, stop.fault.access === 'write')
    );
  }

  register(n) {
    const low = BigInt(this.cpu.readLow(n) >>> 0);
    return unsigned((BigInt(this.cpu.readHigh(n)) << 32n) | low);
  }

  /** The 8-byte words that differ from what the case began with, its patches included. */
  changes(test) {
    const before = Uint8Array.from(this.data);
    for (const { address, bytes } of test.patches) before.set(bytes, address - DATA);
    const words = new DataView(before.buffer);
    const found = [];
    for (let address = WRITABLE; address < DATA + DATA_BYTES; address += 8) {
      const low = this.mmu.loadSlow(address, 4) >>> 0;
      const high = this.mmu.loadSlow(address + 4, 4) >>> 0;
      const value = (BigInt(high) << 32n) | BigInt(low);
      if (value !== words.getBigUint64(address - DATA, true)) found.push({ address, value });
    }
    return found;
  }
}
