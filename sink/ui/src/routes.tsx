// The addresses of the pages.
import { createBrowserRouter, Navigate } from 'react-router';

import { SECTIONS } from './pages';
import { Broken, Missing } from './shell/Missing';
import { Shell } from './shell/Shell';

const first = SECTIONS[0]?.path ?? '/';

export const router = createBrowserRouter([
  {
    element: <Shell />,
    hydrateFallbackElement: <p className="visually-hidden">Loading.</p>,
    children: [
      {
        // A page that breaks leaves the shell as it is.
        errorElement: <Broken />,
        children: [
          { index: true, element: <Navigate to={first} replace /> },
          ...SECTIONS.flatMap((section) => section.routes),
          { path: '*', element: <Missing /> },
        ],
      },
    ],
  },
]);
