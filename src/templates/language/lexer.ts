import { fromBytes, runeAt } from "../bytes.ts";
import type { TemplateError } from "../errors.ts";
import { isSpace, scanNumber, wordEnd } from "./scan.ts";
import type { Source } from "./source.ts";
import type { Delimiters, Token, TokenKind } from "./token.ts";

const KEYWORDS = new Set([
  "block",
  "break",
  "continue",
  "define",
  "else",
  "end",
  "if",
  "nil",
  "range",
  "template",
  "with",
]);
const SINGLE: Readonly<Record<string, TokenKind>> = {
  "=": "assign",
  "|": "pipe",
  ",": "comma",
  "(": "left paren",
  ")": "right paren",
};

/** Cuts a source into tokens, one at a time, in time linear in its length. */
export class Lexer {
  readonly #source: Source;
  readonly #bytes: string;
  readonly #left: string;
  readonly #right: string;
  #position = 0;
  #insideAction = false;
  #actionStart = 0;
  #parenthesisDepth = 0;

  constructor(source: Source, delimiters: Delimiters) {
    this.#source = source;
    this.#bytes = source.bytes;
    this.#left = delimiters.left;
    this.#right = delimiters.right;
  }

  /** @throws TemplateError where the source has no token. */
  next(): Token {
    return this.#insideAction ? this.#actionToken() : this.#textToken();
  }

