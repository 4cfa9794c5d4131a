import { posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FILES, PACKAGES, readText } from './repository.ts';

const pages = FILES.filter((path) => path.endsWith('.md'));

/** GitHub's anchor of a heading. */
function anchor(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

function withoutCode(text: string): string {
  return text.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, '');
}

function anchorsOf(path: string): string[] {
  return [
    ...readText(path)
      .replace(/^```[\s\S]*?^```/gm, '')
      .matchAll(/^#+ (.*)$/gm),
  ].map(([, heading]) => anchor(heading!));
}

describe.each(pages)('%s', (page) => {
  test('its links lead somewhere', () => {
    const links = [...withoutCode(readText(page)).matchAll(/\]\(([^)\s]+)\)/g)].map(
      ([, target]) => target!,
    );
    const broken = links
      .filter((target) => !/^[a-z]+:/.test(target))
      .filter((target) => {
        const [path, fragment] = target.split('#');
        const file = path === '' ? page : posix.join(posix.dirname(page), path!);
        const folder = FILES.some((known) => known.startsWith(`${file.replace(/\/$/, '')}/`));
        if (!FILES.includes(file)) return !folder;
        return fragment !== undefined && !anchorsOf(file).includes(fragment);
      });
    expect(broken).toEqual([]);
  });
});

test.each(PACKAGES.map((folder) => [folder]))('%s has a README under its name', (folder) => {
  const { name } = JSON.parse(readText(`${folder}/package.json`));
  expect(readText(`${folder}/README.md`)).toMatch(new RegExp(`^# ${name}\n`));
});

test('the map of the code is short enough to be read', () => {
  expect(readText('ARCHITECTURE.md').split('\n').length).toBeLessThanOrEqual(251);
});

test('the map of the code names each package, and no other', () => {
  const map = readText('ARCHITECTURE.md');
  for (const folder of PACKAGES) expect(map).toContain(`\`${folder}\``);
  for (const [, named] of map.matchAll(/`((?:packages|apps)\/[a-z-]+)`/g)) {
    expect(PACKAGES).toContain(named);
  }
});

test('every package is in the glossary’s language: no page says what tidy bans', () => {
  const said = pages.flatMap((page) =>
    /\b(defragment|heap top)\b/i.test(withoutCode(readText(page))) && page !== 'docs/glossary.md'
      ? [page]
      : [],
  );
  expect(said).toEqual([]);
});
