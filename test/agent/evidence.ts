import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { AgentPod, AgentRun } from "./agent-pod.ts";

/** Something that others than the pod's own containers may get to read. */
export interface Evidence {
  readonly where: string;
  readonly text: string;
}

/** Something that must not be in it. */
export interface Secret {
  readonly name: string;
  readonly value: string;
}

/** A secret shorter than this would be found in anything. */
const SHORTEST_SECRET = 10;
/** A piece as long as this gives a secret away. */
const PIECE = 10;

/** The ways in which a text may be written into another one. */
function spellings(value: string): readonly string[] {
  const bytes = Buffer.from(value);
  return [
    value,
    JSON.stringify(value).slice(1, -1),
    encodeURIComponent(value),
    bytes.toString("hex"),
    // Of base64 the ends depend on what stands beside it.
    ...[0, 1, 2].map((offset) =>
      Buffer.concat([Buffer.alloc(offset), bytes])
        .toString("base64")
        .slice(offset === 0 ? 0 : 4)
        .replace(/.{4}$/, ""),
    ),
  ];
}

/** The beginning, the middle and the end: what a message that is cut short, or an excerpt, may show. */
function pieces(text: string): readonly string[] {
  const middle = Math.floor((text.length - PIECE) / 2);
  return [text.slice(0, PIECE), text.slice(middle, middle + PIECE), text.slice(-PIECE)];
}

/**
 * Where which secret is to be found, whole or in part, whatever way it is written.
 * @throws Error when a secret is too short to be looked for.
 */
export function leaks(evidence: readonly Evidence[], secrets: readonly Secret[]): readonly string[] {
  const found = new Set<string>();
  for (const { name, value } of secrets) {
    if (value.length < SHORTEST_SECRET) throw new Error(`the ${name} is too short to be looked for`);
    const telling = spellings(value).flatMap(pieces);
    for (const { where, text } of evidence) {
      if (telling.some((piece) => text.includes(piece))) found.add(`${name} in ${where}`);
    }
  }
  return [...found];
}

/** What a process shows to everybody who may look at it: environment, arguments, and what it holds open. */
export function evidenceOf(run: AgentRun, name: string): readonly Evidence[] {
  const directory = `/proc/${run.process.pid}`;
  const read = (file: string): Evidence => ({
    where: `${file} of ${name}`,
    text: readFileSync(join(directory, file), "utf8"),
  });
  return ["environ", "cmdline", "comm"].map(read);
}

/** What is left of a pod apart from its files with secrets: log, termination message, names of files. */
export function remains(pod: AgentPod, runs: Readonly<Record<string, AgentRun>>): readonly Evidence[] {
  const names = readdirSync(pod.directory, { recursive: true, encoding: "utf8" }).join("\n");
  return [
    ...Object.entries(runs).map(([name, run]) => ({ where: `log of ${name}`, text: run.output() })),
    { where: "termination message", text: pod.terminationMessage() },
    { where: "file names", text: names },
  ];
}

/** Permission bits of the file and directory that tokens are handed over in. */
export function modesOfState(pod: AgentPod): { readonly file: number; readonly directory: number } {
  const state = join(pod.directory, "state");
  return { file: statSync(join(state, "state.json")).mode & 0o777, directory: statSync(state).mode & 0o777 };
}
