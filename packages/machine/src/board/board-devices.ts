/** Makes a board's devices, maps them and wires their interrupts. */
import type { Device, Mmu } from '@bareheap/mmu';
import type { Clock } from '../clock.ts';
import { Clint } from '../device/clint.ts';
import { CmsdkTimer } from '../device/cmsdk-timer.ts';
import { CmsdkUart } from '../device/cmsdk-uart.ts';
import type { DevicePort, SerialPort, Timed } from '../device/device-port.ts';
import { Nrf51Uart } from '../device/nrf51-uart.ts';
import { OpenBus } from '../device/open-bus.ts';
import { Pl011Uart } from '../device/pl011-uart.ts';
import { Plic } from '../device/plic.ts';
import { TestFinisher } from '../device/test-finisher.ts';
import { Uart16550 } from '../device/uart-16550.ts';
import type { HostPort } from '../host-port.ts';
import type { Board, DeviceKind, DeviceRange } from './board.ts';

/** What devices do to the processor and the run. */
export interface DeviceOutcome {
  setLine(interrupt: number, high: boolean): void;
  exit(code: number): void;
  reset(): void;
}

/** mtime of QEMU's virt counts at 10 MHz. */
const MTIME_HERTZ = 10_000_000;

/** A port of one device: its interrupt lines and its alarm. */
class Port implements DevicePort {
  timed: Timed | null = null;
  private readonly clock: Clock;
  private readonly raise: (line: number, high: boolean) => void;
  private readonly alarm: number;

  constructor(clock: Clock, raise: (line: number, high: boolean) => void) {
    this.clock = clock;
    this.raise = raise;
    this.alarm = clock.add({ ring: () => this.timed?.ring() });
  }

  setLine(line: number, high: boolean): void {
    this.raise(line, high);
  }

  now(): number {
    return this.clock.now;
  }

  wakeAt(tick: number): void {
    this.clock.set(this.alarm, tick);
  }
}

export class BoardDevices {
  private readonly clock: Clock;
  private readonly serial: SerialPort;
  private outcome: DeviceOutcome | null = null;
  private clint: Clint | null = null;
  private plic: Plic | null = null;

  constructor(board: Board, mmu: Mmu, clock: Clock, host: HostPort) {
    this.clock = clock;
    this.serial = {
      transmit: (byte) => host.writeConsole(1, new Uint8Array([byte])),
      receive: () => host.readConsole(1, false)?.[0] ?? -1,
    };
    const sorted = [...board.devices].sort(
      (a, b) => Number(b.kind === 'plic') - Number(a.kind === 'plic'),
    );
    for (const range of sorted)
      mmu.mapDevice(range.start, range.size, this.make(range), range.kind);
  }

  /** Says what the devices act upon; before the first instruction. */
  connect(outcome: DeviceOutcome): void {
    this.outcome = outcome;
  }

  /** mtime, or 0 on a board without. */
  time(): number {
    return this.clint?.time ?? 0;
  }

  private make(range: DeviceRange): Device {
    const port = new Port(this.clock, (line, high) => this.interrupt(range, line, high));
    const makers: Readonly<Record<DeviceKind, () => Device>> = {
      'cmsdk-uart': () => new CmsdkUart(port, this.serial),
      'cmsdk-timer': () => timed(port, new CmsdkTimer(port)),
      'nrf51-uart': () => new Nrf51Uart(port, this.serial),
      'pl011-uart': () => new Pl011Uart(port, this.serial),
      'uart-16550': () => new Uart16550(port, this.serial),
      clint: () => {
        this.clint = timed(port, new Clint(port, this.clock.ticksPerSecond / MTIME_HERTZ));
        return this.clint;
      },
      plic: () => {
        this.plic = new Plic(port);
        return this.plic;
      },
      'open-bus': () => new OpenBus(),
      'test-finisher': () =>
        new TestFinisher({
          exit: (code) => this.outcome?.exit(code),
          reset: () => this.outcome?.reset(),
        }),
    };
    return makers[range.kind]();
  }

  private interrupt(range: DeviceRange, line: number, high: boolean): void {
    const number = range.interrupts[line];
    if (number === undefined) return;
    if (this.plic !== null && range.kind !== 'clint' && range.kind !== 'plic') {
      this.plic.setSource(number, high);
    } else {
      this.outcome?.setLine(number, high);
    }
  }
}

function timed<D extends Device & Timed>(port: Port, device: D): D {
  port.timed = device;
  return device;
}
