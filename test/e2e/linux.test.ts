/** Linux programs, run as people run them, against what the kernel did with the same files. */
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { asUtf8, bareheap, type CommandResult, ROOT } from './command.ts';
import { expectGolden } from './golden.ts';
import { RUN_SHAPE, shapeErrors } from './report-schema.ts';

/** test/guests/linux/truth: what the kernel did, and how often the program made each memory call. */
interface Truth {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly calls: Readonly<Record<string, number>>;
}

interface Report {
  readonly cpu: { readonly instructions: number };
  readonly exit: { readonly kind: string; readonly code: number; readonly signal?: string };
  readonly findings: readonly { readonly kind: string }[];
  readonly heap: {
    readonly name: string;
    readonly allocations: number;
    readonly failures: number;
    readonly blocksLive: number;
    readonly bytesLive: number;
  };
  readonly syscalls: Readonly<Record<string, number>>;
}

interface GuestRow {
  readonly name: string;
  readonly prebuilt?: readonly string[];
  readonly isNative?: boolean;
}

const GUESTS = join(ROOT, 'test/guests/linux');
const SEGMENTATION_FAULT = 128 + 11;
const ABORTED = 128 + 6;
const BUS_ERROR = 128 + 7;
const LIMIT = 124;

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bareheap-linux-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A guest's file from the repository's folder: its name is the program's first word. */
function program(id: string): string {
  return `test/guests/linux/prebuilt/${id}`;
}

function run(id: string, ...options: string[]): CommandResult {
  return bareheap(['run', ...options, program(id)]);
}

function reported(id: string, ...options: string[]): CommandResult & { readonly report: Report } {
  const file = join(folder, 'report.json');
  const result = run(id, '--json', file, ...options);
  return { ...result, report: JSON.parse(readFileSync(file, 'utf8')) as Report };
}

/** Standard error without what is ours: a line that says so, and those under it. */
function withoutOurs(stderr: string): string {
  return stderr.replace(/^bareheap: [^\n]*\n( {2}[^\n]*\n)*/gm, '');
}

const rows = JSON.parse(readFileSync(join(GUESTS, 'guests.json'), 'utf8')) as GuestRow[];
const prebuilt = rows.flatMap(({ name, prebuilt: links = [], isNative = true }) =>
  links.map((link) => ({ id: `${name}.${link}`, isNative })),
);
const recorded = prebuilt.filter(({ isNative }) => isNative).map(({ id }) => id);

test('every guest that the manifest says is prebuilt is, and has its truth', () => {
  const ids = prebuilt.map(({ id }) => id).sort();
  const split = ids.filter((id) => id.endsWith('.split')).map((id) => `${id}.debug`);
  expect(readdirSync(join(GUESTS, 'prebuilt')).sort()).toEqual([...ids, ...split].sort());
  const truths = recorded.map((id) => `${id}.json`).sort();
  expect(readdirSync(join(GUESTS, 'truth')).sort()).toEqual(truths);
});

describe('as on the kernel', () => {
  test.each(recorded)('%s', (id) => {
    const truth = JSON.parse(readFileSync(join(GUESTS, 'truth', `${id}.json`), 'utf8')) as Truth;
    const { status, stdout, stderr, report } = reported(id);
    expect(stdout).toBe(truth.stdout);
    expect(withoutOurs(stderr)).toBe(truth.stderr);
    expect(status).toBe(truth.status);
    const calls = Object.keys(truth.calls).map((name) => [name, report.syscalls[name] ?? 0]);
    expect(Object.fromEntries(calls)).toEqual(truth.calls);
    expect(shapeErrors(report, RUN_SHAPE)).toEqual([]);
  });

  test('the same run makes the same report', () => {
    expect(reported('words.debug')).toEqual(reported('words.debug'));
  });

  test('a way to end is a way to end in the report', () => {
    const of = (id: string) => reported(id).report.exit;
    expect(of('start.bare')).toMatchObject({ kind: 'exit', code: 0 });
    expect(of('null-allocator.static')).toMatchObject({ kind: 'signal', signal: 'SIGABRT' });
    expect(of('use-after-unmap.debug')).toMatchObject({ kind: 'signal', signal: 'SIGSEGV' });
  });
});

