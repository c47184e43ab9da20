import type { JsonValue } from "../../../json.ts";
import { text } from "../call.ts";

/** What a statement's `{{…}}` stand for. */
export type StatementValues = Readonly<Record<"name" | "username" | "password" | "expiration", string>>;

/** Statements as a role is given them: a list, or one string. */
export function statementList(value: JsonValue | undefined): readonly string[] {
  if (Array.isArray(value)) return value.map(text);
  return text(value) === "" ? [] : [text(value)];
}

/**
 * The single queries of a role's statements, filled in. Vault splits a statement at its semicolons unless
 * the word END, between spaces and outside quotes, shows that it is a block.
 */
export function queriesOf(
  statements: readonly string[],
  values: Partial<StatementValues>,
): readonly string[] {
  return statements
    .flatMap((statement) => (isBlock(statement) ? [statement] : statement.split(";")))
    .map((query) => query.trim())
    .filter((query) => query !== "")
    .map((query) => fillIn(query, values));
}

function isBlock(statement: string): boolean {
  return statement.replaceAll(/"[^"]*"|'[^']*'/g, "").includes(" END ");
}

function fillIn(query: string, values: Partial<StatementValues>): string {
  return Object.entries(values).reduce(
    (filled, [name, value]) => filled.replaceAll(`{{${name}}}`, () => value),
    query,
  );
}

/** A time as PostgreSQL reads it after VALID UNTIL, in UTC. */
export function formatExpiration(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19).replace("T", " ")}+0000`;
}
