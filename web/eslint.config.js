import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import jsxA11y from 'eslint-plugin-jsx-a11y';
import reactHooks from 'eslint-plugin-react-hooks';
import globals from 'globals';
import tseslint from 'typescript-eslint';

// Sinks that Trusted Types guard, and inline styles in markup: never in this code base.
const noHtml = [
  { selector: "JSXAttribute[name.name='dangerouslySetInnerHTML']", message: 'No HTML from strings.' },
  {
    selector: 'MemberExpression[property.name=/^(innerHTML|outerHTML|insertAdjacentHTML)$/]',
    message: 'No HTML from strings.',
  },
  {
    selector: "CallExpression[callee.property.name='setAttribute'][arguments.0.value='style']",
    message: 'Use a class or the CSSOM.',
  },
];

export default tseslint.config(
  { ignores: ['node_modules', 'dist', 'shots', 'src/api/generated', 'src/engine/wasm', 'public'] },
  js.configs.recommended,
  {
    files: ['**/*.{ts,tsx}'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      '@typescript-eslint/consistent-type-definitions': 'off',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
      '@typescript-eslint/only-throw-error': [
        'error',
        { allow: [{ from: 'package', package: '@tanstack/router-core', name: 'Redirect' }] },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      'no-restricted-syntax': ['error', ...noHtml],
      'no-console': 'error',
    },
  },
  {
    files: ['src/**/*.tsx', 'gallery/**/*.tsx'],
    ...jsxA11y.flatConfigs.strict,
    rules: {
      ...jsxA11y.flatConfigs.strict.rules,
      'jsx-a11y/no-autofocus': 'off',
      'jsx-a11y/no-noninteractive-tabindex': ['error', { tags: [], roles: ['tabpanel', 'region', 'application'] }],
    },
  },
  {
    files: ['src/**/*.tsx', 'gallery/**/*.tsx'],
    ...reactHooks.configs.flat.recommended,
  },
  {
    // The layers: ui knows nothing of the engine, models nothing of the DOM's components, nothing above knows the fake.
    files: ['src/ui/**'],
    ignores: ['**/*.test.*'],
    rules: { 'no-restricted-imports': ['error', { patterns: ['**/engine/*', '**/models/*', '**/screens/*'] }] },
  },
  {
    files: ['src/models/**'],
    rules: { 'no-restricted-imports': ['error', { patterns: ['react', 'react-dom', '**/ui/*', '**/screens/*'] }] },
  },
  {
    files: ['scripts/**', '*.js', '*.ts', '**/*.mjs'],
    languageOptions: { globals: { ...globals.node, document: 'readonly', innerWidth: 'readonly' } },
    rules: { 'no-console': 'off' },
  },
  prettier,
);
