/** What a question says, and one that says nothing. */
import type { ItemView, Statement } from '$lib/types';

/** What a statement says, whoever says it. */
export const said = (statement: Statement | undefined): string =>
  JSON.stringify(statement ? [statement.answer, statement.measured ?? null, statement.note] : null);

/** A question at which nothing was said. */
export const nothing = (code: string): ItemView => ({
  code,
  statements: [],
  superseded: [],
  finding: null,
  finding_said: null,
  photos: [],
  comments: [],
});
