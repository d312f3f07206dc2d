// Writes schema/*.json from the definitions that check the files themselves. Run: npx tsx scripts/schema.ts
import { writeFileSync } from 'node:fs';
import { rulesJsonSchema, settingsJsonSchema } from '../src/config/jsonSchema.ts';
import * as notifiers from '../src/notifiers/index.ts';
import * as sources from '../src/sources/index.ts';

const schemas = { tocsin: settingsJsonSchema(notifiers), rules: rulesJsonSchema(sources) };

for (const [name, schema] of Object.entries(schemas)) {
  writeFileSync(new URL(`../schema/${name}.json`, import.meta.url), `${JSON.stringify(schema, null, 2)}\n`);
}
