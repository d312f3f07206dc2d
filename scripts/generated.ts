import { rulesJsonSchema, settingsJsonSchema } from '../src/config/jsonSchema.ts';
import * as notifiers from '../src/notifiers/index.ts';
import * as sources from '../src/sources/index.ts';
import { metricsPage } from './metricsPage.ts';
import { sourcesPage } from './sourcesPage.ts';

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** What is committed but written by `npm run docs`: path below the checkout → text. */
export function generated(): Readonly<Record<string, string>> {
  return {
    'schema/tocsin.json': json(settingsJsonSchema(notifiers)),
    'schema/rules.json': json(rulesJsonSchema(sources)),
    'docs/sources.md': sourcesPage(),
    'docs/metrics.md': metricsPage(),
  };
}
