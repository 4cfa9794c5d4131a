/**
 * epoll: files that are watched, and those of them that may have something to tell, in the order in
 * which they got it.
 *
 * @see fs/eventpoll.c of Linux 6.18
 */
import { type Waiter, WaitQueue } from '../process/wait-queue.ts';
import { EEXIST, ENOENT } from './errno.ts';
import { O_RDWR, POLLERR, POLLHUP, POLLIN, POLLRDNORM } from './file-constants.ts';
import { FileDescription } from './file-description.ts';
import type { Inode } from './inode.ts';

const EPOLLONESHOT = 2 ** 30;
const EPOLLET = 2 ** 31;

/** struct epoll_event. */
export interface PolledEvent {
  readonly events: number;
  /** The program's own 64 bits. */
  readonly data: Uint8Array;
}

class Watch implements Waiter {
  readonly file: FileDescription;
  event: PolledEvent;
  isDisabled = false;
  private readonly poll: EventPoll;

  constructor(poll: EventPoll, file: FileDescription, event: PolledEvent) {
    this.poll = poll;
    this.file = file;
    this.event = event;
    this.listen();
  }

  get isEdgeTriggered(): boolean {
    return (this.event.events & EPOLLET) !== 0;
  }

  /** Events that are there now and were asked for; errors always are. */
  get current(): number {
    if (this.isDisabled) return 0;
    return this.file.poll() & (this.event.events | POLLERR | POLLHUP);
  }

  wake(): void {
    this.listen();
    this.poll.notice(this);
  }

  ignore(): void {
    for (const queue of this.file.queues) queue.remove(this);
  }

  private listen(): void {
    for (const queue of this.file.queues) queue.add(this);
  }
}

export class EventPoll extends FileDescription {
  readonly inode: Inode;
  override readonly queues: readonly WaitQueue[];
  private readonly changed = new WaitQueue();
  /** By descriptor and file: one may be closed and the other opened in its place. */
  private readonly watches = new Map<FileDescription, Map<number, Watch>>();
  private readonly ready = new Set<Watch>();

  constructor(inode: Inode) {
    super(O_RDWR);
    this.inode = inode;
    this.queues = [this.changed];
  }

  override get name(): string {
    return 'anon_inode:[eventpoll]';
  }

  get watchedFiles(): FileDescription[] {
    return [...this.watches.keys()];
  }

  /** 0 or -EEXIST. */
  add(descriptor: number, file: FileDescription, event: PolledEvent): number {
    const known = this.watches.get(file) ?? new Map<number, Watch>();
    if (known.has(descriptor)) return -EEXIST;
    if (!this.watches.has(file)) {
      this.watches.set(file, known);
      file.whenClosed.add(this.forget(file));
    }
    const watch = new Watch(this, file, event);
    known.set(descriptor, watch);
    if (watch.current !== 0) this.notice(watch);
    return 0;
  }

  /** 0 or -ENOENT. */
  modify(descriptor: number, file: FileDescription, event: PolledEvent): number {
    const watch = this.watches.get(file)?.get(descriptor);
    if (watch === undefined) return -ENOENT;
    watch.event = event;
    watch.isDisabled = false;
    if (watch.current !== 0) this.notice(watch);
    return 0;
  }

  /** 0 or -ENOENT. */
  remove(descriptor: number, file: FileDescription): number {
    const watch = this.watches.get(file)?.get(descriptor);
    if (watch === undefined) return -ENOENT;
    watch.ignore();
    this.ready.delete(watch);
    this.watches.get(file)!.delete(descriptor);
    return 0;
  }

  /** Something may have happened to a file. */
  notice(watch: Watch): void {
    this.ready.add(watch);
    this.changed.wake();
  }

  /** At most `most` events that are there now. Level-triggered ones stay, behind the others. */
  collect(most: number): PolledEvent[] {
    const found: PolledEvent[] = [];
    this.noticeSilent();
    for (const watch of [...this.ready]) {
      if (found.length >= most) break;
      this.ready.delete(watch);
      const events = watch.current;
      if (events === 0) continue;
      found.push({ events, data: watch.event.data });
      if ((watch.event.events & EPOLLONESHOT) !== 0) watch.isDisabled = true;
      else if (!watch.isEdgeTriggered) this.ready.add(watch);
    }
    return found;
  }

  /** There is no position, and no complaint about that. */
  override seek(): number {
    return 0;
  }

  override poll(): number {
    this.noticeSilent();
    const isReady = [...this.ready].some((watch) => watch.current !== 0);
    return isReady ? POLLIN | POLLRDNORM : 0;
  }

  protected override close(): void {
    for (const known of this.watches.values()) for (const watch of known.values()) watch.ignore();
    this.watches.clear();
    this.ready.clear();
  }

  /** Files that tell nobody when they change, such as a terminal, are asked. */
  private noticeSilent(): void {
    for (const [file, known] of this.watches) {
      if (file.queues.length > 0) continue;
      for (const watch of known.values()) if (watch.current !== 0) this.ready.add(watch);
    }
  }

  private forget(file: FileDescription): () => void {
    return () => {
      for (const watch of this.watches.get(file)?.values() ?? []) {
        watch.ignore();
        this.ready.delete(watch);
      }
      this.watches.delete(file);
    };
  }
}
