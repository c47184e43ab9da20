import { fromBytes, toBytes } from "./bytes.ts";
import { quote } from "./format/quote.ts";

/** The templates that a secret without one of its own gets; the Vault Agent Injector has the same two. */
export type DefaultTemplateKind = "map" | "json";

/**
 * The default template for a path: `map` writes one `key: value` line an entry, `json` the data as one JSON
 * object. The path may hold anything: it is written as a Go string literal.
 */
export function defaultTemplate(kind: DefaultTemplateKind, path: string): string {
  const literal = fromBytes(quote(toBytes(path)));
  if (kind === "json") return `{{ with secret ${literal} }}{{ .Data | toJSON }}\n{{ end }}`;
  return `{{ with secret ${literal} }}{{ range $k, $v := .Data }}{{ $k }}: {{ $v }}\n{{ end }}{{ end }}`;
}
