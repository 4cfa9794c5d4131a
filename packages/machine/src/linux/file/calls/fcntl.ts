/** fcntl. @see fs/fcntl.c of Linux 6.18 */
import type { Thread } from '../../process/thread.ts';
import { EBADF, EBUSY, EINVAL, EPERM } from '../errno.ts';
import {
  F_ADD_SEALS,
  F_DUPFD,
  F_DUPFD_CLOEXEC,
  F_GET_SEALS,
  F_GETFD,
  F_GETFL,
  F_GETOWN,
  F_GETPIPE_SZ,
  F_GETSIG,
  F_SETFD,
  F_SETFL,
  F_SETOWN,
  F_SETPIPE_SZ,
  F_SETSIG,
  FD_CLOEXEC,
  O_APPEND,
  O_ASYNC,
  O_DIRECT,
  O_LARGEFILE,
  O_NOATIME,
  O_NONBLOCK,
} from '../file-constants.ts';
import type { FileDescription } from '../file-description.ts';
import { PipeEnd } from '../pipe.ts';
import { RegularDescription } from '../regular-description.ts';
import {
  ALL_SEALS,
  EXECUTABLE_SEALS,
  F_SEAL_EXEC,
  F_SEAL_SEAL,
  F_SEAL_WRITE,
} from '../regular-file.ts';
import { addFile, anyFile } from './descriptor-argument.ts';
import { isLockCommand, lockRange } from './lock-calls.ts';

/** Flags that F_SETFL changes; it takes no notice of others. */
const SETTABLE = O_APPEND | O_NONBLOCK | O_ASYNC | O_DIRECT | O_NOATIME;

type Command = (
  thread: Thread,
  file: FileDescription,
  argument: number,
  descriptor: number,
) => number;

function duplicate(closesOnExec: boolean): Command {
  return (thread, file, argument) => {
    const from = argument | 0;
    if (from < 0 || from >= thread.process.files.limit) return -EINVAL;
    file.retain();
    return addFile(thread, file, closesOnExec, from);
  };
}

/** What also works on a descriptor that O_PATH opened. */
const ON_ANY: Readonly<Record<number, Command>> = {
  [F_DUPFD]: duplicate(false),
  [F_DUPFD_CLOEXEC]: duplicate(true),
  [F_GETFD]: (thread, _file, _argument, descriptor) =>
    thread.process.files.closesOnExec(descriptor) ? FD_CLOEXEC : 0,
  [F_SETFD]: (thread, _file, argument, descriptor) => {
    thread.process.files.setClosesOnExec(descriptor, (argument & FD_CLOEXEC) !== 0);
    return 0;
  },
  [F_GETFL]: (_thread, file) =>
    file.flags | (file.place === null || file.isPathOnly ? 0 : O_LARGEFILE),
};

const ON_OPEN: Readonly<Record<number, Command>> = {
  [F_SETFL]: (_thread, file, argument) => {
    file.flags = (file.flags & ~SETTABLE) | (argument & SETTABLE);
    return 0;
  },
  [F_GETOWN]: (_thread, file) => file.owner,
  [F_SETOWN]: (_thread, file, argument) => {
    file.owner = argument | 0;
    return 0;
  },
  [F_GETSIG]: () => 0,
  [F_SETSIG]: (_thread, _file, argument) => (argument === 0 ? 0 : -EINVAL),
};

const PIPE: Readonly<Record<number, (end: PipeEnd, argument: number) => number>> = {
  [F_GETPIPE_SZ]: ({ pipe }) => pipe.capacity,
  [F_SETPIPE_SZ]: ({ pipe }, argument) => pipe.resize(argument),
};

/** @see mm/memfd.c of Linux 6.18: memfd_add_seals */
function addSeals({ inode, object }: RegularDescription, seals: number): number {
  if ((inode.seals & F_SEAL_SEAL) !== 0) return -EPERM;
  const forbidsWriting = (seals & ~inode.seals & F_SEAL_WRITE) !== 0;
  if (forbidsWriting && object.isMappedForWriting) return -EBUSY;
  const isExecutable = (inode.mode & 0o111) !== 0;
  const more = (seals & F_SEAL_EXEC) !== 0 && isExecutable ? EXECUTABLE_SEALS : 0;
  inode.seals |= seals | more;
  return 0;
}

const MEMORY: Readonly<Record<number, (file: RegularDescription, argument: number) => number>> = {
  [F_GET_SEALS]: ({ inode }) => inode.seals,
  [F_ADD_SEALS]: (file, argument) => {
    if (!file.writable) return -EPERM;
    if ((argument & ~ALL_SEALS) !== 0) return -EINVAL;
    return addSeals(file, argument);
  },
};

/** A command that only some kinds of files know. */
function ofKind(file: FileDescription, command: number, argument: number): number {
  if (PIPE[command] !== undefined) {
    return file instanceof PipeEnd ? PIPE[command](file, argument) : -EBADF;
  }
  const isMemory = file instanceof RegularDescription && file.place === null;
  return isMemory ? (MEMORY[command]?.(file, argument) ?? -EINVAL) : -EINVAL;
}

/** Performs a command: its result or a negative error number. */
export function fcntl(
  thread: Thread,
  descriptor: number,
  command: number,
  argument: number,
): number {
  const file = anyFile(thread, descriptor);
  if (file === null) return -EBADF;
  const perform = ON_ANY[command] ?? (file.isPathOnly ? undefined : ON_OPEN[command]);
  if (perform === undefined) {
    if (file.isPathOnly) return -EBADF;
    return isLockCommand(command)
      ? lockRange(thread, file, command, argument)
      : ofKind(file, command, argument);
  }
  return perform(thread, file, argument, descriptor | 0);
}
