/**
 * Lets a bundled module import from the files of a workspace package instead of from its index: a
 * module that is evaluated when it is first needed would need, by the index, the whole package.
 */
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';

const NAMED_IMPORT = /^import \{([^}]*)\} from '(@bareheap\/[\w-]+)';/gm;
const NAMED_EXPORT = /^export \{([^}]*)\} from '(\.[^']*)';/gm;

/** Names between braces, without types: [name there, name here]. */
function namesOf(list) {
  return list
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '' && !item.startsWith('type '))
    .map((item) => {
      const [first, second] = item.split(' as ');
      return [first, second ?? first];
    });
}

/** What an index exports, by name: the file beside it and the name there. */
function exportsOf(index) {
  const exports = new Map();
  for (const [, list, file] of readFileSync(index, 'utf8').matchAll(NAMED_EXPORT)) {
    for (const [there, name] of namesOf(list)) exports.set(name, { file, there });
  }
  return exports;
}

export const directImports = {
  name: 'direct-imports',
  setup(build) {
    const packages = new Map();
    const packageOf = async (name, importer) => {
      if (!packages.has(name)) {
        const kind = 'import-statement';
        const { path } = await build.resolve(name, {
          kind,
          importer,
          resolveDir: dirname(importer),
        });
        packages.set(name, { folder: dirname(path), exports: exportsOf(path) });
      }
      return packages.get(name);
    };
    build.onLoad(
      { filter: /\/(emu|packages\/[\w-]+)\/(dist|src)\/.*\.[jt]s$/ },
      async ({ path }) => {
        let contents = readFileSync(path, 'utf8');
        for (const [statement, list, name] of contents.matchAll(NAMED_IMPORT)) {
          const { folder, exports } = await packageOf(name, path);
          const lines = namesOf(list).map(([there, here]) => {
            const found = exports.get(there);
            return `import { ${found.there} as ${here} } from '${folder}/${found.file}';`;
          });
          contents = contents.replace(statement, () => lines.join(' '));
        }
        return { contents, loader: path.endsWith('.ts') ? 'ts' : 'js' };
      },
    );
  },
};
