/** `bareheap run`: one program from its file to its exit status. */
import { closeSync, openSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  callCountTable,
  explainFinding,
  type Finding,
  type HeapCall,
  heapCallLine,
  heapTable,
  type Paint,
  type RunReport,
  reportText,
  statsText,
} from '@bareheap/inspect';
import {
  type CpuFactory,
  type Guest,
  type HostPort,
  MachineError,
  type RunEnd,
} from '@bareheap/machine';
import type { RunRequest } from './command-line.ts';
import { type Demangle, hasMangled } from './demangler.ts';
import { processStatus } from './exit-code.ts';
import {
  type Machines,
  memoryBytesOf,
  openGuest,
  platformOf,
  requireRoom,
} from './guest-opener.ts';
import { hostErrorText } from './host-error.ts';
import { FolderTree } from './host-tree.ts';
import { Input } from './input.ts';
import { LONG_RUN } from './optimiser.ts';
import type { OutputQueue } from './output-queue.ts';
import { loadProgram } from './program-file.ts';
import { Progress } from './progress.ts';
import { quoted } from './quantity.ts';
import { isInside, RootFiles } from './root-files.ts';
import { UsageError } from './usage-error.ts';

/** More findings than this are counted, not explained: the JSON has them all. */
const MAX_EXPLAINED = 20;
/** Bytes that a file may claim when no limit is given; it takes memory as it is touched. */
const MOST_CLAIMED = 2 ** 32;

/** What a run needs of the process it is in. */
export interface RunSurroundings {
  readonly machines: Machines;
  /** Asked where names are likely to be mangled only: it costs some milliseconds. */
  readonly loadDemangler: () => Promise<Demangle>;
  /** Asked for `--cpu unicorn` only. */
  readonly loadUnicorn: () => Promise<CpuFactory>;
  readonly output: OutputQueue;
  /** How our own words are marked. */
  readonly paint: Paint;
  /** Which of the standard streams 0, 1 and 2 are terminals. */
  readonly terminals: ReadonlySet<number>;
  /** Milliseconds from some start. */
  readonly now: () => number;
  /** Told once of a run that is a long one. */
  readonly onLongRun: () => void;
}

/**
 * Runs the program and returns the process's exit status.
 *
 * @throws UsageError, OutputClosed
 */
export async function runProgram(request: RunRequest, around: RunSurroundings): Promise<number> {
  const { bytes, plan } = loadProgram(request.program, {
    memoryLimit: request.memoryBytes ?? MOST_CLAIMED,
    ...(request.base === null ? {} : { base: request.base }),
  });
  const memoryBytes = memoryBytesOf(request, platformOf(request, plan));
  requireRoom(request, plan, memoryBytes);
  const demangle = hasMangled(bytes, plan) ? await around.loadDemangler() : null;
  const cpu = request.cpu === 'unicorn' ? await around.loadUnicorn() : null;
  const folders = resolveFolders(request);
  const files = new RootFiles({ ...folders, memoryBytes });
  const stop = deadline(request, around.now);
  const input = openInput(request, stop);
  try {
    const host: HostPort = {
      writeConsole: (stream, bytes) => around.output.write(stream, bytes),
      readConsole: (maxBytes, wait) => {
        around.output.flush();
        return input().read(maxBytes, wait);
      },
      isConsoleTerminal: (stream) =>
        around.terminals.has(stream) && (stream !== 0 || request.stdinFile === null),
      files,
    };
    const guest = await orRefusal(request.program, () =>
      openGuest(
        {
          ...{ request, plan, bytes, host, demangle, cpu, root: folders.root },
          tree: folders.root === null ? null : new FolderTree({ ...folders, root: folders.root }),
          onHeapCall: request.ltrace ? heapCallTrace(around) : null,
          now: around.now,
          write: (text) => around.output.write(2, encode(text)),
          say: (line) => around.output.write(2, encode(`bareheap: ${line}\n`)),
        },
        around.machines,
      ),
    );
    claimJson(request);
    const end = runToEnd(guest, request, stop, around);
    const { callCounts } = guest;
    if (callCounts) around.output.write(2, encode(callCountTable(callCounts)));
    return conclude(guest.report(), end, request, around);
  } finally {
    files.closeAll();
    if (input.opened) input().close();
    around.output.flush();
  }
}

type LazyInput = (() => Input) & { opened: boolean };

