import { expect, test } from 'vitest';
import { analyseControlFlow } from './control-flow.ts';
import type { RegionBlock } from './region.ts';

/** A graph given by its successor lists; the blocks themselves are not looked at. */
function graph(...successors: number[][]): RegionBlock[] {
  return successors.map((targets) => ({ successors: targets }) as unknown as RegionBlock);
}

test('a diamond has one merge point, dominated by its top', () => {
  const flow = analyseControlFlow(graph([1, 2], [3], [3], []));
  expect(flow.isMerge).toEqual([false, false, false, true]);
  expect(flow.isLoopHeader).toEqual([false, false, false, false]);
  expect([...flow.children[0]!].sort()).toEqual([1, 2, 3]);
});

test('nested loops have their headers, and their back edges do not make merge points', () => {
  const flow = analyseControlFlow(graph([1], [2, 5], [3], [2, 4], [1], []));
  expect(flow.isLoopHeader).toEqual([false, true, true, false, false, false]);
  expect(flow.isMerge).toEqual([false, false, false, false, false, false]);
});

test('a loop with two entries is cut at an edge that does not go to its header', () => {
  const flow = analyseControlFlow(graph([1, 2], [2], [1]));
  const cuts = [flow.isCut(1, 2), flow.isCut(2, 1)];
  expect(cuts.filter(Boolean)).toHaveLength(1);
});

test('blocks that are not reachable have no place in the order', () => {
  const flow = analyseControlFlow(graph([], [0]));
  expect([...flow.order]).toEqual([0, -1]);
});
