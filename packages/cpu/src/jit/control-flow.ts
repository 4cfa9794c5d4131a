/**
 * The shape of a region's control flow: reverse postorder, dominators, loop headers and merge
 * points, for the structured control flow that WebAssembly asks for. Edges that enter a loop other
 * than at its header are cut: the emitter leaves the region there.
 *
 * @see N. Ramsey, "Beyond Relooper" (ICFP 2022), for the use of the dominator tree;
 *      Cooper, Harvey, Kennedy, "A Simple, Fast Dominance Algorithm" (2001)
 */
import type { RegionBlock } from './region.ts';

export interface ControlFlow {
  /** Position of each block in reverse postorder; -1 when not reachable. */
  readonly order: Int32Array;
  /** Blocks that each block dominates immediately, in reverse postorder. */
  readonly children: readonly number[][];
  readonly isLoopHeader: readonly boolean[];
  /** Two or more forward edges come in. */
  readonly isMerge: readonly boolean[];
  /** True for an edge that was cut. */
  readonly isCut: (from: number, to: number) => boolean;
}

function reversePostorder(successors: readonly (readonly number[])[]): number[] {
  const state = new Uint8Array(successors.length);
  const postorder: number[] = [];
  const stack: [node: number, next: number][] = [[0, 0]];
  state[0] = 1;
  while (stack.length > 0) {
    const top = stack[stack.length - 1]!;
    const child = successors[top[0]]![top[1]++];
    if (child === undefined) {
      postorder.push(top[0]);
      stack.pop();
    } else if (state[child] === 0) {
      state[child] = 1;
      stack.push([child, 0]);
    }
  }
  return postorder.reverse();
}

function immediateDominators(
  sequence: readonly number[],
  order: Int32Array,
  predecessors: readonly (readonly number[])[],
): Int32Array {
  const dominator = new Int32Array(order.length).fill(-1);
  dominator[0] = 0;
  const intersect = (left: number, right: number): number => {
    let a = left;
    let b = right;
    while (a !== b) {
      while (order[a]! > order[b]!) a = dominator[a]!;
      while (order[b]! > order[a]!) b = dominator[b]!;
    }
    return a;
  };
  for (let changed = true; changed; ) {
    changed = false;
    for (const node of sequence) {
      if (node === 0) continue;
      let best = -1;
      for (const from of predecessors[node]!) {
        if (dominator[from] !== -1) best = best === -1 ? from : intersect(from, best);
      }
      if (dominator[node] !== best) {
        dominator[node] = best;
        changed = true;
      }
    }
  }
  return dominator;
}

function invert(successors: readonly (readonly number[])[], order: Int32Array): number[][] {
  const predecessors = successors.map((): number[] => []);
  successors.forEach((targets, from) => {
    if (order[from] !== -1) for (const to of targets) predecessors[to]!.push(from);
  });
  return predecessors;
}

function dominates(a: number, node: number, dominator: Int32Array): boolean {
  let current = node;
  while (current !== a && current !== 0) current = dominator[current]!;
  return current === a;
}

/** Analyses a region; block 0 is its entry. */
export function analyseControlFlow(blocks: readonly RegionBlock[]): ControlFlow {
  const cut = new Set<number>();
  const count = blocks.length;
  for (;;) {
    const successors = blocks.map(({ successors: targets }, from) =>
      targets.filter((to) => !cut.has(from * count + to)),
    );
    const sequence = reversePostorder(successors);
    const order = new Int32Array(count).fill(-1);
    sequence.forEach((node, position) => {
      order[node] = position;
    });
    const dominator = immediateDominators(sequence, order, invert(successors, order));
    const before = cut.size;
    for (const from of sequence) {
      for (const to of successors[from]!) {
        if (order[to]! <= order[from]! && !dominates(to, from, dominator))
          cut.add(from * count + to);
      }
    }
    if (cut.size === before) return shape(sequence, order, successors, dominator, cut);
  }
}

function shape(
  sequence: readonly number[],
  order: Int32Array,
  successors: readonly (readonly number[])[],
  dominator: Int32Array,
  cut: ReadonlySet<number>,
): ControlFlow {
  const count = order.length;
  const children = successors.map((): number[] => []);
  const isLoopHeader = new Array<boolean>(count).fill(false);
  const forward = new Int32Array(count);
  for (const node of sequence) {
    if (node !== 0) children[dominator[node]!]!.push(node);
    for (const to of successors[node]!) {
      if (order[to]! <= order[node]!) isLoopHeader[to] = true;
      else forward[to] = forward[to]! + 1;
    }
  }
  const isMerge = Array.from(forward, (edges) => edges >= 2);
  return {
    order,
    children,
    isLoopHeader,
    isMerge,
    isCut: (from, to) => cut.has(from * count + to),
  };
}
