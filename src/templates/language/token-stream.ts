import type { TemplateError } from "../errors.ts";
import { Lexer } from "./lexer.ts";
import type { Source } from "./source.ts";
import type { Delimiters, Token, TokenKind } from "./token.ts";

/** How deep blocks and parentheses may nest: the parser and the evaluator recurse over them. */
const MAX_NESTING = 250;

/** The tokens of a source, one ahead. */
export class TokenStream {
  readonly source: Source;
  readonly #lexer: Lexer;
  #peeked: Token | undefined;
  #nesting = 0;

  constructor(source: Source, delimiters: Delimiters) {
    this.source = source;
    this.#lexer = new Lexer(source, delimiters);
  }

  peek(): Token {
    this.#peeked ??= this.#lexer.next();
    return this.#peeked;
  }

  next(): Token {
    const token = this.peek();
    this.#peeked = undefined;
    return token;
  }

  /** Whether there was white space to skip. */
  skipSpace(): boolean {
    const isSpaced = this.peek().kind === "space";
    while (this.peek().kind === "space") this.next();
    return isSpaced;
  }

  nextSolid(): Token {
    this.skipSpace();
    return this.next();
  }

  expect(kind: TokenKind, expected: string): Token {
    const token = this.nextSolid();
    if (token.kind !== kind) throw this.unexpected(token, expected);
    return token;
  }

  fail(at: Token, problem: string): TemplateError {
    return this.source.error("KEYCARD_TEMPLATE_SYNTAX", at.start, problem);
  }

  /** A token's text, shortened. */
  shown(token: Token): string {
    return this.source.excerpt(token.start, token.end);
  }

  unexpected(token: Token, expected: string): TemplateError {
    const isNamed = token.kind === "end of file" || token.kind === "space";
    const shown = token.kind === "close" ? "end of action" : isNamed ? token.kind : `"${this.shown(token)}"`;
    return this.fail(token, `unexpected ${shown}; expected ${expected}`);
  }

  /** Parses something that can hold more of its own kind, one level deeper. */
  nested<Result>(at: Token, parse: () => Result): Result {
    if (this.#nesting >= MAX_NESTING) throw this.fail(at, `nested more than ${MAX_NESTING} deep`);
    this.#nesting++;
    const result = parse();
    this.#nesting--;
    return result;
  }
}
