import { formatTimeMillis } from '../../format/time.ts';
import { useClearErrors, useErrors } from '../../store/hooks.ts';
import { Button } from '../../widgets/Button.tsx';
import { PanelMessage } from '../../widgets/PanelMessage.tsx';
import { ValidityMark } from '../../widgets/ValidityMark.tsx';
import { VenueTag } from '../../widgets/VenueTag.tsx';
import './connectionHealth.css';

/** What went wrong, newest first: words for a person, and the raw text beneath for the one who looks deeper. */
export function ErrorsPanel() {
  const errors = useErrors();
  const clear = useClearErrors();
  if (errors.length === 0) {
    return (
      <PanelMessage
        title="No errors"
        text="Refused connections, broken messages and rate limits are listed here, with what happens next."
      />
    );
  }
  return (
    <div className="errors">
      <div className="errors-head">
        <span className="num">{errors.length === 1 ? '1 error' : `${errors.length} errors`}</span>
        <Button look="bare" size="small" onClick={clear}>
          Clear
        </Button>
      </div>
      <ul aria-label="Errors, newest first">
        {errors
          .toSorted((a, b) => b.time - a.time)
          .map((error, index) => (
            <li key={`${error.time} ${error.venue} ${index}`} className="error-row">
              <ValidityMark state="error" label={error.type} />
              <span className="error-time num">{formatTimeMillis(error.time)}</span>
              <VenueTag venue={error.venue} />
              <div>
                <p>{error.message}</p>
                {error.detail === '' || error.detail === error.message ? null : (
                  <p className="error-detail raw">{error.detail.slice(0, 400)}</p>
                )}
              </div>
              <span className="error-code raw">{error.code}</span>
            </li>
          ))}
      </ul>
    </div>
  );
}
