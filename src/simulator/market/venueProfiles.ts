export type SimVenueId = 'binance' | 'bybit' | 'okx';

export const simVenueIds: readonly SimVenueId[] = ['binance', 'bybit', 'okx'];

/** How one venue trades; where a venue differs from another in the market itself. */
export interface VenueProfile {
  readonly id: SimVenueId;
  /** Part of all flow and volume. */
  readonly share: number;
  /** How much later than the first venue it follows the latent price. */
  readonly lagMs: number;
  readonly minLevels: number;
  readonly targetLevels: number;
  /** Distance of the deepest level from the mid, as a fraction of the price. */
  readonly depthRange: number;
  /** How far fair value may run from a quote before the quote is stale, in basis points. */
  readonly slackBasisPoints: number;
  /** How far from fair value the keenest order stands, in basis points: half of its own spread. */
  readonly marginBasisPoints: number;
  /** Decimals of tick and lot by asset. */
  readonly precisions: Readonly<Record<string, readonly [price: number, size: number]>>;
}

export const venueProfiles: Readonly<Record<SimVenueId, VenueProfile>> = {
  binance: {
    id: 'binance',
    share: 0.47,
    lagMs: 0,
    minLevels: 1560,
    targetLevels: 1700,
    depthRange: 0.016,
    slackBasisPoints: 0.08,
    marginBasisPoints: 0.02,
    precisions: {
      BTC: [2, 5],
      ETH: [2, 4],
      SOL: [2, 3],
      BNB: [2, 3],
      XRP: [4, 1],
      DOGE: [5, 0],
      ADA: [4, 1],
      AVAX: [2, 2],
      LINK: [2, 2],
      TON: [3, 2],
      DOT: [3, 2],
      LTC: [2, 3],
      SUI: [4, 1],
      NEAR: [3, 1],
      APT: [3, 2],
      ARB: [4, 1],
      PEPE: [8, 0],
    },
  },
  bybit: {
    id: 'bybit',
    share: 0.31,
    lagMs: 15,
    minLevels: 1060,
    targetLevels: 1160,
    depthRange: 0.013,
    slackBasisPoints: 0.1,
    marginBasisPoints: 0.06,
    precisions: {
      BTC: [1, 6],
      ETH: [2, 5],
      SOL: [2, 4],
      BNB: [1, 4],
      XRP: [4, 2],
      DOGE: [5, 1],
      ADA: [4, 2],
      AVAX: [3, 3],
      LINK: [3, 3],
      TON: [3, 2],
      DOT: [4, 3],
      LTC: [2, 5],
      SUI: [4, 2],
      NEAR: [3, 2],
      APT: [4, 2],
      ARB: [5, 2],
      PEPE: [9, 0],
    },
  },
  okx: {
    id: 'okx',
    share: 0.22,
    lagMs: 25,
    minLevels: 620,
    targetLevels: 700,
    depthRange: 0.01,
    slackBasisPoints: 0.1,
    marginBasisPoints: 0.08,
    precisions: {
      BTC: [1, 8],
      ETH: [2, 6],
      SOL: [2, 6],
      BNB: [1, 6],
      XRP: [4, 6],
      DOGE: [5, 6],
      ADA: [4, 6],
      AVAX: [3, 6],
      LINK: [3, 6],
      TON: [3, 6],
      DOT: [3, 6],
      LTC: [2, 6],
      SUI: [4, 6],
      NEAR: [3, 6],
      APT: [3, 6],
      ARB: [4, 6],
      PEPE: [9, 0],
    },
  },
};
