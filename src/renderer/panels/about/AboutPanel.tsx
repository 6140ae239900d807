import { formatDateTime, zoneLabel } from '../../format/time.ts';
import { useHostStatus, useMarketStore } from '../../store/hooks.ts';
import { Button } from '../../widgets/Button.tsx';
import type { PanelProps } from '../../workspace/panel.ts';
import { useWindowState } from '../../workspace/session.ts';
import { works } from './works.ts';
import './about.css';

/** Version, host, and whose work is inside. */
export function AboutPanel({ openHelp }: PanelProps) {
  const store = useMarketStore();
  const hello = useWindowState((state) => state.hello);
  const status = useHostStatus();
  const openCharts = () => void store.command({ type: 'openExternal', link: 'chart-attribution' });
  return (
    <div className="about">
      <h2>Truetape {hello?.appVersion ?? ''}</h2>
      <p className="about-promise">Every number is right, or visibly says that it is not.</p>
      <dl className="about-facts">
        <dt>Host</dt>
        <dd>
          {hello === null
            ? '–'
            : hello.host === 'desktop'
              ? 'Desktop'
              : 'Browser, served by the gateway'}
        </dd>
        <dt>Running since</dt>
        <dd className="num">
          {formatDateTime(status?.startedTime ?? null)} {zoneLabel()}
        </dd>
        <dt>Source</dt>
        <dd>{status?.source ?? '–'}</dd>
        <dt>License</dt>
        <dd>MIT</dd>
      </dl>
      <Button onClick={() => openHelp('it-fails-to-connect')}>Open the help</Button>
      <h3>Charts</h3>
      <p>
        TradingView Lightweight Charts™
        <br />
        Copyright (c) 2025 TradingView, Inc.{' '}
        <button type="button" className="about-link" onClick={openCharts}>
          https://www.tradingview.com/
        </button>
      </p>
      <h3>Built with</h3>
      <ul className="about-works">
        {works.map(({ name, license, holder }) => (
          <li key={name}>
            <span className="about-name">{name}</span>
            <span>{license}</span>
            <span className="about-holder">{holder}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
