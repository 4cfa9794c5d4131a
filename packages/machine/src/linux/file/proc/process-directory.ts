/** /proc: a directory for each process, and files about the system. @see proc(5) */
import type { FramePool } from '@bareheap/mmu';
import { DescriptionPlace } from '../description-place.ts';
import type { Directory, Looker } from '../directory.ts';
import { ENOENT, ESRCH } from '../errno.ts';
import { GUEST_GID, GUEST_UID } from '../file-constants.ts';
import type { FileDescription } from '../file-description.ts';
import { PROC_DEVICE } from '../file-system-kind.ts';
import type { FileTime } from '../file-time.ts';
import { GeneratedDirectory, GeneratedFile, GeneratedRange } from '../generated-file.ts';
import type { Inode, InodeParts } from '../inode.ts';
import type { Place } from '../place.ts';
import { DirectLink, SymbolicLink } from '../symbolic-link.ts';
import { PROCESS_FILES, type ProcessFile, type ShownTask } from './process-files.ts';
import type { ProcessSource, ShownProcess } from './process-source.ts';
import { type ShownSystem, SYSTEM_FILES } from './system-files.ts';

/** Numbers of the files of an id, which never comes back: first a process's, then a thread's. */
const FILES_PER_ID = 2 ** 21;
const FILES_OF_THREAD = 2 ** 20;
const NUMBERS_OF_FILES = 1000;
/** Of the system's folders, for each level. */
const NUMBERS_OF_SYSTEM = 100;
const NUMBERS_OF_DESCRIPTORS = 2 ** 17;
const NUMBERS_OF_TASKS = 2 ** 19;
/** What lstat says of the links in fd/. */
const LINK_SIZE = 64;

/** What /proc asks of whoever has all files. */
export interface ProcSystem {
  readonly storage: { readonly pool: FramePool; now(): FileTime };
  readonly root: Place;
  /** The place of an absolute path without links, or null. */
  placeAt(path: string): Place | null;
}

type Maker = () => Inode | null;

export class ProcessDirectory {
  private readonly system: ProcSystem;
  private readonly shown: ShownSystem;
  private readonly processes: ProcessSource;

  constructor(system: ProcSystem, processes: ProcessSource, random: (bytes: Uint8Array) => void) {
    this.system = system;
    this.processes = processes;
    this.shown = { pool: system.storage.pool, processes, random };
  }

  /** The directory itself. */
  root(): Directory {
    const fixed = this.systemDirectory('');
    return new GeneratedDirectory(
      this.parts(1, 0o555),
      (name, looker) => this.find(fixed, name, looker),
      () => [
        ...this.processes.ids().map(String),
        ...systemNames(''),
        'self',
        'thread-self',
        'mounts',
      ],
    );
  }

  private find(fixed: Directory, name: string, looker: Looker): Inode | null {
    const links: Readonly<Record<string, string>> = {
      self: String(looker.processId),
      'thread-self': `${looker.processId}/task/${looker.threadId}`,
      mounts: 'self/mounts',
    };
    const target = links[name];
    if (target !== undefined) {
      return new SymbolicLink(this.parts(2 + Object.keys(links).indexOf(name), 0), target);
    }
    if (!/^[1-9]\d{0,9}$/.test(name)) {
      const found = fixed.lookup(name, looker);
      return typeof found === 'number' ? null : found;
    }
    return this.processes.shown(Number(name)) === null ? null : this.process(Number(name));
  }

  private parts(number: number, mode: number, owner = 0): InodeParts {
    const group = owner === 0 ? 0 : GUEST_GID;
    const time = this.system.storage.now();
    return { number, device: PROC_DEVICE, mode, uid: owner, gid: group, time };
  }

  /** The files and folders below a path that are about the system. */
  private systemDirectory(path: string): Directory {
    const names = systemNames(path);
    const depth = path.split('/').length - 1;
    const number = (name: string): number =>
      10 + SYSTEM_FILES.findIndex((file) => file.path.startsWith(`${path}${name}`));
    return new GeneratedDirectory(
      this.parts(path === '' ? 1 : depth * NUMBERS_OF_SYSTEM + number(''), 0o555),
      (name) => {
        const file = SYSTEM_FILES.find((row) => row.path === `${path}${name}`);
        if (file !== undefined) {
          return new GeneratedFile(this.parts(number(name), 0o444), () => file.text(this.shown));
        }
        return names.includes(name) ? this.systemDirectory(`${path}${name}/`) : null;
      },
      () => names,
    );
  }

  private process(id: number): Directory {
    return this.named(id, id * FILES_PER_ID, 0o555, (first) => {
      const files = this.taskFiles(id, id, first);
      files.set('task', () => this.tasks(id, first + NUMBERS_OF_TASKS));
      return files;
    });
  }

  private tasks(id: number, first: number): Directory {
    const threads = (): readonly string[] =>
      (this.processes.shown(id)?.shownThreads ?? []).map((thread) => String(thread.id));
    return new GeneratedDirectory(
      this.parts(first, 0o555, GUEST_UID),
      (name) => {
        if (!threads().includes(name)) return null;
        const number = Number(name) * FILES_PER_ID + FILES_OF_THREAD;
        return this.named(id, number, 0o555, (at) => this.taskFiles(id, Number(name), at));
      },
      threads,
    );
  }

