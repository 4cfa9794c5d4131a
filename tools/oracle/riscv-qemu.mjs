/** Runs batches of RISC-V cases under qemu-system-riscv32; its RAM is a file that both sides see. */
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { RAM } from './riscv-layout.mjs';

const run = promisify(execFile);
const QEMU = 'qemu-system-riscv32';
const SHARED_MEMORY = '/dev/shm';
const TIMEOUT_MS = 120_000;

/** Extensions that QEMU's core has and ours does not. */
const ABSENT = 'zba zbb zbc zbs h'.split(' ').map((name) => `${name}=false`);

const FLOAT_OPTIONS = { 0: ['d=false', 'f=false'], 32: ['d=false'], 64: [] };

/** QEMU's `-cpu` for a core with or without F and D. */
function cpuModel(floatLength) {
  return ['rv32', ...ABSENT, ...FLOAT_OPTIONS[floatLength]].join(',');
}

export class RiscvQemu {
  constructor() {
    const parent = existsSync(SHARED_MEMORY) ? SHARED_MEMORY : tmpdir();
    this.folder = mkdtempSync(join(parent, 'bareheap-riscv-'));
  }

  /** Version of the program that answers. */
  version() {
    return execFileSync(QEMU, ['--version'], { encoding: 'utf8' }).split('\n')[0];
  }

  /** Runs the image of a batch to its end and returns what RAM then holds. */
  async run(image, layout) {
    const ram = join(this.folder, 'ram');
    writeFileSync(ram, image);
    const size = layout.end - RAM;
    await run(
      QEMU,
      [
        '-M',
        'virt,memory-backend=ram',
        '-cpu',
        cpuModel(layout.floatLength),
        '-smp',
        '2',
        '-m',
        `${size >> 20}M`,
        '-object',
        `memory-backend-file,id=ram,size=${size},mem-path=${ram},share=on`,
        '-bios',
        'none',
        '-display',
        'none',
        '-serial',
        'none',
        '-monitor',
        'none',
      ],
      { timeout: TIMEOUT_MS },
    );
    return readFileSync(ram);
  }

  close() {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
