import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { openIncident } from '../../src/cli/incidentFiles.ts';

const folder = mkdtempSync(join(tmpdir(), 'tocsin-incident-'));
afterAll(() => rmSync(folder, { recursive: true }));

const CSV = 'time,value\n60,1\n120,2\n';

function open(files: Readonly<Record<string, string | Uint8Array>>) {
  const series = Object.keys(files).map(
    (file) => `  - { metric: price_usd, labels: { venue: '${file}' }, file: ${file} }`,
  );
  writeFileSync(join(folder, 'incident.yaml'), `incident: a\ntitle: t\nseries:\n${series.join('\n')}\n`);
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return openIncident(folder, folder).series.map(({ values }) => [...values]);
}

describe('openIncident', () => {
  test('unzips what is zipped, whatever it is called', () => {
    const files = { 'a.csv': CSV, 'b.csv.gz': gzipSync(CSV), 'c.csv': gzipSync(CSV), 'd.csv.gz': CSV };
    expect(open(files)).toEqual([
      [1, 2],
      [1, 2],
      [1, 2],
      [1, 2],
    ]);
  });

  test('a gzip file that is cut off is told with its name', () => {
    expect(() => open({ 'e.csv.gz': gzipSync(CSV).subarray(0, 25) })).toThrow(
      /e\.csv\.gz:1:1: cannot be unzipped \(unexpected end of file\); expected a whole gzip file/,
    );
  });
});
