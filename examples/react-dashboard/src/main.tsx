import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { RealTimeDataProvider } from 'truetape/client';
import { App } from './App.tsx';
import './style.css';

const root = document.getElementById('root');
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      {/* One connection for everything below. Without `wsUrl` it goes to the server of this page. */}
      <RealTimeDataProvider reconnectInterval={1_000}>
        <App />
      </RealTimeDataProvider>
    </StrictMode>,
  );
}
