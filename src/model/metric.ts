/** What one metric means. The unit stands at the end of its name. */
export interface Metric {
  readonly meaning: string;
  /** A value below zero is a source error. */
  readonly nonNegative?: true;
  /** Only 0 and 1 are values. */
  readonly bool?: true;
}

const metric = (meaning: string): Metric => ({ meaning });
const amount = (meaning: string): Metric => ({ meaning, nonNegative: true });
const bool = (meaning: string): Metric => ({ meaning, nonNegative: true, bool: true });

/** The closed list of metric names; a source may yield no other. */
export const METRICS = {
  price_usd: amount('market price in USD; label `method`: spot, twap, mid or aggregate'),
  price_ratio: amount('price in another asset, label `quote`'),
  executable_price_usd: amount('what selling `size` tokens at once would fetch for each, fees included, in `quote`'),
  executable_price_ratio: amount('the same in a quote that is no dollar'),
  price_low_usd: amount('low of the interval'),
  volume_usd: amount('traded in the interval, label `window`'),
  nav_per_share_usd: amount('redemption value of one share'),
  share_price_ratio: amount("assets per vault share, in the vault's asset"),
  redemption_rate_ratio: amount('protocol exchange rate of an LST or wrapper, label `quote`'),
  oracle_price_usd: amount('what a lending market believes'),
  oracle_age_seconds: amount("age of the oracle's round"),
  oracle_slots_count: amount('storage slots the price call touches; 0 is a constant'),
  supply_tokens: amount('outstanding, per chain or `chain="all"`'),
  net_mint_tokens: metric('minted minus burnt in the interval'),
  market_cap_usd: amount('supply times price'),
  reserves_usd: amount('held for holders'),
  liabilities_usd: amount('owed to holders'),
  backing_ratio: amount('reserves ÷ liabilities, par is 1'),
  debt_usd: amount('owed by an issuer over all venues'),
  leverage_ratio: amount('(backing + debt) ÷ backing'),
  aum_claimed_usd: amount("the issuer's own claim"),
  tvl_usd: amount('independent total value locked'),
  tvl_native_tokens: amount('the same in native units'),
  supplied_usd: amount('supplied to a lending market or vault'),
  borrowed_usd: amount('borrowed from it'),
  liquidity_usd: amount('withdrawable now'),
  collateral_usd: amount('collateral posted'),
  utilization_ratio: amount('borrowed ÷ supplied; nothing supplied is no sample'),
  borrow_apr_ratio: metric('yearly rate, 0.048 is 4.8 %'),
  supply_apr_ratio: metric('yearly rate'),
  apy_ratio: metric('yearly yield, compounded'),
  bad_debt_usd: amount('debt above its collateral; label `at`: market or oracle'),
  lltv_ratio: amount('loan-to-value at which liquidation starts'),
  cap_usd: amount('supply or borrow cap, label `side`'),
  withdrawable_usd: amount('what `holder` could withdraw now'),
  withdrawable_tokens: amount('what `holder` could withdraw now, in the vault asset'),
  liquidity_tokens: amount(
    'lies idle in a vault or pool, in its own asset: what can leave without anything being sold',
  ),
  assets_tokens: amount("total assets of a vault, in the vault's asset"),
  balance_tokens: amount('tokens held by `holder`'),
  redemption_queue_usd: amount('pending redemptions'),
  redemption_queue_tokens: amount('pending redemptions, in the asset that is paid out or in shares (`unit`)'),
  redemption_claimable_tokens: amount('redemptions that are ready to be taken, as `redemption_queue_tokens`'),
  redemption_wait_seconds: amount('age of the oldest redemption request'),
  redemption_cooldown_seconds: amount('wait that the contract puts before an exit; 0 is none'),
  redemption_paused_bool: bool('1 = nobody can redeem'),
  depth_usd: amount('tradable within label `within`, label `side`: sell or buy'),
  pool_share_ratio: amount("this asset's share of the pool"),
  pool_imbalance_ratio: metric('distance from balance'),
  exposure_usd: amount('`holder` holds `asset` through `venue`'),
  attestation_age_seconds: amount('since the as-of date of the reserve report'),
  bridge_gap_tokens: metric('minted on destinations minus locked at the origin; above 0 is unbacked'),
  slashed_ratio: amount('share of an operator or validator set that was slashed since the start'),
  top_holder_ratio: amount('share of the largest holders, label `top`'),
  accounts_covered_ratio: amount("share of a market's debt that the accounts looked at owe"),
  oracle_overdue_ratio: amount("age of the oracle's round ÷ the heartbeat it promises; above 1 is late"),
  oracle_confidence_ratio: amount("the oracle's own uncertainty ÷ its price"),
  oracle_class_bool: bool('1 = the oracle is of label `class`: feed, feed_rate, vault_rate, twap, constant or unknown'),
  oracle_leaves_count: amount('feeds, rates and constants that a price rests on'),
  parameter_change_age_seconds: amount(
    'since a change of label `parameter`, made by label `by` in label `transaction`',
  ),
  markets_count: amount('markets or pools that take the asset'),
  market_age_seconds: amount('since the market of labels `market` and `venue` was made'),
  unscanned_blocks_count: amount('blocks whose logs are not scanned yet'),
  stake_rate_ratio: amount('stake pool rate'),
  inflation_ratio: metric('yearly inflation'),
  slot_lag_seconds: amount('now minus the time of the newest slot'),
  chain_lag_seconds: amount('now minus the time of the newest (`tag="latest"`) or final (`tag="finalized"`) block'),
  sentiment_index: amount('fear and greed, 0–100'),
  authority_set_bool: bool('1 = the mint has an authority of label `authority`: mint or freeze'),
  call_reverted_bool: bool('1 = the view reverted'),
  parameter_value: metric('any watched on-chain parameter as a number, label `parameter`'),
  asset_info: amount('always 1; labels class, issuer, peg, name'),
  tocsin_source_up: bool('0 = the last run of `source` failed'),
  tocsin_source_frozen: bool('1 = this price does not move while a peer does'),
  tocsin_chain_up: bool('0 = no healthy RPC URL is left for `chain`'),
  tocsin_unknown_count: amount('label sets of rule `rule` that cannot be judged'),
  tocsin_receiver_up: bool('0 = `receiver` refused a message for good'),
  tocsin_rules_valid: bool('0 = the rule files on disk are invalid; the last accepted set runs'),
  tocsin_store_writable: bool('0 = samples cannot be stored'),
  tocsin_canary: bool('1 for some minutes a day, so that an alert goes the whole way'),
  tocsin_canary_missing: bool('1 = no receiver has accepted the canary of the day, or one of them has not'),
} as const satisfies Record<string, Metric>;

export type MetricName = keyof typeof METRICS;