  #fail(offset: number, problem: string): TemplateError {
    return this.#source.error("KEYCARD_TEMPLATE_SYNTAX", offset, problem);
  }

  #token(kind: TokenKind, start: number, end: number): Token {
    this.#position = end;
    return { kind, start, end, text: this.#bytes.slice(start, end) };
  }

  #textToken(): Token {
    const bytes = this.#bytes;
    for (;;) {
      const start = this.#position;
      if (start >= bytes.length) return this.#token("end of file", start, start);
      const open = bytes.indexOf(this.#left, start);
      if (open < 0) return this.#token("text", start, bytes.length);
      if (open > start) {
        const trims = this.#trimsLeft(open + this.#left.length);
        let end = open;
        if (trims) while (end > start && isSpace(bytes[end - 1])) end--;
        if (end > start) {
          const token = this.#token("text", start, end);
          this.#position = open;
          return token;
        }
        this.#position = open;
      }
      const token = this.#openToken(open);
      if (token) return token;
    }
  }

  /** The opening delimiter, or undefined if it opened a comment, which is then behind us. */
  #openToken(open: number): Token | undefined {
    let inside = open + this.#left.length;
    if (this.#trimsLeft(inside)) inside += 2;
    if (this.#bytes.startsWith("/*", inside)) {
      this.#skipComment(open, inside);
      return undefined;
    }
    const token = this.#token("open", open, open + this.#left.length);
    this.#position = inside;
    this.#insideAction = true;
    this.#actionStart = open;
    this.#parenthesisDepth = 0;
    return token;
  }

  #skipComment(open: number, inside: number): void {
    const end = this.#bytes.indexOf("*/", inside + 2);
    if (end < 0) throw this.#fail(open, "unclosed comment; expected */ before the closing delimiter");
    const close = this.#closing(end + 2);
    if (!close) throw this.#fail(end, "a comment must end right before the closing delimiter");
    this.#position = close.end;
  }

  /** `- ` after the opening delimiter: the white space before it goes. */
  #trimsLeft(inside: number): boolean {
    return this.#bytes[inside] === "-" && isSpace(this.#bytes[inside + 1]);
  }

  /** The closing delimiter at `at`, with its trim marker; `end` is behind the white space that goes with it. */
  #closing(at: number): { readonly delimiterEnd: number; readonly end: number } | undefined {
    const bytes = this.#bytes;
    if (isSpace(bytes[at]) && bytes[at + 1] === "-" && bytes.startsWith(this.#right, at + 2)) {
      const delimiterEnd = at + 2 + this.#right.length;
      let end = delimiterEnd;
      while (isSpace(bytes[end])) end++;
      return { delimiterEnd, end };
    }
    if (!bytes.startsWith(this.#right, at)) return undefined;
    return { delimiterEnd: at + this.#right.length, end: at + this.#right.length };
  }

  #actionToken(): Token {
    const start = this.#position;
    const close = this.#closing(start);
    if (close) {
      if (this.#parenthesisDepth > 0) throw this.#fail(start, "unclosed left parenthesis; expected )");
      this.#insideAction = false;
      const token = this.#token("close", start, close.delimiterEnd);
      this.#position = close.end;
      return token;
    }
    const first = this.#bytes[start];
    if (first === undefined) throw this.#unclosedAction();
    if (isSpace(first)) return this.#spaceToken(start);
    const single = SINGLE[first];
    if (single) return this.#singleToken(single, start);
    if (first === ":") {
      if (this.#bytes[start + 1] !== "=") throw this.#fail(start, "expected :=");
      return this.#token("declare", start, start + 2);
    }
    if (first === '"') return this.#quotedToken("string", '"', start);
    if (first === "'") return this.#quotedToken("character", "'", start);
    if (first === "`") return this.#rawStringToken(start);
    if (first === "$") return this.#wordToken("variable", start, start + 1);
    if (first === "." && !/^\d$/.test(this.#bytes[start + 1] ?? "")) return this.#fieldToken(start);
    if (/^[.+\-\d]$/.test(first)) return this.#numberToken(start);
    return this.#identifierToken(start);
  }

  #unclosedAction(): TemplateError {
    return this.#fail(this.#actionStart, `unclosed action; expected ${fromBytes(this.#right)}`);
  }

  #spaceToken(start: number): Token {
    let end = start;
    while (isSpace(this.#bytes[end])) {
      // The last white space before a trim marker belongs to the closing delimiter.
      if (end > start && this.#closing(end)) break;
      end++;
    }
    return this.#token("space", start, end);
  }

  #singleToken(kind: TokenKind, start: number): Token {
    if (kind === "left paren") this.#parenthesisDepth++;
    if (kind === "right paren" && --this.#parenthesisDepth < 0) {
      throw this.#fail(start, "unexpected right parenthesis");
    }
    return this.#token(kind, start, start + 1);
  }

  #quotedToken(kind: TokenKind, quote: string, start: number): Token {
    const what = kind === "string" ? "quoted string" : "character constant";
    for (let at = start + 1; ; at++) {
      let character = this.#bytes[at];
      if (character === quote) return this.#token(kind, start, at + 1);
      if (character === "\\") character = this.#bytes[++at];
      if (character === undefined || character === "\n") {
        throw this.#fail(start, `unterminated ${what}; expected ${quote}`);
      }
    }
  }

  #rawStringToken(start: number): Token {
    const end = this.#bytes.indexOf("`", start + 1);
    if (end < 0) throw this.#fail(start, "unterminated raw string; expected `");
    return this.#token("raw string", start, end + 1);
  }

  #fieldToken(start: number): Token {
    if (this.#atTerminator(start + 1)) return this.#token("dot", start, start + 1);
    return this.#wordToken("field", start, start + 1);
  }

  #wordToken(kind: TokenKind, start: number, from: number): Token {
    const end = wordEnd(this.#bytes, from);
    if (!this.#atTerminator(end)) {
      throw this.#fail(
        end,
        `unexpected character ${this.#shown(end)} in ${this.#source.excerpt(start, end)}`,
      );
    }
    return this.#token(kind, start, end);
  }

  #identifierToken(start: number): Token {
    if (wordEnd(this.#bytes, start) === start) {
      const rune = runeAt(this.#bytes, start);
      if (rune.codePoint > 0x20 && rune.codePoint < 0x7f) return this.#token("other", start, start + 1);
      throw this.#fail(start, `unrecognized character ${this.#shown(start)} in an action`);
    }
    const token = this.#wordToken("identifier", start, start);
    if (KEYWORDS.has(token.text)) return { ...token, kind: "keyword" };
    if (token.text === "true" || token.text === "false") return { ...token, kind: "bool" };
    return token;
  }

  #numberToken(start: number): Token {
    const { end, isComplete } = scanNumber(this.#bytes, start);
    if (!isComplete) throw this.#badNumber(start, end);
    const behind = wordEnd(this.#bytes, end);
    if (behind > end) throw this.#badNumber(start, behind);
    return this.#token("number", start, end);
  }

  #badNumber(start: number, end: number): TemplateError {
    return this.#fail(start, `bad number syntax: ${this.#source.excerpt(start, end)}`);
  }

  #atTerminator(at: number): boolean {
    const character = this.#bytes[at];
    if (character === undefined || isSpace(character) || ".,|:)(".includes(character)) return true;
    return this.#bytes.startsWith(this.#right, at);
  }

  #shown(at: number): string {
    const { codePoint } = runeAt(this.#bytes, at);
    const code = `U+${codePoint.toString(16).toUpperCase().padStart(4, "0")}`;
    return codePoint > 0x20 && codePoint !== 0x7f ? `${code} '${String.fromCodePoint(codePoint)}'` : code;
  }
}