/** Runs whose words are kept in test/golden: the file's name, options, guest, exit status. */
const KEPT: readonly (readonly [string, readonly string[], string, number])[] = [
  ['linux-strace', ['--strace'], 'malloc-one.musl', 0],
  ['linux-strace-stack', ['--strace=memory,stack'], 'words.debug', 0],
  ['linux-counts', ['-c'], 'malloc-one.musl', 0],
  ['linux-ltrace', ['--ltrace'], 'words.debug', 0],
  ['linux-use-after-unmap', [], 'use-after-unmap.debug', SEGMENTATION_FAULT],
  ['linux-heap-damage', ['--heap', 'debug'], 'overflow.debug', 0],
];

test.each(KEPT)('%s', (name, options, id, status) => {
  const result = run(id, ...options);
  expect(result.status, result.stderr).toBe(status);
  expectGolden(`${name}.txt`, asUtf8(result.stderr));
});

test('linux-heap-guest', () => {
  const { stderr } = run('words.debug', '--stats');
  expectGolden('linux-heap-guest.txt', asUtf8(stderr.slice(0, stderr.indexOf('cpu:'))));
});

/** What heap-copies prints, natively too. */
const HEAP_COPIES = `malloc: null, errno 12
realloc: null, errno 12
posix_memalign: 12, errno 0
copy 1: from the first, 0 wrong
copy 2: from the first, 0 wrong
copy 3: from the first, 0 wrong
3 copies
thread 0: 0 wrong
thread 1: 0 wrong
thread 2: 0 wrong
from the first
`;

describe('heap calls', () => {
  const SERVING = ['bump', 'llff', 'tlsf', 'buddy', 'buckets', 'debug'];

  test('are observed without changing the run', () => {
    const quiet = run('words.debug');
    const seen = reported('words.debug', '--ltrace', '--stats');
    expect(seen.stdout).toBe(quiet.stdout);
    expect(seen.status).toBe(quiet.status);
    expect(seen.report.heap).toMatchObject({ allocations: 5, bytesLive: 4, blocksLive: 1 });
  });

  test.each(SERVING)('%s serves them', (name) => {
    const own = reported('words.debug');
    const { status, stdout, report } = reported('words.debug', '--heap', name);
    expect({ status, stdout }).toEqual({ status: own.status, stdout: own.stdout });
    expect(report.heap).toMatchObject({ name, allocations: 5, bytesLive: 4, blocksLive: 1 });
    expect(reported('malloc-one.debug', '--heap', name).report.heap.allocations).toBe(1);
  });

  test.each(['guest', 'tlsf', 'debug'])(
    '%s goes on in threads and in copies of the process, and a call that fails sets errno',
    (name) => {
      const { status, stdout, report } = reported('heap-copies.debug', '--heap', name);
      expect({ status, stdout }).toEqual({ status: 0, stdout: HEAP_COPIES });
      expect(report.findings.filter(({ kind }) => kind !== 'leak')).toEqual([]);
    },
  );

  test('the null heap has no memory for anybody', () => {
    const { status, stderr, report } = reported('words.debug', '--heap', 'null');
    expect(stderr).toContain('no memory for 1 words\n');
    expect(status).toBe(ABORTED);
    expect(report.heap).toMatchObject({ name: 'null', allocations: 0, failures: 1 });
    expect(run('malloc-one.debug', '--heap', 'null').status).toBe(1);
  });

  test.each(['tlsf', 'null', 'debug'])(
    'a program without symbols keeps its heap under %s, and that is told',
    (name) => {
      const { status, stderr, report } = reported('malloc-one.musl', '--heap', name, '--stats');
      expect(status).toBe(0);
      expect(report.heap.allocations).toBe(0);
      expect(stderr).toContain('heap: guest (no heap function found)');
    },
  );
});

