import { isMap, isScalar } from 'yaml';
import { YamlFile } from './yamlFile.ts';

/** True for the sections that judging needs; the others say what is read from the world. */
export const isJudged = (section: string): boolean => section !== 'sources' && section !== 'exposures';

/** The text with every other section blanked out, so that places stay what they are. */
export function onlySections(path: string, text: string, isKept: (section: string) => boolean): string {
  const yaml = new YamlFile(path, text);
  const { contents } = yaml.document;
  if (!isMap(contents) || contents.flow === true) return text;
  let kept = text;
  const starts = contents.items.map((item) => (isScalar(item.key) ? item.key.range![0] : 0));
  for (const [index, { key }] of contents.items.entries()) {
    if (!isScalar(key) || isKept(String(key.value))) continue;
    const [from, to] = [starts[index]!, starts[index + 1] ?? text.length];
    kept = kept.slice(0, from) + kept.slice(from, to).replace(/[^\n]/g, ' ') + kept.slice(to);
  }
  return kept;
}
