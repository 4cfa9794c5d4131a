/**
 * New threads and processes: clone, clone3, fork and vfork.
 *
 * @see clone(2); kernel/fork.c of Linux 6.18
 */
import { type AddressSpace, forkAddressSpace, RLIMIT_NPROC } from '@bareheap/platform-posix';
import { type RegisterImage, saveRegisters } from '../../register-image.ts';
import { E2BIG, EAGAIN, EFAULT, EINVAL, ENOMEM, EPERM } from '../file/errno.ts';
import { SIGCHLD, SIGNAL_MAX } from '../signal/signal-numbers.ts';
import type { SystemCall, Words } from '../system-call.ts';
import { Process } from './process.ts';
import { Thread } from './thread.ts';

const CLONE_VM = 0x100;
const CLONE_FILES = 0x400;
const CLONE_SIGHAND = 0x800;
const CLONE_PIDFD = 0x1000;
const CLONE_VFORK = 0x4000;
const CLONE_PARENT = 0x8000;
const CLONE_THREAD = 0x10000;
const CLONE_NEWNS = 0x20000;
const CLONE_SETTLS = 0x80000;
const CLONE_PARENT_SETTID = 0x100000;
const CLONE_CHILD_CLEARTID = 0x200000;
const CLONE_CHILD_SETTID = 0x1000000;
/** CLONE_CLEAR_SIGHAND, which only clone3 has: 2^32. */
const CLEAR_SIGHAND = 2 ** 32;
/** Namespaces: CGROUP, UTS, IPC, USER, PID, NET, and NS. A guest has those that it has. */
const NAMESPACES = 0x7e000000 | CLONE_NEWNS;
const SIGNAL_MASK = 0xff;

/**
 * What the kernel keeps of each process's mappings and pages is its own memory, and the machine's;
 * here it is the host's: as much as this share of the machine's memory, and beside.
 */
const RECORDS_SHARE = 2;
const RECORDS_BESIDE = 64 << 20;

/** struct clone_args, as far as the first version had it. */
const CLONE_ARGUMENTS = [
  'flags',
  'pidfd',
  'childId',
  'parentId',
  'exitSignal',
  'stack',
  'stackSize',
  'tls',
] as const;
const CLONE_ARGUMENT_BYTES = CLONE_ARGUMENTS.length * 8;
const MOST_ARGUMENT_BYTES = 4096;
const HIGH = 2 ** 32;
/** 32-bit words of a register in an image. */
const REGISTER_WORDS = 4;

interface CloneRequest {
  readonly flags: number;
  readonly clearsHandlers: boolean;
  readonly exitSignal: number;
  /** The new stack pointer; 0 keeps it. */
  readonly stackPointer: number;
  readonly parentId: number;
  readonly childId: number;
  readonly tls: number;
}

/** Why flags do not go together, or 0. */
function objection({ flags, clearsHandlers }: CloneRequest): number {
  const has = (flag: number): boolean => (flags & flag) !== 0;
  if (has(NAMESPACES & ~CLONE_NEWNS) || has(CLONE_NEWNS)) return -EPERM;
  if (has(CLONE_THREAD) && !has(CLONE_SIGHAND)) return -EINVAL;
  if (has(CLONE_SIGHAND) && !has(CLONE_VM)) return -EINVAL;
  if (has(CLONE_SIGHAND) && clearsHandlers) return -EINVAL;
  return has(CLONE_PIDFD) ? -EINVAL : 0;
}

/** Performs a clone; a parent of a vfork waits until the child's memory is its own. */
function clone(thread: Thread, request: CloneRequest): number {
  const child = thread.kept as Process | null;
  if (child !== null) return waitForRelease(thread, child);
  const copies = (request.flags & CLONE_VM) === 0;
  const refused =
    objection(request) ||
    limitOf(thread) ||
    (copies ? roomForCopy(thread) : 0) ||
    roomForFiles(thread, request);
  if (refused !== 0) return refused;
  const isThread = (request.flags & CLONE_THREAD) !== 0;
  const made = isThread ? makeThread(thread) : makeProcess(thread, request);
  start(thread, made, request);
  if ((request.flags & CLONE_VFORK) === 0 || isThread) return made.id;
  thread.kept = made.process;
  return waitForRelease(thread, made.process);
}

