/**
 * The UART of Arm's Cortex-M System Design Kit (DDI 0479C, 4.3), as on the MPS2 boards. A byte
 * written is sent at once. Interrupt lines: 0 receive, 1 transmit.
 *
 *   +0x00 DATA  +0x04 STATE  +0x08 CTRL  +0x0c INTSTATUS/INTCLEAR  +0x10 BAUDDIV
 */
import type { Device } from '@bareheap/mmu';
import type { DevicePort, SerialPort } from './device-port.ts';

const DATA = 0x00;
const STATE = 0x04;
const CTRL = 0x08;
const INTERRUPTS = 0x0c;
const BAUDDIV = 0x10;

const RX_FULL = 2;

const TX_ENABLE = 1;
const RX_ENABLE = 2;
const TX_INTERRUPT = 4;
const RX_INTERRUPT = 8;
const CTRL_BITS = 0x7f;

const TX_RAISED = 1;
const RX_RAISED = 2;

/** Peripheral and component identification registers, from 0xfd0. */
const IDENTIFICATION: readonly number[] = [4, 0, 0, 0, 0x21, 0xb8, 0x1b, 0, 0x0d, 0xf0, 0x05, 0xb1];

export class CmsdkUart implements Device {
  private readonly port: DevicePort;
  private readonly serial: SerialPort;
  private control = 0;
  private divider = 0;
  private raised = 0;
  /** The byte in the receive buffer, or -1. */
  private received = -1;

  constructor(port: DevicePort, serial: SerialPort) {
    this.port = port;
    this.serial = serial;
  }

  load(offset: number): number {
    switch (offset) {
      case DATA:
        return this.take();
      case STATE:
        this.poll();
        return this.received >= 0 ? RX_FULL : 0;
      case CTRL:
        return this.control;
      case INTERRUPTS:
        return this.raised;
      case BAUDDIV:
        return this.divider;
      default:
        return offset >= 0xfd0 ? (IDENTIFICATION[(offset - 0xfd0) >> 2] ?? 0) : 0;
    }
  }

  store(offset: number, _size: number, value: number): void {
    switch (offset) {
      case DATA:
        this.send(value & 0xff);
        break;
      case CTRL:
        this.control = value & CTRL_BITS;
        this.poll();
        break;
      case INTERRUPTS:
        this.raised &= ~value;
        this.update();
        break;
      case BAUDDIV:
        this.divider = value & 0xfffff;
        break;
    }
  }

  private send(byte: number): void {
    if ((this.control & TX_ENABLE) === 0) return;
    this.serial.transmit(byte);
    if ((this.control & TX_INTERRUPT) !== 0) this.raised |= TX_RAISED;
    this.update();
  }

  private take(): number {
    const byte = Math.max(this.received, 0);
    this.received = -1;
    this.poll();
    return byte;
  }

  /** Fills the receive buffer when it is empty and the receiver is on. */
  private poll(): void {
    if (this.received >= 0 || (this.control & RX_ENABLE) === 0) return;
    this.received = this.serial.receive();
    if (this.received >= 0 && (this.control & RX_INTERRUPT) !== 0) this.raised |= RX_RAISED;
    this.update();
  }

  private update(): void {
    this.port.setLine(0, (this.raised & RX_RAISED) !== 0);
    this.port.setLine(1, (this.raised & TX_RAISED) !== 0);
  }
}
