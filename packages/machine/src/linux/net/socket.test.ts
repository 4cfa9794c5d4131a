/** What a guest does over and over takes no more of the host than when it is done once. */
import { expect, test } from 'vitest';
import { Inode } from '../file/inode.ts';
import { TimerQueue } from '../process/timer-queue.ts';
import { Network } from './network.ts';
import type { Sending, SocketParts } from './socket.ts';
import type { SocketCaller } from './socket-caller.ts';
import { AF_INET, AF_UNIX, SOCK_DGRAM, SOCK_STREAM } from './socket-constants.ts';
import { TcpSocket } from './tcp-socket.ts';
import { UdpSocket } from './udp-socket.ts';
import { UnixDatagram } from './unix-datagram.ts';
import { UnixStream } from './unix-stream.ts';

const EAGAIN = 11;
const ECONNREFUSED = 111;
const EINPROGRESS = 115;
const O_NONBLOCK = 0o4000;
const TIMES = 500;
const HOLD = 200e6;
const MAKER = { process: 1, user: 1000, group: 1000 };
const ENOENT = 2;
const CALLER: SocketCaller = {
  credentials: MAKER,
  find: () => -ENOENT,
  make: () => -ENOENT,
};

function loopback() {
  const clock = { now: 0, timers: new TimerQueue() };
  const network = new Network(Object.assign(clock, { userId: 1000, groupId: 1000, running: null }));
  const newInode = (): Inode =>
    new Inode({ number: 1, device: 1, mode: 0, time: { seconds: 0, nanoseconds: 0 } });
  const parts = (family: number, type: number, flags = 0): SocketParts => {
    return { network, inode: newInode(), family, type, protocol: 0, flags, maker: MAKER };
  };
  const tcp = (flags = 0): TcpSocket => new TcpSocket(parts(AF_INET, SOCK_STREAM, flags), newInode);
  const listener = tcp();
  listener.listen(0);
  const to = listener.localAddress;
  to[4] = 127;
  to[7] = 1;
  return { clock, network, newInode, parts, tcp, listener, to };
}

function sending(length: number, hasMore = false): Sending {
  return { bytes: new Uint8Array(length), to: null, cargo: [], caller: CALLER, hasMore };
}

/** The two ends of a connection. */
function connected({ tcp, listener, to }: ReturnType<typeof loopback>): [TcpSocket, TcpSocket] {
  const client = tcp();
  expect(client.connect(to)).toBe(0);
  return [client, listener.accept() as TcpSocket];
}

test('a socket that was closed while it was connecting is never connected', () => {
  const { tcp, listener, to } = loopback();
  const clients = Array.from({ length: TIMES }, () => tcp(O_NONBLOCK));
  for (const client of clients) expect(client.connect(to)).toBe(-EINPROGRESS);
  for (const client of clients.slice(1, -1)) client.release();
  const last = clients.at(-1)!;
  expect((listener.accept() as TcpSocket).peerAddress).toEqual(clients[0]!.localAddress);
  expect(last.connection).toBe(0);
  expect((listener.accept() as TcpSocket).peerAddress).toEqual(last.localAddress);
  expect(listener.accept()).toBe(-EAGAIN);
});

test('bytes that are held back have one timer, and count as on their way until they are sent', () => {
  const net = loopback();
  const { clock, network } = net;
  const [client, end] = connected(net);
  for (let time = 0; time < TIMES; time++) {
    client.send(sending(1, true));
    client.send(sending(1));
  }
  expect(clock.timers.next).toBe(Number.POSITIVE_INFINITY);
  expect(end.receive(5 * TIMES, false)).toMatchObject({ length: 2 * TIMES });
  expect(network.share.used).toBe(0);
  clock.now = 7;
  client.send(sending(3, true));
  expect(network.share.used).toBeGreaterThan(0);
  expect(clock.timers.next).toBe(7 + HOLD);
  clock.timers.fire(7 + HOLD);
  expect(end.receive(9, false)).toMatchObject({ length: 3 });
  expect(network.share.used).toBe(0);
});

test('bytes that are held back go with either end', () => {
  for (const closed of [0, 1]) {
    const net = loopback();
    const ends = connected(net);
    ends[0].send(sending(3, true));
    ends[closed]!.release();
    net.clock.timers.fire(HOLD);
    ends[1 - closed]!.release();
    expect(net.network.share.used, `closed ${closed}`).toBe(0);
  }
});

test('datagrams that are never finished have an end, and go with their sockets', () => {
  const { network, parts, to } = loopback();
  const sockets: UdpSocket[] = [];
  for (let result = 1; result === 1; ) {
    const socket = new UdpSocket(parts(AF_INET, SOCK_DGRAM));
    sockets.push(socket);
    result = socket.send({ ...sending(1, true), to });
    expect(sockets.length).toBeLessThan(2000);
  }
  for (const socket of sockets) socket.release();
  expect(network.share.used).toBe(0);
});

test('who polls waits at a full peer once, and not when it is closed', () => {
  const { parts } = loopback();
  const make = (): UnixDatagram => new UnixDatagram(parts(AF_UNIX, SOCK_DGRAM));
  const name = Uint8Array.of(AF_UNIX, 0, 0, 7);
  const peer = make();
  peer.bind(name, CALLER);
  for (let time = 0; time < TIMES; time++) {
    const socket = make();
    expect(socket.connect(name, CALLER)).toBe(0);
    while (socket.send(sending(1)) === 1);
    for (let poll = 0; poll < 3; poll++) socket.poll();
    if (time > 0) socket.release();
  }
  expect(peer.incoming.drained.wake()).toBe(1);
});

test('a name without a file stays the listener’s when a connection is closed', () => {
  const { parts, newInode } = loopback();
  const make = (): UnixStream => new UnixStream(parts(AF_UNIX, SOCK_STREAM), newInode);
  const name = Uint8Array.of(AF_UNIX, 0, 0, 7);
  const listener = make();
  listener.bind(name, CALLER);
  listener.listen(5, CALLER);
  for (let time = 0; time < 3; time++) {
    expect(make().connect(name, CALLER)).toBe(0);
    (listener.accept() as UnixStream).release();
  }
  listener.release();
  expect(make().connect(name, CALLER)).toBe(-ECONNREFUSED);
});