function waitForRelease(thread: Thread, child: Process): number {
  if (child.isReleased) return child.id;
  thread.interruption = 'never';
  return thread.block([child.released]);
}

/** Processes and threads together, also those that have ended until somebody asks for them. */
function limitOf({ process, space }: Thread): number {
  const { processes, threads } = process.kernel;
  let tasks = threads.size;
  for (const { end } of processes.values()) if (end !== null) tasks++;
  return tasks >= space.limits.soft(RLIMIT_NPROC) ? -EAGAIN : 0;
}

/** -ENOMEM where a copy of the memory would take more for its records than the machine has. */
function roomForCopy({ space, process }: Thread): number {
  const { kernel } = process;
  const { processes, profile } = kernel;
  const bytesOf = (of: AddressSpace): number => of.recordBytes + kernel.copyBytes(of);
  let bytes = bytesOf(space);
  for (const { space: other } of processes.values()) bytes += bytesOf(other);
  return bytes <= profile.memoryBytes / RECORDS_SHARE + RECORDS_BESIDE ? 0 : -ENOMEM;
}

/** -ENOMEM where a copy of the descriptors would be more than all processes may have. */
function roomForFiles({ process: { files } }: Thread, { flags }: CloneRequest): number {
  return (flags & (CLONE_FILES | CLONE_THREAD)) !== 0 || files.hasRoomForCopy ? 0 : -ENOMEM;
}

function makeThread(thread: Thread): Thread {
  const { process } = thread;
  const made = new Thread(process.kernel.newId(), process, thread.name);
  process.threads.push(made);
  return made;
}

function makeProcess(thread: Thread, { flags, exitSignal, clearsHandlers }: CloneRequest): Thread {
  const parent = thread.process;
  const { kernel } = parent;
  const has = (flag: number): boolean => (flags & flag) !== 0;
  const sharesMemory = has(CLONE_VM);
  const space = sharesMemory ? parent.space : forkAddressSpace(parent.space);
  const process = new Process({
    id: kernel.newId(),
    parent: has(CLONE_PARENT) ? parent.parent : parent,
    kernel,
    space,
    files: has(CLONE_FILES) ? parent.files : parent.files.copy(),
    cpu: sharesMemory ? parent.cpu : kernel.makeCpu(space),
  });
  process.inherit(parent);
  process.exitSignal = exitSignal;
  const { actions } = parent.signals;
  process.signals.actions = has(CLONE_SIGHAND) ? actions : actions.copy();
  if (clearsHandlers) process.signals.actions = actions.withoutHandlers();
  process.parent?.children.push(process);
  kernel.processes.set(process.id, process);
  const made = new Thread(process.id, process, thread.name);
  if (!sharesMemory) made.restartable = thread.restartable;
  process.threads.push(made);
  if (!sharesMemory) kernel.onForked?.(parent, process);
  return made;
}

