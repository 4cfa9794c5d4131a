/** A native libunicorn with the interface of unicorn.js. */
import { HOOK } from '../unicorn-constants.ts';
import type {
  BlockHook,
  ExceptionHook,
  Hook,
  MemoryHook,
  RegisterFile,
  RegisterShape,
  Unicorn,
  UnicornLibrary,
} from '../unicorn-port.ts';
import { loadNativeLibrary, type NativeLibrary } from './native-library.ts';

/** UC_CTL_CPU_MODEL, written, of one argument. */
const SET_CPU_MODEL = 0x44000007;
/** Room for any register that is moved. */
const REGISTER_BYTES = 16;

const BLOCK_CALLBACK =
  'void bareheap_block(void *engine, uint64_t address, uint32_t size, void *data)';
const MEMORY_CALLBACK =
  'bool bareheap_memory(void *engine, int type, uint64_t address, int size, int64_t value, void *data)';
const EXCEPTION_CALLBACK = 'void bareheap_exception(void *engine, uint32_t number, void *data)';

interface CallbackTypes {
  readonly block: unknown;
  readonly memory: unknown;
  readonly exception: unknown;
}

/**
 * Loads a native Unicorn.
 *
 * @param path      of the library; null: where the platform has it
 * @param platform  as Node names it: linux, darwin, win32
 * @throws UnicornUnavailable
 */
export async function loadNativeUnicorn(
  path: string | null,
  platform: string,
): Promise<UnicornLibrary> {
  const library = await loadNativeLibrary(path, platform);
  const types = callbackTypes(library);
  return {
    description: library.description,
    Unicorn: class extends NativeUnicorn {
      constructor(architecture: number, mode: number) {
        super(library, types, architecture, mode);
      }
    },
  };
}

/** Koffi knows types by name, for all of the process: they are made once. */
const known = new WeakMap<object, CallbackTypes>();

function callbackTypes({ koffi }: NativeLibrary): CallbackTypes {
  const made = known.get(koffi) ?? {
    block: koffi.pointer(koffi.proto(BLOCK_CALLBACK)),
    memory: koffi.pointer(koffi.proto(MEMORY_CALLBACK)),
    exception: koffi.pointer(koffi.proto(EXCEPTION_CALLBACK)),
  };
  known.set(koffi, made);
  return made;
}

class NativeUnicorn implements Unicorn {
  private readonly library: NativeLibrary;
  private readonly types: CallbackTypes;
  private readonly engine: unknown;
  private readonly callbacks: bigint[] = [];
  private readonly word = new Int32Array(REGISTER_BYTES / 4);
  /** Bytes that Unicorn has mapped: they live as long as it does. */
  private readonly mapped: Uint8Array[] = [];

  constructor(library: NativeLibrary, types: CallbackTypes, architecture: number, mode: number) {
    this.library = library;
    this.types = types;
    const out: unknown[] = [null];
    this.check(library.functions.open(architecture, mode, out), 'uc_open');
    this.engine = out[0];
  }

  set_cpu_model(model: number): void {
    this.check(this.library.functions.ctl(this.engine, SET_CPU_MODEL, 'int', model), 'uc_ctl');
  }

  mem_map(address: number, size: number, permissions: number): void {
    const { map } = this.library.functions;
    this.check(map(this.engine, address, size, permissions), 'uc_mem_map');
  }

  mem_map_ptr(address: number, bytes: Uint8Array, permissions: number): void {
    const { mapPointer } = this.library.functions;
    const code = mapPointer(this.engine, address, bytes.length, permissions, bytes);
    this.check(code, 'uc_mem_map_ptr');
    this.mapped.push(bytes);
  }

  host_address(bytes: Uint8Array): bigint {
    return this.library.koffi.address(bytes);
  }

  mem_unmap(address: number, size: number): void {
    this.check(this.library.functions.unmap(this.engine, address, size), 'uc_mem_unmap');
  }

  mem_protect(address: number, size: number, permissions: number): void {
    const { protect } = this.library.functions;
    this.check(protect(this.engine, address, size, permissions), 'uc_mem_protect');
  }

  mem_write(address: number, bytes: Uint8Array): void {
    const { write } = this.library.functions;
    this.check(write(this.engine, address, bytes, bytes.length), 'uc_mem_write');
  }

