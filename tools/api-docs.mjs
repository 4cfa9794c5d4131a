/**
 * Writes a package's reference from its declarations: what index.ts exports, module by module, each
 * with its comment and what of it is public.
 *
 *   node tools/api-docs.mjs PACKAGE            writes PACKAGE/docs/api.md
 *   node tools/api-docs.mjs --check PACKAGE    exits with 1 when that page is not up to date
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Has the compiler write the declarations of a package into a folder. */
function emitDeclarations(folder, outDir) {
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  const flags =
    '--emitDeclarationOnly --declarationMap false --composite false --incremental false';
  const args = [tsc, '-p', join(folder, 'tsconfig.json'), ...flags.split(' '), '--outDir', outDir];
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the package does not compile:\n${stdout}`);
}

/** Names that index.ts exports, by module, in its order. */
function exportedNames(index) {
  return [...index.matchAll(/export (?:type )?\{([^}]*)\} from '\.\/(.*?)\.ts'/g)].map(
    ([, list, module]) => {
      const names = list.split(',').map((name) => name.trim().replace(/^type /, ''));
      return { module, names: names.filter((name) => name !== '') };
    },
  );
}

/** The statements of a declaration file by the name each declares, comments before them included. */
function statementsOf(declarations) {
  const statements = new Map();
  let lines = [];
  let isComment = false;
  for (const line of declarations.split('\n')) {
    if (line.startsWith('/**')) {
      lines = [];
      isComment = true;
    }
    lines.push(line);
    if (isComment) {
      isComment = !line.includes('*/');
      continue;
    }
    if (!/^\}|;$/.test(line) || line.startsWith('    ')) continue;
    const text = lines.join('\n');
    const name =
      /^export (?:declare )?(?:abstract )?(?:class|interface|type|const|function) (\w+)/m;
    const declared = name.exec(text);
    if (declared !== null) statements.set(declared[1], text);
    lines = [];
  }
  return statements;
}

/** Without what only the class itself or its subclasses may use. */
function publicPart(statement) {
  const member = /^ {4}(?:\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n {4})?(?:private|protected) .*;\n/gm;
  return statement
    .replace(member, '')
    .replace(/^export (?:declare )?/m, '')
    .replace(/\{@link ([^}]*)\}/g, '$1')
    .replace(/^ {4}/gm, '  ')
    .trim();
}

/** The first paragraph of the comment that a source begins with. */
function purposeOf(source) {
  const comment = /^\/\*\*([\s\S]*?)\*\//.exec(source)?.[1] ?? '';
  const lines = comment.split('\n').map((line) => line.replace(/^ ?\* ?/, '').trim());
  const [first] = lines.join('\n').trim().split('\n\n');
  return first
    .replace(/\n@table$/, '')
    .replace(/\{@link ([^}]*)\}/g, '`$1`')
    .replace(/:$/, '.');
}

function moduleText(folder, declarations, { module, names }) {
  const statements = statementsOf(readFileSync(join(declarations, `${module}.d.ts`), 'utf8'));
  const purpose = purposeOf(readFileSync(join(folder, 'src', `${module}.ts`), 'utf8'));
  const parts = names.map((name) => {
    const statement = statements.get(name);
    if (statement === undefined) throw new Error(`${module} declares no ${name}`);
    return `### ${name}\n\n\`\`\`ts\n${publicPart(statement)}\n\`\`\`\n`;
  });
  const intro = purpose === '' ? '' : `${purpose}\n\n`;
  return `## ${module}\n\n${intro}${parts.join('\n')}`;
}

/** The reference of a package, as Markdown. */
function reference(folder) {
  const { name } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const exported = exportedNames(readFileSync(join(folder, 'src/index.ts'), 'utf8'));
  const declarations = mkdtempSync(join(tmpdir(), 'api-docs-'));
  try {
    emitDeclarations(folder, declarations);
    const modules = exported.map((entry) => moduleText(folder, declarations, entry));
    const head =
      `# Reference of ${name}\n\nWritten by \`tools/api-docs.mjs\` from the declarations; ` +
      `what it is for is in the [README](../README.md).\n`;
    return `${head}\n${modules.join('\n')}`;
  } finally {
    rmSync(declarations, { recursive: true, force: true });
  }
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { check: { type: 'boolean', default: false } },
});
for (const folder of positionals) {
  const page = join(folder, 'docs/api.md');
  const text = reference(folder);
  if (!values.check) writeFileSync(page, text);
  else if (readFileSync(page, 'utf8') !== text) {
    console.error(`${page} is not up to date: node tools/api-docs.mjs ${folder}`);
    process.exitCode = 1;
  }
}
