import { expect, it } from 'vitest';
import { labelFingerprint } from '../../../src/http/alertmanager/fingerprint.ts';
import { gettable } from '../../../src/http/alertmanager/gettable.ts';
import { showAlert } from '../../../src/http/alertmanager/showAlert.ts';
import { firing, node, noon } from '../../dispatch/world.ts';

const severity = (value: string) => [{ name: 'severity', op: '=' as const, value }];

it('says by which alert another one is inhibited, and that it is suppressed', () => {
  const source = firing({ rule: 'Collapse', level: 'critical' });
  const showing = {
    ...{ ruleOf: () => undefined, assetOf: () => undefined, route: node(), silences: [], now: noon },
    firing: [firing(), source],
    inhibit: [{ source: severity('critical'), target: severity('warning'), equal: ['asset'] }],
  };
  const fingerprint = labelFingerprint({ asset: 'xusd', alertname: 'Collapse', severity: 'critical' });
  expect(gettable(showAlert(firing(), showing)).status).toEqual({
    ...{ silencedBy: [], inhibitedBy: [fingerprint], state: 'suppressed' },
  });
  expect(gettable(showAlert(source, showing)).status).toMatchObject({ inhibitedBy: [], state: 'active' });
});
