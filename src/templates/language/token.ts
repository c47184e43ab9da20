import type { Span } from "./nodes.ts";

/** What a token is. */
export type TokenKind =
  | "text"
  | "open"
  | "close"
  | "space"
  | "assign"
  | "declare"
  | "pipe"
  | "comma"
  | "left paren"
  | "right paren"
  | "string"
  | "raw string"
  | "character"
  | "number"
  | "bool"
  | "dot"
  | "field"
  | "variable"
  | "identifier"
  | "keyword"
  | "other"
  | "end of file";

export interface Token extends Span {
  readonly kind: TokenKind;
  readonly text: string;
}

export interface Delimiters {
  readonly left: string;
  readonly right: string;
}
