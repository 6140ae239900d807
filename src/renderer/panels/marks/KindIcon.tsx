import type { LucideIcon } from 'lucide-react';
import { Activity, Bookmark, Radio } from 'lucide-react';
import { assertNever } from '../../../shared/assert.ts';
import type { MarkKind } from '../../../shared/marks.ts';
import { ValidityMark } from '../../widgets/ValidityMark.tsx';

function Small({ icon: Icon }: { readonly icon: LucideIcon }) {
  return <Icon className="marks-icon" size="1.2rem" strokeWidth={2} aria-hidden="true" />;
}

/** The kind's words stand beside it. */
export function KindIcon({ kind }: { readonly kind: MarkKind }) {
  switch (kind) {
    case 'user':
      return <Small icon={Bookmark} />;
    case 'gap':
      return <ValidityMark state="gap" label={null} />;
    case 'resync':
      return <ValidityMark state="resyncing" label={null} />;
    case 'disconnect':
      return <ValidityMark state="disconnected" label={null} />;
    case 'largeMove':
      return <Small icon={Activity} />;
    case 'signal':
      return <Small icon={Radio} />;
    default:
      return assertNever(kind);
  }
}
