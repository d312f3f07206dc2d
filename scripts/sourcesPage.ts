import { rulesJsonSchema } from '../src/config/jsonSchema.ts';
import { sourceKeys } from '../src/config/ruleSchema.ts';
import { formatDuration } from '../src/model/duration.ts';
import type { SourceKind } from '../src/model/source.ts';
import * as sources from '../src/sources/index.ts';

interface Property {
  readonly description?: string;
  readonly default?: unknown;
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly const?: string;
  readonly anyOf?: readonly Property[];
}

interface Shape {
  readonly title: string;
  readonly properties: Readonly<Record<string, Property>>;
  readonly required: readonly string[];
}

type Kind = Pick<SourceKind, 'kind' | 'about' | 'reads' | 'needs' | 'metrics' | 'cadence' | 'traps' | 'upstream'>;

const HEAD = `<!-- Written by npm run docs; do not edit. -->

# Sources

A source reads the world at its own pace and yields series. All kinds share these keys:

| key | meaning |
|---|---|
| \`kind\` | one of the kinds below |
| \`asset\` | id of an asset; becomes the label \`asset\` |
| \`chain\` | name of a chain of \`tocsin.yaml\`; becomes the label \`chain\` |
| \`every\` | how often it is read; \`1m\` unless written |
| \`max_age\` | older is stale; three times \`every\` or the origin's own pace, whichever is longer, unless written |
| \`range\` | \`[lowest, highest]\` believable value, \`null\` is no bound; anything else is an error of the source |
| \`quorum\` | so many nodes of an EVM chain must give the same answer at the same block, or the value is unknown |
| \`at\` | \`safe\` or \`finalized\`: reads that block of an EVM chain, later and beyond a reorganisation; \`latest\` unless written |
| \`id\` | the label \`source\`; made of asset, kind and chain unless written |

Two sources of one *upstream* are one opinion.

`;

/** The reference page of source kinds. */
export function sourcesPage(): string {
  const schema = rulesJsonSchema(sources) as unknown as {
    properties: { sources: { items: { oneOf: readonly Shape[] } } };
  };
  const kinds: Readonly<Record<string, Kind>> = sources;
  const sections = schema.properties.sources.items.oneOf.map((shape) => section(kinds[shape.title]!, shape));
  return `${HEAD}${sections.join('\n')}`;
}

function section(kind: Kind, shape: Shape): string {
  const own = Object.entries(shape.properties).filter(([name]) => !(name in sourceKeys) || isOwnId(name, shape));
  const rows = own.map(([name, property]) => row(name, property, shape.required.includes(name)));
  const table = rows.length === 0 ? '' : `\n| key | value | meaning |\n|---|---|---|\n${rows.join('\n')}\n`;
  return `## ${kind.kind}

${kind.about}

${facts(kind).join('\n')}
${table}`;
}

/** A kind whose own \`id\` takes the place of the common one. */
function isOwnId(name: string, { required }: Shape): boolean {
  return name === 'id' && required.includes(name);
}

function facts({ needs, metrics, cadence, traps = [], upstream }: Kind): readonly string[] {
  const demanded = needs.map((need) => (need === 'address' ? 'an address of the asset on that chain' : `\`${need}\``));
  const yielded =
    metrics.length > 12 ? 'any of [the metrics](metrics.md)' : metrics.map((name) => `\`${name}\``).join(', ');
  return [
    ...(demanded.length === 0 ? [] : [`- needs ${demanded.join(', ')}`]),
    `- yields ${yielded}`,
    `- upstream: ${upstream}${cadence === undefined ? '' : `, with an update every ${formatDuration(cadence)} or so`}`,
    ...traps.map((trap) => `- mind: ${trap}`),
  ];
}

function row(name: string, property: Property, required: boolean): string {
  const fallback = property.default === undefined ? '' : `; default ${code(JSON.stringify(property.default))}`;
  const value = required ? `${typeOf(property)}, required` : `${typeOf(property)}${fallback}`;
  return `| \`${name}\` | ${value} | ${(property.description ?? '').replaceAll('|', String.raw`\|`)} |`;
}

function typeOf(property: Property): string {
  if (property.const !== undefined) return code(property.const);
  if (property.enum !== undefined) return property.enum.length > 12 ? 'a name' : property.enum.map(code).join(', ');
  if (property.anyOf !== undefined) return [...new Set(property.anyOf.map(typeOf))].join(' or ');
  return (
    { string: 'text', object: 'map', array: 'list', boolean: 'true or false' }[property.type ?? ''] ??
    property.type ??
    'any'
  );
}

function code(text: string): string {
  return `\`${text}\``;
}
