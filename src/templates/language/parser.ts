import { fromBytes } from "../bytes.ts";
import type { TemplateError, TemplateErrorCode } from "../errors.ts";
import { type Delimiters, Lexer, type Token, type TokenKind } from "./lexer.ts";
import { readNumber, unquote } from "./literals.ts";
import type { Command, Definitions, Node, Operand, Pipe } from "./nodes.ts";
import type { Source } from "./source.ts";

/** How deep blocks and parentheses may nest: the parser and the evaluator recurse over them. */
const MAX_NESTING = 250;
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

/** How a list of nodes ended. */
interface Ending {
  readonly word: "end" | "else" | "else if" | "else with" | "end of file";
  readonly token: Token;
}

/** Parses a source into the templates it defines. @throws TemplateError at the first mistake. */
export function parse(source: Source, delimiters: Delimiters, checkFunction: FunctionCheck): Definitions {
  return new Parser(source, delimiters, checkFunction).parse();
}

/** The names in scope, with their scopes: looking one up takes the same time however many there are. */
class Variables {
  readonly #stack: string[] = [];
  readonly #counts = new Map<string, number>([["$", 1]]);

  get depth(): number {
    return this.#stack.length;
  }

  declare(name: string): void {
    this.#stack.push(name);
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  has(name: string): boolean {
    return (this.#counts.get(name) ?? 0) > 0;
  }

  leave(depth: number): void {
    for (const name of this.#stack.splice(depth)) this.#counts.set(name, (this.#counts.get(name) ?? 0) - 1);
  }
}

class Parser {
  readonly #source: Source;
  readonly #lexer: Lexer;
  readonly #checkFunction: FunctionCheck;
  readonly #definitions = new Map<string, readonly Node[]>();
  #peeked: Token | undefined;
  #variables = new Variables();
  #rangeDepth = 0;
  #nesting = 0;

  constructor(source: Source, delimiters: Delimiters, checkFunction: FunctionCheck) {
    this.#source = source;
    this.#lexer = new Lexer(source, delimiters);
    this.#checkFunction = checkFunction;
  }

  parse(): Definitions {
    const [root, ending] = this.#nodes(true);
    if (ending.word !== "end of file") throw this.#fail(ending.token, `unexpected {{${ending.word}}}`);
    this.#define("", root, ending.token);
    return this.#definitions;
  }

  #fail(at: Token, problem: string): TemplateError {
    return this.#source.error("KEYCARD_TEMPLATE_SYNTAX", at.start, problem);
  }

  #unexpected(token: Token, expected: string): TemplateError {
    const shown =
      token.kind === "end of file" || token.kind === "space" ? token.kind : `"${fromBytes(token.text)}"`;
    return this.#fail(
      token,
      `unexpected ${token.kind === "close" ? "end of action" : shown}; expected ${expected}`,
    );
  }

