import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bareheap, ENTRY, guest } from './command.ts';

const ESCAPE = '\u001b';
/** script(1) of util-linux gives a command a terminal. */
const hasTerminal = spawnSync('script', ['--version']).stdout?.includes('util-linux') ?? false;

let spinning = '';
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bareheap-terminal-'));
  spinning = join(folder, 'spin.bin');
  // Cortex-M vector table (stack, reset at 9), then `b .`: a program that never ends.
  writeFileSync(spinning, Uint8Array.of(0, 16, 0, 32, 9, 0, 0, 0, 0xfe, 0xe7));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const spin = (): string[] => ['run', '--base', '0', '--machine', 'cortex-m3', spinning];

function onTerminal(args: readonly string[], env: Record<string, string> = {}): string {
  const line = [process.execPath, ENTRY, ...args].map((word) => `'${word}'`).join(' ');
  const { stdout } = spawnSync('script', ['-qefc', line, '/dev/null'], {
    encoding: 'utf8',
    timeout: 60_000,
    env: { PATH: process.env['PATH'] ?? '', TERM: 'xterm', ...env },
  });
  return stdout;
}

describe('without a terminal', () => {
  test('nothing is coloured and no progress shown', () => {
    const { status, stdout, stderr } = bareheap([...spin(), '--timeout', '3', '--stats'], {
      env: { TERM: 'xterm', FORCE_COLOR: '1' },
    });
    expect({ status, stdout }).toEqual({ status: 124, stdout: '' });
    expect(stderr).not.toContain(ESCAPE);
    expect(stderr).not.toContain('\r');
    expect(stderr).toMatch(/^bareheap: stopped: /);
  });
});

describe.skipIf(!hasTerminal)('on a terminal', () => {
  test('a long run shows its progress, and takes it away', () => {
    const shown = onTerminal([...spin(), '--timeout', '3.2']).replaceAll(ESCAPE, 'ESC');
    expect(shown).toMatch(/\rESC\[Kbareheap: [\d,]+ instructions, \d s, \d+ M\/s/);
    expect(shown).toMatch(/\rESC\[Kbareheap: stopped: [^\r\n]+\r?\n$/);
  });

  test('labels are coloured unless NO_COLOR says otherwise', () => {
    const args = ['run', '--stats', guest('heap8k.rv32')];
    expect(onTerminal(args)).toContain(`${ESCAPE}[36m`);
    expect(onTerminal(args, { NO_COLOR: '1' })).not.toContain(ESCAPE);
  });
});
