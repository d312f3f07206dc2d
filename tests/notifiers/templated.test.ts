import { describe, expect, it } from 'vitest';
import { messageTemplateErrors } from '../../src/dispatch/template-message-check.ts';
import { renderDiscord } from '../../src/notifiers/discord-embeds.ts';
import { renderHtml } from '../../src/notifiers/email-html.ts';
import { renderSlack } from '../../src/notifiers/slack-blocks.ts';
import { renderSlackReply } from '../../src/notifiers/slack-reply.ts';
import { renderTelegram } from '../../src/notifiers/telegram-html.ts';
import { customise, withTemplates } from '../../src/notifiers/templated.ts';
import { renderText } from '../../src/notifiers/text.ts';
import { HOSTILE, notification, told } from '../support/notification.ts';

const logged: unknown[] = [];
const io = { now: () => 0, log: (event: unknown) => void logged.push(event) };
const templates = {
  title: '{{ alert.level | upcase }} {{ alert.labels.asset }} at {{ alert.value }}',
  text: '{% for a in alerts %}{{ a.summary }} ({{ a.labels.chain }}{{ a.labels.nothing }})\n{{ a.description }}{% endfor %}',
};
const of = (overrides: Parameters<typeof told>[0] = {}, kind = 'slack') =>
  customise(notification({ alerts: [told(overrides)] }), { kind, templates }, io);

describe('templates of a receiver', () => {
  it('make the title and the text', () => {
    expect(renderText(of())).toBe(
      'CRITICAL xusd at −9.73 %\n\nStream xUSD trades −9.73 % from NAV on ethereum (ethereum)\n\nDashboard   http://127.0.0.1:9310/\n',
    );
  });

  it('ping nobody and format nothing, whatever a label says', () => {
    const hostile = of({ labels: { asset: '*<!channel>', chain: HOSTILE }, summary: HOSTILE, description: HOSTILE });
    const slack = JSON.stringify([renderSlack(hostile), renderSlackReply(hostile)]);
    expect(slack).not.toMatch(/<!|<@|<http:\/\/evil|\\nBcc/);
    expect(slack).toContain('&lt;!channel&gt;');
    expect(renderTelegram(hostile)).not.toContain('<script');
    expect(renderHtml(hostile)).not.toContain('<script>');
    expect(renderDiscord(hostile)).toMatchObject({ allowed_mentions: { parse: [] } });
    expect(JSON.stringify(renderDiscord(hostile))).not.toMatch(/[^\\]<@U1>/);
  });

  it('fit each service, however much they make', () => {
    const loud = { title: '{{ alert.summary }}', text: '{% for i in (1..9000) %}<&>\n{% endfor %}' };
    const big = customise(notification(), { kind: 'slack', templates: loud }, io);
    for (const block of [...renderSlack(big).blocks, ...renderSlackReply(big).blocks])
      expect(JSON.stringify(block).length).toBeLessThan(7000);
    expect(renderTelegram(big).length).toBeLessThanOrEqual(4096);
    expect(renderDiscord(big).embeds[0]!.description.length).toBeLessThanOrEqual(4096);
  });

  it.each(['{% for i in (1..100000000) %}x{% endfor %}', '{% include "x" %}', '   '])(
    'that fail, or make nothing, leave the built-in message: %s',
    (text) => {
      const failing = customise(notification(), { kind: 'slack', templates: { title: text, text } }, io);
      expect(renderText(failing)).toBe(renderText(notification()));
    },
  );

  it('make the summary and description of each alert where the service keeps one for each', () => {
    const alerts = [told(), told({ id: '0000000000000002', labels: { asset: 'usdx', chain: 'base' } })];
    const each = customise(notification({ alerts }), { kind: 'pagerduty', templates }, io);
    expect(each.alerts.map(({ summary }) => summary)).toEqual(['CRITICAL xusd at −9.73 %', 'CRITICAL usdx at −9.73 %']);
  });

  it('are used by the notifier', async () => {
    const sent: string[] = [];
    const notifier = {
      ready: () => undefined,
      send: async (message: Parameters<typeof renderText>[0]) => {
        sent.push(renderText(message));
        return undefined;
      },
    };
    const templated = withTemplates(notifier, { kind: 'inbox', templates }, io);
    await templated.send(notification(), AbortSignal.timeout(1000));
    expect(sent[0]).toMatch(/^CRITICAL xusd at −9.73 %\n/);
    expect(templated.ready).toBeUndefined();
  });
});

describe('the check of a template', () => {
  it.each([
    [
      '{{ alert.value }} {% for a in alerts %}{{ a.labels["x y"] }}{{ forloop.index }}{% endfor %}{{ at | date: "%H:%M", timezone }}',
    ],
    [
      '{% assign first = alerts[0] %}{{ first.summary | upcase }} {{ alert.description | default: "no more is known" }}',
    ],
  ])('accepts %s', (template) => expect(messageTemplateErrors(template)).toEqual([]));

  it.each([
    ['hi {{ alrt.value }}', 'alrt', /unknown variable "alrt"/],
    ['{% if reminder %}{{ alert.valu }}{% endif %}', 'alert.valu', /unknown variable "alert.valu"/],
    ['{% for a in alerts %}\n{{ a.sumary }}{% endfor %}', 'a.sumary', /unknown variable "a.sumary"/],
    ['{{ alert.value | nofilter }}', '{{ alert.value | nofilter }}', /undefined filter: nofilter/],
    ['x {% if reminder %} y', '{% if reminder %}', /not closed/],
    ['{{ alert.value', '{{ alert.value', /not closed/],
    ['{% assign f = alerts[0] %}{{ f.bar }}', 'f.bar', /undefined variable: f.bar/],
  ])('points at what is wrong in %s', (template, place, message) => {
    const [found] = messageTemplateErrors(template);
    expect(found?.message).toMatch(message);
    expect(template.slice(...found!.span)).toBe(place);
  });
});
