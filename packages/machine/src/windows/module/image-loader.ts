/**
 * Puts PE images into a process: the program, and libraries from beside it. System libraries are
 * tables of functions; each gets an address of its own so that handles of modules are told apart.
 */
import { ImageError, type LoadPlan, type PeExport, parsePe } from '@bareheap/image';
import { PAGE_BYTES } from '@bareheap/mmu';
import { MachineError } from '../../machine-error.ts';
import { LOWEST_ADDRESS } from '../process/address-space.ts';
import { readWholeFile } from '../process/file-io.ts';
import { MOST_NAME_UNITS } from '../process/file-store.ts';
import {
  PAGE_EXECUTE,
  PAGE_EXECUTE_READ,
  PAGE_EXECUTE_READWRITE,
  PAGE_NOACCESS,
  PAGE_READONLY,
  PAGE_READWRITE,
} from '../process/page-access.ts';
import {
  ERROR_BAD_EXE_FORMAT,
  ERROR_MOD_NOT_FOUND,
  ERROR_NOT_ENOUGH_MEMORY,
} from '../process/windows-error.ts';
import type { WindowsProcess } from '../process/windows-process.ts';
import { familiesOf, familyOf, type SystemFunction } from '../system-function.ts';
import type { LoadedModule } from './loaded-module.ts';

const SYSTEM_FOLDER = 'C:\\windows\\system32\\';
const FORWARDER_DEPTH = 8;
/** Modules of a process at which names of system libraries are no more believed. */
const MOST_MODULES = 1024;

/** What system libraries export. */
export interface SystemExports {
  readonly functions: ReadonlyMap<string, SystemFunction>;
  /** Address of a variable of the C library; 0 when there is none of that name. */
  variable(name: string): number;
}

/** A library that another one needs is not there. */
class MissingLibraryError extends MachineError {
  constructor(message: string) {
    super('cannot-start', message);
  }
}

export class ImageLoader {
  private readonly process: WindowsProcess;
  private readonly system: SystemExports;
  private nextTlsIndex = 0;

  constructor(process: WindowsProcess, system: SystemExports) {
    this.process = process;
    this.system = system;
  }

  /** @throws MachineError  `cannot-start`, `memory-limit` */
  loadProgram(plan: LoadPlan, path: string): LoadedModule {
    const module = this.map(plan, path);
    this.process.modules.push(module);
    this.bind(module);
    return module;
  }

  /**
   * Loads a library and what it needs. Those that are new are put behind what they need in
   * `modules`. Null when it is not there or not a library.
   */
  loadLibrary(name: string): LoadedModule | null {
    const known = this.process.moduleByName(name);
    if (known !== null) return known;
    const base = baseName(name);
    if (familyOf(base) !== null) {
      this.process.crt.isUniversal ||= /^(ucrtbase|api-ms-win-crt-)/.test(base);
      return this.addSystemModule(base);
    }
    const bytes = this.fileOf(name.replace(/^.*[\\/]/, '')) ?? this.fileOf(base);
    if (bytes === null) return null;
    try {
      const plan = parsePe(bytes, this.process.options.memoryBytes);
      const folder = this.process.options.path.replace(/[^\\]*$/, '');
      const module = this.map(plan, `${folder}${base}`);
      this.process.modules.push(module);
      this.bind(module);
      // What it needs was added behind it and is initialised first.
      const at = this.process.modules.indexOf(module);
      this.process.modules.push(...this.process.modules.splice(at, 1));
      return module;
    } catch (error) {
      if (!(error instanceof ImageError)) throw error;
      throw new MachineError('cannot-start', `${base}: ${error.message}`);
    }
  }

  /**
   * The same for a program that runs: an error of the system's, never the end of the run. What was
   * begun is no module of the process then.
   */
  tryLibrary(name: string): LoadedModule | number {
    const { modules } = this.process;
    const before = modules.length;
    try {
      return this.loadLibrary(name) ?? ERROR_MOD_NOT_FOUND;
    } catch (error) {
      if (!(error instanceof MachineError)) throw error;
      modules.length = before;
      if (error instanceof MissingLibraryError) return ERROR_MOD_NOT_FOUND;
      return error.code === 'memory-limit' ? ERROR_NOT_ENOUGH_MEMORY : ERROR_BAD_EXE_FORMAT;
    }
  }

  private fileOf(name: string): Uint8Array | null {
    const { options } = this.process;
    if (options.openLibrary !== undefined) return options.openLibrary(name);
    const file = name.includes('.') ? name : `${name}.dll`;
    return readWholeFile(this.process, options.path.replace(/[^\\]*$/, '') + file);
  }

  /** Address of what a module exports, by name or ordinal; 0 when it does not. */
  exportOf(module: LoadedModule, symbol: string | number, depth = 0): number {
    if (module.plan === null) return this.systemExport(module.name, symbol);
    const found: PeExport | undefined =
      typeof symbol === 'string'
        ? module.exportsByName.get(symbol)
        : module.exportsByOrdinal.get(symbol);
    if (found === undefined) return 0;
    if (found.forwarder === null) return module.base + found.rva;
    const dot = found.forwarder.lastIndexOf('.');
    const target = this.tryLibrary(found.forwarder.slice(0, dot));
    if (typeof target === 'number' || depth > FORWARDER_DEPTH) return 0;
    const rest = found.forwarder.slice(dot + 1);
    const next = rest.startsWith('#') ? Number(rest.slice(1)) : rest;
    return this.exportOf(target, next, depth + 1);
  }

  private systemExport(module: string, symbol: string | number): number {
    if (typeof symbol !== 'string') return 0;
    for (const family of familiesOf(module, symbol)) {
      const row = this.system.functions.get(`${family}!${symbol}`);
      if (row !== undefined) {
        return this.process.gates.addressOf({ module, name: symbol, key: row.key });
      }
    }
    return familyOf(module) === 'crt' ? this.system.variable(symbol) : 0;
  }

