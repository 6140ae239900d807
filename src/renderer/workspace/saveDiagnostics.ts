import { useCallback } from 'react';
import type { MarketStore } from '../store/marketStore.ts';
import { useMarketStore } from '../store/hooks.ts';
import { useToasts } from './toasts.ts';

/** The browser's own way of saving: no address outside of the page is involved. */
function offerDownload(fileName: string, base64: string): void {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const address = URL.createObjectURL(new Blob([bytes], { type: 'application/zip' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = fileName;
  link.click();
  // Chromium reads the blob after the click returns.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

const otherWay = 'The command `truetape doctor --bundle` writes the same file without a page.';

export async function saveDiagnostics(store: MarketStore): Promise<string | null> {
  const answer = await store.command({ type: 'createDiagnostics' });
  if (!answer.ok) return `${answer.message} ${otherWay}`;
  try {
    offerDownload(answer.value.fileName, answer.value.base64);
    return null;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return `The page could not offer the file: ${reason}. ${otherWay}`;
  }
}

/** One zip for a report; says where it went, or what to do instead. */
export function useSaveDiagnostics(): () => void {
  const store = useMarketStore();
  const show = useToasts((state) => state.show);
  return useCallback(() => {
    void saveDiagnostics(store).then((failure) => {
      if (failure === null) {
        const text = 'The zip is among your downloads. Keys, tokens and paths are removed.';
        show({ mark: 'live', title: 'Diagnostics saved', text, stays: false });
      } else {
        show({ mark: 'error', title: 'Diagnostics were not saved', text: failure, stays: true });
      }
    });
  }, [store, show]);
}
