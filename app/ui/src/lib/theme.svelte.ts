/** Light or night, and the size of text; remembered on this device. */

export type Theme = 'auto' | 'light' | 'night';
export type TextSize = 'normal' | 'large' | 'larger' | 'largest';

const THEME = 'ancu.theme';
const TEXT = 'ancu.text';
const night = matchMedia('(prefers-color-scheme: dark)');

function oneOf<T extends string>(value: string | null, allowed: readonly T[], fallback: T): T {
  return allowed.find((each) => each === value) ?? fallback;
}

let themeNow = $state<Theme>(oneOf(localStorage.getItem(THEME), ['auto', 'light', 'night'], 'auto'));
let textNow = $state<TextSize>(oneOf(localStorage.getItem(TEXT), ['normal', 'large', 'larger', 'largest'], 'normal'));

function apply(): void {
  const dark = themeNow === 'night' || (themeNow === 'auto' && night.matches);
  document.documentElement.dataset.theme = dark ? 'night' : 'light';
  document.documentElement.dataset.text = textNow;
}

night.addEventListener('change', apply);
apply();

export const theme = {
  get current(): Theme {
    return themeNow;
  },
  set(next: Theme): void {
    themeNow = next;
    localStorage.setItem(THEME, next);
    apply();
  },
};

export const textSize = {
  get current(): TextSize {
    return textNow;
  },
  set(next: TextSize): void {
    textNow = next;
    localStorage.setItem(TEXT, next);
    apply();
  },
};
