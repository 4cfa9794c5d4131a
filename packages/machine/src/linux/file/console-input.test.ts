/** Who waits for the host's standard input, and when the host is waited for. */
import { expect, test } from 'vitest';
import { TextHost } from '../../../test/text-host.ts';
import { ConsoleInput } from './console-file.ts';

/** A host that has its texts one after another, each when it is waited for; null is the end. */
class LateHost extends TextHost {
  readonly waits: (boolean | number)[] = [];
  private readonly texts: (string | null)[];

  constructor(texts: (string | null)[]) {
    super();
    this.texts = texts;
  }

  override readConsole(_maxBytes: number, wait: boolean | number = true): Uint8Array | null {
    this.waits.push(wait);
    if (wait === false) return new Uint8Array(0);
    const text = this.texts.shift() ?? null;
    return text === null ? null : new TextEncoder().encode(text);
  }
}

const text = (bytes: Uint8Array | null): string | null =>
  bytes === null ? null : new TextDecoder().decode(bytes);

test('the host is waited for when somebody waits, and they are woken once for what there is', () => {
  const host = new LateHost(['one', '', null]);
  const input = new ConsoleInput(host);
  let woken = 0;
  const waiter = { wake: (): number => ++woken };
  expect(input.read(10)).toBe(null);
  expect(input.await(true)).toBe(false);
  expect(host.waits).toEqual([false]);

  input.arrived.add(waiter);
  expect([input.await(false), input.await(250), woken]).toEqual([false, true, 1]);
  expect(host.waits).toEqual([false, false, 250]);

  // Waits again, and not for what is there.
  input.arrived.add(waiter);
  expect([input.await(true), woken]).toEqual([false, 1]);
  expect(text(input.read(2))).toBe('on');
  expect(text(input.read(2))).toBe('e');
  expect([input.await(10), woken]).toEqual([false, 1]);
  expect([input.await(true), woken, input.isAtEnd]).toEqual([true, 2, true]);
  expect(text(input.read(2))).toBe('');
});
