import { describe, expect, test } from 'vitest';
import { ConfigErrors } from '../../src/config/error.ts';
import { loadConfig } from '../../src/config/loadConfig.ts';
import * as notifiers from '../../src/notifiers/index.ts';

const settings = (text: string) =>
  loadConfig({
    ...{ file: 'tocsin.yaml', text, notifiers, packs: [], env: {}, exists: () => true },
    readFile: () => '',
  });
const complaints = (text: string) => {
  try {
    settings(text);
    return 'none';
  } catch (error) {
    if (!(error instanceof ConfigErrors)) throw error;
    return error.message;
  }
};

describe('routing', () => {
  test("Alertmanager's keys are read as Alertmanager reads them", () => {
    const { route, inhibit } = settings(`
route:
  receiver: log
  group_by: ['...']
  routes:
    - match: { team: risk }
      match_re: { asset: x.*|d.* }
      matchers: ['{severity="critical", chain!="base"}']
      mute_time_intervals: [nights]
      active_time_intervals: [days]
      escalate: [{ after: 15m, receiver: inbox }]
      routes: [{}]
time_intervals:
  - name: nights
    time_intervals:
      - times: [{ start_time: '22:00', end_time: '24:00' }]
        weekdays: ['monday:friday', sunday]
        days_of_month: ['1:5', '-3:-1']
        months: ['may:august', '12']
        years: ['2026:2028']
        location: Europe/Berlin
  - name: days
    time_intervals: [{ weekdays: [monday] }]
inhibit_rules:
  - source_match: { severity: critical }
    target_matchers: ['severity=~"warning|info"']
    equal: [asset]
`);
    const [child] = route.routes;
    expect(route).toMatchObject({ receivers: ['log'], groupBy: ['...'] });
    expect(child!.matchers.map(({ name, op, value }) => `${name}${op}${value}`)).toEqual([
      ...['severity=critical', 'chain!=base', 'team=risk', 'asset=~x.*|d.*'],
    ]);
    expect(child!.muteTimes).toEqual([
      {
        name: 'nights',
        periods: [
          {
            times: [[1320, 1440]],
            weekdays: [
              [1, 5],
              [0, 0],
            ],
            daysOfMonth: [
              [1, 5],
              [-3, -1],
            ],
            months: [
              [5, 8],
              [12, 12],
            ],
            years: [[2026, 2028]],
            location: 'Europe/Berlin',
          },
        ],
      },
    ]);
    expect(child!.activeTimes?.map(({ name }) => name)).toEqual(['days']);
    expect(child!.routes[0]).toMatchObject({ escalate: [{ after: 900_000, receivers: ['inbox'] }] });
    expect(child!.routes[0]).not.toHaveProperty('muteTimes');
    expect(inhibit).toEqual([
      {
        source: [{ name: 'severity', op: '=', value: 'critical' }],
        target: [{ name: 'severity', op: '=~', value: 'warning|info' }],
        equal: ['asset'],
      },
    ]);
  });

  test('what is wrong is told with its place', () => {
    const text = complaints(`
receivers: { mail: { kind: log, fallback: mial } }
route:
  receiver: mail
  mute_time_intervals: [night]
  escalate: [{ after: 15m }]
time_intervals:
  - name: nights
    time_intervals:
      - times: [{ start_time: '25:00', end_time: '09:00' }, { start_time: '10:00', end_time: '09:00' }]
        weekdays: [friday:monday, funday]
        days_of_month: ['32']
        months: [mai]
        years: [soon]
        location: Mars/Olympus
inhibit_rules: [{ source_matchers: ['severity="critical"'] }]
`);
    const places = text
      .split('\n')
      .flatMap((line) => /^tocsin.yaml:(\d+:\d+): (.*)$/.exec(line)?.slice(1, 3).join(' ') ?? []);
    expect(places).toMatchInlineSnapshot(`
      [
        "2:43 unknown receiver "mial"; did you mean "mail"?",
        "5:25 unknown time interval "night"; did you mean "nights"?",
        "6:14 missing key "receiver": who is told then",
        "10:31 found "25:00"; expected a time such as 09:00, up to 24:00",
        "10:94 found "09:00"; expected a time after "10:00" on the same day",
        "11:20 found "friday:monday"; expected a day such as monday, or days in order such as monday:friday",
        "11:35 found "funday"; expected a day such as monday, or days in order such as monday:friday",
        "12:25 found "32"; expected a day such as 1 or -1 (the last), or days in order such as 1:5 or -3:-1",
        "13:18 found "mai"; expected a month such as may or 5, or months in order such as 1:3",
        "14:17 found "soon"; expected a year such as 2026, or years in order such as 2026:2028",
        "15:19 found "Mars/Olympus"; expected an IANA zone such as Europe/Berlin",
        "16:17 missing key "target_matchers": without it every alert is a target",
      ]
    `);
  });
});
