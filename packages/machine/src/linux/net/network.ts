/** What the sockets of a guest share: names and ports, and nothing of the host's. */
import { ENOENT } from '../file/errno.ts';
import type { Timer, TimerQueue } from '../process/timer-queue.ts';
import { PortTable, type PortUser } from './port-table.ts';
import type { TransitShare } from './receive-queue.ts';
import type { SocketCaller } from './socket-caller.ts';
import type { BoundSocket } from './socket-inode.ts';

/** How long a port stays taken after a connection that was closed here first, ns. */
const TIME_WAIT = 60e9;
/** Ports that are kept so, and connections that nobody has accepted yet: both are the host's. */
const MOST_LINGERING = 4096;
const MOST_PENDING = 16384;

/** What a network needs of the kernel. */
export interface NetworkHost {
  readonly now: number;
  readonly timers: TimerQueue;
  readonly userId: number;
  readonly groupId: number;
  /** Whose call is made. */
  readonly running: { readonly process: { readonly id: number } } | null;
}

const noPath = (): number => -ENOENT;

export class Network {
  readonly share: TransitShare = { used: 0, files: 0 };
  readonly tcpPorts: PortTable = new PortTable();
  readonly udpPorts: PortTable = new PortTable();
  readonly udpLitePorts: PortTable = new PortTable();
  /** Sockets with names that are no paths, by type and name. */
  private readonly abstract = new Map<string, BoundSocket>();
  private readonly host: NetworkHost;
  private lastName = 0;
  private lingering = 0;
  private pending = 0;

  constructor(host: NetworkHost) {
    this.host = host;
  }

  /** Who writes to a socket's peer, which needs no paths. */
  get writer(): SocketCaller {
    const { running, userId, groupId } = this.host;
    const process = running?.process.id ?? 0;
    return { credentials: { process, user: userId, group: groupId }, find: noPath, make: noPath };
  }

  named(type: number, name: string): BoundSocket | null {
    return this.abstract.get(`${type}${name}`) ?? null;
  }

  /** Takes a name: false when another socket of the type has it. */
  takeName(socket: BoundSocket, name: string): boolean {
    const key = `${socket.type}${name}`;
    if (this.abstract.has(key)) return false;
    this.abstract.set(key, socket);
    return true;
  }

  /** Gives a name back; connections that a listener's name is told of do not have it. */
  giveName(socket: BoundSocket, name: string): void {
    const key = `${socket.type}${name}`;
    if (this.abstract.get(key) === socket) this.abstract.delete(key);
  }

  /** A name for a socket that wants any: a NUL and five hexadecimal digits. */
  newName(): string {
    this.lastName++;
    return `\0${this.lastName.toString(16).padStart(5, '0')}`;
  }

  /** Keeps a port taken for as long as late packets might come. */
  lingerAt(user: PortUser): void {
    if (this.lingering >= MOST_LINGERING) return;
    this.lingering++;
    const { host, port, onlyVersion6, reusesAddress, reusesPort } = user;
    const late = { host, port, onlyVersion6, reusesAddress, reusesPort, isListening: false };
    this.tcpPorts.hold(late);
    this.host.timers.set(this.host.now + TIME_WAIT, () => {
      this.lingering--;
      this.tcpPorts.remove(late);
    });
  }

  /** Does something after a time, ns, unless that is taken back. */
  later(nanoseconds: number, act: () => void): Timer {
    return this.host.timers.set(this.host.now + nanoseconds, act);
  }

  takeBack(timer: Timer): void {
    this.host.timers.clear(timer);
  }

  /** Whether one more connection may wait for being accepted. */
  get takesPending(): boolean {
    return this.pending < MOST_PENDING;
  }

  /** So many more connections wait, or fewer. */
  countPending(change: number): void {
    this.pending += change;
  }
}