/** Gives a new thread its registers and lets it run. */
function start(thread: Thread, made: Thread, request: CloneRequest): void {
  const { flags, stackPointer, tls } = request;
  const { cpu, kernel } = thread.process;
  const image = saveRegisters(cpu);
  const set = (name: string, value: number): void => {
    const at = cpu.registerNumber(name) * REGISTER_WORDS;
    image.words[at] = value % HIGH;
    image.words[at + 1] = Math.floor(value / HIGH);
  };
  set('rax', 0);
  if (stackPointer !== 0) set('rsp', stackPointer);
  if ((flags & CLONE_SETTLS) !== 0) set('fsbase', tls);
  made.registers = stackPointer === 0 ? image : withoutFrames(image);
  const keepsStack = (flags & (CLONE_VM | CLONE_VFORK)) !== CLONE_VM;
  made.signals.inherit(thread.signals, keepsStack);
  made.nice = thread.nice;
  if ((flags & CLONE_PARENT_SETTID) !== 0) thread.memory.storeU32(request.parentId, made.id);
  if ((flags & CLONE_CHILD_SETTID) !== 0) made.memory.storeU32(request.childId, made.id);
  if ((flags & CLONE_CHILD_CLEARTID) !== 0) made.clearChildId = request.childId;
  kernel.threads.add(made);
}

/** A new stack has none of the old one's calls. */
function withoutFrames(image: RegisterImage): RegisterImage {
  return { ...image, frames: [] };
}

function cloneCall(thread: Thread, words: Words): number {
  const flags = words[0]! | 0;
  return clone(thread, {
    flags: flags & ~SIGNAL_MASK,
    clearsHandlers: false,
    exitSignal: flags & SIGNAL_MASK,
    stackPointer: words[1]!,
    parentId: words[2]!,
    childId: words[3]!,
    tls: words[4]!,
  });
}

function clone3(thread: Thread, words: Words): number {
  const size = words[1]!;
  if (size > MOST_ARGUMENT_BYTES) return -E2BIG;
  if (size < CLONE_ARGUMENT_BYTES) return -EINVAL;
  const bytes = thread.memory.read(words[0]!, size);
  if (bytes === null) return -EFAULT;
  const view = new DataView(bytes.buffer);
  const field = (name: (typeof CLONE_ARGUMENTS)[number]): number => {
    const at = CLONE_ARGUMENTS.indexOf(name) * 8;
    return view.getInt32(at + 4, true) * HIGH + view.getUint32(at, true);
  };
  // What later versions added: numbers for the process, and a group of them.
  if (bytes.subarray(CLONE_ARGUMENT_BYTES).some((byte) => byte !== 0)) return -EINVAL;
  const flags = field('flags');
  const [stack, stackSize, exitSignal] = [field('stack'), field('stackSize'), field('exitSignal')];
  if (flags < 0 || flags >= 2 * CLEAR_SIGHAND || (flags & SIGNAL_MASK) !== 0) return -EINVAL;
  if (exitSignal < 0 || exitSignal > SIGNAL_MAX) return -EINVAL;
  if ((flags & (CLONE_THREAD | CLONE_PARENT)) !== 0 && exitSignal !== 0) return -EINVAL;
  if ((stack === 0) !== (stackSize === 0)) return -EINVAL;
  return clone(thread, {
    flags: flags | 0,
    clearsHandlers: flags >= CLEAR_SIGHAND,
    exitSignal,
    stackPointer: stack === 0 ? 0 : stack + stackSize,
    parentId: field('parentId'),
    childId: field('childId'),
    tls: field('tls'),
  });
}

const forkAs =
  (flags: number) =>
  (thread: Thread): number =>
    clone(thread, {
      flags,
      clearsHandlers: false,
      exitSignal: SIGCHLD,
      stackPointer: 0,
      parentId: 0,
      childId: 0,
      tls: 0,
    });

export const FORK_CALLS: readonly SystemCall[] = [
  {
    name: 'clone',
    number: 56,
    arguments: ['clone-flags', 'address', 'int-out', 'address', 'address'],
    result: 'int',
    call: cloneCall,
  },
  { name: 'fork', number: 57, arguments: [], result: 'int', call: forkAs(0) },
  {
    name: 'vfork',
    number: 58,
    arguments: [],
    result: 'int',
    call: forkAs(CLONE_VM | CLONE_VFORK),
  },
  {
    name: 'clone3',
    number: 435,
    arguments: ['clone-arguments', 'size'],
    result: 'int',
    call: clone3,
  },
];
