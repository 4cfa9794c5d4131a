/** Runs the command as people do: the built one, in a process of its own. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT: string = join(dirname(fileURLToPath(import.meta.url)), '../..');
export const ENTRY: string = join(ROOT, 'apps/emu/bin/bareheap.js');
export const PREBUILT: string = join(ROOT, 'test/guests/prebuilt');

/** No guest takes so long; one that hangs must not hang the tests. */
const TIMEOUT_MS = 120_000;

export interface CommandResult {
  readonly status: number | null;
  /** One character for each byte, whatever the bytes mean. */
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly cwd?: string;
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Runs as another user, which only root may ask for. */
  readonly uid?: number;
}

/** Runs `bareheap` with `args`. */
export function bareheap(args: readonly string[], options: CommandOptions = {}): CommandResult {
  return runNode([ENTRY, ...args], options);
}

/** Runs Node with `args`, in the repository unless told otherwise. */
export function runNode(args: readonly string[], options: CommandOptions = {}): CommandResult {
  if (!existsSync(join(ROOT, 'apps/emu/dist/main.js'))) {
    throw new Error('the command is not built: npm run build');
  }
  const result = spawnSync(process.execPath, args, {
    cwd: options.cwd ?? ROOT,
    input: options.input ?? '',
    encoding: 'latin1',
    timeout: TIMEOUT_MS,
    maxBuffer: 2 ** 26,
    env: { PATH: process.env['PATH'] ?? '', ...options.env },
    ...(options.uid === undefined ? {} : { uid: options.uid }),
  });
  if (result.error !== undefined) throw result.error;
  return { status: result.status, stdout: result.stdout, stderr: result.stderr };
}

/** Bytes that {@link CommandResult} gives one by one, as the UTF-8 they are. */
export function asUtf8(text: string): string {
  return Buffer.from(text, 'latin1').toString('utf8');
}

/** A prebuilt guest's file. */
export function guest(id: string): string {
  return join(PREBUILT, `${id}.elf`);
}