  /** Null when there is no memory for it, there are too many, or its name is no file's. */
  private addSystemModule(name: string): LoadedModule | null {
    if (name.length > MOST_NAME_UNITS || this.process.modules.length >= MOST_MODULES) return null;
    const base = this.process.space.allocateImage(0, PAGE_BYTES, PAGE_READONLY);
    if (base === 0) return null;
    const module: LoadedModule = {
      name,
      path: `${SYSTEM_FOLDER}${name}`,
      base,
      sizeBytes: PAGE_BYTES,
      plan: null,
      bias: 0,
      entry: 0,
      tlsIndex: -1,
      exportsByName: new Map(),
      exportsByOrdinal: new Map(),
    };
    this.process.memory.poke(base, Uint8Array.of(0x4d, 0x5a));
    this.process.modules.push(module);
    return module;
  }

  /** Maps headers and sections and moves the image when its place is taken. */
  private map(plan: LoadPlan, path: string): LoadedModule {
    const pe = plan.pe!;
    const { memory, space } = this.process;
    const bytes = Math.ceil(pe.imageSizeBytes / PAGE_BYTES) * PAGE_BYTES;
    let base = pe.imageBase;
    if (base >= LOWEST_ADDRESS) base = space.allocateImage(base, bytes, PAGE_READWRITE);
    if (base === 0) {
      if (pe.relocations === null) {
        const why = 'cannot be moved from where it wants to be';
        throw new MachineError('cannot-start', `${baseName(path)} ${why}`);
      }
      base = space.allocateImage(0, bytes, PAGE_READWRITE);
    }
    if (base === 0) throw new MachineError('memory-limit', 'no room for the program');
    const bias = base - pe.imageBase;
    for (const { virtualAddress, bytes: contents } of plan.segments) {
      if (memory.poke(virtualAddress + bias, contents)) continue;
      throw new MachineError('memory-limit', 'the program does not fit into --memory');
    }
    if (bias !== 0) this.relocate(base, bias, pe.relocations!);
    for (const segment of plan.segments) {
      const start = segment.virtualAddress + bias;
      const length = Math.ceil(segment.memorySize / PAGE_BYTES) * PAGE_BYTES;
      space.protect(start, length, protectionOf(segment));
    }
    return this.describe(plan, path, base);
  }

  private describe(plan: LoadPlan, path: string, base: number): LoadedModule {
    const pe = plan.pe!;
    const exports = pe.exports?.exports ?? [];
    return {
      name: baseName(path),
      path,
      base,
      sizeBytes: Math.ceil(pe.imageSizeBytes / PAGE_BYTES) * PAGE_BYTES,
      plan,
      bias: base - pe.imageBase,
      entry: plan.entry === null ? 0 : plan.entry + base - pe.imageBase,
      tlsIndex: pe.tls === null ? -1 : this.nextTlsIndex++,
      exportsByName: new Map(
        exports.flatMap((one) => (one.name === null ? [] : [[one.name, one]])),
      ),
      exportsByOrdinal: new Map(exports.map((one) => [one.ordinal, one])),
    };
  }

  private relocate(base: number, bias: number, relocations: Uint32Array): void {
    const { memory } = this.process;
    const word = new Uint8Array(8);
    const view = new DataView(word.buffer);
    for (const rva of relocations) {
      const before = memory.mmu.peek(base + rva, word) ? view.getBigUint64(0, true) : 0n;
      view.setBigUint64(0, before + BigInt(bias), true);
      memory.poke(base + rva, word);
    }
  }

  /** Enters the addresses of what the image imports. */
  private bind(module: LoadedModule): void {
    for (const { module: name, imports, isDelayed } of module.plan!.pe!.modules) {
      if (isDelayed) continue;
      const from = this.loadLibrary(name);
      if (from === null) {
        throw new MissingLibraryError(`${module.name} needs ${name}, which is not there`);
      }
      for (const { name: symbol, ordinal, slotRva } of imports) {
        const wanted = symbol ?? ordinal;
        const address = this.exportOf(from, wanted) || this.missing(from, wanted);
        this.enter(module.base + slotRva, address);
      }
    }
  }

  /** A function that is not there: calling it ends the run by its name. */
  private missing(module: LoadedModule, symbol: string | number): number {
    const name = typeof symbol === 'string' ? symbol : `#${symbol}`;
    return this.process.gates.addressOf({ module: module.name, name, key: null });
  }

  private enter(slot: number, address: number): void {
    const word = new DataView(new ArrayBuffer(8));
    word.setBigUint64(0, BigInt(address), true);
    this.process.memory.poke(slot, new Uint8Array(word.buffer));
  }
}

/** The last part of a path, in small letters, with `.dll` when it has no extension. */
export function baseName(path: string): string {
  const small = path.toLowerCase().replace(/^.*[\\/]/, '');
  return small.includes('.') ? small : `${small}.dll`;
}

/** By readable 1, writable 2 and executable 4. */
const PROTECTIONS = [
  PAGE_NOACCESS,
  PAGE_READONLY,
  PAGE_READWRITE,
  PAGE_READWRITE,
  PAGE_EXECUTE,
  PAGE_EXECUTE_READ,
  PAGE_EXECUTE_READWRITE,
  PAGE_EXECUTE_READWRITE,
] as const;

function protectionOf(segment: {
  readonly readable: boolean;
  readonly writable: boolean;
  readonly executable: boolean;
}): number {
  const { readable, writable, executable } = segment;
  return PROTECTIONS[Number(readable) + Number(writable) * 2 + Number(executable) * 4]!;
}
