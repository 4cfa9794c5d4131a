/** What the C library sets up before the program begins: streams, arguments, environment. */
import { splitCommandLine } from '../command-line.ts';
import { FileObject } from '../process/kernel-object.ts';
import { latin1Bytes, wideBytes } from '../process/process-memory.ts';
import type { WindowsProcess } from '../process/windows-process.ts';
import { makeStream } from './stream-io.ts';

const WINDOWS_VERSION = { major: 10, minor: 0, build: 19_041 };

export function startCrt(process: WindowsProcess): void {
  const { crt, memory, handles, standardHandles } = process;
  standardHandles.forEach((handle, number) => {
    const object = handles.get(handle);
    if (!(object instanceof FileObject)) return;
    crt.descriptors.set(number, { handle, object, isText: true, appends: false });
    makeStream(process, number, { canRead: number === 0, canWrite: number !== 0 });
  });
  const { major, minor, build } = WINDOWS_VERSION;
  memory.setU32(crt.variable('_winmajor'), major);
  memory.setU32(crt.variable('_winminor'), minor);
  memory.setU32(crt.variable('_winver'), major * 256 + minor);
  memory.setU32(crt.variable('_osver'), build);
  memory.setU64(crt.variable('_acmdln'), placeText(process, process.commandLine));
  memory.setU64(crt.variable('_wcmdln'), placeWide(process, process.commandLine));
  const words = splitCommandLine(process.commandLine);
  memory.setU64(crt.variable('_pgmptr'), placeText(process, words[0]!));
  memory.setU64(crt.variable('_wpgmptr'), placeWide(process, words[0]!));
  memory.setU32(crt.variable('__argc'), words.length);
  memory.setU64(crt.variable('__argv'), placeList(process, words, placeText));
  memory.setU64(crt.variable('__wargv'), placeList(process, words, placeWide));
  crt.environment.start(process);
  crt.wideEnvironment.start(process);
}

function placeBytes(process: WindowsProcess, bytes: Uint8Array): number {
  const { heaps, memory } = process;
  const at = heaps.allocateOwn(bytes.length);
  memory.write(at, bytes);
  return at;
}

function placeText(process: WindowsProcess, text: string): number {
  return placeBytes(process, latin1Bytes(`${text}\0`));
}

function placeWide(process: WindowsProcess, text: string): number {
  return placeBytes(process, wideBytes(`${text}\0`));
}

/** A list of texts that ends with a null pointer. */
function placeList(
  process: WindowsProcess,
  texts: readonly string[],
  place: (process: WindowsProcess, text: string) => number,
): number {
  const at = placeBytes(process, new Uint8Array((texts.length + 1) * 8));
  texts.forEach((text, number) => {
    process.memory.setU64(at + number * 8, place(process, text));
  });
  return at;
}
