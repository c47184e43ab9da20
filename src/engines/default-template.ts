/**
 * The template of a secret that has none of its own, in the Vault Agent Injector's two forms: `map` writes
 * one `key: value` line for each entry, `json` the whole as one JSON line. The path becomes a Go string
 * literal, so that no path can end the literal and leave a broken template.
 */
export function defaultTemplate(kind: "map" | "json", path: string): string {
  const head = `{{ with secret ${goString(path)} }}`;
  return kind === "json"
    ? `${head}{{ .Data | toJSON }}\n{{ end }}`
    : `${head}{{ range $k, $v := .Data }}{{ $k }}: {{ $v }}\n{{ end }}{{ end }}`;
}

function goString(text: string): string {
  return JSON.stringify(text);
}
