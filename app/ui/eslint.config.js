import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

export default ts.config(
  // Run from the project's root: one root for the UI and for every script beside it.
  { ignores: ['**/dist/', '**/paraglide/', '**/node_modules/', 'target/', 'gen/'] },
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
      // To leave members of an object out is to name them.
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      'svelte/no-at-html-tags': 'error',
      // Our hash router has no base path to resolve.
      'svelte/no-navigation-without-resolve': 'off',
      'no-restricted-imports': [
        'error',
        { patterns: [{ group: ['@tauri-apps/*'], message: 'Only in src/lib/platform/.' }] },
      ],
      'no-restricted-syntax': [
        'error',
        {
          selector: 'Literal[value=/__TAURI/], Identifier[name=/^__TAURI/], TemplateElement[value.raw=/__TAURI/]',
          message: 'Only in src/lib/platform/: ask platform/where.',
        },
      ],
    },
  },
  {
    // The window test speaks to the window from outside; this file says what is not to be said.
    files: ['**/src/lib/platform/**', 'tests/window/**', '**/eslint.config.js'],
    rules: { 'no-restricted-imports': 'off', 'no-restricted-syntax': 'off' },
  },
  // A program of others', in the form that it wants.
  { files: ['**/*.cjs'], rules: { '@typescript-eslint/no-require-imports': 'off' } },
);