  /** What is in a thread's directory, and in its process's. */
  private taskFiles(id: number, threadId: number, first: number): Map<string, Maker> {
    const files = new Map<string, Maker>();
    const task = (): ShownTask | null => {
      const process = this.processes.shown(id);
      const thread = process?.shownThreads.find((one) => one.id === threadId);
      return process === null || thread === undefined ? null : { process, thread };
    };
    PROCESS_FILES.forEach((row, index) => {
      const parts = this.parts(first + NUMBERS_OF_FILES + index, row.mode, GUEST_UID);
      files.set(row.name, () => processFile(row, parts, task));
    });
    // Another process's memory, and its own past every check: nobody may open it.
    files.set('mem', () => new GeneratedFile(this.parts(first + 1, 0), () => -ENOENT));
    for (const [name, maker] of this.links(id, first + 2)) files.set(name, maker);
    files.set('fd', () => this.descriptors(id, first + NUMBERS_OF_DESCRIPTORS));
    files.set('fdinfo', () => this.descriptorTexts(id, first + 2 * NUMBERS_OF_DESCRIPTORS));
    return files;
  }

  private links(id: number, first: number): [string, Maker][] {
    const process = (): ShownProcess | null => {
      const shown = this.processes.shown(id);
      return shown?.shownThreads[0]?.stateLetter === 'Z' ? null : shown;
    };
    const places: [string, () => Place | null][] = [
      ['cwd', () => process()?.directory ?? null],
      ['root', () => this.system.root],
      ['exe', () => this.system.placeAt(process()?.executable ?? '')],
    ];
    return places.map(([name, place], index) => [
      name,
      () => {
        const text = (): string =>
          name === 'exe' ? (process()?.executable ?? '') : (place()?.path ?? '');
        return new DirectLink(this.parts(first + index, 0, GUEST_UID), place, text);
      },
    ]);
  }

  /** The links in fd/. */
  private descriptors(id: number, first: number): Directory {
    return this.ofDescriptors(id, first, 0o500, (descriptor, file) => {
      const place = (): Place | null =>
        file.inode.isDirectory || file.isPathOnly
          ? file.place
          : new DescriptionPlace(file, String(descriptor));
      const parts = this.parts(first + 1 + descriptor, 0, GUEST_UID);
      const permission = (file.readable ? 0o500 : 0o100) | (file.writable ? 0o200 : 0);
      return new DirectLink(parts, place, () => file.name, { permission, size: LINK_SIZE });
    });
  }

  private descriptorTexts(id: number, first: number): Directory {
    return this.ofDescriptors(id, first, 0o555, (descriptor, file) => {
      const text = `pos:\t${file.position}\nflags:\t0${(file.flags | 0o100000).toString(8)}\nmnt_id:\t1\nino:\t${file.inode.number}\n`;
      const parts = this.parts(first + 1 + descriptor, 0o444, GUEST_UID);
      return new GeneratedFile(parts, () => text);
    });
  }

  private ofDescriptors(
    id: number,
    first: number,
    mode: number,
    make: (descriptor: number, file: FileDescription) => Inode,
  ): Directory {
    const files = () => this.processes.shown(id)?.files ?? null;
    return new GeneratedDirectory(
      this.parts(first, mode, GUEST_UID),
      (name) => {
        if (!/^(0|[1-9]\d{0,5})$/.test(name)) return null;
        const file = files()?.get(Number(name)) ?? null;
        return file === null ? null : make(Number(name), file);
      },
      () => (files()?.numbers() ?? []).map(String),
    );
  }

  /** A directory of a process's that is there as long as the process is. */
  private named(
    id: number,
    first: number,
    mode: number,
    contents: (first: number) => Map<string, Maker>,
  ): Directory {
    const files = contents(first);
    const isThere = (): boolean => this.processes.shown(id) !== null;
    return new GeneratedDirectory(
      this.parts(first, mode, GUEST_UID),
      (name) => (isThere() ? (files.get(name)?.() ?? null) : null),
      () => (isThere() ? [...files.keys()] : []),
    );
  }
}

/** A file about a task, which may be gone when it is read. */
function processFile(row: ProcessFile, parts: InodeParts, task: () => ShownTask | null): Inode {
  const ofTask = <T>(act: (found: ShownTask) => T): T | number => {
    const found = task();
    return found === null ? -ESRCH : act(found);
  };
  if ('range' in row) {
    const { range } = row;
    return new GeneratedRange(parts, (offset, length) =>
      ofTask((found) => range(found, offset, length)),
    );
  }
  const { text, write } = row;
  const sink = (written: string): number => ofTask((found) => write!(found, written));
  return new GeneratedFile(parts, () => ofTask(text), write === undefined ? null : sink);
}

/** First names of what is below a path. */
function systemNames(path: string): string[] {
  const below = SYSTEM_FILES.filter((file) => file.path.startsWith(path));
  return [...new Set(below.map((file) => file.path.slice(path.length).split('/')[0]!))];
}
