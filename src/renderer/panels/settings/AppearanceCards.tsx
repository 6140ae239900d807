import type { Settings } from '../../../shared/settings.ts';

type Theme = Settings['theme'];
type Pair = Settings['directionColors'];

const themes: readonly { readonly value: Theme; readonly label: string }[] = [
  { value: 'dark', label: 'Dark' },
  { value: 'light', label: 'Light' },
  { value: 'highContrast', label: 'High contrast' },
  { value: 'system', label: 'System' },
];

const candles = [
  { x: 0, top: 14, bottom: 22, rising: true },
  { x: 7, top: 8, bottom: 16, rising: false },
  { x: 14, top: 10, bottom: 18, rising: true },
  { x: 21, top: 3, bottom: 13, rising: true },
  { x: 28, top: 1, bottom: 8, rising: false },
  { x: 35, top: 4, bottom: 9, rising: false },
  { x: 42, top: 1, bottom: 9, rising: true },
];

/** Rising hollow, falling solid: direction can be read without color. */
function CandlePicture() {
  return (
    <svg className="card-candles" viewBox="0 0 48 26" aria-hidden="true">
      {candles.map(({ x, top, bottom, rising }) => (
        <g key={x} className={rising ? 'card-rising' : 'card-falling'}>
          <path d={`M${x + 2.5} ${top - 1}v${bottom - top + 4}`} />
          <rect x={x + 0.5} y={top + 1} width="4" height={bottom - top} />
        </g>
      ))}
    </svg>
  );
}

/** A small window in the theme's own tokens: the attribute on it makes the stylesheet show them here. */
function ThemePicture({ theme }: { readonly theme: Theme }) {
  return (
    <span className="theme-picture" data-preview={theme}>
      <span />
      <span>
        <CandlePicture />
      </span>
      <span />
    </span>
  );
}

export function ThemeCards({
  theme,
  onChoose,
}: {
  theme: Theme;
  onChoose: (theme: Theme) => void;
}) {
  return (
    <div className="cards" role="radiogroup" aria-label="Theme">
      {themes.map(({ value, label }) => (
        <button
          key={value}
          type="button"
          className="card"
          role="radio"
          aria-checked={value === theme}
          onClick={() => onChoose(value)}
        >
          <ThemePicture theme={value} />
          <span className="card-label">
            <span className="card-radio" />
            {label}
          </span>
        </button>
      ))}
    </div>
  );
}

const pairs: readonly { readonly value: Pair; readonly label: string }[] = [
  { value: 'greenRed', label: 'Green and red' },
  { value: 'blueOrange', label: 'Blue and orange' },
];

export function DirectionCards({ pair, onChoose }: { pair: Pair; onChoose: (pair: Pair) => void }) {
  return (
    <div className="cards" role="radiogroup" aria-label="Rising and falling">
      {pairs.map(({ value, label }) => (
        <button
          key={value}
          type="button"
          className="card direction-card"
          role="radio"
          aria-checked={value === pair}
          data-pair={value}
          onClick={() => onChoose(value)}
        >
          <CandlePicture />
          <span className="direction-words num">
            <span>{label}</span>
            <span className="direction-up">▲ +1.84%</span>
            <span className="direction-down">▼ −0.42%</span>
          </span>
        </button>
      ))}
    </div>
  );
}
