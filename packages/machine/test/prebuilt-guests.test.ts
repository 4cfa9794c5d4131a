/** Every guest of the repository gives what QEMU recorded of it. */
import { readdirSync, readFileSync } from 'node:fs';
import { parseImage } from '@bareheap/image';
import { describe, expect, test } from 'vitest';
import { openFirmware } from '../src/index.ts';
import { MemoryHost } from './memory-host.ts';

const GUESTS = new URL('../../../test/guests/', import.meta.url);

interface Truth {
  readonly guest: string;
  readonly target: string;
  readonly output: string;
  /** `lockup`: QEMU gives up on a fault that no handler can take. */
  readonly exitStatus: number | 'lockup';
}

const truths = readdirSync(new URL('truth/', GUESTS))
  .filter((name) => name.endsWith('.json'))
  .map((name) => JSON.parse(readFileSync(new URL(`truth/${name}`, GUESTS), 'utf8')) as Truth);

describe('prebuilt guests', () => {
  test('there are some of every board', () => {
    const targets = new Set(truths.map(({ target }) => target));
    expect([...targets].sort()).toEqual(['cortex-m0', 'cortex-m3', 'cortex-m4', 'rv32']);
  });

  test.each(truths.map((truth) => [`${truth.guest}.${truth.target}`, truth] as const))(
    '%s: output and exit status are QEMU’s',
    (_, truth) => {
      const { guest, target } = truth;
      const bytes = readFileSync(new URL(`prebuilt/${guest}.${target}.elf`, GUESTS));
      const host = new MemoryHost();
      const options = { heap: 'guest', memoryBytes: 2 ** 26, commandLine: guest, seed: 1 } as const;
      const board = { ...options, board: target };
      const firmware = openFirmware(parseImage(new Uint8Array(bytes)), board, host);
      const end = firmware.run({ maxInstructions: 50_000_000 });
      expect(host.text(1) + host.text(2)).toBe(truth.output);
      const expected =
        truth.exitStatus === 'lockup'
          ? { kind: 'fault', code: 139 }
          : { kind: 'exit', code: truth.exitStatus };
      expect(end).toMatchObject(expected);
    },
  );
});
