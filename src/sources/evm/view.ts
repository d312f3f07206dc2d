import { encodeFunctionData, parseAbiItem, type AbiFunction, type AbiParameter } from 'viem';

/** An argument as YAML can write it. */
export type Argument = string | number | boolean | readonly Argument[];

/** A view that yields one number. */
export interface View {
  readonly args: readonly unknown[];
  /** Takes the chosen output out of a decoded answer. */
  readonly pick: (answer: unknown) => unknown;
}

/**
 * Reads a view's signature and fits the arguments to it.
 * @throws {Error} with a sentence when it is no view function, an argument does not fit, or no single number comes out.
 */
export function parseView(signature: string, given: readonly Argument[], output: number | undefined): View {
  const item = parseFunction(signature);
  const index = outputIndex(item, output);
  const args = fitArguments(item, given);
  return { args, pick: (answer) => (item.outputs.length === 1 ? answer : (answer as readonly unknown[])[index]) };
}

function parseFunction(signature: string): AbiFunction {
  const example = 'function rate() view returns (uint256)';
  let item: unknown;
  try {
    item = parseAbiItem(signature);
  } catch (cause) {
    throw new Error(`"${signature}" is no function signature. Expected one such as "${example}".`, { cause });
  }
  const found = item as AbiFunction;
  if (found.type === 'function' && ['view', 'pure'].includes(found.stateMutability)) return found;
  throw new Error(`"${signature}" is no view function. Expected one such as "${example}".`);
}

function outputIndex({ outputs }: AbiFunction, chosen: number | undefined): number {
  if (chosen === undefined && outputs.length > 1) {
    throw new Error(`The function has ${outputs.length} outputs. Say which one with \`output\`, counted from 0.`);
  }
  const index = chosen ?? 0;
  const output = outputs[index];
  if (output === undefined) throw new Error(`The function has no output ${index}; it has ${outputs.length}.`);
  if (/^(u?int\d*|bool)$/.test(output.type)) return index;
  throw new Error(`Output ${index} is of type "${output.type}". Expected a whole number or a boolean.`);
}

function fitArguments(item: AbiFunction, given: readonly Argument[]): readonly unknown[] {
  const { inputs, name } = item;
  if (given.length !== inputs.length) {
    throw new Error(`${name}() takes ${inputs.length} arguments; ${given.length} are given in \`args\`.`);
  }
  const args = given.map((value, index) => fit(value, inputs[index]!));
  try {
    encodeFunctionData({ abi: [item], functionName: name, args });
  } catch (cause) {
    const types = inputs.map(({ type }) => type).join(', ');
    throw new Error(`The \`args\` of ${name}() do not fit its types (${types}).`, { cause });
  }
  return args;
}

function fit(value: Argument, parameter: AbiParameter): unknown {
  if (Array.isArray(value)) {
    const element = { ...parameter, type: parameter.type.replace(/\[\d*\]$/, '') };
    return value.map((each: Argument) => fit(each, element));
  }
  if (!/^u?int\d*$/.test(parameter.type)) return value;
  const whole = typeof value === 'number' ? Number.isSafeInteger(value) : /^-?(\d+|0x[0-9a-f]+)$/i.test(String(value));
  if (whole) return BigInt(value as string | number);
  throw new Error(
    `Argument "${String(value)}" is no whole number of type "${parameter.type}". Write large ones in quotes.`,
  );
}
