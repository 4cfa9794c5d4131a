/**
 * AssemblyScript's TLSF as its compiler ships it, alone in a module of its own: a peer in
 * WebAssembly. Its memory is as large as the other contenders' region, in whole pages, and one page
 * for the module's own data.
 */
import asc from 'assemblyscript/asc';

const SOURCE = `
export function allocate(size: usize): usize { return heap.alloc(size); }
export function release(block: usize): void { heap.free(block); }
`;
const PAGE_BYTES = 65_536;

/** Compiles the module. @returns its bytes */
async function compile(pages) {
  let binary = null;
  const { error, stderr } = await asc.main(
    [
      'heap.ts',
      ...['--outFile', 'heap.wasm', '--runtime', 'minimal', '-O3', '--noAssert'],
      ...['--initialMemory', String(pages), '--maximumMemory', String(pages)],
    ],
    {
      readFile: (name) => (name === 'heap.ts' ? SOURCE : null),
      writeFile: (name, contents) => {
        if (name === 'heap.wasm') binary = contents;
      },
      listFiles: () => [],
    },
  );
  if (error !== null) throw new Error(`${error.message}\n${stderr.toString()}`);
  return binary;
}

/**
 * Makes the heap anew for each call, from one compiled module.
 *
 * @param bytes  size of the region
 */
export async function assemblyScriptHeap(bytes) {
  const pages = Math.ceil(bytes / PAGE_BYTES) + 1;
  const module = new WebAssembly.Module(await compile(pages));
  const imports = { env: { abort: () => undefined } };
  return () => {
    const { allocate, release } = new WebAssembly.Instance(module, imports).exports;
    return { allocate, free: release, worstSteps: () => null, defects: () => [] };
  };
}
