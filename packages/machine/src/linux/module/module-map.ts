/**
 * Names for a process's code addresses. Which file an address is from, its mappings say: so
 * libraries are known that the dynamic loader or the program itself maps, wherever they lie.
 */
import {
  ImageError,
  type LoadPlan,
  type ProgramHeader,
  parseImage,
  Symbolizer,
} from '@bareheap/image';
import type { StackFrame } from '@bareheap/inspect';
import { PAGE_BYTES } from '@bareheap/mmu';
import type { AddressSpace, MemoryObject } from '@bareheap/platform-posix';

const PT_LOAD = 1;
const SHT_SYMTAB = 2;
/** Where distributions put the files that tell of stripped ones. */
const DEBUG_FOLDER = '/usr/lib/debug/.build-id';
/** Larger files are not searched for symbols. */
const MOST_BYTES = 2 ** 28;
/** Bytes of files that are known at once: a guest may map any number of them. */
const KNOWN_BYTES = 2 ** 29;
/** A file's segments are not allocated by what they claim. */
const CLAIM_LIMIT = 2 ** 46;

/** One file of code. */
export interface Module {
  /** Path of the file. */
  readonly path: string;
  readonly plan: LoadPlan;
  readonly symbolizer: Symbolizer;
}

/** Turns a mangled name into what the source says; the name itself when it is not mangled. */
export type Demangle = (name: string) => string;

/** The bytes of a file of the guest's by its absolute path; null: none has at most so many. */
export type FindFile = (path: string, most: number) => Uint8Array | null;

/** What was found in a file, if anything, and the bytes that were looked at for it. */
interface Found {
  readonly module: Module | null;
  readonly bytes: number;
}

export class ModuleMap {
  private readonly demangle: Demangle;
  private readonly findFile: FindFile;
  /** Those that were found last, oldest first. */
  private readonly known = new Map<MemoryObject, Found>();
  private knownBytes = 0;

  constructor(demangle: Demangle, findFile: FindFile) {
    this.demangle = demangle;
    this.findFile = findFile;
  }

  /** The file that an address is mapped from, and the address in it; null for other memory. */
  at(
    space: AddressSpace,
    address: number,
  ): { readonly module: Module; readonly inFile: number } | null {
    const vma = space.vmas.find(address);
    const object = vma?.backing.object ?? null;
    if (vma === null || object === null) return null;
    const module = this.moduleOf(object);
    if (module === null) return null;
    const offset = vma.backing.pageOffset * PAGE_BYTES + address - vma.start;
    const header = module.plan.elf?.programHeaders.find((segment) => holds(segment, offset));
    if (header === undefined) return null;
    return { module, inFile: header.virtualAddress + offset - header.offset };
  }

  /** The functions that an instruction is in: one, and those that were inlined into it before it. */
  frames(space: AddressSpace, pc: number): StackFrame[] {
    const found = this.at(space, pc);
    if (found === null) return [{ pc, function: null, file: null, line: null }];
    const { module, inFile } = found;
    return module.symbolizer.frames(inFile).map(({ function: name, offset, file, line }) => ({
      pc,
      function: name,
      offset,
      file,
      line,
      module: module.path,
    }));
  }

  private moduleOf(object: MemoryObject): Module | null {
    const known = this.known.get(object);
    if (known !== undefined) return known.module;
    const found = this.parse(object);
    this.known.set(object, found);
    this.knownBytes += found.bytes;
    this.forgetOldest();
    return found.module;
  }

  private forgetOldest(): void {
    for (const [object, { bytes }] of this.known) {
      if (this.knownBytes <= KNOWN_BYTES) return;
      this.known.delete(object);
      this.knownBytes -= bytes;
    }
  }

  private parse(object: MemoryObject): Found {
    const { name: path, sizeBytes } = object;
    const file = sizeBytes > MOST_BYTES ? null : parseElf(object.read(0, sizeBytes));
    if (file === null) return { module: null, bytes: PAGE_BYTES };
    const debug = this.debugBytes(file);
    const plan = debug === null ? file : withDebugFile(file, debug);
    const module = { path, plan, symbolizer: new Symbolizer(plan, this.demangle) };
    return { module, bytes: sizeBytes + (debug?.length ?? 0) };
  }

  /** The file of debug information of a stripped file, where that is. */
  private debugBytes({ elf, sections }: LoadPlan): Uint8Array | null {
    const buildId = elf?.buildId ?? null;
    if (buildId === null || sections.some(({ type }) => type === SHT_SYMTAB)) return null;
    return this.findFile(debugPath(buildId), MOST_BYTES);
  }
}

/** A stripped file with the names and lines of its file of debug information, if that is its own. */
function withDebugFile(plan: LoadPlan, bytes: Uint8Array): LoadPlan {
  const debug = parseElf(bytes);
  if (debug === null || debug.elf?.buildId !== plan.elf?.buildId) return plan;
  return { ...plan, symbols: debug.symbols, sections: debug.sections };
}

/** @see GDB manual, "Debugging Information in Separate Files": the build id method */
function debugPath(buildId: string): string {
  return `${DEBUG_FOLDER}/${buildId.slice(0, 2)}/${buildId.slice(2)}.debug`;
}

function parseElf(bytes: Uint8Array): LoadPlan | null {
  try {
    return parseImage(bytes, { memoryLimit: CLAIM_LIMIT });
  } catch (error) {
    if (error instanceof ImageError) return null;
    throw error;
  }
}

function holds({ type, offset: start, fileSize }: ProgramHeader, offset: number): boolean {
  const first = start - (start % PAGE_BYTES);
  return type === PT_LOAD && offset >= first && offset < start + fileSize;
}
