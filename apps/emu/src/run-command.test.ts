import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Finding, RunReport } from '@bareheap/inspect';
import {
  type Firmware,
  type FirmwareOptions,
  type HostPort,
  MachineError,
} from '@bareheap/machine';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { parseCommandLine, type RunRequest } from './command-line.ts';
import type { Machines } from './guest-opener.ts';
import { OutputQueue } from './output-queue.ts';
import { runProgram } from './run-command.ts';

const finding: Finding = {
  kind: 'null-dereference',
  access: 'write',
  address: 0,
  size: 4,
  pc: 0x214,
  instruction: 5,
  stack: [{ pc: 0x214, function: 'poke', file: 'poke.c', line: 12 }],
  message: 'poke wrote through a null pointer',
};

const none = { allocations: 0, bytes: 0 };

function reportOf(over: Partial<RunReport>): RunReport {
  return {
    program: 'raw.bin',
    platform: 'static',
    cpu: { isa: 'rv32', engine: 'jit', instructions: 5 },
    exit: { kind: 'exit', code: 0 },
    findings: [],
    heap: {
      name: 'guest',
      allocations: 3,
      frees: 1,
      reallocations: 0,
      failures: 0,
      bytesTotal: 10,
      bytesPeak: 10,
      blocksPeak: 1,
      bytesLive: 0,
      blocksLive: 0,
      residentBytes: 0,
      overheadBytes: 0,
      phases: { loader: none, beforeMain: none, main: none, atExit: none },
    },
    mmu: { tlb: { hits: 1, misses: 0, evictions: 0, flushes: 0 }, faults: 0, pages: 1 },
    syscalls: {},
    ...over,
  };
}

type Behaviour = Pick<Firmware, 'run'> & { report?: Partial<RunReport> };

interface Trial {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly options: FirmwareOptions | null;
}

let folder = '';
let program = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bareheap-run-'));
  program = join(folder, 'raw.bin');
  writeFileSync(program, Uint8Array.of(1, 2, 3, 4));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a request on a firmware that does what `behave` says. */
async function attempt(
  args: string[],
  behave: (host: HostPort, options: FirmwareOptions) => Behaviour,
): Promise<Trial> {
  const written = ['', '', ''];
  let options: FirmwareOptions | null = null;
  const loadFirmware: Machines['loadFirmware'] = async () => ({
    openFirmware: (_plan, given, host) => {
      options = given;
      const { run, report } = behave(host, given);
      return { boardName: 'test', instructions: 0, run, report: () => reportOf(report ?? {}) };
    },
  });
  const output = new OutputQueue(new Set(), (stream, bytes) => {
    written[stream] += new TextDecoder().decode(bytes);
  });
  const request = parseCommandLine(['run', '--base', '0', program, ...args]) as RunRequest;
  const paint = (_role: string, text: string): string => text;
  const loadDemangler = async () => (name: string) => name;
  const around = {
    machines: {
      loadFirmware,
      loadLinux: () => expect.unreachable('no test runs a Linux program'),
      loadWindows: () => expect.unreachable('no test runs a Windows program'),
    },
    loadDemangler,
    loadUnicorn: () => Promise.reject(new Error('no test asks for Unicorn')),
    output,
    paint,
    terminals: new Set([0]),
    now: () => performance.now(),
    onLongRun: () => {},
  };
  const status = await runProgram(request, around);
  return { status, stdout: written[1]!, stderr: written[2]!, options };
}

