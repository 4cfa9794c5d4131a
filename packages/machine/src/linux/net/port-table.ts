/**
 * Which sockets have which ports of one protocol.
 *
 * @see net/ipv4/inet_connection_sock.c: inet_csk_bind_conflict; ip(7), socket(7)
 */
import { isAnyHost, isVersion4 } from './socket-address.ts';

/** /proc/sys/net/ipv4/ip_local_port_range, whose ports are given in turn. */
const FIRST_PORT = 32768;
const LAST_PORT = 60999;

/** One socket's hold of a port. */
export interface PortUser {
  readonly host: string;
  readonly port: number;
  /** Of an any host: whether of IPv6 only. */
  readonly onlyVersion6: boolean;
  readonly reusesAddress: boolean;
  readonly reusesPort: boolean;
  readonly isListening: boolean;
}

function covers(any: PortUser, host: string): boolean {
  if (!isAnyHost(any.host)) return false;
  return isVersion4(any.host) ? isVersion4(host) : !isVersion4(host) || !any.onlyVersion6;
}

const overlaps = (one: PortUser, other: PortUser): boolean =>
  one.host === other.host || covers(one, other.host) || covers(other, one.host);

/** Users by their ports. */
class UsersByPort {
  private readonly ports = new Map<number, Set<PortUser>>();

  of(port: number): Iterable<PortUser> {
    return this.ports.get(port) ?? [];
  }

  has(port: number): boolean {
    return this.ports.has(port);
  }

  add(user: PortUser): void {
    const known = this.ports.get(user.port) ?? new Set<PortUser>();
    known.add(user);
    this.ports.set(user.port, known);
  }

  remove(user: PortUser): void {
    const known = this.ports.get(user.port);
    known?.delete(user);
    if (known?.size === 0) this.ports.delete(user.port);
  }
}

export class PortTable {
  private readonly users = new UsersByPort();
  /** Those that can be found: not thousands of accepted connections. */
  private readonly reached = new UsersByPort();
  private last = FIRST_PORT - 1;

  /** Whether somebody else has a port so that this one cannot have it. */
  conflicts(user: PortUser): boolean {
    for (const other of this.users.of(user.port)) {
      if (other === user || !overlaps(user, other)) continue;
      const bothReuse = user.reusesAddress && other.reusesAddress;
      if (bothReuse && !other.isListening) continue;
      if (user.reusesPort && other.reusesPort) continue;
      return true;
    }
    return false;
  }

  /** Gives a user its port, where it is found. */
  add(user: PortUser): void {
    this.users.add(user);
    this.reached.add(user);
  }

  /** Lets a user hold its port along with who is found there, as accepted connections do. */
  hold(user: PortUser): void {
    this.users.add(user);
  }

  remove(user: PortUser): void {
    this.users.remove(user);
    this.reached.remove(user);
  }

  /** A port that nobody has, the next one in turn; 0 when there is none. */
  free(): number {
    for (let tried = FIRST_PORT; tried <= LAST_PORT; tried++) {
      this.last = this.last >= LAST_PORT ? FIRST_PORT : this.last + 1;
      if (!this.users.has(this.last)) return this.last;
    }
    return 0;
  }

  /**
   * Of those that `fits`, the one that a host and port reach: of this very host before any host,
   * the one that came last.
   */
  find<T extends PortUser>(
    host: string,
    port: number,
    fits: (user: PortUser) => user is T,
  ): T | null {
    let found: T | null = null;
    for (const user of this.reached.of(port)) {
      if (user.host !== host && !covers(user, host)) continue;
      if (!fits(user)) continue;
      if (found === null || found.host !== host || user.host === host) found = user;
    }
    return found;
  }
}
