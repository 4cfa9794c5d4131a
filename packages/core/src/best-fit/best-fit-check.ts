/** Walks a best-fit heap: blocks against headers, the tree against the free blocks. */
import { checkTags } from '../boundary-tags-check.ts';
import type { HeapMemory } from '../heap-memory.ts';
import { BEST_FIT_END, BEST_FIT_MAGIC, LEFT, priorityOf, RIGHT, ROOT } from './best-fit-layout.ts';

/** Every invariant of the heap; what is wrong, a line each. */
export function checkBestFit(memory: HeapMemory, first: number, sentinel: number): string[] {
  if (memory.load32(0) !== BEST_FIT_MAGIC || memory.load32(BEST_FIT_END) !== sentinel) {
    return ['control block overwritten'];
  }
  const wrong: string[] = [];
  const free = checkTags(memory, first, sentinel, false, wrong);
  if (wrong.length === 0) walkTree(memory, free, wrong);
  return wrong;
}

/** In order: each free block once, sizes rising, priorities falling downwards. */
function walkTree(memory: HeapMemory, free: Map<number, number>, wrong: string[]): void {
  const above: number[] = [];
  let before = 0;
  let beforeBytes = 0;
  let node = memory.load32(ROOT);
  while (node !== 0 || above.length > 0) {
    for (; node !== 0; node = memory.load32(node + LEFT)) {
      const parent = above.at(-1);
      if (!free.has(node)) wrong.push(`the tree holds ${node}, which is not free, or twice`);
      else if (parent !== undefined && priorityOf(node) >= priorityOf(parent))
        wrong.push(`priority of ${node}`);
      if (wrong.length > 0) return;
      above.push(node);
    }
    node = above.pop()!;
    const bytes = free.get(node) ?? 0;
    if (bytes < beforeBytes || (bytes === beforeBytes && node <= before))
      wrong.push(`order of ${node}`);
    free.delete(node);
    [before, beforeBytes] = [node, bytes];
    const right = memory.load32(node + RIGHT);
    if (right !== 0 && priorityOf(right) >= priorityOf(node)) wrong.push(`priority of ${right}`);
    node = right;
  }
  for (const block of free.keys()) wrong.push(`free block ${block} is not in the tree`);
}
