/** Standard input, output and error as a program starts with them, and its terminal. */
import type { ConsoleStream, HostPort } from '../../host-port.ts';
import { ConsoleFile, ConsoleInput, type ConsoleParts, consoleInode } from './console-file.ts';
import type { DescriptorTable } from './descriptor-table.ts';
import type { FileTime } from './file-time.ts';
import { Terminal } from './terminal.ts';

const STREAMS = [0, 1, 2] as const;

export class StandardStreams {
  /** What the host's standard input has. */
  readonly input: ConsoleInput;
  private readonly parts: readonly ConsoleParts[];

  /** Streams that are terminals are one terminal. */
  constructor(host: HostPort, time: FileTime) {
    const input = new ConsoleInput(host);
    this.input = input;
    const shared = new Terminal();
    this.parts = STREAMS.map((stream: 0 | ConsoleStream) => {
      const isTerminal = host.isConsoleTerminal?.(stream) ?? true;
      const terminal = isTerminal ? shared : null;
      return { host, stream, input, terminal, inode: consoleInode(isTerminal, stream, { time }) };
    });
  }

  get hasTerminal(): boolean {
    return this.parts.some(({ terminal }) => terminal !== null);
  }

  /** Gives a process descriptors 0, 1 and 2. */
  open(files: DescriptorTable): void {
    for (const parts of this.parts) files.put(parts.stream, new ConsoleFile(parts), false);
  }

  /** The terminal, as /dev/tty opens it; null when no stream is one. */
  terminal(flags: number): ConsoleFile | null {
    const parts = this.parts.find(({ terminal }) => terminal !== null);
    return parts === undefined ? null : new ConsoleFile(parts, flags);
  }
}
