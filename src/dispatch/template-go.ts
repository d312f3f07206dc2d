import { remembered } from '../model/remembered.ts';
import type { TemplateScope } from './template.ts';
import { FUNCTIONS, type Value } from './template-go-functions.ts';
import { toText } from './template-go-printf.ts';
import {
  parseTemplate,
  Unsupported,
  type Branch,
  type Node,
  type Operand,
  type Pipeline,
} from './template-go-parse.ts';

const LONGEST_TEXT = 100_000;
const parsed = new Map<string, readonly Node[]>();
const MOST_PARSED = 10_000;

/**
 * Renders the part of Go's templates that Prometheus' rule files use: labels, the value, variables, `if`, `with` and pipelines of
 * Prometheus' functions. There is no loop and nothing is asked of the data, so `range` and `query` stay as written.
 */
export function renderGo(template: string, scope: TemplateScope): string {
  try {
    return new Frame(scope).render(remembered(parsed, template, () => parseTemplate(template), MOST_PARSED));
  } catch (error) {
    if (error instanceof Unsupported) return template;
    throw error;
  }
}

/** The state of one rendering. A block sees the variables around it. */
class Frame {
  #dot: Value;
  #variables: Map<string, Value>;

  constructor({ labels, value, externalLabels = {}, externalUrl = '' }: TemplateScope) {
    const dot = new Map<string, Value>([
      ['Labels', new Map(Object.entries(labels))],
      ['Value', value ?? NaN],
      ['ExternalLabels', new Map(Object.entries(externalLabels))],
      ['ExternalURL', externalUrl],
    ]);
    this.#dot = dot;
    this.#variables = new Map<string, Value>([
      ['$', dot],
      ['$labels', dot.get('Labels')!],
      ['$value', dot.get('Value')!],
      ['$externalLabels', dot.get('ExternalLabels')!],
      ['$externalURL', externalUrl],
    ]);
  }

  render(nodes: readonly Node[]): string {
    let text = '';
    for (const node of nodes) {
      text += this.#node(node);
      if (text.length > LONGEST_TEXT) throw new Unsupported();
    }
    return text;
  }

  /** A part that cannot be rendered stays as written. */
  #node(node: Node): string {
    if (node.kind === 'text') return node.source;
    try {
      if (node.kind !== 'action') return this.#branch(node);
      const value = this.#pipeline(node.pipeline);
      return node.pipeline.declares === undefined && node.pipeline.assigns === undefined ? toText(value) : '';
    } catch (error) {
      if (error instanceof Unsupported) return node.source;
      throw error;
    }
  }

  #branch({ kind, pipeline, body, otherwise }: Branch): string {
    const outside = { dot: this.#dot, variables: this.#variables };
    this.#variables = new Map(outside.variables);
    try {
      const value = this.#pipeline(pipeline);
      if (!isTrue(value)) return this.render(otherwise);
      if (kind === 'with') this.#dot = value;
      return this.render(body);
    } finally {
      for (const name of outside.variables.keys()) outside.variables.set(name, this.#variables.get(name)!);
      this.#dot = outside.dot;
      this.#variables = outside.variables;
    }
  }

  #pipeline({ commands, declares, assigns }: Pipeline): Value {
    let value: Value | undefined;
    for (const command of commands) value = this.#command(command, value);
    if (typeof value === 'string' && value.length > LONGEST_TEXT) throw new Unsupported();
    if (assigns !== undefined && !this.#variables.has(assigns)) throw new Unsupported();
    const name = declares ?? assigns;
    if (name !== undefined) this.#variables.set(name, value!);
    return value!;
  }

  #command([first, ...rest]: readonly Operand[], piped: Value | undefined): Value {
    const args = rest.map((operand) => this.#operand(operand));
    if (piped !== undefined) args.push(piped);
    if (first!.kind !== 'function') {
      if (args.length > 0) throw new Unsupported();
      return this.#operand(first!);
    }
    return call(first!.name, args);
  }

  #operand(operand: Operand): Value {
    if (operand.kind === 'literal') return operand.value;
    if (operand.kind === 'function') return call(operand.name, []);
    const { base, fields } = operand;
    let value = typeof base === 'string' ? this.#variable(base) : this.#pipeline(base);
    for (const field of fields) value = fieldOf(value, field);
    return value;
  }

  #variable(name: string): Value {
    const value = name === '.' ? this.#dot : this.#variables.get(name);
    if (value === undefined) throw new Unsupported();
    return value;
  }
}

function call(name: string, args: readonly Value[]): Value {
  const made = FUNCTIONS.get(name);
  if (made === undefined || args.length < made.least || args.length > made.most) throw new Unsupported();
  return made.apply(...args);
}

/** A label that is not there is empty, as in Prometheus. */
function fieldOf(value: Value, field: string): Value {
  if (!(value instanceof Map)) throw new Unsupported();
  return value.get(field) ?? '';
}

function isTrue(value: Value): boolean {
  return value instanceof Map ? value.size > 0 : Boolean(value);
}
