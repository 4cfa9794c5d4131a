// @table
/**
 * The boards. Addresses, sizes and interrupt numbers are those of QEMU's machines, which are the
 * makers': microbit (nRF51 Reference Manual), mps2-an385 and mps2-an386 (Arm AN385, AN386),
 * lm3s6965evb (its data sheet), virt (QEMU's documentation). A cortex-m3 or cortex-m4 has the
 * memories and UARTs of both of its machines, which do not overlap, so that one file runs on
 * either.
 */
import type { LoadPlan } from '@bareheap/image';
import { MachineError } from '../machine-error.ts';
import type { Board, DeviceRange, MemoryRange } from './board.ts';

const RWX = 7;
const RX = 5;
const KIB = 1024;
const MIB = 1024 * KIB;

const MPS2_MEMORIES: readonly MemoryRange[] = [
  { name: 'code memory', start: 0x00000000, size: 4 * MIB, protection: RWX, isRam: false },
  { name: 'block RAM', start: 0x01000000, size: 64 * KIB, protection: RWX, isRam: false },
  { name: 'RAM', start: 0x20000000, size: 4 * MIB, protection: RWX, isRam: true },
  { name: 'PSRAM', start: 0x21000000, size: 16 * MIB, protection: RWX, isRam: true },
];

const cmsdkUart = (start: number, receive: number, transmit: number): DeviceRange => ({
  kind: 'cmsdk-uart',
  start,
  size: 0x1000,
  interrupts: [receive, transmit],
});

const MPS2_DEVICES: readonly DeviceRange[] = [
  { kind: 'cmsdk-timer', start: 0x40000000, size: 0x1000, interrupts: [8] },
  { kind: 'cmsdk-timer', start: 0x40001000, size: 0x1000, interrupts: [9] },
  cmsdkUart(0x40004000, 0, 1),
  cmsdkUart(0x40005000, 2, 3),
  cmsdkUart(0x40006000, 4, 5),
  { kind: 'pl011-uart', start: 0x4000c000, size: 0x1000, interrupts: [5] },
];

export const BOARDS: readonly Board[] = [
  {
    name: 'cortex-m0',
    summary: 'Cortex-M0, flash at 0, RAM at 0x20000000 (as microbit)',
    core: { isa: 'arm', version: 'v6m', cpuid: 0x410cc200, lines: 32, priorityBits: 2, fpu: false },
    ticksPerSecond: 16_000_000,
    memories: [
      {
        name: 'flash',
        start: 0x00000000,
        size: 256 * KIB,
        protection: RX,
        isRam: false,
        isRom: true,
      },
      { name: 'RAM', start: 0x20000000, size: 16 * KIB, protection: RWX, isRam: true },
    ],
    devices: [{ kind: 'nrf51-uart', start: 0x40002000, size: 0x1000, interrupts: [2] }],
  },
  {
    name: 'cortex-m3',
    summary: 'Cortex-M3, memory at 0, RAM at 0x20000000 (as mps2-an385, lm3s6965evb)',
    core: { isa: 'arm', version: 'v7m', cpuid: 0x412fc231, lines: 64, priorityBits: 8, fpu: false },
    ticksPerSecond: 25_000_000,
    memories: MPS2_MEMORIES,
    devices: MPS2_DEVICES,
  },
  {
    name: 'cortex-m4',
    summary: 'Cortex-M4 with FPU, memory at 0, RAM at 0x20000000 (as mps2-an386)',
    core: {
      isa: 'arm',
      version: 'v7em',
      cpuid: 0x410fc240,
      lines: 64,
      priorityBits: 8,
      fpu: true,
    },
    ticksPerSecond: 25_000_000,
    memories: MPS2_MEMORIES,
    devices: MPS2_DEVICES,
  },
  {
    name: 'rv32',
    summary: 'RV32IMAC in machine mode, RAM at 0x80000000 (as virt)',
    core: { isa: 'riscv' },
    ticksPerSecond: 100_000_000,
    memories: [{ name: 'RAM', start: 0x80000000, size: 128 * MIB, protection: RWX, isRam: true }],
    devices: [
      { kind: 'test-finisher', start: 0x00100000, size: 0x1000, interrupts: [] },
      { kind: 'clint', start: 0x02000000, size: 0x10000, interrupts: [3, 7] },
      { kind: 'plic', start: 0x0c000000, size: 0x600000, interrupts: [11] },
      { kind: 'uart-16550', start: 0x10000000, size: 0x1000, interrupts: [10] },
      // The PCIe window, with nothing on the bus.
      { kind: 'open-bus', start: 0x40000000, size: 0x40000000, interrupts: [] },
    ],
  },
];

/** Board of an Arm file by Tag_CPU_arch. */
const ARM_ARCH: Readonly<Record<number, string>> = {
  10: 'cortex-m3',
  11: 'cortex-m0',
  12: 'cortex-m0',
  13: 'cortex-m4',
};

/**
 * The board that a program is for: the one named, else by its build attributes.
 *
 * @throws MachineError  `unknown-board`, `no-board-for-file`
 */
export function chooseBoard(plan: LoadPlan, name: string | undefined): Board {
  const wanted = name ?? boardOf(plan);
  const board = BOARDS.find((candidate) => candidate.name === wanted);
  if (board === undefined) {
    const names = BOARDS.map((candidate) => candidate.name).join(', ');
    throw new MachineError('unknown-board', `no machine ${wanted}; there are ${names}`);
  }
  if (plan.machine !== null && plan.machine !== board.core.isa) {
    throw new MachineError('unknown-board', `${board.name} does not run ${plan.machine} programs`);
  }
  return board;
}

function boardOf(plan: LoadPlan): string {
  if (plan.machine === 'riscv' && plan.pointerBits === 32) return 'rv32';
  const arch = plan.arm?.cpuArch ?? null;
  const board = plan.machine === 'arm' && arch !== null ? ARM_ARCH[arch] : undefined;
  if (board !== undefined) return board;
  throw new MachineError(
    'no-board-for-file',
    'the file does not say which machine it is for: use --machine',
  );
}
