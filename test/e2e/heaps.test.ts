import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bareheap, guest } from './command.ts';
import { RUN_SHAPE, shapeErrors, unknownKinds } from './report-schema.ts';

interface Report {
  readonly cpu: { readonly instructions: number };
  readonly exit: { readonly kind: string; readonly code: number };
  readonly findings: readonly { readonly kind: string }[];
  readonly heap: {
    readonly name: string;
    readonly allocations: number;
    readonly failures: number;
    readonly bytesPeak: number;
    readonly overheadBytes: number;
    readonly largestFree?: number;
    readonly region?: { readonly highWaterBytes?: number };
  };
}

interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly report: Report;
}

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bareheap-heaps-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const known = new Map<string, Run>();

/** A run; the same one is not made twice, as it is the same (see the test of that). */
function run(id: string, ...options: string[]): Run {
  const key = [id, ...options].join(' ');
  const made = known.get(key) ?? runAfresh(id, ...options);
  known.set(key, made);
  return made;
}

function runAfresh(id: string, ...options: string[]): Run {
  const file = join(folder, 'report.json');
  const result = bareheap(['run', '--json', file, '--stats', ...options, guest(id)]);
  const report = JSON.parse(readFileSync(file, 'utf8')) as Report;
  return { ...result, report };
}

const SERVING = ['bump', 'llff', 'tlsf'] as const;

describe.each(['malloc-picolibc.rv32', 'malloc-nano.cortex-m3', 'heap8k.cortex-m4'])(
  'one program on each heap: %s',
  (id) => {
    const observed = run.bind(null, id);

    test('its own heap is observed without changing the run', () => {
      const seen = observed('--heap', 'guest');
      const traced = bareheap(['run', '--ltrace', guest(id)]);
      expect(seen.report.heap.allocations).toBeGreaterThan(5);
      expect(traced.stdout).toBe(seen.stdout);
      expect(traced.stderr.split('\n').length).toBeGreaterThan(10);
      expect(seen.report.heap.name).toMatch(/^guest/);
    });

    test.each(SERVING)('%s serves the same requests', (name) => {
      const own = observed();
      const served = observed('--heap', name);
      expect(served.report.heap.name).toBe(name);
      expect(served.report.heap.allocations).toBeGreaterThan(5);
      expect(served.status).toBe(own.status);
    });

    test('the tables differ', () => {
      const tables = ['guest', 'null', ...SERVING].map(
        (name) => observed('--heap', name).stderr.split('cpu:')[0],
      );
      expect(new Set(tables).size).toBe(tables.length);
    });

    test('null has no memory for anybody', () => {
      const { report } = observed('--heap', 'null');
      expect(report.heap.allocations).toBe(0);
      expect(report.heap.failures).toBeGreaterThan(0);
    });
  },
);

test.each(['malloc-picolibc.rv32', 'malloc-nano.cortex-m3'])(
  '%s prints the same on its own heap and on those that reuse memory',
  (id) => {
    const own = run(id);
    for (const name of ['llff', 'tlsf'])
      expect(run(id, '--heap', name).stdout, name).toBe(own.stdout);
  },
);

test('the null heap gives the program’s own message when memory is out', () => {
  const program = run('null-heap.cortex-m3');
  expect(program.stdout).toMatch(/memory allocation of \d+ bytes failed/);
  const served = run('heap8k.cortex-m3', '--heap', 'null');
  expect(served.stdout).toMatch(/memory allocation of \d+ bytes failed/);
  expect(served.status).toBe(program.status);
});

describe('the report', () => {
  test.each(['heap8k.rv32', 'malloc-nano.cortex-m3', 'null-heap.cortex-m0'])(
    '%s keeps the schema',
    (id) => {
      for (const heap of ['guest', 'null', ...SERVING]) {
        const { report } = run(id, '--heap', heap);
        expect(shapeErrors(report, RUN_SHAPE), heap).toEqual([]);
        expect(unknownKinds(report.findings)).toEqual([]);
      }
    },
  );

  test('the check of the schema sees what is missing, wrong or too much', () => {
    const { report } = run('heap8k.rv32');
    expect(shapeErrors({ ...report, schema: 1 }, RUN_SHAPE)).toEqual(['$.schema is no string']);
    expect(shapeErrors({ ...report, extra: 1 }, RUN_SHAPE)).toEqual([
      '$.extra is not in the schema',
    ]);
    const { cpu: _, ...without } = report;
    expect(shapeErrors(without, RUN_SHAPE)).toEqual(['$.cpu is missing']);
  });

  test('the same run makes the same report', () => {
    const once = runAfresh('malloc-nano.cortex-m3');
    expect(runAfresh('malloc-nano.cortex-m3')).toEqual(once);
  });
});

describe('limits', () => {
  test('--max-instructions ends a run with 124 at exactly that count', () => {
    const { status, stderr, report } = run('heap8k.rv32', '--max-instructions', '5000');
    expect(status).toBe(124);
    expect(stderr).toMatch(/^bareheap: stopped: [^\n]+\n/);
    expect(report.exit).toMatchObject({ kind: 'limit', code: 124 });
    expect(report.cpu.instructions).toBe(5000);
  });

  test('--heap-size gives the heap that many bytes', () => {
    const small = run('heap8k.rv32', '--heap', 'tlsf', '--heap-size', '1K');
    const large = run('heap8k.rv32', '--heap', 'tlsf', '--heap-size', '4K');
    expect(small.stderr).toContain('heap: tlsf, 1,024 bytes at');
    expect(large.stderr).toContain('heap: tlsf, 4,096 bytes at');
    expect(large.report.heap.largestFree!).toBeGreaterThan(small.report.heap.largestFree!);
  });
});
