/**
 * A 16550 UART with registers of one byte, as on QEMU's virt machine. A byte written is sent at
 * once, so the transmitter is always empty. Interrupt line: 0.
 */
import type { Device } from '@bareheap/mmu';
import type { DevicePort, SerialPort } from './device-port.ts';

const DATA = 0;
const IER = 1;
const IIR_FCR = 2;
const LCR = 3;
const MCR = 4;
const LSR = 5;
const SCR = 7;

const LCR_DIVISOR = 0x80;
const IER_RECEIVE = 1;
const IER_TRANSMIT = 2;
const IIR_NONE = 1;
const IIR_TRANSMIT = 2;
const IIR_RECEIVE = 4;
const IIR_FIFO = 0xc0;
const LSR_DATA = 0x01;
const LSR_EMPTY = 0x60;

export class Uart16550 implements Device {
  private readonly port: DevicePort;
  private readonly serial: SerialPort;
  private interrupts = 0;
  private lineControl = 0;
  private modemControl = 0;
  private scratch = 0;
  private fifo = false;
  private divisor = 0;
  private received = -1;
  /** The transmitter became empty since the interrupt was last looked at. */
  private transmitRaised = false;

  constructor(port: DevicePort, serial: SerialPort) {
    this.port = port;
    this.serial = serial;
  }

  load(offset: number): number {
    const latch = (this.lineControl & LCR_DIVISOR) !== 0;
    switch (offset) {
      case DATA:
        return latch ? this.divisor & 0xff : this.take();
      case IER:
        return latch ? this.divisor >> 8 : this.interrupts;
      case IIR_FCR:
        return this.identify();
      case LCR:
        return this.lineControl;
      case MCR:
        return this.modemControl;
      case LSR:
        this.poll();
        return LSR_EMPTY | (this.received >= 0 ? LSR_DATA : 0);
      case SCR:
        return this.scratch;
      default:
        return 0;
    }
  }

  store(offset: number, _size: number, value: number): void {
    const byte = value & 0xff;
    const latch = (this.lineControl & LCR_DIVISOR) !== 0;
    switch (offset) {
      case DATA:
        if (latch) this.divisor = (this.divisor & 0xff00) | byte;
        else this.send(byte);
        break;
      case IER:
        if (latch) this.divisor = (this.divisor & 0xff) | (byte << 8);
        else this.enable(byte & 0xf);
        break;
      case IIR_FCR:
        this.fifo = (byte & 1) !== 0;
        break;
      case LCR:
        this.lineControl = byte;
        break;
      case MCR:
        this.modemControl = byte & 0x1f;
        break;
      case SCR:
        this.scratch = byte;
        break;
    }
  }

  private send(byte: number): void {
    this.serial.transmit(byte);
    this.transmitRaised = true;
    this.update();
  }

  private enable(bits: number): void {
    if ((bits & ~this.interrupts & IER_TRANSMIT) !== 0) this.transmitRaised = true;
    this.interrupts = bits;
    this.poll();
  }

  private take(): number {
    const byte = Math.max(this.received, 0);
    this.received = -1;
    this.poll();
    return byte;
  }

  /** IIR: the most urgent cause; reading a transmit cause clears it. */
  private identify(): number {
    const fifo = this.fifo ? IIR_FIFO : 0;
    if (this.received >= 0 && (this.interrupts & IER_RECEIVE) !== 0) return IIR_RECEIVE | fifo;
    if (this.transmitRaised && (this.interrupts & IER_TRANSMIT) !== 0) {
      this.transmitRaised = false;
      this.update();
      return IIR_TRANSMIT | fifo;
    }
    return IIR_NONE | fifo;
  }

  private poll(): void {
    if (this.received < 0) this.received = this.serial.receive();
    this.update();
  }

  private update(): void {
    const receive = this.received >= 0 && (this.interrupts & IER_RECEIVE) !== 0;
    const transmit = this.transmitRaised && (this.interrupts & IER_TRANSMIT) !== 0;
    this.port.setLine(0, receive || transmit);
  }
}
