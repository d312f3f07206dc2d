import fastify, { type FastifyInstance } from 'fastify';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';

const root = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const filesOf = (folder: string, ending: RegExp): string[] =>
  readdirSync(join(root, folder))
    .filter((name) => ending.test(name))
    .map((name) => `${folder}/${name}`);

const RULES = /^[^.]+\.yaml$/;
const TESTS = /\.test\.yaml$/;
const SHIPPED: readonly (readonly [schema: string, files: readonly string[]])[] = [
  ['rules', filesOf('rules/packs', RULES)],
  ['kind', filesOf('rules/kinds', RULES)],
  ['test', [...filesOf('rules/kinds', TESTS), ...filesOf('rules/packs', TESTS)]],
  ['tocsin', ['demo/tocsin.yaml', 'docker/config/tocsin.yaml']],
];

/** Ajv as editors use it, by way of the server that is there anyway. */
let app: FastifyInstance;
beforeAll(async () => {
  app = fastify({
    bodyLimit: 2 ** 24,
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, useDefaults: false, strict: false } },
  });
  for (const [name] of SHIPPED) {
    const body = JSON.parse(read(`schema/${name}.json`)) as object;
    app.post(`/${name}`, { schema: { body } }, () => 'ok');
  }
  await app.ready();
});
afterAll(async () => app.close());

async function complaintOf(schema: string, value: object): Promise<string> {
  const { statusCode, body } = await app.inject({ method: 'POST', url: `/${schema}`, payload: value });
  return statusCode === 200 ? '' : body;
}

describe('the schemas that editors read', () => {
  test.each(SHIPPED.flatMap(([schema, files]) => files.map((file) => [schema, file] as const)))(
    '%s.json accepts %s',
    async (schema, file) => {
      expect(await complaintOf(schema, parse(read(file)) as object)).toBe('');
    },
  );

  test.each([
    ['rules', 'groups: [{ name: g, rulez: [] }]'],
    ['rules', 'groups: [{ name: g, rules: [{ alert: A, expr: up, levels: { urgent: { above: 1 } } }] }]'],
    ['rules', 'groups: [{ name: g, rules: [{ alert: A, kind: depeg, with: { assett: a } }] }]'],
    ['rules', 'sources: [{ kind: erc4627 }]'],
    ['kind', 'kind: Upper'],
    ['test', 'tests: [{ input_serie: [] }]'],
    ['test', 'groups: [{ name: g, rules: [{ alert: A, kind: depeg, with: { assett: a } }] }]'],
    ['tocsin', 'receivers: { a: { kind: slak } }'],
  ])('%s.json refuses %s', async (schema, text) => {
    expect(await complaintOf(schema, parse(text) as object)).toContain('body');
  });
});