describe('what the program is given', () => {
  const given = (...options: string[]): string[] =>
    run('environment.musl', ...options).stdout.split('\n');

  test('a path, a home, a user without rights, and nothing of ours', () => {
    const result = bareheap(['run', program('environment.musl')], {
      env: { SECRET: 'of the host' },
    });
    expect(result.stdout).toBe(
      'PATH=/usr/local/bin:/usr/bin:/bin\nHOME=/\nin /\nuser 1000, group 1000\n',
    );
  });

  test('--env adds a variable and replaces one', () => {
    expect(given('--env', 'LANG=C', '--env', 'HOME=/tmp')).toEqual(
      expect.arrayContaining(['LANG=C', 'HOME=/tmp', 'PATH=/usr/local/bin:/usr/bin:/bin']),
    );
    expect(given('--env', 'HOME=/tmp')).not.toContain('HOME=/');
  });

  test('its words, byte by byte', () => {
    const words = ['--', '--strace', '', 'ä €'];
    const { stdout } = bareheap(['run', program('environment.musl'), ...words]);
    expect(asUtf8(stdout)).toMatch(/^argument --strace\nargument \nargument ä €\n/);
  });
});

describe('sockets and System V', () => {
  const probe = (name: string, word: string, ...options: string[]): CommandResult => {
    const file = join(ROOT, 'test/probes', name, 'probe.elf');
    return bareheap(['run', ...options, file, '--', word]);
  };

  test('two processes talk over the loopback, and the trace says how', () => {
    const traced = '--strace=bind,listen,accept,connect,shutdown';
    const { status, stdout, stderr } = probe('linux-files', 'tcp_moving_much', traced);
    expect(status).toBe(0);
    expect(stdout).toContain('12000000 bytes, child 7\n');
    const address = '{sa_family=AF_INET, sin_port=htons(32768), sin_addr=inet_addr("127.0.0.1")}';
    expect(stderr).toContain(`connect(4, ${address}, 16)`);
    expect(stderr).toMatch(/listen\(3, 1\) += 0\n/);
    expect(stderr).toContain('shutdown(4, SHUT_WR)');
  });

  test('the same run has the same ports, addresses and instructions', () => {
    const runs = [1, 2].map(() => probe('linux-files', 'udp_sending', '--strace=network'));
    expect(runs[0]).toEqual(runs[1]);
    expect(runs[0]!.stderr).toContain('sendto(');
  });

  test('a process that waits for a semaphore goes on when another gives it', () => {
    const { status, stdout, stderr } = probe('linux-signals', 'semaphore_waiting', '--strace=ipc');
    expect(status).toBe(0);
    expect(stdout).toContain('child EIDRM\n');
    expect(stderr).toContain('{sem_num=0, sem_op=-3, sem_flg=0}, {sem_num=1, sem_op=0, sem_flg=0}');
  });
});

