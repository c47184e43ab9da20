import { fromBytes } from "../bytes.ts";
import type { Definitions, Node } from "./nodes.ts";
import { type FunctionCheck, PipeParser } from "./pipe-parser.ts";
import type { Source } from "./source.ts";
import type { Delimiters, Token } from "./token.ts";
import { TokenStream } from "./token-stream.ts";
import { Variables } from "./variables.ts";

/** How a list of nodes ended. */
interface Ending {
  readonly word: "end" | "else" | "else if" | "else with" | "end of file";
  readonly token: Token;
}

/** Parses a source into the templates it defines. @throws TemplateError at the first mistake. */
export function parse(source: Source, delimiters: Delimiters, checkFunction: FunctionCheck): Definitions {
  return new Parser(new TokenStream(source, delimiters), checkFunction).parse();
}

class Parser {
  readonly #tokens: TokenStream;
  readonly #pipes: PipeParser;
  readonly #definitions = new Map<string, readonly Node[]>();
  #rangeDepth = 0;

  constructor(tokens: TokenStream, checkFunction: FunctionCheck) {
    this.#tokens = tokens;
    this.#pipes = new PipeParser(tokens, checkFunction);
  }

  parse(): Definitions {
    const [root, ending] = this.#nodes(true);
    if (ending.word !== "end of file") throw this.#tokens.fail(ending.token, `unexpected {{${ending.word}}}`);
    this.#define("", root, ending.token);
    return this.#definitions;
  }

  /** A later definition replaces an empty one; an empty one changes nothing. */
  #define(name: string, nodes: readonly Node[], at: Token): void {
    const earlier = this.#definitions.get(name);
    if (earlier !== undefined && !isEmpty(earlier)) {
      if (!isEmpty(nodes)) throw this.#tokens.fail(at, `template "${fromBytes(name)}" is defined twice`);
      return;
    }
    this.#definitions.set(name, nodes);
  }

  #nodes(top = false): readonly [Node[], Ending] {
    const nodes: Node[] = [];
    for (;;) {
      this.#tokens.skipSpace();
      const token = this.#tokens.next();
      if (token.kind === "end of file") {
        if (!top) throw this.#tokens.fail(token, "unexpected end of file; expected {{end}}");
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
    this.#tokens.skipSpace();
    const token = this.#tokens.peek();
    if (token.kind !== "keyword" || token.text === "nil") {
      const pipe = this.#pipes.pipe("a command", "close");
      return { kind: "action", pipe, start: pipe.start, end: pipe.end };
    }
    this.#tokens.next();
    switch (token.text) {
      case "end":
        this.#tokens.expect("close", "the end of {{end}}");
        return { word: "end", token };
      case "else":
        return this.#else(token);
      case "if":
      case "with":
      case "range":
        return this.#tokens.nested(token, () => this.#control(token, token.text as "if"));
      case "break":
      case "continue":
        return this.#loopExit(token, token.text);
      case "template":
        return this.#template(token);
      case "block":
        return this.#tokens.nested(token, () => this.#block(token));
      default:
        if (!top) throw this.#tokens.fail(token, "unexpected {{define}}; it may only stand at the top level");
        return this.#tokens.nested(token, () => this.#defineAction());
    }
  }

  #loopExit(token: Token, kind: "break" | "continue"): Node {
    this.#tokens.expect("close", `the end of {{${kind}}}`);
    if (this.#rangeDepth === 0) throw this.#tokens.fail(token, `{{${kind}}} outside {{range}}`);
    return { kind, start: token.start, end: token.end };
  }

  #else(token: Token): Ending {
    this.#tokens.skipSpace();
    const next = this.#tokens.peek();
    if (next.kind === "keyword" && (next.text === "if" || next.text === "with")) {
      return { word: `else ${next.text}`, token };
    }
    this.#tokens.expect("close", "the end of {{else}}, or if, or with");
    return { word: "else", token };
  }

  #control(token: Token, kind: "if" | "with" | "range"): Node {
    const scope = this.#pipes.variables.depth;
    const pipe = this.#pipes.pipe(`a value for ${kind}`, "close", kind === "range");
    if (kind === "range") this.#rangeDepth++;
    const [body, ending] = this.#nodes();
    if (kind === "range") this.#rangeDepth--;
    const otherwise = this.#otherwise(kind, ending);
    this.#pipes.variables.leave(scope);
    return { kind, pipe, body, otherwise, start: token.start, end: pipe.end };
  }

  #otherwise(kind: "if" | "with" | "range", ending: Ending): readonly Node[] | undefined {
    if (ending.word === "end") return undefined;
    if (ending.word === "else") {
      const [nodes, last] = this.#nodes();
      if (last.word !== "end")
        throw this.#tokens.fail(last.token, `expected {{end}}; found {{${last.word}}}`);
      return nodes;
    }
    if (ending.word !== `else ${kind}`) {
      throw this.#tokens.fail(
        ending.token,
        `unexpected {{${ending.word}}} in {{${kind}}}; expected {{else}} or {{end}}`,
      );
    }
    const keyword = this.#tokens.next();
    return [this.#tokens.nested(keyword, () => this.#control(keyword, keyword.text as "if"))];
  }

  #templateName(context: string): string {
    const token = this.#tokens.nextSolid();
    if (token.kind !== "string" && token.kind !== "raw string") {
      throw this.#tokens.unexpected(token, `a quoted name in ${context}`);
    }
    return this.#pipes.stringValue(token);
  }

  #template(token: Token): Node {
    const name = this.#templateName("{{template}}");
    this.#tokens.skipSpace();
    if (this.#tokens.peek().kind === "close") {
      this.#tokens.next();
      return { kind: "template", name, pipe: undefined, start: token.start, end: token.end };
    }
    const pipe = this.#pipes.pipe("a value for template", "close");
    return { kind: "template", name, pipe, start: token.start, end: pipe.end };
  }

  /** A definition has its own variables and loops. */
  #definitionBody(name: string, context: string): void {
    const outer = { variables: this.#pipes.variables, rangeDepth: this.#rangeDepth };
    this.#pipes.variables = new Variables();
    this.#rangeDepth = 0;
    const [body, ending] = this.#nodes();
    if (ending.word !== "end")
      throw this.#tokens.fail(ending.token, `unexpected {{${ending.word}}} in ${context}`);
    this.#pipes.variables = outer.variables;
    this.#rangeDepth = outer.rangeDepth;
    this.#define(name, body, ending.token);
  }

  #defineAction(): undefined {
    const name = this.#templateName("{{define}}");
    this.#tokens.expect("close", "the end of {{define}}");
    this.#definitionBody(name, "{{define}}");
  }

  #block(token: Token): Node {
    const name = this.#templateName("{{block}}");
    const pipe = this.#pipes.pipe("a value for block", "close");
    this.#definitionBody(name, "{{block}}");
    return { kind: "template", name, pipe, start: token.start, end: pipe.end };
  }
}

/** Whether nodes are nothing but white space. */
function isEmpty(nodes: readonly Node[]): boolean {
  return nodes.every((node) => node.kind === "text" && node.text.trim() === "");
}