  mem_read(address: number, size: number): Uint8Array {
    const bytes = new Uint8Array(size);
    this.check(this.library.functions.read(this.engine, address, bytes, size), 'uc_mem_read');
    return bytes;
  }

  reg_read_i32(register: number): number {
    this.library.functions.readRegister(this.engine, register, this.word);
    return this.word[0]!;
  }

  reg_write_i32(register: number, value: number): void {
    this.word[0] = value;
    this.word[1] = 0;
    this.check(
      this.library.functions.writeRegister(this.engine, register, this.word),
      'uc_reg_write',
    );
  }

  reg_read(register: number, size: number): Uint8Array {
    const bytes = new Uint8Array(REGISTER_BYTES);
    this.check(this.library.functions.readRegister(this.engine, register, bytes), 'uc_reg_read');
    return bytes.subarray(0, size);
  }

  reg_write(register: number, bytes: Uint8Array): void {
    const room = new Uint8Array(REGISTER_BYTES);
    room.set(bytes);
    this.check(this.library.functions.writeRegister(this.engine, register, room), 'uc_reg_write');
  }

  registers(shapes: readonly RegisterShape[]): RegisterFile {
    const { koffi, functions } = this.library;
    const count = shapes.length;
    const numbers = Int32Array.from(shapes, ({ id }) => id);
    // The library writes registers whole: each has room for the widest.
    const room = new Int32Array((count * REGISTER_BYTES) / 4);
    const base = koffi.address(room);
    const pointers = BigUint64Array.from(shapes, (_, at) => base + BigInt(at * REGISTER_BYTES));
    const places = Int32Array.from(
      shapes.flatMap(({ words }, at) =>
        Array.from({ length: words }, (_, word) => (at * REGISTER_BYTES) / 4 + word),
      ),
    );
    const values = new Int32Array(places.length);
    return {
      values,
      load: () => {
        functions.readRegisters(this.engine, numbers, pointers, count);
        for (let at = 0; at < places.length; at++) values[at] = room[places[at]!]!;
      },
      store: () => {
        for (let at = 0; at < places.length; at++) room[places[at]!] = values[at]!;
        functions.writeRegisters(this.engine, numbers, pointers, count);
      },
    };
  }

  hook_add(type: number, hook: Hook, _userData: unknown, begin: number, end: number): unknown {
    const { koffi, functions } = this.library;
    const [callback, kind] = this.wrap(type, hook);
    const pointer = koffi.register(callback, kind);
    this.callbacks.push(pointer);
    const out = [0];
    this.check(functions.addHook(this.engine, out, type, pointer, null, begin, end), 'uc_hook_add');
    return out[0];
  }

  emu_start(begin: number, until: number, timeout: number, count: number): number {
    return this.library.functions.start(this.engine, begin, until, timeout, count);
  }

  emu_stop(): void {
    this.library.functions.stop(this.engine);
  }

  close(): void {
    this.check(this.library.functions.close(this.engine), 'uc_close');
    for (const callback of this.callbacks) this.library.koffi.unregister(callback);
    this.callbacks.length = 0;
    this.mapped.length = 0;
  }

  private wrap(type: number, hook: Hook): [callback: (...v: never[]) => unknown, kind: unknown] {
    if (type === HOOK.exception) {
      const told = hook as ExceptionHook;
      return [(_: unknown, number: number) => told(this, number), this.types.exception];
    }
    if (type === HOOK.block) {
      const told = hook as BlockHook;
      const block = (_: unknown, address: number, size: number): void =>
        told(this, address | 0, Math.floor(address / 2 ** 32), size);
      return [block, this.types.block];
    }
    const asked = hook as MemoryHook;
    const memory = (
      _: unknown,
      kind: number,
      address: number | bigint,
      size: number,
      value: number | bigint,
    ): boolean => {
      const [low, high] = halves(address);
      return asked(this, kind, low, high, size, ...halves(value));
    };
    return [memory, this.types.memory];
  }

  private check(code: number, what: string): void {
    if (code === 0) return;
    const reason = this.library.functions.strerror(code) as unknown as string;
    throw new Error(`${what}: ${reason}`);
  }
}

/** Koffi gives a number where it is exact, else a bigint. */
function halves(value: number | bigint): [low: number, high: number] {
  const whole = BigInt(value);
  return [Number(BigInt.asIntN(32, whole)), Number(BigInt.asIntN(32, whole >> 32n))];
}
