/** What a board is: its processor, where its memory lies and which devices it has. Plain data. */
export interface MemoryRange {
  readonly name: string;
  readonly start: number;
  readonly size: number;
  /** Sum of PROT_READ 1, PROT_WRITE 2, PROT_EXECUTE 4. */
  readonly protection: number;
  /** Where the program's data, heap and stack are. */
  readonly isRam: boolean;
  /** Stores are taken and dropped, as QEMU's flash does, and noted as a finding. */
  readonly isRom?: boolean;
}

export type DeviceKind =
  | 'cmsdk-uart'
  | 'cmsdk-timer'
  | 'nrf51-uart'
  | 'pl011-uart'
  | 'uart-16550'
  | 'clint'
  | 'plic'
  | 'test-finisher'
  | 'open-bus';

export interface DeviceRange {
  readonly kind: DeviceKind;
  readonly start: number;
  readonly size: number;
  /** Numbers of the interrupts that the device's lines 0, 1 … are wired to. */
  readonly interrupts: readonly number[];
}

export type Core =
  | {
      readonly isa: 'arm';
      readonly version: 'v6m' | 'v7m' | 'v7em';
      readonly cpuid: number;
      readonly lines: number;
      readonly priorityBits: number;
      readonly fpu: boolean;
    }
  | { readonly isa: 'riscv' };

export interface Board {
  readonly name: string;
  readonly summary: string;
  readonly core: Core;
  /** Ticks of the virtual clock, one an instruction, that make a second. */
  readonly ticksPerSecond: number;
  readonly memories: readonly MemoryRange[];
  readonly devices: readonly DeviceRange[];
}
