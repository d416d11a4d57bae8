// Light or dark: as the system has it, or as the person says.
import { preference } from './preference';

export type Theme = 'system' | 'light' | 'dark';

const isTheme = (text: string): text is Theme => ['system', 'light', 'dark'].includes(text);

export const themePreference = preference<Theme>('theme', isTheme, 'system');

const prefersDark = window.matchMedia('(prefers-color-scheme: dark)');

function show(): void {
  const chosen = themePreference.get();
  const isDark = chosen === 'dark' || (chosen === 'system' && prefersDark.matches);
  document.documentElement.dataset['theme'] = isDark ? 'dark' : 'light';
}

/** Shows the theme from now on, whoever changes it. */
export function followTheme(): void {
  show();
  themePreference.subscribe(show);
  prefersDark.addEventListener('change', show);
}
