import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { defaultReconnect, RealTimeDataProvider } from 'truetape/client';
import { App } from './App.tsx';
import './style.css';

const options = { reconnect: defaultReconnect, afterLastAttempt: 'keep-trying' } as const;

const root = document.getElementById('root');
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      {/*
        One connection for everything below. Without `wsUrl` it goes to the server of this page. By itself it gives up after
        ten attempts; a screen on a wall has nobody to press a button.
      */}
      <RealTimeDataProvider options={options}>
        <App />
      </RealTimeDataProvider>
    </StrictMode>,
  );
}
