import { expect, test } from 'vitest';
import { PortTable, type PortUser } from './port-table.ts';

const ANY6 = '0'.repeat(32);
const LOOPBACK6 = `${'0'.repeat(31)}1`;

function user(host: string, port: number, more: Partial<PortUser> = {}): PortUser {
  const flags = { onlyVersion6: false, reusesAddress: false, reusesPort: false };
  return { host, port, isListening: false, ...flags, ...more };
}
const isAny = (one: PortUser): one is PortUser => one !== null;

test('an address conflicts with itself and with any host, of both versions unless it says no', () => {
  const table = new PortTable();
  table.add(user(ANY6, 9));
  expect(table.conflicts(user('127.0.0.1', 9))).toBe(true);
  expect(table.conflicts(user(LOOPBACK6, 9))).toBe(true);
  expect(table.conflicts(user('127.0.0.1', 10))).toBe(false);
  const only = new PortTable();
  only.add(user(ANY6, 9, { onlyVersion6: true }));
  expect(only.conflicts(user('0.0.0.0', 9))).toBe(false);
  expect(only.conflicts(user(LOOPBACK6, 9))).toBe(true);
});

test('those who all reuse an address share it until one of them listens', () => {
  const table = new PortTable();
  table.add(user('127.0.0.1', 9, { reusesAddress: true }));
  expect(table.conflicts(user('127.0.0.1', 9))).toBe(true);
  expect(table.conflicts(user('127.0.0.1', 9, { reusesAddress: true }))).toBe(false);
  table.add(user('127.0.0.1', 9, { reusesAddress: true, isListening: true }));
  expect(table.conflicts(user('127.0.0.1', 9, { reusesAddress: true }))).toBe(true);
});

test('the very host is found before any host, and nobody where the port is free', () => {
  const table = new PortTable();
  const exact = user('127.0.0.1', 9);
  const any = user('0.0.0.0', 9);
  table.add(exact);
  table.add(any);
  expect(table.find('127.0.0.1', 9, isAny)).toBe(exact);
  expect(table.find('127.0.0.2', 9, isAny)).toBe(any);
  expect(table.find(LOOPBACK6, 9, isAny)).toBeNull();
  table.remove(exact);
  expect(table.find('127.0.0.1', 9, isAny)).toBe(any);
});

test('who only holds a port is in the way of others, and never found', () => {
  const table = new PortTable();
  const listener = user('127.0.0.1', 9, { isListening: true });
  const connection = user('127.0.0.1', 9);
  table.add(listener);
  table.hold(connection);
  expect(table.find('127.0.0.1', 9, isAny)).toBe(listener);
  table.remove(listener);
  expect(table.find('127.0.0.1', 9, isAny)).toBeNull();
  expect(table.conflicts(user('127.0.0.1', 9))).toBe(true);
  table.remove(connection);
  expect(table.conflicts(user('127.0.0.1', 9))).toBe(false);
});

test('free ports are given in turn, come round, and come to an end', () => {
  const table = new PortTable();
  const ports = new Set<number>();
  for (let port = table.free(); port !== 0; port = table.free()) {
    expect(ports.has(port)).toBe(false);
    ports.add(port);
    table.add(user('127.0.0.1', port));
  }
  expect(ports.size).toBe(60999 - 32768 + 1);
  table.remove(user('127.0.0.1', 40000));
  expect(table.free()).toBe(0);
});
