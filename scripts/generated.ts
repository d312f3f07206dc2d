import {
  incidentJsonSchema,
  kindJsonSchema,
  rulesJsonSchema,
  settingsJsonSchema,
  testsJsonSchema,
} from '../src/config/jsonSchema.ts';
import * as notifiers from '../src/notifiers/index.ts';
import * as sources from '../src/sources/index.ts';
import { kindsPage } from './kindsPage.ts';
import { metricsPage } from './metricsPage.ts';
import { shippedKinds } from './shippedKinds.ts';
import { sourcesPage } from './sourcesPage.ts';

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** What is committed but written by `npm run docs`: path below the checkout → text. */
export function generated(): Readonly<Record<string, string>> {
  const rules = rulesJsonSchema(sources, shippedKinds());
  return {
    'schema/tocsin.json': json(settingsJsonSchema(notifiers)),
    'schema/rules.json': json(rules),
    'schema/test.json': json(testsJsonSchema(rules)),
    'schema/kind.json': json(kindJsonSchema()),
    'schema/incident.json': json(incidentJsonSchema()),
    'docs/sources.md': sourcesPage(),
    'docs/kinds.md': kindsPage(),
    'docs/metrics.md': metricsPage(),
  };
}
