import type { TemplateErrorCode } from "../errors.ts";
import { readNumber, unquote } from "./literals.ts";
import type { Command, Operand, Pipe } from "./nodes.ts";
import type { Token, TokenKind } from "./token.ts";
import type { TokenStream } from "./token-stream.ts";
import { Variables } from "./variables.ts";

const OPERAND_START: ReadonlySet<TokenKind> = new Set<TokenKind>([
  "bool",
  "character",
  "dot",
  "field",
  "identifier",
  "number",
  "raw string",
  "string",
  "variable",
  "left paren",
]);

/** Says why a function name cannot be used; undefined: it can. */
export type FunctionCheck = (
  name: string,
) => { readonly code: TemplateErrorCode; readonly problem: string } | undefined;

/** Parses what stands inside actions: pipelines, commands, operands. */
export class PipeParser {
  /** Those in scope; a definition has its own. */
  variables = new Variables();
  readonly #tokens: TokenStream;
  readonly #checkFunction: FunctionCheck;

  constructor(tokens: TokenStream, checkFunction: FunctionCheck) {
    this.#tokens = tokens;
    this.#checkFunction = checkFunction;
  }

  /** A pipeline up to its end; `expected` is for the message when there is none. */
  pipe(expected: string, end: "close" | "right paren", isRange = false): Pipe {
    this.#tokens.skipSpace();
    const start = this.#tokens.peek().start;
    const { variables, assigns, first, spaced } = this.#declarations(expected, isRange);
    const commands: Command[] = [];
    let pending = first;
    for (;;) {
      if (pending === undefined) this.#tokens.skipSpace();
      const token = this.#tokens.peek();
      if (pending === undefined && token.kind === end) {
        this.#tokens.next();
        this.#checkStages(commands, token, expected);
        return { kind: "pipe", variables, assigns, commands, start, end: token.start };
      }
      const startsOperand = OPERAND_START.has(token.kind) || token.text === "nil";
      if (pending === undefined && !startsOperand) throw this.#tokens.unexpected(token, expected);
      commands.push(this.#command(pending, spaced));
      pending = undefined;
    }
  }

  #checkStages(commands: readonly Command[], at: Token, expected: string): void {
    if (commands.length === 0) throw this.#tokens.fail(at, `missing value; expected ${expected}`);
    for (const { first } of commands.slice(1)) {
      if (["bool", "dot", "nil", "number", "string"].includes(first.kind)) {
        throw this.#tokens.source.error(
          "KEYCARD_TEMPLATE_SYNTAX",
          first.start,
          `${this.#tokens.source.excerpt(first.start, first.end)} cannot take what is piped to it; expected a function`,
        );
      }
    }
  }

  /** `$a := `, `$a = `, `$a, $b := `; a variable that declares nothing is the first operand instead. */
  #declarations(
    expected: string,
    isRange: boolean,
  ): { variables: string[]; assigns: boolean; first: Operand | undefined; spaced: boolean } {
    const variables: string[] = [];
    while (this.#tokens.peek().kind === "variable") {
      const token = this.#tokens.next();
      const spaced = this.#tokens.peek().kind === "space";
      this.#tokens.skipSpace();
      const next = this.#tokens.peek();
      if (next.kind === "assign" || next.kind === "declare") {
        this.#tokens.next();
        variables.push(token.text);
        this.variables.declare(token.text);
        return { variables, assigns: next.kind === "assign", first: undefined, spaced };
      }
      if (next.kind !== "comma") {
        const first = this.#operandTail(this.#variable(token), !spaced);
        return { variables, assigns: false, first, spaced };
      }
      this.#tokens.next();
      variables.push(token.text);
      this.variables.declare(token.text);
      if (!isRange || variables.length > 1)
        throw this.#tokens.fail(token, `too many declarations; expected ${expected}`);
      this.#tokens.skipSpace();
      if (!["variable", "close", "right paren"].includes(this.#tokens.peek().kind)) {
        throw this.#tokens.unexpected(this.#tokens.peek(), "a second variable");
      }
    }
    return { variables, assigns: false, first: undefined, spaced: false };
  }

  /** `spaced`: the white space behind `first` is already behind us. */
  #command(first: Operand | undefined, spaced: boolean): Command {
    const operands: Operand[] = first === undefined ? [] : [first];
    let mayContinue = first === undefined || spaced || this.#tokens.skipSpace();
    while (mayContinue) {
      const operand = this.#operand();
      if (operand === undefined) break;
      operands.push(operand);
      mayContinue = this.#tokens.skipSpace();
    }
    this.#commandEnd();
    const [head, ...rest] = operands;
    if (head === undefined) throw this.#tokens.unexpected(this.#tokens.peek(), "a command");
    return { first: head, rest, start: head.start, end: operands[operands.length - 1]?.end ?? head.end };
  }

  /** Behind a command stands the next stage of the pipeline, or the end of it. */
  #commandEnd(): void {
    const { kind } = this.#tokens.peek();
    if (kind === "pipe") this.#tokens.next();
    else if (kind !== "close" && kind !== "right paren") {
      throw this.#tokens.unexpected(this.#tokens.peek(), "an operand, | or the end of the action");
    }
  }

  /** The next operand, or undefined if none starts here. */
  #operand(): Operand | undefined {
    const token = this.#tokens.peek();
    if (!OPERAND_START.has(token.kind) && token.text !== "nil") return undefined;
    this.#tokens.next();
    return this.#operandTail(this.#term(token), true);
  }

  #term(token: Token): Operand {
    const { start, end } = token;
    switch (token.kind) {
      case "identifier": {
        const refusal = this.#checkFunction(token.text);
        if (refusal) throw this.#tokens.source.error(refusal.code, start, refusal.problem);
        return { kind: "function", name: token.text, start, end };
      }
      case "bool":
        return { kind: "bool", value: token.text === "true", start, end };
      case "dot":
        return { kind: "dot", start, end };
      case "field":
        return { kind: "field", names: [token.text.slice(1)], start, end };
      case "variable":
        return this.#variable(token);
      case "string":
      case "raw string":
        return { kind: "string", value: this.stringValue(token), start, end };
      case "left paren":
        return this.#tokens.nested(token, () => this.pipe("a value in parentheses", "right paren"));
      case "keyword":
        return { kind: "nil", start, end };
      default: {
        const number = readNumber({ start, end }, token.text);
        if (typeof number === "string")
          throw this.#tokens.fail(token, `${this.#tokens.shown(token)}: ${number}`);
        return number;
      }
    }
  }

  /** The fields behind an operand: `(…).A.B`, `$x.A`. */
  #operandTail(operand: Operand, adjacent: boolean): Operand {
    const names: string[] = [];
    let end = operand.end;
    while (adjacent && this.#tokens.peek().kind === "field") {
      const token = this.#tokens.next();
      names.push(token.text.slice(1));
      end = token.end;
    }
    if (names.length === 0) return operand;
    switch (operand.kind) {
      case "field":
      case "variable":
        return { ...operand, names: [...operand.names, ...names], end };
      case "function":
      case "pipe":
        return { kind: "chain", of: operand, names, start: operand.start, end };
      default:
        throw this.#tokens.source.error(
          "KEYCARD_TEMPLATE_SYNTAX",
          operand.end,
          `unexpected . after ${this.#tokens.source.excerpt(operand.start, operand.end)}`,
        );
    }
  }

  #variable(token: Token): Operand {
    if (!this.variables.has(token.text)) {
      throw this.#tokens.fail(token, `undefined variable ${this.#tokens.shown(token)}`);
    }
    return { kind: "variable", name: token.text, names: [], start: token.start, end: token.end };
  }

  /** The value of a string token. */
  stringValue(token: Token): string {
    const value = unquote(token.text);
    if (value === undefined)
      throw this.#tokens.fail(token, `invalid escape sequence in ${this.#tokens.shown(token)}`);
    return value;
  }
}
