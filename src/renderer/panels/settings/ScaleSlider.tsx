import { useEffect, useState } from 'react';

export interface ScaleSliderProps {
  readonly percent: number;
  readonly onChoose: (percent: number) => void;
}

/** Follows the pointer as a figure and writes when it is let go: the page would move under the pointer otherwise. */
export function ScaleSlider({ percent, onChoose }: ScaleSliderProps) {
  const [shown, setShown] = useState(percent);
  useEffect(() => setShown(percent), [percent]);
  const commit = () => {
    if (shown !== percent) onChoose(shown);
  };
  return (
    <span className="scale">
      <input
        type="range"
        min={80}
        max={200}
        step={5}
        aria-label="Scale in percent"
        value={shown}
        onChange={(event) => setShown(Number(event.target.value))}
        onPointerUp={commit}
        onKeyUp={commit}
        onBlur={commit}
      />
      <span className="scale-figure num">{shown}%</span>
    </span>
  );
}