describe('a run', () => {
  test('ends with the program’s own status, its output untouched', async () => {
    const trial = await attempt([], (host) => ({
      run: () => {
        host.writeConsole(1, new TextEncoder().encode('out\r\n'));
        host.writeConsole(2, new TextEncoder().encode('err'));
        return { kind: 'exit', code: 300 };
      },
    }));
    expect(trial).toMatchObject({ status: 300 & 0xff, stdout: 'out\r\n', stderr: 'err' });
  });

  test('explains a fault on standard error', async () => {
    const trial = await attempt([], () => ({
      run: () => ({ kind: 'fault', code: 139, finding }),
      report: { findings: [finding] },
    }));
    expect(trial.status).toBe(139);
    expect(trial.stderr).toContain(
      'bareheap: null-dereference: poke wrote through a null pointer\n  what      write of 4 bytes',
    );
  });

  test('says which limit ended it', async () => {
    const trial = await attempt(['--max-instructions', '7'], () => ({
      run: (limits) => ({ kind: 'limit', code: 124, what: `after ${limits.maxInstructions}` }),
    }));
    expect(trial).toMatchObject({ status: 124, stderr: 'bareheap: stopped: after 7\n' });
  });

  test('stops after --timeout', async () => {
    const trial = await attempt(['--timeout', '0.05'], () => ({
      run: (limits) => {
        while (limits.shouldStop?.() !== true);
        return { kind: 'limit', code: 124, what: 'it was asked to stop' };
      },
    }));
    expect(trial.status).toBe(124);
  });

  test('--error-exitcode answers for findings only', async () => {
    const args = ['--error-exitcode', '42'];
    const run: Firmware['run'] = () => ({ kind: 'exit', code: 3 });
    expect((await attempt(args, () => ({ run }))).status).toBe(3);
    const found = await attempt(args, () => ({ run, report: { findings: [finding] } }));
    expect(found.status).toBe(42);
  });

  test('explains twenty findings and counts the rest', async () => {
    const trial = await attempt([], () => ({
      run: () => ({ kind: 'exit', code: 0 }),
      report: { findings: Array.from({ length: 23 }, () => finding) },
    }));
    expect(trial.stderr.match(/^bareheap: null-dereference/gm)).toHaveLength(20);
    expect(trial.stderr).toContain('bareheap: and 3 more findings (--json FILE has them all)\n');
  });

  test('writes --json, and --stats to standard error', async () => {
    const file = join(folder, 'report.json');
    const trial = await attempt(['--json', file, '--stats'], () => ({
      run: () => ({ kind: 'exit', code: 0 }),
    }));
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({
      schema: 'bareheap-run/1',
      heap: { allocations: 3 },
    });
    expect(trial.stderr).toContain('heap: guest\n');
    expect(trial.stderr).toContain('TLB hits');
    expect(trial.stdout).toBe('');
  });

  test('--ltrace asks for heap calls and writes them in order with the output', async () => {
    const trial = await attempt(['--ltrace'], (host, options) => ({
      run: () => {
        host.writeConsole(2, new TextEncoder().encode('first\n'));
        options.onHeapCall?.({
          ordinal: 1,
          function: 'malloc',
          args: [{ kind: 'size', value: 4 }],
          result: 16,
          stack: [],
          instruction: 1,
          cost: null,
        });
        return { kind: 'exit', code: 0 };
      },
    }));
    expect(trial.stderr).toMatch(/^first\n\[ +1\] malloc\(4\) += 0x00000010\n$/);
    const quiet = await attempt([], () => ({ run: () => ({ kind: 'exit', code: 0 }) }));
    expect(quiet.options).not.toHaveProperty('onHeapCall');
  });

  test('the program’s command line is its name and what follows --', async () => {
    const end: Behaviour = { run: () => ({ kind: 'exit', code: 0 }) };
    expect((await attempt(['--', 'a', 'b c'], () => end)).options?.commandLine).toBe(
      'raw.bin a b c',
    );
    expect((await attempt([], () => end)).options?.commandLine).toBe('raw.bin');
  });

  test('tells the program which of its streams are terminals', async () => {
    const seen: (boolean | undefined)[] = [];
    const look = (host: HostPort): Behaviour => ({
      run: () => {
        for (const stream of [0, 1, 2] as const) seen.push(host.isConsoleTerminal?.(stream));
        return { kind: 'exit', code: 0 };
      },
    });
    await attempt([], look);
    await attempt(['--stdin', program], look);
    expect(seen).toEqual([true, false, false, false, false, false]);
  });

  test('reads --stdin to its end', async () => {
    const file = join(folder, 'input.txt');
    writeFileSync(file, 'abc');
    const parts: (string | null)[] = [];
    await attempt(['--stdin', file], (host) => ({
      run: () => {
        for (const wait of [true, false, true, false]) {
          const bytes = host.readConsole(2, wait);
          parts.push(bytes === null ? null : new TextDecoder().decode(bytes));
        }
        return { kind: 'exit', code: 0 };
      },
    }));
    expect(parts).toEqual(['ab', 'c', null, null]);
  });
});

describe('what cannot be run', () => {
  beforeEach(() => writeFileSync(join(folder, 'text.txt'), 'just some text\n'));
  const never = (): Behaviour => {
    throw new Error('must not be opened');
  };

  test.each([
    [['--root', 'no-such-folder'], "--root 'no-such-folder': there is no such file"],
    [['--stdin', 'no-such-file'], "--stdin 'no-such-file': there is no such file"],
    [['--stdin', '/'], "--stdin '/': it is a directory"],
    [['--root', '/usr', '--write', '/tmp'], "--write '/tmp': it lies outside the root"],
  ])('%j', async (args, message) => {
    await expect(attempt(args, never)).rejects.toThrow(message);
  });

  test('--json that cannot be written is told before the run', async () => {
    let ran = false;
    const tryIt = attempt(['--json', join(folder, 'none', 'x.json')], () => ({
      run: () => {
        ran = true;
        return { kind: 'exit', code: 0 };
      },
    }));
    await expect(tryIt).rejects.toThrow("x.json': there is no such file");
    expect(ran).toBe(false);
  });

  test('a refusal of the machine names the file', async () => {
    const refuse = (): Behaviour => {
      throw new MachineError('unknown-board', 'no board');
    };
    await expect(attempt([], refuse)).rejects.toThrow(`'${program}': no board`);
  });

  test('a mistake of ours is not taken for one of the user', async () => {
    await expect(attempt([], never)).rejects.toThrow('must not be opened');
  });
});