describe('a program that tries to get out', () => {
  /** A root with a link that leads out of it; beside it a file that nobody may see. */
  function trap(name: string): { readonly root: string; readonly beside: string } {
    const beside = join(folder, name);
    const root = join(beside, 'root');
    mkdirSync(join(root, 'etc'), { recursive: true });
    // Whoever runs this, the guest's user may write there.
    chmodSync(root, 0o777);
    writeFileSync(join(beside, 'passwd'), 'secret');
    symlinkSync('..', join(root, 'up'));
    symlinkSync(beside, join(root, 'away'));
    return { root, beside };
  }

  const REFUSED: readonly (readonly [string, RegExp])[] = [
    ['/proc/self/mem', /Permission denied|No such file/],
    ['/../../../../../../etc/passwd', /No such file/],
    ['/proc/self/root/../etc/passwd', /No such file/],
    ['/proc/1/environ', /No such file|Permission denied/],
    ['/dev/mem', /No such file|Permission denied/],
    ['/dev/sda', /No such file|Permission denied/],
    ['out/passwd', /No such file/],
    ['trace process 1', /Function not implemented|not permitted/],
    ['connect to another machine', /unreachable/],
    ['be another machine', /not available/],
    ['connect to this machine', /refused/],
    ['send to all machines', /unreachable/],
    ['send raw packets', /not permitted/],
    ['see all packets', /not permitted/],
    ['a new root', /not permitted/],
    ['all memory', /Cannot allocate memory|Out of memory/],
  ];

  test('gets nothing, and what it makes stays in memory', () => {
    const { root, beside } = trap('alone');
    const { status, stdout } = bareheap(['run', '--root', root, program('get-out.musl')]);
    const told = new Map(stdout.split('\n').map((line) => line.split(': ') as [string, string]));
    for (const [what, answer] of REFUSED) expect(told.get(what), what).toMatch(answer);
    expect(told.get('made-by-the-guest')).toBe('done');
    expect(status).toBe(0);
    expect(readdirSync(root).sort()).toEqual(['away', 'etc', 'up']);
    expect(readdirSync(beside).sort()).toEqual(['passwd', 'root']);
  });

  test('writes below --write and nowhere else', () => {
    const { root, beside } = trap('writing');
    const inside = bareheap(['run', '--root', root, '--write', root, program('get-out.musl')]);
    expect(inside.status).toBe(0);
    expect(readdirSync(root)).toContain('made-by-the-guest');
    expect(readdirSync(beside).sort()).toEqual(['passwd', 'root']);
  });
});

describe('limits', () => {
  test('--max-instructions ends a run with 124 at exactly that count', () => {
    const { status, stderr, report } = reported('take-all.musl', '--max-instructions', '123456');
    expect({ status, stderr }).toMatchObject({ status: LIMIT });
    expect(stderr).toMatch(/^bareheap: stopped: [^\n]+\n$/);
    expect(report.cpu.instructions).toBe(123456);
    expect(report.exit).toMatchObject({ kind: 'limit', code: LIMIT });
  });

  test('--timeout ends a program that turns in a circle', () => {
    const began = Date.now();
    const { status, stderr } = run('take-all.musl', '--timeout', '1');
    expect({ status, stderr }).toEqual({
      status: LIMIT,
      stderr: 'bareheap: stopped: the time limit is over\n',
    });
    expect(Date.now() - began).toBeLessThan(20_000);
  });

  test('--memory bounds what a program can take', () => {
    const words = ['run', '--memory', '16M', program('take-all.musl'), '--', 'memory'];
    const { status, stdout, stderr } = bareheap(words);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^bareheap: /);
    expect(status).toBe(BUS_ERROR);
  });
});

describe('a stripped program', () => {
  /** A root with the program, and with what tells of it where distributions put that. */
  function rootWith(debugFile: string): string {
    const root = mkdtempSync(join(folder, 'split-'));
    for (const place of [folder, root]) chmodSync(place, 0o755);
    copyFileSync(join(ROOT, program('malloc-one.split')), join(root, 'malloc-one'));
    chmodSync(join(root, 'malloc-one'), 0o755);
    const debug = join(root, 'usr/lib/debug/.build-id/65');
    mkdirSync(debug, { recursive: true });
    const name = '6f10f22ebb331161691c2d4fae8a51c9971e92.debug';
    copyFileSync(join(ROOT, program(debugFile)), join(debug, name));
    return root;
  }

  function heapCalls(root: string): string {
    const result = bareheap(['run', '--root', root, '--ltrace', join(root, 'malloc-one')]);
    expect(result.status, result.stderr).toBe(0);
    return result.stderr;
  }

  test('has its names and lines from its file of debug information', () => {
    expect(heapCalls(rootWith('malloc-one.split.debug'))).toMatch(
      /malloc\(1\) .* main \(src\/malloc-one\.c:\d+\)/,
    );
  });

  test('takes nothing from a file that is not its own', () => {
    expect(heapCalls(rootWith('malloc-one.debug'))).not.toContain('malloc(');
  });
});
