/**
 * Sockets of AF_UNIX: what those with connections and those without have in common is their names.
 *
 * @see net/unix/af_unix.c of Linux 6.18; unix(7)
 */
import { EADDRINUSE, ECONNREFUSED, EINVAL, ENOENT, EPROTOTYPE } from '../file/errno.ts';
import { Socket } from './socket.ts';
import { isAbstract, parseUnix, UNNAMED, type UnixAddress, unixBytes } from './socket-address.ts';
import type { SocketCaller } from './socket-caller.ts';
import { SHUT_RD, SHUT_RDWR, SHUT_WR } from './socket-constants.ts';
import type { BoundSocket, SocketInode } from './socket-inode.ts';

export abstract class UnixSocket extends Socket {
  address: UnixAddress = UNNAMED;
  private file: SocketInode | null = null;

  override get localAddress(): Uint8Array {
    return unixBytes(this.address);
  }

  override bind(bytes: Uint8Array, caller: SocketCaller): number {
    const parsed = parseUnix(bytes);
    if (typeof parsed === 'number') return parsed;
    if (this.address.name !== '') return this.refuseSecondName(bytes, parsed, caller);
    // A family alone asks for any name.
    if (bytes.length === 2) return this.bindAnywhere();
    if (isAbstract(parsed)) {
      if (!this.network.takeName(this, parsed.name)) return -EADDRINUSE;
    } else {
      const file = caller.make(parsed.name);
      if (typeof file === 'number') return file;
      file.bound = this;
      this.file = file;
    }
    this.address = parsed;
    return 0;
  }

  /** A path is looked at before it turns out that the socket has a name. */
  private refuseSecondName(bytes: Uint8Array, name: UnixAddress, caller: SocketCaller): number {
    if (bytes.length === 2 || isAbstract(name)) return bytes.length === 2 ? 0 : -EINVAL;
    const found = caller.find(name.name);
    if (found === -ENOENT) return -EINVAL;
    return typeof found === 'number' && found !== -ECONNREFUSED ? found : -EADDRINUSE;
  }

  protected bindAnywhere(): number {
    let name = this.network.newName();
    while (!this.network.takeName(this, name)) name = this.network.newName();
    this.address = { name };
    return 0;
  }

  /** Whoever has an address, or a negative error number. */
  protected find(bytes: Uint8Array, caller: SocketCaller): BoundSocket | number {
    const parsed = parseUnix(bytes);
    if (typeof parsed === 'number') return parsed;
    if (bytes.length === 2) return -EINVAL;
    if (isAbstract(parsed)) return this.network.named(this.type, parsed.name) ?? -ECONNREFUSED;
    const file = caller.find(parsed.name);
    if (typeof file === 'number') return file;
    const { bound } = file;
    if (bound === null) return -ECONNREFUSED;
    return bound.type === this.type ? bound : -EPROTOTYPE;
  }

  override shutDown(how: number): number {
    this.end(how);
    return 0;
  }

  protected override close(): void {
    if (this.file !== null) this.file.bound = null;
    if (isAbstract(this.address)) this.network.giveName(this, this.address.name);
    this.incoming.clear();
    this.receivesNoMore = true;
    this.sendsNoMore = true;
  }
}

/** The other side of a direction: what one end does not send any more the other one cannot read. */
export const mirrored = (how: number): number =>
  how === SHUT_RD ? SHUT_WR : how === SHUT_WR ? SHUT_RD : SHUT_RDWR;
