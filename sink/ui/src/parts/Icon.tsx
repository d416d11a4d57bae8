// The icons: drawn by us, on a grid of 20, with lines in the colour of the text.

const PATHS = {
  feed: 'M4 5h12M4 10h12M4 15h7',
  activity: 'M2.5 10h3.2l2.2-5.5 4 11 2.3-5.5h3.3',
  policies: 'M10 2.8l6 2.2v4.6c0 3.6-2.4 6.3-6 7.6-3.6-1.3-6-4-6-7.6V5zM7.4 9.8l1.9 1.9 3.4-3.6',
  integrations: 'M7.5 12.5l5-5M8.6 5.6l1.5-1.5a4 4 0 0 1 5.7 5.7l-1.5 1.5M11.4 14.4l-1.5 1.5a4 4 0 0 1-5.7-5.7l1.5-1.5',
  health: 'M10 16.5S3 12.6 3 7.7A3.7 3.7 0 0 1 10 6a3.7 3.7 0 0 1 7 1.7c0 4.9-7 8.8-7 8.8z',
  close: 'M5 5l10 10M15 5L5 15',
  copy: 'M7 7V4h9v9h-3M4 7h9v9H4z',
  check: 'M4 10.5l4 4 8-9',
  more: 'M4.5 10h.01M10 10h.01M15.5 10h.01',
  sun: 'M10 6.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM10 2v1.6M10 16.4V18M2 10h1.6M16.4 10H18M4.4 4.4l1.1 1.1M14.5 14.5l1.1 1.1M4.4 15.6l1.1-1.1M14.5 5.5l1.1-1.1',
  moon: 'M16 11.7A6.5 6.5 0 0 1 8.3 4 6.5 6.5 0 1 0 16 11.7z',
  system: 'M3 4h14v9.5H3zM7 17h6M10 13.5V17',
  person: 'M10 10a3.3 3.3 0 1 0 0-6.6 3.3 3.3 0 0 0 0 6.6zM3.8 16.8c.7-3 3.1-4.6 6.2-4.6s5.5 1.6 6.2 4.6',
  external: 'M8 4H4v12h12v-4M11 4h5v5M16 4l-7 7',
  plus: 'M10 4v12M4 10h12',
  search: 'M9 3.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM13.2 13.2L17 17',
  left: 'M12 5l-5 5 5 5',
  right: 'M8 5l5 5-5 5',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg viewBox="0 0 20 20" width="16" height="16" aria-hidden="true" focusable="false">
      <path
        d={PATHS[name]}
        fill="none"
        stroke="currentColor"
        strokeWidth={name === 'more' ? 2.4 : 1.6}
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
