/** Descriptors 0, 1 and 2 as a program starts with them. */
import type { HostPort } from '../../host-port.ts';
import { ConsoleFile, ConsoleInput, consoleInode } from './console-file.ts';
import type { DescriptorTable } from './descriptor-table.ts';
import type { FileTime } from './file-time.ts';
import { Terminal } from './terminal.ts';

const STREAMS = [0, 1, 2] as const;

/** Opens standard input, output and error; streams that are terminals are one terminal. */
export function openStandardFiles(files: DescriptorTable, host: HostPort, time: FileTime): void {
  const input = new ConsoleInput(host);
  const shared = new Terminal();
  for (const stream of STREAMS) {
    const isTerminal = host.isConsoleTerminal?.(stream) ?? true;
    const terminal = isTerminal ? shared : null;
    const inode = consoleInode(isTerminal, stream, { time });
    files.put(stream, new ConsoleFile({ host, stream, input, terminal, inode }), false);
  }
}
