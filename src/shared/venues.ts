/** Bar and text colours of one venue in one theme; `text` is used on the 17 % tint of its tag. */
export interface VenueColor {
  readonly bar: string;
  readonly text: string;
}

/** Everything about a venue that is not wire protocol. The order of the list is the order of every coverage mark. */
export interface VenueRecord {
  readonly id: string;
  readonly name: string;
  /** Two capital letters, shown in tags. */
  readonly code: string;
  readonly color: {
    readonly dark: VenueColor;
    readonly light: VenueColor;
    readonly highContrast: VenueColor;
  };
  /** Taker fee assumed until the user says otherwise, in basis points. */
  readonly defaultTakerFeeBps: number;
}

export const venues = [
  {
    id: 'binance',
    name: 'Binance',
    code: 'BN',
    color: {
      dark: { bar: '#ECD771', text: '#ECD771' },
      light: { bar: '#A98904', text: '#6F6009' },
      highContrast: { bar: '#FAE882', text: '#FAE882' },
    },
    defaultTakerFeeBps: 10,
  },
  {
    id: 'bybit',
    name: 'Bybit',
    code: 'BY',
    color: {
      dark: { bar: '#A980E2', text: '#AF84EA' },
      light: { bar: '#7136B0', text: '#7136B0' },
      highContrast: { bar: '#C19BF0', text: '#C19BF0' },
    },
    defaultTakerFeeBps: 10,
  },
  {
    id: 'okx',
    name: 'OKX',
    code: 'OK',
    color: {
      dark: { bar: '#5DCCE2', text: '#5DCCE2' },
      light: { bar: '#09859F', text: '#086978' },
      highContrast: { bar: '#76E6F7', text: '#76E6F7' },
    },
    defaultTakerFeeBps: 10,
  },
] as const satisfies readonly VenueRecord[];

export type VenueId = (typeof venues)[number]['id'];

export const venueIds: readonly VenueId[] = venues.map((venue) => venue.id);

export function isVenueId(text: string): text is VenueId {
  return venues.some((venue) => venue.id === text);
}

export function venueRecord(id: VenueId): VenueRecord {
  const record = venues.find((venue) => venue.id === id);
  if (record === undefined) throw new Error(`unknown venue: ${id}`);
  return record;
}
