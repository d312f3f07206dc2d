/** A kind that does not ship, because it could not be tested on anything real. */
interface WaitingKind {
  readonly kind: string;
  readonly judges: string;
  readonly waitsFor: string;
}

export const WAITING: readonly WaitingKind[] = [
  {
    kind: 'attestation_age',
    judges: 'how old the newest reserve report is',
    waitsFor: 'a source that reads the as-of date of reports',
  },
  {
    kind: 'bridge_gap',
    judges: 'tokens minted on one chain over what is locked on the other',
    waitsFor: 'a recorded case, such as the supplies around an exploited bridge; the readings themselves are there',
  },
  {
    kind: 'feed_independence',
    judges: 'how many operators stand behind a price, and what share of them one trade can move',
    waitsFor: 'a declared list of the inputs of an oracle',
  },
  {
    kind: 'liquidation_silence',
    judges: 'positions over the limit while nobody liquidates',
    waitsFor: 'a source of single positions and of liquidation events',
  },
  {
    kind: 'oracle_hardcoded',
    judges: 'an oracle whose answer is a constant of its code',
    waitsFor: 'a source that counts the storage slots a price call touches (`oracle_slots_count`)',
  },
  {
    kind: 'peer_exit',
    judges: 'a large, informed holder who leaves',
    waitsFor: 'tagged addresses and a recorded exit',
  },
  {
    kind: 'queue_days',
    judges: 'days until the redemption queue is served at its daily limit',
    waitsFor: 'a source of redemption queues (`redemption_queue_usd`)',
  },
  {
    kind: 'real_yield',
    judges: 'yield less the inflation that pays it',
    waitsFor: 'a source of emissions (`inflation_ratio`)',
  },
  {
    kind: 'redemption_latency',
    judges: 'the oldest open redemption against its promised time',
    waitsFor: 'a source of redemption requests (`redemption_wait_seconds`)',
  },
  {
    kind: 'reserve_proof_age',
    judges: 'how long ago a reserve feed proved anything',
    waitsFor: 'a recorded reserve feed; `oracle_stale` judges the age of any Chainlink feed meanwhile',
  },
  {
    kind: 'runway',
    judges: 'how long a treasury lasts at its present spending',
    waitsFor: 'a source of treasuries and their spending',
  },
  {
    kind: 'self_collateral',
    judges: 'a borrower who pledges a token of its own issue',
    waitsFor: 'a source of single positions and of who controls them',
  },
  {
    kind: 'shock_immunity',
    judges: 'a redemption value that does not move on a day when all its peers do',
    waitsFor: 'recorded redemption values of peers around 10 October 2025',
  },
  {
    kind: 'sole_borrower',
    judges: 'the share of the largest borrower in a market',
    waitsFor: 'a source of single positions',
  },
  {
    kind: 'unlisted_market',
    judges: 'a market that takes a watched token and stands on no list',
    waitsFor: 'a source of market creations',
  },
  {
    kind: 'unlock',
    judges: 'tokens that become sellable soon, as a share of those that are',
    waitsFor: 'a source of vesting schedules',
  },
];
