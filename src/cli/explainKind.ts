import { parse } from 'yaml';

interface KindFacts {
  /** Why it leads or lags. */
  readonly because?: string;
  readonly blind: readonly string[];
}

/** What the file of a kind says that a rule of it does not carry. */
export function kindFile(files: Readonly<Record<string, string>>, name: string): KindFacts {
  const wanted = new RegExp(`^kind:\\s*["']?${name}\\b`, 'm');
  const text = Object.values(files).find((one) => wanted.test(one));
  const { because, blind } = (text === undefined ? {} : parse(text)) as { because?: string; blind?: readonly string[] };
  return { ...(because !== undefined && { because: because.trim() }), blind: blind ?? [] };
}
