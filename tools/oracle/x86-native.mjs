/**
 * The real processor as an oracle: builds x86-native/runner.c with the system's compiler and feeds
 * it cases. Only on x86-64 Linux with gcc.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decodeResponse, encodeRequest, REQUEST_BYTES, RESPONSE_BYTES } from './x86-layout.mjs';

const SOURCE = fileURLToPath(new URL('./x86-native/runner.c', import.meta.url));
const FLAGS = ['-O2', '-Wall', '-fno-stack-protector'];

export function processorName() {
  return /^model name\s*: (.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? 'unknown';
}

export function processorMaker() {
  return /^vendor_id\s*: (.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? 'unknown';
}

/** CPUID's features by the names Linux gives them; `lzcnt` is its `abm`, `cet` is always a NOP. */
export function processorFeatures() {
  const words = /^flags\s*: (.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? '';
  const features = new Set(words.split(' '));
  const renamed = { abm: 'lzcnt', pni: 'sse3', '3dnowprefetch': 'prefetchw' };
  for (const [theirs, ours] of Object.entries(renamed)) {
    if (features.has(theirs)) features.add(ours);
  }
  return features.add('cet');
}

export class NativeProcessor {
  /**
   * @param data   contents of the data pages of every case
   * @param under  a program and its arguments to run the runner with, as `qemu-x86_64`
   */
  constructor(data, under = []) {
    this.folder = mkdtempSync(join(tmpdir(), 'x86-'));
    const path = join(this.folder, 'runner');
    const built = spawnSync('gcc', [...FLAGS, '-o', path, SOURCE], { encoding: 'utf8' });
    if (built.status !== 0) throw new Error(`gcc: ${built.stderr ?? built.error}`);
    const [program, ...words] = [...under, path];
    this.child = spawn(program, words, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.child.stdin.on('error', () => {});
    this.pending = null;
    this.received = [];
    this.receivedBytes = 0;
    this.child.stdout.on('data', (part) => this.receive(part));
    this.child.on('close', (status, signal) => {
      this.pending?.reject(new Error(`the runner ended: ${signal ?? status}`));
      this.pending = null;
    });
    this.child.stdin.write(data);
  }

  receive(part) {
    this.received.push(part);
    this.receivedBytes += part.length;
    if (this.pending === null || this.receivedBytes < this.pending.bytes) return;
    const all = Buffer.concat(this.received);
    const { bytes, resolve } = this.pending;
    this.received = [all.subarray(bytes)];
    this.receivedBytes = all.length - bytes;
    this.pending = null;
    resolve(all.subarray(0, bytes));
  }

  /** Runs cases one after another; what became of each, in order. */
  async run(cases) {
    const request = new Uint8Array(cases.length * REQUEST_BYTES);
    const view = new DataView(request.buffer);
    cases.forEach((test, n) => {
      encodeRequest(view, n * REQUEST_BYTES, test);
    });
    const answer = await new Promise((resolve, reject) => {
      this.pending = { bytes: cases.length * RESPONSE_BYTES, resolve, reject };
      this.child.stdin.write(request);
    });
    const results = new DataView(answer.buffer, answer.byteOffset, answer.byteLength);
    return cases.map((_, n) => decodeResponse(results, n * RESPONSE_BYTES));
  }

  close() {
    this.child.stdin.end();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
