/** Where a native libunicorn is, and the functions of it that are used. */
import { UnicornUnavailable } from '../unicorn-port.ts';

/** Koffi, as far as it is used: its own types need Node's, which a browser's build has not. */
export interface Koffi {
  load(path: string): NativeFile;
  proto(definition: string): unknown;
  pointer(type: unknown): unknown;
  register(callback: (...values: never[]) => unknown, type: unknown): bigint;
  unregister(callback: bigint): void;
  address(value: unknown): bigint;
}

interface NativeFile {
  func(definition: string): NativeFunction;
}

export type NativeFunction = (...values: unknown[]) => number;

/** Names to load, by platform; the loader looks in its own places for those without a path. */
const FILES: Readonly<Record<string, readonly string[]>> = {
  linux: ['libunicorn.so.2', 'libunicorn.so'],
  darwin: [
    'libunicorn.2.dylib',
    'libunicorn.dylib',
    '/opt/homebrew/lib/libunicorn.2.dylib',
    '/usr/local/lib/libunicorn.2.dylib',
    '/opt/local/lib/libunicorn.2.dylib',
  ],
  win32: ['unicorn.dll', 'libunicorn.dll'],
};

const HOW_TO_GET: Readonly<Record<string, string>> = {
  linux: 'Debian and Ubuntu: apt install libunicorn2; Fedora: dnf install unicorn',
  darwin: 'brew install unicorn',
  win32: 'put unicorn.dll of its releases beside node.exe or in PATH',
};

const OLDEST_MAJOR = 2;

/** The functions of the library by their names without `uc_`. */
const DECLARATIONS = {
  version: 'uint32_t uc_version(_Out_ uint32_t *major, _Out_ uint32_t *minor)',
  strerror: 'const char *uc_strerror(int code)',
  open: 'int uc_open(int arch, int mode, _Out_ void **engine)',
  close: 'int uc_close(void *engine)',
  ctl: 'int uc_ctl(void *engine, int control, ...)',
  map: 'int uc_mem_map(void *engine, uint64_t address, size_t size, uint32_t permissions)',
  mapPointer:
    'int uc_mem_map_ptr(void *engine, uint64_t address, size_t size, uint32_t permissions, void *bytes)',
  unmap: 'int uc_mem_unmap(void *engine, uint64_t address, size_t size)',
  protect: 'int uc_mem_protect(void *engine, uint64_t address, size_t size, uint32_t permissions)',
  write: 'int uc_mem_write(void *engine, uint64_t address, void *bytes, size_t size)',
  read: 'int uc_mem_read(void *engine, uint64_t address, void *bytes, size_t size)',
  readRegister: 'int uc_reg_read(void *engine, int register_, void *value)',
  writeRegister: 'int uc_reg_write(void *engine, int register_, void *value)',
  readRegisters: 'int uc_reg_read_batch(void *engine, void *ids, void *pointers, int count)',
  writeRegisters: 'int uc_reg_write_batch(void *engine, void *ids, void *pointers, int count)',
  addHook:
    'int uc_hook_add(void *engine, _Out_ size_t *hook, int type, void *callback, void *data, uint64_t begin, uint64_t end)',
  start:
    'int uc_emu_start(void *engine, uint64_t begin, uint64_t until, uint64_t timeout, size_t count)',
  stop: 'int uc_emu_stop(void *engine)',
} as const;

export type NativeFunctions = Readonly<Record<keyof typeof DECLARATIONS, NativeFunction>>;

export interface NativeLibrary {
  readonly koffi: Koffi;
  readonly functions: NativeFunctions;
  /** `Unicorn 2.0.1 (libunicorn.so.2)`. */
  readonly description: string;
}

/**
 * Loads the library at a path, or where the platform has it.
 *
 * @throws UnicornUnavailable when there is none, or one that is too old
 */
export async function loadNativeLibrary(
  path: string | null,
  platform: string,
): Promise<NativeLibrary> {
  const koffi = await loadKoffi();
  const files = path === null ? (FILES[platform] ?? FILES['linux']!) : [path];
  const how = HOW_TO_GET[platform] ?? 'see docs/unicorn.md';
  for (const file of files) {
    const library = open(koffi, file);
    if (library === null) continue;
    const functions = declare(library);
    if (functions === null) {
      throw new UnicornUnavailable(`${file} is no Unicorn ${OLDEST_MAJOR} (${how})`);
    }
    const [major, text] = versionOf(functions);
    if (major < OLDEST_MAJOR) {
      throw new UnicornUnavailable(
        `Unicorn ${text} (${file}) is too old: ${OLDEST_MAJOR}.0.0 is needed (${how})`,
      );
    }
    return { koffi, functions, description: `Unicorn ${text} (${file})` };
  }
  throw new UnicornUnavailable(`no Unicorn library: ${files.join(', ')} cannot be loaded (${how})`);
}

/** The optional dependency is looked for when it is wanted, and only then. */
async function loadKoffi(): Promise<Koffi> {
  try {
    const module = (await import('koffi')) as unknown as { default: Koffi };
    return module.default;
  } catch {
    throw new UnicornUnavailable(
      'the package koffi, which loads native libraries, is not installed (npm install koffi)',
    );
  }
}

function open(koffi: Koffi, file: string): NativeFile | null {
  try {
    return koffi.load(file);
  } catch {
    return null;
  }
}

/** Null when a function is missing. */
function declare(library: NativeFile): NativeFunctions | null {
  try {
    const entries = Object.entries(DECLARATIONS).map(([name, text]) => [name, library.func(text)]);
    return Object.fromEntries(entries) as NativeFunctions;
  } catch {
    return null;
  }
}

function versionOf({ version }: NativeFunctions): readonly [major: number, text: string] {
  const [major, minor] = [[0], [0]] as const;
  const packed = version(major, minor);
  return [major[0]!, `${major[0]}.${minor[0]}.${(packed >>> 8) & 0xff}`];
}
