import { z } from 'zod';
import type { NotifierKinds, SourceKinds } from './kinds.ts';
import { incidentSchema } from './incidentSchema.ts';
import { describeKinds, type DescribedKind } from './ruleKindJson.ts';
import { kindSchema } from './ruleKindSchema.ts';
import { ruleFileSchema, sourceKeys } from './ruleSchema.ts';
import { receiverKeys, settingsSchema } from './settingsSchema.ts';
import { unitTestFileSchema } from './unitTestSchema.ts';

type Json = { [key: string]: unknown };

const HEADER = { $schema: 'http://json-schema.org/draft-07/schema#' };

/** Describes `tocsin.yaml` to editors. */
export function settingsJsonSchema(notifiers: NotifierKinds): Json {
  const schema = toJson(settingsSchema);
  const receivers = property(schema, 'receivers');
  receivers['additionalProperties'] = oneOfKinds(notifiers, toJson(z.strictObject(receiverKeys))['properties'] as Json);
  return hoisted({ ...HEADER, title: 'tocsin.yaml', ...schema });
}

/** Describes a rule file to editors; `kinds` are those that ship. */
export function rulesJsonSchema(sources: SourceKinds, kinds: Readonly<Record<string, DescribedKind>> = {}): Json {
  const schema = toJson(ruleFileSchema(z.unknown()));
  const common = toJson(z.strictObject(sourceKeys))['properties'] as Json;
  property(schema, 'sources')['items'] = oneOfKinds(sources, common);
  const rule = property(property(schema, 'groups')['items'] as Json, 'rules')['items'] as { anyOf: readonly Json[] };
  const hasKind = (shape: Json) => Object.hasOwn(shape['properties'] as Json, 'kind');
  rule.anyOf = rule.anyOf.map((shape) => (hasKind(shape) ? describeKinds(shape, kinds) : shape));
  return hoisted({ ...HEADER, title: 'A Tocsin rule file', ...schema });
}

/** Describes a file that defines a kind of rule to editors. */
export function kindJsonSchema(): Json {
  return { ...HEADER, title: 'A kind of rule', ...toJson(kindSchema) };
}

/** Describes a file of unit tests to editors; rules and assets may stand in it as in a rule file. */
export function testsJsonSchema(rules: Json): Json {
  const schema = toJson(unitTestFileSchema);
  Object.assign(schema['properties'] as Json, {
    groups: property(rules, 'groups'),
    assets: property(rules, 'assets'),
  });
  return { ...HEADER, title: 'Unit tests of rules', ...schema };
}

/** Describes an incident to editors. */
export function incidentJsonSchema(): Json {
  return { ...HEADER, title: 'An incident to run rules on', ...toJson(incidentSchema) };
}

interface Kind {
  readonly about: string;
  readonly options: z.ZodType;
  readonly needs?: readonly string[];
}

function oneOfKinds(kinds: Readonly<Record<string, Kind>>, common: Json): Json {
  const shapes = Object.entries(kinds)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, kind]: [string, Kind]) => {
      const { about, options, needs = [] } = kind;
      const own = toJson(options);
      const required = [...needs, ...((own['required'] as readonly string[] | undefined) ?? [])];
      const properties = { ...common, ...(own['properties'] as Json | undefined), kind: { const: name } };
      return {
        title: name,
        description: about,
        type: 'object',
        properties,
        required: ['kind', ...new Set(required.filter((key) => key in properties))],
        additionalProperties: false,
        ...named(own['definitions'] as Json | undefined, name),
      };
    });
  return { oneOf: shapes.map(renamed) };
}

/** A shape may refer to what is defined beside it; the names are its own. */
function named(definitions: Json | undefined, kind: string): Json {
  return definitions === undefined ? {} : { definitions, kind };
}

function renamed({ kind, ...shape }: Json): Json {
  if (typeof kind !== 'string') return shape;
  const text = JSON.stringify(shape).replaceAll(/"(#\/definitions\/)?(__schema\d+)"/g, `"$1${kind}$2"`);
  return JSON.parse(text) as Json;
}

/** Definitions stand at the top, where references look for them. */
function hoisted(schema: Json): Json {
  const definitions: Json = {};
  const rest = withoutDefinitions(schema, definitions) as Json;
  return Object.keys(definitions).length === 0 ? rest : { ...rest, definitions };
}

function withoutDefinitions(json: unknown, found: Json): unknown {
  if (Array.isArray(json)) return json.map((item) => withoutDefinitions(item, found));
  if (typeof json !== 'object' || json === null) return json;
  const { definitions, ...rest } = json as Json;
  if (definitions !== undefined && typeof definitions === 'object') Object.assign(found, definitions);
  return Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, withoutDefinitions(value, found)]));
}

function toJson(schema: z.ZodType): Json {
  const json = z.toJSONSchema(schema, { io: 'input', target: 'draft-7', unrepresentable: 'any' });
  const { $schema: _, ...rest } = simplify(json) as Json;
  return rest;
}

/**
 * A reference is written as a text, so where a text or a secret may stand, a text says it all; a key that is there and says nothing is
 * accepted, but nobody needs it suggested.
 */
function simplify(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(simplify);
  if (typeof json !== 'object' || json === null) return json;
  const simple = Object.fromEntries(Object.entries(json).map(([key, value]) => [key, simplify(value)]));
  const { anyOf, type } = simple;
  if (Array.isArray(type) && type.length > 2) simple['type'] = type.filter((one) => one !== 'null');
  if (!Array.isArray(anyOf)) return simple;
  const { anyOf: _, ...rest } = simple;
  const said = anyOf.filter((part) => Object.keys(part as object).length > 0 && !isNull(part));
  return said.length === 1 ? { ...(said[0] as object), ...rest } : { ...rest, anyOf: said };
}

const isNull = (part: unknown) => (part as Json)['type'] === 'null';

function property(schema: Json, name: string): Json {
  return (schema['properties'] as Record<string, Json>)[name]!;
}
