export { compileBinary } from './compile.ts';
export { COMPARISON_OPERATORS, MIRRORED } from './operators.ts';
