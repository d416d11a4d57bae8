// What is shown only to those who have said who they are.
import { type ReactNode, useState } from 'react';

import { AuthorDialog } from './TopBar';
import { author } from './author';

/** Asks who one is when nobody has said so, then shows `children`. */
export function Signed({ onClose, children }: { onClose: () => void; children: ReactNode }) {
  const [isKnown, setKnown] = useState(author() !== '');
  const close = () => {
    if (author() === '') {
      onClose();
    } else {
      setKnown(true);
    }
  };
  return isKnown ? children : <AuthorDialog onClose={close} />;
}
