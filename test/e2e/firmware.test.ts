import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bareheap, guest, ROOT } from './command.ts';
import { RUN_SHAPE, shapeErrors } from './report-schema.ts';

/** test/guests/guests.json, as far as a run needs it. */
interface GuestEntry {
  readonly name: string;
  readonly shows: string;
  readonly targets: readonly string[];
  readonly args?: readonly string[];
  readonly stdin?: string;
  readonly files?: Readonly<Record<string, string>>;
}

/** test/guests/truth: what QEMU did with the same file. */
interface Truth {
  readonly output: string;
  /** `lockup`: QEMU aborted because nothing handles the fault. */
  readonly exitStatus: number | 'lockup';
  readonly files?: Readonly<Record<string, string>>;
  readonly elfSha256: string;
}

const UNHANDLED_FAULT = 139;

const { guests } = JSON.parse(readFileSync(join(ROOT, 'test/guests/guests.json'), 'utf8')) as {
  guests: GuestEntry[];
};

function truthOf(id: string): Truth {
  return JSON.parse(readFileSync(join(ROOT, 'test/guests/truth', `${id}.json`), 'utf8')) as Truth;
}

/** Runs a guest the way QEMU ran it: its files in a folder of its own, its words, its input. */
function observe(entry: GuestEntry, target: string) {
  const base = mkdtempSync(join(tmpdir(), 'bareheap-guest-'));
  const folder = join(base, 'root');
  // QEMU was told the guest's name as the first word of its command line.
  const program = join(base, entry.name);
  const reportFile = join(base, 'report.json');
  try {
    mkdirSync(folder);
    copyFileSync(guest(`${entry.name}.${target}`), program);
    for (const [name, text] of Object.entries(entry.files ?? {})) {
      writeFileSync(join(folder, name), text);
    }
    const words = entry.args === undefined ? [] : ['--', ...entry.args];
    const options = ['--root', folder, '--write', folder, '--json', reportFile];
    const { status, stdout, stderr } = bareheap(['run', ...options, program, ...words], {
      input: entry.stdin ?? '',
    });
    const names = readdirSync(folder).sort();
    const files = Object.fromEntries(
      names.map((name) => [name, readFileSync(join(folder, name), 'latin1')]),
    );
    const report: unknown = JSON.parse(readFileSync(reportFile, 'utf8'));
    return { status, stdout, stderr, files, report };
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
}

const BOARDS = ['cortex-m0', 'cortex-m3', 'cortex-m4', 'rv32'];
/** Targets that are no board are for the benchmarks' peers. */
const firmware = guests
  .map((entry) => ({ ...entry, targets: entry.targets.filter((name) => BOARDS.includes(name)) }))
  .filter(({ targets }) => targets.length > 0);

describe.each(firmware)('$name: $shows', (entry) => {
  test.each([...entry.targets])('%s as under QEMU', (target) => {
    const truth = truthOf(`${entry.name}.${target}`);
    const seen = observe(entry, target);
    const status = truth.exitStatus === 'lockup' ? UNHANDLED_FAULT : truth.exitStatus;
    expect(seen.stdout).toBe(truth.output);
    expect(seen.status, seen.stderr).toBe(status);
    expect(seen.files).toEqual(truth.files ?? {});
    expect(shapeErrors(seen.report, RUN_SHAPE)).toEqual([]);
  });
});

test('every guest of the manifest is built, and what runs on a board has its truth', () => {
  const ids = guests.flatMap(({ name, targets }) => targets.map((target) => `${name}.${target}`));
  const built = readdirSync(join(ROOT, 'test/guests/prebuilt')).filter((name) =>
    name.endsWith('.elf'),
  );
  expect(built.sort()).toEqual(ids.map((id) => `${id}.elf`).sort());
  const recorded = readdirSync(join(ROOT, 'test/guests/truth'));
  const onBoards = firmware.flatMap(({ name, targets }) =>
    targets.map((target) => `${name}.${target}.json`),
  );
  expect(recorded).toEqual(expect.arrayContaining(onBoards));
});
