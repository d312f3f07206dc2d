import { YamlFile } from './yamlFile.ts';

/** Makes a rule file that uses a kind as its example does, assets included; `undefined` when `text` defines no kind. */
export function exampleOf(file: string, text: string): string | undefined {
  const { kind, parameters, example } = Object(new YamlFile(file, text).toJS()) as Partial<Shape>;
  if (typeof kind !== 'string' || example === undefined) return undefined;
  const given = Object.entries(example.with ?? {});
  const named = (type: string) =>
    given.filter(([name]) => parameters?.[name]?.type === type).flatMap(([, value]) => value);
  const assets = Object.fromEntries(named('asset').map((asset) => [String(asset), {}]));
  const issuers = Object.fromEntries(named('issuer').map((issuer) => [`${String(issuer)}-token`, { issuer }]));
  const rules = [{ ...example, kind }];
  return JSON.stringify({ assets: { ...assets, ...issuers }, groups: [{ name: kind, rules }] });
}

interface Shape {
  readonly kind: string;
  readonly parameters: Readonly<Record<string, { readonly type?: string }>>;
  readonly example: { readonly with?: Readonly<Record<string, unknown>> };
}
