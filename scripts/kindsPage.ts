import { formatDuration } from '../src/model/duration.ts';
import { LEVELS } from '../src/model/rule.ts';
import type { RuleKind } from '../src/config/ruleKinds.ts';
import { shippedKinds, testedRules } from './shippedKinds.ts';
import { WAITING } from './waitingKinds.ts';

const HEAD = `<!-- Written by npm run docs; do not edit. -->

# Kinds

A kind is a rule with its values left open: an expression, its levels and the sentence it reads as. A rule names it and says what it is
about; everything else it may leave to the kind, and may write itself: \`levels\` (all of them at once), \`labels\`, \`annotations\`,
\`keep_firing_for\`, \`missing\`, \`disabled\`.

\`\`\`yml
- alert: LeverageHigh
  kind: leverage
  with: { issuer: stream }
  levels: { warning: { above: 2x }, critical: { above: 4x, clear: 3x } }
\`\`\`

\`tocsin explain LeverageHigh\` prints what a rule expands to, and that is the whole truth: a value is read by its type, printed as PromQL and put
in place of \`\${name}\`; its text is never pasted.

| type | is written as | stands in the expression as |
|---|---|---|
| asset, issuer | an id, or a list of them | a regular expression behind \`=~\` |
| selector | \`chain="ethereum", venue=~"a\\|b"\`; may be empty | matchers |
| label, metric | its name | the name |
| duration | \`90s\`, \`3h\`, \`7d\` | the same |
| ratio | \`2%\`, \`50bp\` | a number, 0.02 |
| multiple | \`3.5x\` | a number, 3.5 |
| money | \`$68M\` | a number, in US dollars |
| number | a plain number | the number |

A kind of your own is one file below \`rules/\`: copy one of [those that ship](../rules/kinds), change its \`kind\`. Its tests, in
promtool's format, stand beside it as \`*.test.yaml\`. A *leading* kind speaks before money is lost, a *lagging* one measures the loss.

`;

/** The reference page of rule kinds, those that wait for an input included. */
export function kindsPage(): string {
  const kinds = Object.values(shippedKinds());
  const rows = kinds.map(({ kind, title, timing }) => `| [${kind}](#${kind}) | ${title} | ${timing} |`);
  const waiting = WAITING.map(({ kind, judges, waitsFor }) => `| ${kind} | ${judges} | ${waitsFor} |`);
  return `${HEAD}| kind | judges | |
|---|---|---|
${rows.join('\n')}

${kinds.map(section).join('\n')}
## Waiting for an input

These are not there yet. Each needs a number that nothing here reads, or a recorded case to test it on.

| kind | would judge | waits for |
|---|---|---|
${waiting.join('\n')}
`;
}

function section(kind: RuleKind): string {
  return `## ${kind.kind}

${kind.title}. *${kind.timing[0]!.toUpperCase()}${kind.timing.slice(1)}.* ${kind.because}

${example(kind)}
${parameters(kind)}
${expression(kind)}

${levels(kind)}

${kind.origin}

Cannot see:

${kind.blind.map((line) => `- ${line}`).join('\n')}

Runbook: [${kind.runbook.split('/').at(-1)!.replace('.md', '')}](${kind.runbook.replace(/^docs\//, '')})
`;
}

function example({ kind }: RuleKind): string {
  const [rule] = testedRules(kind);
  const { alert, with: given = {} } = rule as { alert: string; with?: object };
  const inner = Object.entries(given).map(([name, value]) => `${name}: ${written(value)}`);
  return `\`\`\`yml\n- alert: ${alert}\n  kind: ${kind}\n  with: { ${inner.join(', ')} }\n\`\`\`\n`;
}

function written(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(written).join(', ')}]`;
  return /[={},"]/.test(String(value)) ? `'${String(value)}'` : String(value);
}

function parameters({ parameters: all }: RuleKind): string {
  const rows = Object.entries(all).map(([name, { type, about, default: fallback }]) => {
    const value = fallback === undefined ? 'required' : fallback === '' ? 'all' : `\`${fallback}\``;
    return `| \`${name}\` | ${type} | ${value} | ${about.replaceAll('|', String.raw`\|`)} |`;
  });
  return `| parameter | type | default | |\n|---|---|---|---|\n${rows.join('\n')}\n`;
}

function expression({ expr }: RuleKind): string {
  return `\`\`\`promql\n${expr.trimEnd()}\n\`\`\``;
}

function levels({ levels: all, keep_firing_for: keep }: RuleKind): string {
  const said = LEVELS.flatMap((name) => {
    const level = all[name];
    if (level === undefined) return [];
    const side = level.above === undefined ? `below ${level.below}` : `above ${level.above}`;
    const wait = level.for === 0 ? '' : ` for ${formatDuration(level.for)}`;
    const clear = level.clear === undefined ? '' : `, clears at ${level.clear}`;
    return [`${name} ${side}${wait}${clear}`];
  });
  const rest = keep === 0 ? '' : ` Kept firing for ${formatDuration(keep)}.`;
  return `Levels: ${said.join('; ')}.${rest}`;
}
