/**
 * `npm run demo` and `npm test` on a machine that has Node and npm alone. Installs the workspace
 * with the pinned pnpm when the lockfile, manifest or workspace file changed since the last
 * install, builds, and runs what was asked.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const stampFile = join(root, 'node_modules', '.bareheap-install');
const env = { ...process.env, TURBO_TELEMETRY_DISABLED: '1', CI: process.env.CI ?? '' };
if (env.CI === '') delete env.CI;
env.PATH =
  join(root, 'node_modules', '.bin') + (process.platform === 'win32' ? ';' : ':') + env.PATH;

function run(command, args) {
  const result = spawnSync(command, args, {
    cwd: root,
    env,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (result.status !== 0) process.exit(result.status ?? 1);
}

function quiet(command, args) {
  const result = spawnSync(command, args, {
    cwd: root,
    env,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (result.status !== 0) {
    process.stderr.write(`${result.stdout ?? ''}${result.stderr ?? ''}`);
    process.exit(result.status ?? 1);
  }
}

function lockStamp() {
  const hash = createHash('sha256');
  for (const file of ['pnpm-lock.yaml', 'package.json', 'pnpm-workspace.yaml']) {
    hash.update(readFileSync(join(root, file)));
  }
  return hash.digest('hex');
}

function install() {
  const stamp = lockStamp();
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  process.stderr.write('installing the workspace (once)\n');
  quiet('npx', ['--yes', packageManager, 'install', '--frozen-lockfile']);
  mkdirSync(dirname(stampFile), { recursive: true });
  writeFileSync(stampFile, stamp);
}

const tasks = {
  setup() {},
  build() {
    run('turbo', ['run', 'build', '--output-logs=errors-only']);
  },
  demo(args) {
    quiet('turbo', ['run', 'build', '--output-logs=errors-only']);
    run('node', [join('tools', 'demo.mjs'), ...args]);
  },
  test(args) {
    run('biome', ['ci', '.']);
    run('turbo', ['run', 'build', '--output-logs=errors-only']);
    run('tsc', ['-p', join('test', 'tsconfig.json')]);
    run('vitest', ['run', ...args]);
  },
  accept() {
    run('turbo', ['run', 'build', '--output-logs=errors-only']);
    env.BAREHEAP_ACCEPT = '1';
    run('vitest', ['run', '--project', 'e2e', 'documented', 'golden']);
  },
};

const [task, ...args] = process.argv.slice(2);
if (!Object.hasOwn(tasks, task)) {
  process.stderr.write(`run.mjs: one of ${Object.keys(tasks).join(', ')}\n`);
  process.exit(2);
}
install();
tasks[task](args);
