import type { Parameter, ParameterType } from './ruleKindSchema.ts';

type Json = { [key: string]: unknown };

/** What editors are told of a kind. */
export interface DescribedKind {
  readonly title: string;
  readonly parameters: Readonly<Record<string, Parameter>>;
}

/** Describes the parameters of each kind in the schema of a rule that uses one; a kind of the user's own is let through. */
export function describeKinds(rule: Json, kinds: Readonly<Record<string, DescribedKind>>): Json {
  const properties = rule['properties'] as Record<string, Json>;
  const named = Object.entries(kinds).map(([name, { title }]) => ({ const: name, description: title }));
  const uses = Object.entries(kinds).map(([name, { parameters }]) => ({
    if: { properties: { kind: { const: name } } },
    // oxlint-disable-next-line unicorn/no-thenable -- JSON Schema's own word
    then: whenUsed(parameters),
  }));
  const kind = { ...properties['kind'], anyOf: [{ oneOf: named }, { type: 'string' }] };
  return { ...rule, properties: { ...properties, kind }, allOf: uses };
}

function whenUsed(parameters: DescribedKind['parameters']): Json {
  const needed = Object.keys(parameters).filter((name) => parameters[name]!.default === undefined);
  const properties = Object.fromEntries(Object.entries(parameters).map(([name, one]) => [name, describe(one)]));
  const shape = { properties, required: needed, additionalProperties: false };
  return { properties: { with: shape }, ...(needed.length > 0 && { required: ['with'] }) };
}

function describe({ type, about, default: fallback }: Parameter): Json {
  return { description: `${type}: ${about}`, ...SHAPES[type], ...(fallback !== undefined && { default: fallback }) };
}

const text = { type: 'string' };
const names = { anyOf: [text, { type: 'array', items: text, minItems: 1 }] };
const quantity = { type: ['string', 'number'] };

const SHAPES: Readonly<Record<ParameterType, Json>> = {
  asset: names,
  issuer: names,
  label: text,
  selector: text,
  metric: text,
  duration: text,
  ratio: text,
  multiple: text,
  money: text,
  number: quantity,
};
