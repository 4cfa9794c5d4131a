/** `--cpu unicorn`: the user's Unicorn, native or unicorn.js, as an engine for the machine. */
import { pathToFileURL } from 'node:url';
import type { CpuFactory } from '@bareheap/machine';
import { UsageError } from './usage-error.ts';

/** Loaded for those who ask for it only. */
type UnicornPackage = typeof import('@bareheap/cpu-unicorn');
type UnicornLibrary = import('@bareheap/cpu-unicorn').UnicornLibrary;

/** What a path to unicorn.js ends in; other paths are native libraries. */
const SCRIPT = /\.[cm]?js$/;

/**
 * @param path  of a native library or of unicorn.js; none: where the platform has the former
 * @throws UsageError with one line that says what is missing and how to get it
 */
export async function loadUnicorn(path: string | undefined): Promise<CpuFactory> {
  const unicorn = await import('@bareheap/cpu-unicorn');
  try {
    const library = await libraryAt(unicorn, path);
    return {
      engine: 'unicorn',
      make: (parts) => new unicorn.UnicornCpu({ ...parts, library }),
    };
  } catch (error) {
    if (!(error instanceof unicorn.UnicornUnavailable)) throw error;
    throw new UsageError(`--cpu unicorn: ${error.message}`);
  }
}

async function libraryAt(
  unicorn: UnicornPackage,
  path: string | undefined,
): Promise<UnicornLibrary> {
  const { platform } = process;
  if (path === undefined || path === '') return unicorn.loadNativeUnicorn(null, platform);
  if (!SCRIPT.test(path)) return unicorn.loadNativeUnicorn(path, platform);
  return unicorn.unicornJs(await moduleAt(unicorn, path), path);
}

async function moduleAt(unicorn: UnicornPackage, path: string): Promise<unknown> {
  try {
    return await import(pathToFileURL(path).href);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new unicorn.UnicornUnavailable(`${path} cannot be loaded: ${reason}`);
  }
}
