/**
 * Gates: the addresses of system functions. Each is two bytes of code, INT3 and RET: the engine
 * stops behind the first, the function is done, and the second returns to the caller.
 */
import type { AddressSpace } from '../process/address-space.ts';
import { PAGE_EXECUTE_READ } from '../process/page-access.ts';
import type { ProcessMemory } from '../process/process-memory.ts';

/** Where the code of Windows's own libraries lies, more or less. */
const BASE = 0x7ff8_0000_0000;
const GATE_BYTES = 16;
const GATES = 16_384;
const CODE = Uint8Array.of(0xcc, 0xc3);

/** A function of the system's that has an address. */
export interface Gate {
  readonly module: string;
  readonly name: string;
  /** The function's key in its table; null for one that is not there. */
  readonly key: string | null;
}

export class GateTable {
  /** Where callbacks of system functions return to. */
  readonly callbackReturn: number = BASE;
  private readonly memory: ProcessMemory;
  private readonly gates: (Gate | null)[] = [null];
  private readonly known = new Map<string, number>();

  constructor(space: AddressSpace, memory: ProcessMemory) {
    this.memory = memory;
    space.allocateAt(BASE, GATES * GATE_BYTES, PAGE_EXECUTE_READ);
    memory.poke(BASE, CODE);
  }

  /** The address of a function, the same each time; 0 when there are too many. */
  addressOf(gate: Gate): number {
    const key = gate.key ?? `${gate.module}!${gate.name}`;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    if (this.gates.length >= GATES) return 0;
    const address = BASE + this.gates.length * GATE_BYTES;
    this.gates.push(gate);
    this.known.set(key, address);
    this.memory.poke(address, CODE);
    return address;
  }

  /** How many functions have an address, with the place where callbacks return to. */
  get count(): number {
    return this.gates.length;
  }

  /** Address of the how many-th of them, from 1. */
  addressAt(number: number): number {
    return BASE + number * GATE_BYTES;
  }

  /** The function that an address is in the code of; null when it is in none's. */
  around(address: number): Gate | null {
    return this.at(address - ((address - BASE) % GATE_BYTES));
  }

  /** Whether an address is code of system functions. */
  contains(address: number): boolean {
    return address >= BASE && address < BASE + this.gates.length * GATE_BYTES;
  }

  /** The function whose code an address is; null when it is none's. */
  at(address: number): Gate | null {
    const offset = address - BASE;
    if (offset < 0 || offset % GATE_BYTES !== 0) return null;
    return this.gates[offset / GATE_BYTES] ?? null;
  }
}
