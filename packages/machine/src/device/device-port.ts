/** All that a device knows of the machine it is in. */
export interface DevicePort {
  /** Sets the level of one of the device's interrupt lines, numbered from 0 by the device. */
  setLine(line: number, high: boolean): void;
  /** Ticks of the machine's clock since reset. */
  now(): number;
  /** Asks for {@link Timed.ring} at a tick; infinite: never. One request stands at a time. */
  wakeAt(tick: number): void;
}

/** A device that asks to be woken. */
export interface Timed {
  ring(): void;
}

/** The wire of a UART. */
export interface SerialPort {
  transmit(byte: number): void;
  /** The next byte that arrived, or -1 when there is none now. */
  receive(): number;
}
