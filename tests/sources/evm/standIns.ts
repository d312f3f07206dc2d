import { join } from 'node:path';
import { compiledFrom } from '../../../demo/chain/artifacts.ts';

/** Minimal contracts for protocols that are not on npm; each says what it stands in for. */
export function standIns() {
  return compiledFrom(join(import.meta.dirname, 'contracts/StandIns.sol'), [
    'ZeroLimitVaultStandIn',
    'AsyncVaultStandIn',
    'CooldownVaultStandIn',
    'StreamWrapperStandIn',
    'StreamVaultStandIn',
    'CurvePoolStandIn',
    'CurveCryptoPoolStandIn',
    'BalancerV3StandIn',
    'RateStandIn',
    'WithdrawalQueueStandIn',
    'EigenStandIn',
    'DynamicOracleStandIn',
    'PostedOracleStandIn',
  ]);
}
