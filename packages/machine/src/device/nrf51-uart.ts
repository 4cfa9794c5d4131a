/**
 * The UART of Nordic's nRF51 (Reference Manual 3.0, chapter 28), as on the BBC micro:bit: tasks
 * and events in words of their own. A byte written to TXD is sent at once and raises TXDRDY.
 * Interrupt line: 0.
 */
import type { Device } from '@bareheap/mmu';
import type { DevicePort, SerialPort } from './device-port.ts';

const STARTRX = 0x000;
const STOPRX = 0x004;
const STARTTX = 0x008;
const STOPTX = 0x00c;
const RXDRDY = 0x108;
const TXDRDY = 0x11c;
const RXTO = 0x144;
const INTENSET = 0x304;
const INTENCLR = 0x308;
const RXD = 0x518;
const TXD = 0x51c;

/** Bit of an event in INTEN: its offset in words from 0x100. */
function eventBit(event: number): number {
  return 1 << ((event - 0x100) >> 2);
}

export class Nrf51Uart implements Device {
  private readonly port: DevicePort;
  private readonly serial: SerialPort;
  private readonly plain = new Map<number, number>();
  private interrupts = 0;
  private events = 0;
  private transmits = false;
  private receives = false;
  private received = -1;

  constructor(port: DevicePort, serial: SerialPort) {
    this.port = port;
    this.serial = serial;
  }

  load(offset: number): number {
    switch (offset) {
      case RXD:
        return this.take();
      case INTENSET:
      case INTENCLR:
        return this.interrupts;
      case RXDRDY:
        this.poll();
        return this.eventValue(offset);
      case TXDRDY:
      case RXTO:
        return this.eventValue(offset);
      default:
        return this.plain.get(offset) ?? 0;
    }
  }

  store(offset: number, _size: number, value: number): void {
    switch (offset) {
      case STARTRX:
      case STOPRX:
        if (value === 1) this.receives = offset === STARTRX;
        break;
      case STARTTX:
      case STOPTX:
        if (value === 1) this.transmits = offset === STARTTX;
        break;
      case TXD:
        this.send(value & 0xff);
        break;
      case INTENSET:
        this.interrupts |= value;
        break;
      case INTENCLR:
        this.interrupts &= ~value;
        break;
      case RXDRDY:
      case TXDRDY:
      case RXTO:
        if (value === 0) this.events &= ~eventBit(offset);
        break;
      default:
        this.plain.set(offset, value);
    }
    this.poll();
  }

  private eventValue(event: number): number {
    return (this.events & eventBit(event)) !== 0 ? 1 : 0;
  }

  private send(byte: number): void {
    if (!this.transmits) return;
    this.serial.transmit(byte);
    this.events |= eventBit(TXDRDY);
  }

  private take(): number {
    const byte = Math.max(this.received, 0);
    this.received = -1;
    this.poll();
    return byte;
  }

  private poll(): void {
    if (this.received < 0 && this.receives) {
      this.received = this.serial.receive();
      if (this.received >= 0) this.events |= eventBit(RXDRDY);
    }
    this.port.setLine(0, (this.events & this.interrupts) !== 0);
  }
}
