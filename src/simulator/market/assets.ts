/** What the market is told about an asset; prices are in USDT. */
export interface AssetProfile {
  readonly symbol: string;
  readonly price: number;
  /** Fraction by which the price rose in the 24 h before the start. */
  readonly change24h: number;
  /** Standard deviation of a day's log return. */
  readonly dailyVolatility: number;
  /** Notional of 24 h over all venues, USDT. */
  readonly quoteVolume24h: number;
}

function asset(
  symbol: string,
  price: number,
  changePercent: number,
  dailyVolatility: number,
  millions: number,
): AssetProfile {
  const quoteVolume24h = millions * 1e6;
  return { symbol, price, change24h: changePercent / 100, dailyVolatility, quoteVolume24h };
}

export const assetProfiles: readonly AssetProfile[] = [
  asset('BTC', 84_250, 1.84, 0.016, 4100),
  asset('ETH', 3124.6, -0.42, 0.021, 2200),
  asset('SOL', 182.37, 3.27, 0.028, 900),
  asset('BNB', 612.4, 0.18, 0.016, 420),
  asset('XRP', 2.1846, -1.06, 0.025, 700),
  asset('DOGE', 0.18233, 2.41, 0.031, 380),
  asset('ADA', 0.6712, -0.88, 0.028, 210),
  asset('AVAX', 24.31, 1.12, 0.03, 110),
  asset('LINK', 17.84, 0.64, 0.028, 150),
  asset('TON', 3.462, -2.35, 0.026, 60),
  asset('DOT', 4.618, -0.27, 0.027, 70),
  asset('LTC', 97.42, 0.51, 0.023, 120),
  asset('SUI', 2.9134, 4.86, 0.034, 260),
  asset('NEAR', 3.087, 1.94, 0.031, 80),
  asset('APT', 5.642, -1.42, 0.031, 50),
  asset('ARB', 0.4127, 0.29, 0.032, 60),
  asset('PEPE', 0.000011284, 5.73, 0.038, 190),
];
