/**
 * The interface of unicorn.js, as far as the adapter needs it, typed. A provider over a native
 * library has the same, and what it can do beyond that is optional here. Addresses are numbers.
 *
 * @see github.com/AlexAltea/unicorn.js, src/unicorn-wrapper.js
 */

/** Called at the start of each translation block; the address comes in two halves. */
export type BlockHook = (
  handle: unknown,
  addressLow: number,
  addressHigh: number,
  size: number,
) => void;

/**
 * Called for an access before it is done, or that Unicorn cannot do: then true when it is to be
 * tried again.
 */
export type MemoryHook = (
  handle: unknown,
  type: number,
  addressLow: number,
  addressHigh: number,
  size: number,
  valueLow: number,
  valueHigh: number,
) => boolean;

/** Called for an exception of the processor. */
export type ExceptionHook = (handle: unknown, exception: number) => void;

export type Hook = BlockHook | MemoryHook | ExceptionHook;

/** A register by its number, and how many words of 32 bits it has. */
export interface RegisterShape {
  readonly id: number;
  readonly words: number;
}

/** Several registers at once: what a provider may do faster than one by one. */
export interface RegisterFile {
  /** The registers' words, in the order they were asked for, the lowest first; signed. */
  readonly values: Int32Array;
  /** Fills the values. */
  load(): void;
  /** Sets the registers from the values. */
  store(): void;
}

/** One emulator. Everything but emu_start throws when the library refuses. */
export interface Unicorn {
  mem_map(address: number, size: number, permissions: number): void;
  mem_unmap(address: number, size: number): void;
  mem_protect(address: number, size: number, permissions: number): void;
  mem_write(address: number, bytes: Uint8Array): void;
  mem_read(address: number, size: number): Uint8Array;
  reg_read_i32(register: number): number;
  reg_write_i32(register: number, value: number): void;
  /** A register's lowest bytes. */
  reg_read(register: number, size: number): Uint8Array;
  reg_write(register: number, bytes: Uint8Array): void;
  hook_add(type: number, hook: Hook, userData: unknown, begin: number, end: number): unknown;
  /**
   * Runs. What ends it early is told by the hooks: a library's error code is returned, or thrown,
   * and says nothing more.
   */
  emu_start(begin: number, until: number, timeout: number, count: number): unknown;
  emu_stop(): void;
  close(): void;

  /** Maps memory of the host: what the guest stores is in `bytes`, at once. */
  mem_map_ptr?(address: number, bytes: Uint8Array, permissions: number): void;
  /** Where the first of these bytes lies in the host; changes when memory has moved. */
  host_address?(bytes: Uint8Array): bigint;
  registers?(shapes: readonly RegisterShape[]): RegisterFile;
  /** Chooses a processor of the architecture; before anything else. */
  set_cpu_model?(model: number): void;
}

/** A library: unicorn.js's module object, or the native provider. */
export interface UnicornLibrary {
  Unicorn: new (architecture: number, mode: number) => Unicorn;
  /** Name and version, for reports. */
  readonly description: string;
}

/** The user's Unicorn is missing or cannot be used; the message is one line and says what to do. */
export class UnicornUnavailable extends Error {}
