import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

export default ts.config(
  { ignores: ['dist/', 'src/paraglide/', 'node_modules/'] },
  js.configs.recommended,
  ...ts.configs.recommended,
  ...svelte.configs.recommended,
  { languageOptions: { globals: { ...globals.browser, ...globals.node } } },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { extraFileExtensions: ['.svelte'], parser: ts.parser, svelteConfig } },
  },
  {
    rules: {
      // The compiler knows TypeScript's globals; this rule doesn't.
      'no-undef': 'off',
      'svelte/no-at-html-tags': 'error',
      // Our hash router has no base path to resolve.
      'svelte/no-navigation-without-resolve': 'off',
      'no-restricted-imports': [
        'error',
        { patterns: [{ group: ['@tauri-apps/*'], message: 'Only in src/lib/platform/.' }] },
      ],
    },
  },
  { files: ['src/lib/platform/**'], rules: { 'no-restricted-imports': 'off' } },
);