/** `--stdin` opens now, so that a wrong name is told; the process's own input when it is asked for. */
function openInput(request: RunRequest, stop: () => boolean): LazyInput {
  let input: Input | null = null;
  if (request.stdinFile !== null) {
    try {
      if (statSync(request.stdinFile).isDirectory()) {
        throw new UsageError(`--stdin ${quoted(request.stdinFile)}: it is a directory`);
      }
      input = Input.fromFile(request.stdinFile, stop);
    } catch (error) {
      if (error instanceof UsageError) throw error;
      throw new UsageError(`--stdin ${quoted(request.stdinFile)}: ${hostErrorText(error)}`);
    }
  }
  const open = (): Input => {
    input ??= Input.fromProcess(stop);
    return input;
  };
  return Object.defineProperty(open, 'opened', { get: () => input !== null }) as LazyInput;
}

function resolveFolders(request: RunRequest): { root: string | null; writable: string | null } {
  const root = request.root === null ? null : realFolder('--root', request.root);
  const writable = request.writable === null ? null : realFolder('--write', request.writable);
  if (root !== null && writable !== null && !isInside(writable, root)) {
    throw new UsageError(`--write ${quoted(request.writable ?? '')}: it lies outside the root`);
  }
  return { root, writable };
}

function realFolder(option: string, path: string): string {
  try {
    const real = realpathSync(resolve(path));
    if (statSync(real).isDirectory()) return real;
  } catch (error) {
    throw new UsageError(`${option} ${quoted(path)}: ${hostErrorText(error)}`);
  }
  throw new UsageError(`${option} ${quoted(path)}: it is not a directory`);
}

function heapCallTrace(around: RunSurroundings): (call: HeapCall) => void {
  return (call) => {
    around.output.write(2, encode(`${heapCallLine(call, around.paint)}\n`));
  };
}

/** Turns the machine's refusal into the user's mistake. */
async function orRefusal<T>(program: string, open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    if (!(error instanceof MachineError)) throw error;
    throw new UsageError(`${quoted(program)}: ${error.message}`);
  }
}

function deadline(request: RunRequest, now: () => number): () => boolean {
  if (request.timeoutSeconds === null) return () => false;
  const end = now() + request.timeoutSeconds * 1000;
  return () => now() >= end;
}

/** Makes sure before the run that its report can be written after it. */
function claimJson(request: RunRequest): void {
  if (request.jsonFile === null) return;
  try {
    closeSync(openSync(request.jsonFile, 'a'));
  } catch (error) {
    throw new UsageError(`--json ${quoted(request.jsonFile)}: ${hostErrorText(error)}`);
  }
}

function runToEnd(
  guest: Guest,
  request: RunRequest,
  stop: () => boolean,
  around: RunSurroundings,
): RunEnd {
  const progress = new Progress((text) => around.output.write(2, encode(text)), around.now);
  let isLong = false;
  const end = guest.run({
    shouldStop: stop,
    onProgress: (instructions) => {
      if (!isLong && instructions >= LONG_RUN) {
        isLong = true;
        around.onLongRun();
      }
      if (around.terminals.has(2)) progress.update(instructions);
      around.output.flush();
    },
    ...(request.maxInstructions === null ? {} : { maxInstructions: request.maxInstructions }),
  });
  progress.clear();
  return end;
}

function conclude(
  report: RunReport,
  end: RunEnd,
  request: RunRequest,
  around: RunSurroundings,
): number {
  const say = (text: string): void => around.output.write(2, encode(text));
  if (end.kind === 'limit') say(`bareheap: stopped: ${end.what}\n`);
  explainAll(report.findings, say, around.paint);
  if (request.stats) say(heapTable(report.heap, around.paint) + statsText(report, around.paint));
  if (request.jsonFile !== null) writeReport(request.jsonFile, report);
  const found = report.findings.length > 0;
  if (found && request.errorExitCode !== null) return request.errorExitCode;
  return processStatus(end.code);
}

function explainAll(findings: readonly Finding[], say: (text: string) => void, paint: Paint): void {
  for (const finding of findings.slice(0, MAX_EXPLAINED)) {
    say(`bareheap: ${explainFinding(finding, paint)}`);
  }
  const more = findings.length - MAX_EXPLAINED;
  if (more > 0) say(`bareheap: and ${more} more findings (--json FILE has them all)\n`);
}

function writeReport(file: string, report: RunReport): void {
  try {
    writeFileSync(file, reportText(report));
  } catch (error) {
    throw new UsageError(`--json ${quoted(file)}: ${hostErrorText(error)}`);
  }
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
