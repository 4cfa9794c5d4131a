/** Runs batches of Thumb cases under qemu-system-arm. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { BOARDS, buildHarness } from './thumb-harness.mjs';
import { CASE_BYTES, RESULT_BYTES } from './thumb-layout.mjs';

const run = promisify(execFile);

export class ThumbQemu {
  constructor(core) {
    this.board = BOARDS[core];
    this.folder = mkdtempSync(join(tmpdir(), 'bareheap-thumb-'));
    this.image = buildHarness(this.board, this.folder);
  }

  /**
   * Results of the cases (one Buffer of RESULT_BYTES each), in order; null for a case that hung or
   * killed QEMU (a lockup does).
   */
  async run(cases) {
    const results = [];
    while (results.length < cases.length) {
      results.push(...(await this.batch(cases.slice(results.length))));
      if (results.length === cases.length) break;
      // Alone it shows whether it was this case or a slow computer that ended the batch.
      const [alone] = await this.batch([cases[results.length]]);
      results.push(alone ?? null);
    }
    return results;
  }

  /** Results up to the first case that has none. */
  async batch(cases) {
    const folder = mkdtempSync(join(this.folder, 'batch-'));
    writeFileSync(join(folder, 'cases'), Buffer.concat(cases));
    const { machine } = this.board;
    // A healthy case takes about 30 µs; a case that hangs costs the whole time limit.
    await run(
      'qemu-system-arm',
      [
        '-M',
        machine,
        '-kernel',
        this.image,
        '-nographic',
        '-display',
        'none',
        '-serial',
        'null',
        '-monitor',
        'none',
        '-semihosting-config',
        'enable=on,target=native',
      ],
      { cwd: folder, timeout: 20_000 + cases.length * 2, killSignal: 'SIGKILL' },
    ).catch(() => {});
    const bytes = readFileSync(join(folder, 'results'));
    rmSync(folder, { recursive: true });
    // The first result is the harness's own start.
    const count = Math.floor(bytes.length / RESULT_BYTES) - 1;
    return Array.from({ length: Math.max(0, count) }, (_, n) =>
      bytes.subarray((n + 1) * RESULT_BYTES, (n + 2) * RESULT_BYTES),
    );
  }

  close() {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

if (CASE_BYTES % 16 !== 0) throw new Error('a case must be a multiple of 16 bytes');
