import { readFileSync } from "node:fs";

/** The code blocks of docs/postgresql.md that have a name behind their language, by that name. */
export function documentedBlocks(): ReadonlyMap<string, string> {
  const text = readFileSync(new URL("../../docs/postgresql.md", import.meta.url), "utf8");
  const blocks = text.matchAll(/^```(?:sql|ts) (\S+)\n([\s\S]*?)^```$/gm);
  return new Map([...blocks].map(([, name = "", code = ""]) => [name, code]));
}

/** @throws Error when the page has no block of that name. */
export function documentedBlock(name: string): string {
  const code = documentedBlocks().get(name);
  if (code === undefined) throw new Error(`docs/postgresql.md has no block named ${name}`);
  return code;
}