  #peek(): Token {
    this.#peeked ??= this.#lexer.next();
    return this.#peeked;
  }

  #next(): Token {
    const token = this.#peek();
    this.#peeked = undefined;
    return token;
  }

  #skipSpace(): void {
    while (this.#peek().kind === "space") this.#next();
  }

  #nextSolid(): Token {
    this.#skipSpace();
    return this.#next();
  }

  #expect(kind: TokenKind, expected: string): Token {
    const token = this.#nextSolid();
    if (token.kind !== kind) throw this.#unexpected(token, expected);
    return token;
  }

  #nested<Result>(at: Token, parse: () => Result): Result {
    if (this.#nesting >= MAX_NESTING) throw this.#fail(at, `nested more than ${MAX_NESTING} deep`);
    this.#nesting++;
    const result = parse();
    this.#nesting--;
    return result;
  }

  /** A later definition replaces an empty one; an empty one changes nothing. */
  #define(name: string, nodes: readonly Node[], at: Token): void {
    const earlier = this.#definitions.get(name);
    if (earlier !== undefined && !isEmpty(earlier)) {
      if (!isEmpty(nodes)) throw this.#fail(at, `template "${fromBytes(name)}" is defined twice`);
      return;
    }
    this.#definitions.set(name, nodes);
  }

  #nodes(top = false): readonly [Node[], Ending] {
    const nodes: Node[] = [];
    for (;;) {
      this.#skipSpace();
      const token = this.#next();
      if (token.kind === "end of file") {
        if (!top) throw this.#fail(token, "unexpected end of file; expected {{end}}");
        return [nodes, { word: "end of file", token }];
      }
      if (token.kind === "text") {
        nodes.push({ kind: "text", text: token.text, start: token.start, end: token.end });
        continue;
      }
      const node = this.#action(top);
      if (node !== undefined && "word" in node) return [nodes, node];
      if (node !== undefined) nodes.push(node);
    }
  }

  #action(top: boolean): Node | Ending | undefined {
    this.#skipSpace();
    const token = this.#peek();
    if (token.kind !== "keyword" || token.text === "nil") {
      const pipe = this.#pipe("a command", "close");
      return { kind: "action", pipe, start: pipe.start, end: pipe.end };
    }
    this.#next();
    switch (token.text) {
      case "end":
        this.#expect("close", "the end of {{end}}");
        return { word: "end", token };
      case "else":
        return this.#else(token);
      case "if":
      case "with":
      case "range":
        return this.#nested(token, () => this.#control(token, token.text as "if"));
      case "break":
      case "continue":
        return this.#loopExit(token, token.text);
      case "template":
        return this.#template(token);
      case "block":
        return this.#nested(token, () => this.#block(token));
      default:
        if (!top) throw this.#fail(token, "unexpected {{define}}; it may only stand at the top level");
        return this.#nested(token, () => this.#defineAction());
    }
  }

  #loopExit(token: Token, kind: "break" | "continue"): Node {
    this.#expect("close", `the end of {{${kind}}}`);
    if (this.#rangeDepth === 0) throw this.#fail(token, `{{${kind}}} outside {{range}}`);
    return { kind, start: token.start, end: token.end };
  }

  #else(token: Token): Ending {
    this.#skipSpace();
    const next = this.#peek();
    if (next.kind === "keyword" && (next.text === "if" || next.text === "with")) {
      return { word: `else ${next.text}`, token };
    }
    this.#expect("close", "the end of {{else}}, or if, or with");
    return { word: "else", token };
  }

  #control(token: Token, kind: "if" | "with" | "range"): Node {
    const scope = this.#variables.depth;
    const pipe = this.#pipe(`a value for ${kind}`, "close", kind === "range");
    if (kind === "range") this.#rangeDepth++;
    const [body, ending] = this.#nodes();
    if (kind === "range") this.#rangeDepth--;
    const otherwise = this.#otherwise(kind, ending);
    this.#variables.leave(scope);
    return { kind, pipe, body, otherwise, start: token.start, end: pipe.end };
  }

  #otherwise(kind: "if" | "with" | "range", ending: Ending): readonly Node[] | undefined {
    if (ending.word === "end") return undefined;
    if (ending.word === "else") {
      const [nodes, last] = this.#nodes();
      if (last.word !== "end") throw this.#fail(last.token, `expected {{end}}; found {{${last.word}}}`);
      return nodes;
    }
    if (ending.word !== `else ${kind}`) {
      throw this.#fail(
        ending.token,
        `unexpected {{${ending.word}}} in {{${kind}}}; expected {{else}} or {{end}}`,
      );
    }
    const keyword = this.#next();
    return [this.#nested(keyword, () => this.#control(keyword, keyword.text as "if"))];
  }

  #templateName(context: string): string {
    const token = this.#nextSolid();
    if (token.kind !== "string" && token.kind !== "raw string") {
      throw this.#unexpected(token, `a quoted name in ${context}`);
    }
    return this.#stringValue(token);
  }

  #template(token: Token): Node {
    const name = this.#templateName("{{template}}");
    this.#skipSpace();
    if (this.#peek().kind === "close") {
      this.#next();
      return { kind: "template", name, pipe: undefined, start: token.start, end: token.end };
    }
    const pipe = this.#pipe("a value for template", "close");
    return { kind: "template", name, pipe, start: token.start, end: pipe.end };
  }

  /** A definition has its own variables and loops. */
  #definitionBody(name: string, context: string): void {
    const outer = { variables: this.#variables, rangeDepth: this.#rangeDepth };
    this.#variables = new Variables();
    this.#rangeDepth = 0;
    const [body, ending] = this.#nodes();
    if (ending.word !== "end") throw this.#fail(ending.token, `unexpected {{${ending.word}}} in ${context}`);
    this.#variables = outer.variables;
    this.#rangeDepth = outer.rangeDepth;
    this.#define(name, body, ending.token);
  }

  #defineAction(): undefined {
    const name = this.#templateName("{{define}}");
    this.#expect("close", "the end of {{define}}");
    this.#definitionBody(name, "{{define}}");
  }

  #block(token: Token): Node {
    const name = this.#templateName("{{block}}");
    const pipe = this.#pipe("a value for block", "close");
    this.#definitionBody(name, "{{block}}");
    return { kind: "template", name, pipe, start: token.start, end: pipe.end };
  }

  #pipe(expected: string, end: "close" | "right paren", isRange = false): Pipe {
    this.#skipSpace();
    const start = this.#peek().start;
    const { variables, assigns, first, spaced } = this.#declarations(expected, isRange);
    const commands: Command[] = [];
    let pending = first;
    for (;;) {
      if (pending === undefined) this.#skipSpace();
      const token = this.#peek();
      if (pending === undefined && token.kind === end) {
        this.#next();
        this.#checkStages(commands, token, expected);
        return { kind: "pipe", variables, assigns, commands, start, end: token.start };
      }
      const startsOperand = OPERAND_START.has(token.kind) || token.text === "nil";
      if (pending === undefined && !startsOperand) throw this.#unexpected(token, expected);
      commands.push(this.#command(pending, spaced));
      pending = undefined;
    }
  }

  #checkStages(commands: readonly Command[], at: Token, expected: string): void {
    if (commands.length === 0) throw this.#fail(at, `missing value; expected ${expected}`);
    for (const { first } of commands.slice(1)) {
      if (["bool", "dot", "nil", "number", "string"].includes(first.kind)) {
        throw this.#source.error(
          "KEYCARD_TEMPLATE_SYNTAX",
          first.start,
          `${this.#source.excerpt(first.start, first.end)} cannot take what is piped to it; expected a function`,
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
    while (this.#peek().kind === "variable") {
      const token = this.#next();
      const spaced = this.#peek().kind === "space";
      this.#skipSpace();
      const next = this.#peek();
      if (next.kind === "assign" || next.kind === "declare") {
        this.#next();
        variables.push(token.text);
        this.#variables.declare(token.text);
        return { variables, assigns: next.kind === "assign", first: undefined, spaced };
      }
      if (next.kind !== "comma") {
        const first = this.#operandTail(this.#variable(token), !spaced);
        return { variables, assigns: false, first, spaced };
      }
      this.#next();
      variables.push(token.text);
      this.#variables.declare(token.text);
      if (!isRange || variables.length > 1)
        throw this.#fail(token, `too many declarations; expected ${expected}`);
      this.#skipSpace();
      if (!["variable", "close", "right paren"].includes(this.#peek().kind)) {
        throw this.#unexpected(this.#peek(), "a second variable");
      }
    }
    return { variables, assigns: false, first: undefined, spaced: false };
  }

  /** `spaced`: the white space behind `first` is already behind us. */
  #command(first: Operand | undefined, spaced: boolean): Command {
    const operands: Operand[] = first === undefined ? [] : [first];
    let mayContinue = first === undefined || spaced || this.#separator();
    while (mayContinue) {
      const operand = this.#operand();
      if (operand === undefined) break;
      operands.push(operand);
      mayContinue = this.#separator();
    }
    this.#commandEnd();
    const [head, ...rest] = operands;
    if (head === undefined) throw this.#unexpected(this.#peek(), "a command");
    return { first: head, rest, start: head.start, end: operands[operands.length - 1]?.end ?? head.end };
  }

  /** Skips the white space that has to stand between operands; false: there is none. */
  #separator(): boolean {
    if (this.#peek().kind !== "space") return false;
    this.#skipSpace();
    return true;
  }

  /** Behind a command stands the next stage of the pipeline, or the end of it. */
  #commandEnd(): void {
    const { kind } = this.#peek();
    if (kind === "pipe") this.#next();
    else if (kind !== "close" && kind !== "right paren") {
      throw this.#unexpected(this.#peek(), "an operand, | or the end of the action");
    }
  }

  /** The next operand, or undefined if none starts here. */
  #operand(): Operand | undefined {
    const token = this.#peek();
    if (!OPERAND_START.has(token.kind) && token.text !== "nil") return undefined;
    this.#next();
    return this.#operandTail(this.#term(token), true);
  }

  #term(token: Token): Operand {
    const { start, end } = token;
    switch (token.kind) {
      case "identifier": {
        const refusal = this.#checkFunction(token.text);
        if (refusal) throw this.#source.error(refusal.code, start, refusal.problem);
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
        return { kind: "string", value: this.#stringValue(token), start, end };
      case "left paren":
        return this.#nested(token, () => this.#pipe("a value in parentheses", "right paren"));
      case "keyword":
        return { kind: "nil", start, end };
      default: {
        const number = readNumber({ start, end }, token.text);
        if (typeof number === "string") throw this.#fail(token, `${fromBytes(token.text)}: ${number}`);
        return number;
      }
    }
  }

  /** The fields behind an operand: `(…).A.B`, `$x.A`. */
  #operandTail(operand: Operand, adjacent: boolean): Operand {
    const names: string[] = [];
    let end = operand.end;
    while (adjacent && this.#peek().kind === "field") {
      const token = this.#next();
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
        throw this.#source.error(
          "KEYCARD_TEMPLATE_SYNTAX",
          operand.end,
          `unexpected . after ${this.#source.excerpt(operand.start, operand.end)}`,
        );
    }
  }

  #variable(token: Token): Operand {
    if (!this.#variables.has(token.text)) {
      throw this.#fail(token, `undefined variable ${fromBytes(token.text)}`);
    }
    return { kind: "variable", name: token.text, names: [], start: token.start, end: token.end };
  }

  #stringValue(token: Token): string {
    const value = unquote(token.text);
    if (value === undefined) throw this.#fail(token, `invalid escape sequence in ${fromBytes(token.text)}`);
    return value;
  }
}

/** Whether nodes are nothing but white space. */
function isEmpty(nodes: readonly Node[]): boolean {
  return nodes.every((node) => node.kind === "text" && node.text.trim() === "");
}
