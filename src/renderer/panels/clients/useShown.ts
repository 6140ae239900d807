import type { RefObject } from 'react';
import { useEffect, useState } from 'react';

/** True while some of the element can be seen: its tab is the front one, and so is the page's. */
export function useShown(target: RefObject<Element | null>): boolean {
  const [inView, setInView] = useState(false);
  const [pageShown, setPageShown] = useState(() => !document.hidden);
  useEffect(() => {
    const element = target.current;
    if (element === null) return undefined;
    const observer = new IntersectionObserver((entries) => {
      setInView(entries.at(-1)?.isIntersecting ?? false);
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [target]);
  useEffect(() => {
    const look = () => setPageShown(!document.hidden);
    look();
    document.addEventListener('visibilitychange', look);
    return () => document.removeEventListener('visibilitychange', look);
  }, []);
  return inView && pageShown;
}
