import { chartAlt, chartSvg, CHART_WIDTH } from '../../notifiers/chart-svg.ts';
import { describeInputs } from '../../notifiers/content-inputs.ts';
import type { Chart, Evidence } from '../../model/notification.ts';
import type { Status } from '../../model/status.ts';
import { markup } from '../markup.ts';
import { section } from './parts.ts';
import type { Markup } from '../markup.ts';

/** How the value came to be: the last hours with the threshold, and what it was computed from. */
export function evidenceSection(
  chart: Chart | undefined,
  evidence: Evidence | undefined,
  { now }: Status,
): Markup | undefined {
  if (chart === undefined && evidence === undefined) return undefined;
  return section('evidence', 'Evidence', markup`${chart && picture(chart)}${evidence && lines(evidence, now)}`);
}

function picture(chart: Chart): Markup {
  const data = Buffer.from(chartSvg(chart)).toString('base64');
  return markup`<img class="chart" width="${CHART_WIDTH}" alt="${chartAlt(chart)}" src="data:image/svg+xml;base64,${data}">`;
}

function lines({ expression, substituted, inputs }: Evidence, now: number): Markup {
  const given = describeInputs(inputs, now).map((line) => markup`<li>${line}</li>`);
  return markup`<p><code>${expression}</code></p>
${substituted !== '' && markup`<p class="quiet">with ${substituted}</p>`}<ul class="rows quiet">${given}</ul>`;
}
