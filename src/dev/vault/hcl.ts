import type { JsonValue } from "../../json.ts";

/** One part of a document, in its order: `name = value`, or a block `name "label" { … }`. */
export type HclEntry =
  | { readonly kind: "value"; readonly name: string; readonly value: JsonValue }
  | {
      readonly kind: "block";
      readonly name: string;
      readonly label: string | undefined;
      readonly entries: readonly HclEntry[];
    };

/** A document that is not HCL; the message says where. */
export class HclError extends Error {}

const TOKEN =
  /\s+|#[^\n]*|\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:[^"\\]|\\.)*"|[A-Za-z_][\w.-]*|-?\d+(?:\.\d+)?|[{}[\]=,]/y;

/**
 * Reads the part of HCL that Vault's policies are written in: blocks, labels, strings, numbers, booleans
 * and lists.
 * @throws HclError when the text is anything else.
 */
export function parseHcl(text: string): readonly HclEntry[] {
  const tokens = tokenise(text);
  let position = 0;
  const peek = (): string | undefined => tokens[position];
  const next = (): string => {
    const token = tokens[position];
    if (token === undefined) throw new HclError("object expected closing RBRACE got: EOF");
    position += 1;
    return token;
  };
  const expect = (wanted: string): void => {
    const token = next();
    if (token !== wanted) throw new HclError(`expected ${wanted}, got ${token}`);
  };
  const value = (): JsonValue => {
    const token = next();
    if (token.startsWith('"')) return unquote(token);
    if (token === "[") return items();
    if (token === "true" || token === "false") return token === "true";
    if (/^-?\d/.test(token)) return Number(token);
    throw new HclError(`unexpected ${token}`);
  };
  const items = (): JsonValue[] => {
    const found: JsonValue[] = [];
    while (peek() !== "]") {
      found.push(value());
      if (peek() === ",") next();
    }
    expect("]");
    return found;
  };
  const entries = (closing: "}" | undefined): HclEntry[] => {
    const found: HclEntry[] = [];
    while (peek() !== closing) found.push(entry());
    if (closing !== undefined) expect(closing);
    return found;
  };
  const entry = (): HclEntry => {
    const name = identifier(next());
    if (peek() === "=") {
      next();
      return { kind: "value", name, value: value() };
    }
    const label = peek()?.startsWith('"') === true ? unquote(next()) : undefined;
    expect("{");
    const body = entries("}");
    if (peek() === ",") next();
    return { kind: "block", name, label, entries: body };
  };
  return entries(undefined);
}

function tokenise(text: string): readonly string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  for (let at = 0; at < text.length; ) {
    TOKEN.lastIndex = at;
    const found = TOKEN.exec(text)?.[0];
    if (found === undefined) throw new HclError(`illegal character at ${at}`);
    at += found.length;
    if (!/^(\s|#|\/[/*])/.test(found)) tokens.push(found);
  }
  return tokens;
}

function identifier(token: string): string {
  if (token.startsWith('"')) return unquote(token);
  if (/^[A-Za-z_]/.test(token)) return token;
  throw new HclError(`expected a name, got ${token}`);
}

function unquote(token: string): string {
  try {
    const parsed: unknown = JSON.parse(token);
    return String(parsed);
  } catch {
    throw new HclError(`invalid string ${token}`);
  }
}
