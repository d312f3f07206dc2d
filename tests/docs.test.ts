import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { generated } from '../scripts/generated.ts';
import { loadConfig } from '../src/config/loadConfig.ts';
import * as notifiers from '../src/notifiers/index.ts';
import { KIND_FILES } from './config/kindFiles.ts';
import { rules } from './config/kinds.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const filesOf = (folder: string, ending: string) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name));

const pages = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...filesOf('docs', '.md')];
const ruleFiles = [...filesOf('rules', '.yaml'), ...filesOf('demo', '.yaml')].filter(
  (file) => !file.endsWith('.test.yaml'),
);

const addressesIn = (text: string) => [...text.matchAll(/\b0x[0-9a-fA-F]{40}\b/g)].map(([found]) => found);

/** As GitHub makes them of headings. */
function anchorsOf(page: string): readonly string[] {
  return [...page.matchAll(/^#+ +(.*)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

describe('docs', () => {
  test.each(Object.entries(generated()))('%s is what npm run docs writes', (path, text) => {
    expect(read(path)).toBe(text);
  });

  const runbooks = ruleFiles.flatMap((file) =>
    [...read(file).matchAll(/^ *runbook: '?(docs\/[^\s']+)'?$/gm)].map(([, path]) => path!),
  );

  test('the runbooks are those that shipped rules name', () => {
    expect(filesOf('docs/runbooks', '.md').sort()).toEqual([...new Set(runbooks)].sort());
  });

  test.each(filesOf('docs/runbooks', '.md'))('%s says the five things', (path) => {
    const headings = [...read(path).matchAll(/^## (.*)$/gm)].map(([, heading]) => heading);
    expect(headings).toEqual(['Meaning', 'Impact', 'How to verify by hand', 'What to do', 'When to silence']);
  });

  test.each(pages)('%s links only to what is there', (page) => {
    const links = [...read(page).matchAll(/\]\((?!https?:)([^)\s]*)\)/g)].map(([, link]) => link!.split('#'));
    for (const [path, anchor] of links) {
      const target = path === '' ? page : join(dirname(page), path!);
      expect([page, target, existsSync(join(root, target))]).toEqual([page, target, true]);
      if (anchor !== undefined) expect(anchorsOf(read(target))).toContain(anchor);
    }
  });

  const lessons = [...read('docs/lessons.md').matchAll(/^\| \d+ \|.*\| (.*) \|$/gm)].map(([, held]) =>
    held!.split(/; (?=`)/),
  );

  test.each(lessons.flat())('a lesson is held by %s', (held) => {
    const [, file, title] = /^`(.*?)`: (.*)$/.exec(held)!;
    expect(read(file!).includes(`'${title}'`)).toBe(true);
  });

  test('all twenty lessons are held', () => {
    expect(lessons).toHaveLength(20);
  });

  const examples = pages.flatMap((page) =>
    [...read(page).matchAll(/```yaml\n(.*?)```/gs)].map(([, text]) => ({
      page,
      text: text!,
      file: text!.split('\n')[0]!,
    })),
  );

  test.each(examples.filter(({ file }) => !/(tocsin|incident).(yaml|json)$/.test(file)))(
    'a rule file in $page is right',
    ({ text }) => {
      expect(rules({ ...KIND_FILES, 'rules/a.yaml': text }).warnings).toEqual([]);
    },
  );

  test.each(examples.filter(({ file }) => file.endsWith('tocsin.yaml')))(
    'a tocsin.yaml in $page is right',
    ({ text }) => {
      const env = new Proxy<Record<string, string>>({}, { get: () => 'https://example.org', ownKeys: () => [] });
      const world = { env, readFile: () => 'secret', exists: () => true, packs: ['stablecoins'], notifiers };
      expect(loadConfig({ file: 'tocsin.yaml', text, ...world }).receivers.length).toBeGreaterThan(0);
    },
  );

  test('docs/addresses.md names the source of every address in a pack, and of no other', () => {
    const packed = filesOf('rules/packs', '.yaml').flatMap((file) => addressesIn(read(file)));
    const rows = [...read('docs/addresses.md').matchAll(/^\| [^|]+ \| \w+ \| `(0x\w+)` \| [^|]{10,} \|$/gm)];
    expect(rows).toHaveLength(new Set(packed).size);
    expect(new Set(rows.map(([, address]) => address))).toEqual(new Set(packed));
  });

  test('the README is short', () => {
    expect(read('README.md').split('\n').length).toBeLessThanOrEqual(151);
  });
});
