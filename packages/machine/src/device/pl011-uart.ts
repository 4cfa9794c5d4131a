/**
 * The PL011 UART (DDI 0183), here as on the Luminary LM3S boards: enabled when it leaves reset, so
 * that a program which only writes DR is heard. A byte written is sent at once; the FIFO never
 * fills. Interrupt line: 0, all causes.
 */
import type { Device } from '@bareheap/mmu';
import type { DevicePort, SerialPort } from './device-port.ts';

const DR = 0x00;
const FR = 0x18;
const ILPR = 0x20;
const IBRD = 0x24;
const FBRD = 0x28;
const LCRH = 0x2c;
const CR = 0x30;
const IFLS = 0x34;
const IMSC = 0x38;
const RIS = 0x3c;
const MIS = 0x40;
const ICR = 0x44;
const DMACR = 0x48;

const FR_RX_EMPTY = 0x10;
const FR_TX_EMPTY = 0x80;
const CAUSE_RX = 0x10;
const CAUSE_TX = 0x20;

/** Identification registers of the Luminary variant, from 0xfd0. */
const IDENTIFICATION: readonly number[] = [
  0, 0, 0, 0, 0x11, 0x00, 0x18, 0x01, 0x0d, 0xf0, 0x05, 0xb1,
];
/** Registers that only remember what was written, with their reset values. */
const PLAIN: ReadonlyMap<number, number> = new Map([
  [ILPR, 0],
  [IBRD, 0],
  [FBRD, 0],
  [LCRH, 0],
  [CR, 0x300],
  [IFLS, 0x12],
  [DMACR, 0],
]);

export class Pl011Uart implements Device {
  private readonly port: DevicePort;
  private readonly serial: SerialPort;
  private readonly plain = new Map(PLAIN);
  private mask = 0;
  private causes = 0;
  private received = -1;

  constructor(port: DevicePort, serial: SerialPort) {
    this.port = port;
    this.serial = serial;
  }

  load(offset: number): number {
    switch (offset) {
      case DR:
        return this.take();
      case FR:
        this.poll();
        return FR_TX_EMPTY | (this.received < 0 ? FR_RX_EMPTY : 0);
      case IMSC:
        return this.mask;
      case RIS:
        return this.causes;
      case MIS:
        return this.causes & this.mask;
      default:
        if (offset >= 0xfd0) return IDENTIFICATION[(offset - 0xfd0) >> 2] ?? 0;
        return this.plain.get(offset) ?? 0;
    }
  }

  store(offset: number, _size: number, value: number): void {
    switch (offset) {
      case DR:
        this.serial.transmit(value & 0xff);
        this.causes |= CAUSE_TX;
        break;
      case IMSC:
        this.mask = value & 0x7ff;
        this.poll();
        break;
      case ICR:
        this.causes &= ~value;
        break;
      default:
        if (this.plain.has(offset)) this.plain.set(offset, value);
    }
    this.update();
  }

  private take(): number {
    const byte = Math.max(this.received, 0);
    this.received = -1;
    this.causes &= ~CAUSE_RX;
    this.poll();
    return byte;
  }

  private poll(): void {
    if (this.received < 0) this.received = this.serial.receive();
    if (this.received >= 0) this.causes |= CAUSE_RX;
    this.update();
  }

  private update(): void {
    this.port.setLine(0, (this.causes & this.mask) !== 0);
  }
}
