/** What a handle stands for: things that threads wait for, and files. */
import type { MemoryObject } from '@bareheap/mmu';
import { assert } from '../../assert.ts';
import type { LoadedModule } from '../module/loaded-module.ts';
import type { FileNode, FoundFile } from './file-node.ts';
import type { MappedFile } from './mapped-file.ts';
import type { Pipe } from './pipe.ts';
import type { Thread } from './thread.ts';

/** What several handles may stand for; the last one that is closed ends it. */
class SharedObject {
  /** Done when nothing stands for it any more. */
  onLastClose: (() => void) | null = null;
  /** Handles and descriptors that stand for it. */
  private holders = 1;

  /** One more of them stands for it. */
  duplicate(): this {
    this.holders++;
    return this;
  }

  close(): void {
    this.holders--;
    if (this.holders === 0) this.onLastClose?.();
  }
}

export interface WaitObject {
  readonly kind: string;
  /** Of what comes by itself: the time in nanoseconds at which it is signalled. */
  readonly due?: number;
  /** Of what a thread held when it ended: whoever waits next is told. */
  readonly isAbandoned?: boolean;
  /** Whether a wait of this thread would be over now. */
  isSignalled(thread: Thread): boolean;
  /** A wait of this thread is over: takes what it takes. */
  acquire(thread: Thread): void;
  /** A handle of it is closed. */
  close(): void;
}

export class EventObject extends SharedObject implements WaitObject {
  readonly kind = 'event';
  readonly isManual: boolean;
  signalled: boolean;

  constructor(isManual: boolean, signalled: boolean) {
    super();
    this.isManual = isManual;
    this.signalled = signalled;
  }

  isSignalled(): boolean {
    return this.signalled;
  }

  acquire(): void {
    if (!this.isManual) this.signalled = false;
  }
}

export class SemaphoreObject extends SharedObject implements WaitObject {
  readonly kind = 'semaphore';
  count: number;
  readonly most: number;

  constructor(count: number, most: number) {
    super();
    this.count = count;
    this.most = most;
  }

  isSignalled(): boolean {
    return this.count > 0;
  }

  acquire(): void {
    this.count--;
  }
}

export class MutexObject extends SharedObject implements WaitObject {
  readonly kind = 'mutex';
  owner: Thread | null = null;
  depth = 0;

  get isAbandoned(): boolean {
    return this.owner?.state === 'ended';
  }

  isSignalled(thread: Thread): boolean {
    return this.owner === null || this.owner === thread || this.isAbandoned;
  }

  acquire(thread: Thread): void {
    this.depth = this.owner === thread ? this.depth + 1 : 1;
    this.owner = thread;
  }
}

/** Signalled from some time on, once or again and again. */
export class TimerObject extends SharedObject implements WaitObject {
  readonly kind = 'timer';
  private readonly isManual: boolean;
  /** Virtual time in nanoseconds. */
  private readonly now: () => number;
  private period = 0;
  /** When it is signalled next. */
  due: number = Number.POSITIVE_INFINITY;

  constructor(isManual: boolean, now: () => number) {
    super();
    this.isManual = isManual;
    this.now = now;
  }

  /** Times in nanoseconds; without a period it comes once. */
  start(due: number, period: number): void {
    this.due = due;
    this.period = period;
  }

  cancel(): void {
    this.due = Number.POSITIVE_INFINITY;
  }

  isSignalled(): boolean {
    return this.now() >= this.due;
  }

  acquire(): void {
    if (this.isManual) return;
    this.due = this.period > 0 ? this.due + this.period : Number.POSITIVE_INFINITY;
  }
}

export class ThreadObject implements WaitObject {
  readonly kind = 'thread';
  readonly thread: Thread;

  constructor(thread: Thread) {
    this.thread = thread;
  }

  isSignalled(): boolean {
    return this.thread.state === 'ended';
  }

  acquire(): void {}

  close(): void {}
}

/** The process itself, which ends after everything that could wait for it. */
export class ProcessObject implements WaitObject {
  readonly kind = 'process';

  isSignalled(): boolean {
    return false;
  }

  acquire(): void {}

  close(): void {}
}

/** A file or a standard stream; always signalled. */
export class FileObject extends SharedObject implements WaitObject {
  readonly kind = 'file';
  /** Null for a standard stream, and for the device that takes everything. */
  readonly node: FileNode | null;
  /** 0, 1 or 2 for a standard stream; -1 for a file. */
  readonly stream: number;
  /** Null for what is no pipe. */
  readonly pipe: Pipe | null;
  readonly path: string;
  position = 0;
  readonly appends: boolean;
  /** Whether opening it made the file. */
  readonly isNew: boolean;
  /** Whether the handle has the right to read, to write, and to remove the file. */
  readonly isReadable: boolean;
  readonly isWritable: boolean;
  readonly isRemovable: boolean;
  private readonly map: (() => MappedFile) | null;
  /** Its bytes as sections show them, once one did. */
  private mapped: MappedFile | null = null;

  constructor(parts: {
    node?: FileNode;
    pipe?: Pipe;
    stream: number;
    path: string;
    appends?: boolean;
    isNew?: boolean;
    isReadable?: boolean;
    isWritable?: boolean;
    isRemovable?: boolean;
    map?: () => MappedFile;
    onClose?: () => void;
  }) {
    super();
    this.node = parts.node ?? null;
    this.pipe = parts.pipe ?? null;
    this.stream = parts.stream;
    this.path = parts.path;
    this.appends = parts.appends ?? false;
    this.isNew = parts.isNew ?? false;
    this.isReadable = parts.isReadable ?? false;
    this.isWritable = parts.isWritable ?? false;
    this.isRemovable = parts.isRemovable ?? false;
    this.map = parts.map ?? null;
    this.onLastClose = () => {
      this.mapped?.object.release();
      this.mapped = null;
      parts.onClose?.();
    };
  }

  /** Whether a section can be made of it: the rest of what it is for one is of use only then. */
  get isMappable(): boolean {
    return this.map !== null;
  }

  /** The memory that its sections show. */
  get object(): MemoryObject {
    return this.bytes.object;
  }

  get size(): number {
    return this.bytes.size;
  }

  /** Makes the file larger for a section; false when that cannot be. */
  resize(bytes: number): boolean {
    return this.bytes.grow(bytes);
  }

  isSignalled(): boolean {
    return true;
  }

  acquire(): void {}

  private get bytes(): MappedFile {
    assert(this.map !== null, 'a stream has no bytes to map');
    this.mapped ??= this.map();
    return this.mapped;
  }
}

/** A search for files by a pattern. */
export class FindObject extends SharedObject {
  readonly kind = 'search';
  private readonly found: readonly FoundFile[];
  private at = 0;

  constructor(found: readonly FoundFile[]) {
    super();
    this.found = found;
  }

  /** The next answer; null at the end. */
  next(): FoundFile | null {
    return this.found[this.at++] ?? null;
  }
}

/** Who the process runs as. */
export class TokenObject extends SharedObject {
  readonly kind = 'token';
}

/** The modules of the process as they were at some time. */
export class SnapshotObject extends SharedObject {
  readonly kind = 'snapshot';
  private readonly modules: readonly LoadedModule[];
  private at = 0;

  constructor(modules: readonly LoadedModule[]) {
    super();
    this.modules = [...modules];
  }

  /** The next module; null at the end. */
  next(): LoadedModule | null {
    return this.modules[this.at++] ?? null;
  }

  rewind(): void {
    this.at = 0;
  }
}

/** What a program may give a name. */
export type NamedObject = EventObject | SemaphoreObject | MutexObject | TimerObject;
