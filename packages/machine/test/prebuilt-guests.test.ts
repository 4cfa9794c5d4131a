/** Every guest of the repository does what QEMU was recorded to do with it. */
import { readdirSync, readFileSync } from 'node:fs';
import { parseImage } from '@bareheap/image';
import { describe, expect, test } from 'vitest';
import { BOARDS, openFirmware } from '../src/index.ts';
import { MemoryHost } from './memory-host.ts';

const GUESTS = new URL('../../../test/guests/', import.meta.url);

/** What a guest is started with. */
interface Guest {
  readonly name: string;
  readonly args?: readonly string[];
  readonly stdin?: string;
  readonly files?: Readonly<Record<string, string>>;
}

interface Truth {
  readonly guest: string;
  readonly target: string;
  readonly output: string;
  readonly exitStatus: number | 'lockup';
  /** What it left in its folder. */
  readonly files?: Readonly<Record<string, string>>;
}

const read = (name: string): unknown => JSON.parse(readFileSync(new URL(name, GUESTS), 'utf8'));
const { guests } = read('guests.json') as { readonly guests: readonly Guest[] };
const boards = BOARDS.map(({ name }) => name);
const truths = readdirSync(new URL('truth/', GUESTS))
  .filter((name) => name.endsWith('.json'))
  .map((name) => read(`truth/${name}`) as Truth)
  .filter(({ target }) => boards.includes(target));

function hostFor({ stdin, files }: Guest): MemoryHost {
  const host = new MemoryHost();
  host.input = [...Buffer.from(stdin ?? '', 'latin1')];
  for (const [name, text] of Object.entries(files ?? {})) {
    host.contents.set(name, new Uint8Array(Buffer.from(text, 'latin1')));
  }
  return host;
}

const filesOf = (host: MemoryHost): Record<string, string> =>
  Object.fromEntries(
    [...host.contents].map(([name, bytes]) => [name, Buffer.from(bytes).toString('latin1')]),
  );

describe('prebuilt guests', () => {
  test('there are some of every board', () => {
    expect(new Set(truths.map(({ target }) => target))).toEqual(new Set(boards));
  });

  test.each(truths.map((truth) => [`${truth.guest}.${truth.target}`, truth] as const))(
    '%s: output, exit status and files are QEMU’s',
    (id, truth) => {
      const guest = guests.find(({ name }) => name === truth.guest)!;
      const host = hostFor(guest);
      const commandLine = [guest.name, ...(guest.args ?? [])].join(' ');
      const options = { heap: 'guest', memoryBytes: 2 ** 26, commandLine, seed: 1 } as const;
      const bytes = new Uint8Array(readFileSync(new URL(`prebuilt/${id}.elf`, GUESTS)));
      const firmware = openFirmware(parseImage(bytes), { ...options, board: truth.target }, host);
      const end = firmware.run({ maxInstructions: 50_000_000 });
      const output = Buffer.from([...host.written[1], ...host.written[2]]).toString('latin1');
      expect(output).toBe(truth.output);
      const isLockup = truth.exitStatus === 'lockup';
      const expected = isLockup ? { kind: 'fault' } : { kind: 'exit', code: truth.exitStatus };
      expect(end).toMatchObject(expected);
      expect(filesOf(host)).toEqual(truth.files ?? {});
    },
  );
});
