// npm run docs: writes the schemas and the reference pages from the definitions that the code itself uses.
import { writeFileSync } from 'node:fs';
import { generated } from './generated.ts';

for (const [path, text] of Object.entries(generated())) writeFileSync(new URL(`../${path}`, import.meta.url), text);
