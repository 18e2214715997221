// @vitest-environment happy-dom
import { cleanup, render, screen } from '@testing-library/react';
import { afterEach, expect, test } from 'vitest';
import { ListRow } from './list-row';

afterEach(cleanup);

test('accents piled on each other draw over no other row', () => {
  const name = `a${'\u0301'.repeat(200)}`;
  render(<ListRow title={name} />);
  expect(screen.getByText(name).closest('.overflow-clip')).not.toBeNull();
});
