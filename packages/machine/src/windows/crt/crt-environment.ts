/**
 * The environment as the C library keeps it: texts `NAME=value` and the list of them, in memory of the
 * program. It is a copy of the system's that is made at the start: `_putenv` changes both,
 * `SetEnvironmentVariable` the system's only.
 */
import { type ProcessMemory, textBytes } from '../process/process-memory.ts';

const POINTER_BYTES = 8;
/** What it needs of its process. */
export interface EnvironmentOwner {
  /** The system's. */
  readonly environment: ReadonlyMap<string, readonly [name: string, value: string]>;
  readonly memory: ProcessMemory;
  readonly heaps: { allocateOwn(bytes: number): number };
  readonly crt: { variable(name: string): number };
}

/** Names of the variables that show the list: now, and as it was at the start. */
const SHOWN = { narrow: ['_environ', '__initenv'], wide: ['_wenviron', '__winitenv'] } as const;

/** Bytes that were taken for good; what needs no more is put there again. */
interface Place {
  readonly at: number;
  readonly bytes: number;
}

interface Variable {
  readonly name: string;
  readonly value: string;
  readonly place: Place;
}

/** The environment in one width of characters. */
export class CrtEnvironment {
  private readonly isWide: boolean;
  private readonly unit: 1 | 2;
  /** By name in capitals. */
  private readonly variables = new Map<string, Variable>();
  private list: Place = { at: 0, bytes: 0 };

  constructor(isWide: boolean) {
    this.isWide = isWide;
    this.unit = isWide ? 2 : 1;
  }

  /** Takes over the system's. False when there is no memory. */
  start(process: EnvironmentOwner): boolean {
    for (const [name, value] of process.environment.values()) {
      if (!this.set(process, name, value)) return false;
    }
    if (!this.show(process)) return false;
    const [, first] = SHOWN[this.isWide ? 'wide' : 'narrow'];
    process.memory.setU64(process.crt.variable(first), this.list.at);
    // What the program was started with stays as it is: the next change makes a list of its own.
    this.list = { at: 0, bytes: 0 };
    return true;
  }

  /** Sets a variable, or removes it when the value is null. False when there is no memory. */
  put(process: EnvironmentOwner, name: string, value: string | null): boolean {
    const key = name.toUpperCase();
    const before = this.variables.get(key)?.place.at;
    if (value === null) this.variables.delete(key);
    else if (!this.set(process, name, value)) return false;
    const after = this.variables.get(key)?.place.at;
    const isOwn = this.list.at !== 0;
    // Only what changed is written, so that a program with many variables may set each of them.
    if (isOwn && before === after) return true;
    const isNew = before === undefined && this.listBytes <= this.list.bytes;
    return isOwn && isNew ? this.showLast(process, after!) : this.show(process);
  }

  /** A variable's value; null when there is none. */
  value(name: string): string | null {
    return this.variables.get(name.toUpperCase())?.value ?? null;
  }

  /** Where a variable's value lies; 0 when there is none. */
  address(name: string): number {
    const variable = this.variables.get(name.toUpperCase());
    if (variable === undefined) return 0;
    return variable.place.at + (variable.name.length + 1) * this.unit;
  }

  private set(process: EnvironmentOwner, name: string, value: string): boolean {
    const key = name.toUpperCase();
    const bytes = textBytes(`${name}=${value}\0`, this.isWide);
    const place = placeFor(process, this.variables.get(key)?.place ?? null, bytes.length);
    if (place === null) return false;
    process.memory.write(place.at, bytes);
    this.variables.set(key, { name, value, place });
    return true;
  }

  /** Bytes of the list with its end. */
  private get listBytes(): number {
    return (this.variables.size + 1) * POINTER_BYTES;
  }

  /** The list has one more entry, for which it has room. */
  private showLast({ memory }: EnvironmentOwner, address: number): boolean {
    const end = this.list.at + this.listBytes - POINTER_BYTES;
    memory.setU64(end - POINTER_BYTES, address);
    memory.setU64(end, 0);
    return true;
  }

  private show(process: EnvironmentOwner): boolean {
    const { memory, crt } = process;
    const place = placeFor(process, this.list, this.listBytes);
    if (place === null) return false;
    this.list = place;
    const addresses = [...this.variables.values()].map((variable) => variable.place.at);
    [...addresses, 0].forEach((address, n) => {
      memory.setU64(place.at + n * POINTER_BYTES, address);
    });
    const [now] = SHOWN[this.isWide ? 'wide' : 'narrow'];
    memory.setU64(crt.variable(now), place.at);
    return true;
  }
}

/** The place that there is when it is large enough, else one twice as large as wanted. */
function placeFor(process: EnvironmentOwner, known: Place | null, bytes: number): Place | null {
  if (known !== null && bytes <= known.bytes) return known;
  const room = known === null ? bytes : bytes * 2;
  const at = process.heaps.allocateOwn(room);
  return at === 0 ? null : { at, bytes: room };
}
