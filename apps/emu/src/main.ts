/** The command `bareheap`. */
import { readFileSync } from 'node:fs';
import { loadFirmware, loadLinux, loadWindows } from '@bareheap/machine';
import { runBench } from './bench-command.ts';
import { parseCommandLine, type Request } from './command-line.ts';
import { runConform } from './conform-command.ts';
import { loadDemangler } from './demangler.ts';
import { EXIT_BUG, EXIT_PIPE, EXIT_USAGE } from './exit-code.ts';
import { mainHelp, runHelp } from './help-text.ts';
import { optimiseSoon } from './optimiser.ts';
import { OutputClosed, OutputQueue } from './output-queue.ts';
import { runProgram } from './run-command.ts';
import { paintFor, terminalStreams } from './terminal.ts';
import { loadUnicorn } from './unicorn-engine.ts';
import { UsageError } from './usage-error.ts';

const encoder = new TextEncoder();

function versionText(): string {
  const manifest = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
  ) as { version: string };
  return `bareheap ${manifest.version}\n`;
}

/** Milliseconds from some start; `performance` would load a module that nothing else needs. */
function now(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}

async function perform(
  request: Request,
  output: OutputQueue,
  terminals: ReadonlySet<number>,
): Promise<number> {
  const print = (text: string): void => output.write(1, encoder.encode(text));
  switch (request.kind) {
    case 'help':
      print(request.topic === 'run' ? runHelp() : mainHelp());
      return 0;
    case 'version':
      print(versionText());
      return 0;
    case 'conform':
      return runConform(request, (line) => print(`${line}\n`));
    case 'bench':
      return runBench(request, (line) => {
        print(`${line}\n`);
        output.flush();
      });
    case 'run':
      return runProgram(request, {
        machines: { loadFirmware, loadLinux, loadWindows },
        loadDemangler,
        loadUnicorn: () => loadUnicorn(process.env['BAREHEAP_UNICORN']),
        output,
        paint: paintFor(terminals.has(2), process.env),
        terminals,
        now,
        onLongRun: optimiseSoon,
      });
  }
}

/** Tells a user's mistake in one line and a mistake of ours as one; never a stack trace unasked. */
function tell(error: unknown, output: OutputQueue): number {
  if (error instanceof OutputClosed) return EXIT_PIPE;
  const message = error instanceof Error ? error.message : String(error);
  const line = message.replaceAll(/\s*\n\s*/g, ' ');
  const say = (text: string): void => output.write(2, encoder.encode(`bareheap: ${text}\n`));
  if (error instanceof UsageError) {
    say(line);
    return EXIT_USAGE;
  }
  say(
    `internal error: ${line}; this is a mistake in bareheap, please report it with the command and the program (BAREHEAP_DEBUG=1 adds a stack)`,
  );
  if (process.env['BAREHEAP_DEBUG'] === '1' && error instanceof Error) say(error.stack ?? '');
  return EXIT_BUG;
}

async function main(): Promise<number> {
  const terminals = terminalStreams();
  const output = new OutputQueue(terminals);
  let status: number;
  try {
    status = await perform(parseCommandLine(process.argv.slice(2)), output, terminals);
    output.flush();
  } catch (error) {
    try {
      status = tell(error, output);
      output.flush();
    } catch {
      status = EXIT_PIPE;
    }
  }
  return status;
}

/** Over when the command is. */
export const finished: Promise<void> = main().then((status) => {
  process.exitCode = status;
});
