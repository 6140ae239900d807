import { createRoot } from 'react-dom/client';
import { App } from './App.tsx';
import { createBrowserStore } from './store/browserStore.ts';
import './theme/global.css';

const root = document.getElementById('root');
if (root === null) throw new Error('the page has no root element');
createRoot(root).render(<App store={createBrowserStore(window)} />);
