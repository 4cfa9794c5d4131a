/** The descriptors of a process. */
import { MemoryFileTable } from '@bareheap/platform-posix';

export class DescriptorTable extends MemoryFileTable {}
