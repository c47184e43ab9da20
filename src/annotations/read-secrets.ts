import { posix } from "node:path";
import { quoted } from "./printable.ts";
import { type Reading, readBoolean, readText, reject, writtenAs } from "./reading.ts";
import type { SecretRequest } from "./request.ts";
import { nameWith } from "./table.ts";
import type { Written } from "./written.ts";

/** Annotations that declare a secret; the first that is written is named when something is wrong with it. */
const DECLARING = ["agent-inject-secret", "agent-inject-template", "agent-inject-template-file"] as const;

/** Linux takes no longer paths. */
const LONGEST_PATH = 4095;

/**
 * The secrets that the pod declares, in the order of their names. A name is declared by a value, not blank,
 * of one of three annotations; all others with the same name belong to it, letter by letter.
 */
export function readSecrets(reading: Reading, volumePath: string): readonly SecretRequest[] {
  // Wrong even where no secret asks for it.
  readBoolean(reading, "preserve-secret-case");
  return [...declaredSecrets(reading).entries()]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, declaration]) => readSecret(reading, name, declaration, volumePath));
}

/** Names of the declared secrets with the annotation that declares each. */
export function declaredSecrets(reading: Reading): ReadonlyMap<string, Written> {
  const declared = new Map<string, Written>();
  for (const annotation of DECLARING) {
    for (const written of reading.written.byName.values()) {
      const { spec, suffix = "" } = written;
      if (spec.name !== annotation || isBlank(written.value) || declared.has(suffix)) continue;
      if (belongsToFileSecret(reading, written)) continue;
      declared.set(suffix, written);
    }
  }
  return declared;
}

/**
 * Whether an annotation is `agent-inject-template-file-X` and the inline template of a secret called `file-X`,
 * which `agent-inject-secret-file-X` declares, rather than the template file of X.
 */
export function belongsToFileSecret(reading: Reading, written: Written): boolean {
  if (written.spec.name !== "agent-inject-template-file") return false;
  const fileSecret = reading.written.byName.get(`agent-inject-secret-file-${written.suffix ?? ""}`);
  return fileSecret !== undefined && !isBlank(fileSecret.value);
}

function readSecret(reading: Reading, name: string, declaration: Written, volumePath: string): SecretRequest {
  const path = writtenAs(reading, "agent-inject-secret", name)?.value ?? "";
  const directory = readDirectory(reading, name, volumePath);
  return {
    name,
    path: isBlank(path) ? undefined : path,
    template: readTemplate(reading, name),
    leftDelimiter: readText(reading, "agent-template-left-delim", name) || "{{",
    rightDelimiter: readText(reading, "agent-template-right-delim", name) || "}}",
    directory,
    destination: readDestination(reading, name, directory, declaration),
    permissions: readText(reading, "agent-inject-perms", name) || undefined,
    command: readText(reading, "agent-inject-command", name) || undefined,
    errorOnMissingKey: readBoolean(reading, "error-on-missing-key", name),
  };
}

function readTemplate(reading: Reading, name: string): SecretRequest["template"] {
  const inline = reading.written.byName.get(nameWith("agent-inject-template", name))?.value ?? "";
  const file = reading.written.byName.get(nameWith("agent-inject-template-file", name));
  const ofFileSecret = file !== undefined && belongsToFileSecret(reading, file);
  if (ofFileSecret) {
    const other = quoted(`file-${name}`);
    const message = `is it the template of ${other} or the template file of ${quoted(name)}? Rename ${other}`;
    reject(reading, file, message);
  }
  if (inline !== "") return { kind: "inline", text: inline };
  if (file === undefined || file.value === "" || ofFileSecret) return { kind: "default" };
  return { kind: "file", path: readText(reading, "agent-inject-template-file", name) };
}

function readDirectory(reading: Reading, name: string, volumePath: string): string {
  const written = reading.written.byName.get(nameWith("secret-volume-path", name));
  return written === undefined ? volumePath : readVolumePath(reading, name);
}

/** `secret-volume-path`, of all secrets or of one: one that can be mounted, and cleaned where it is checked. */
export function readVolumePath(reading: Reading, secret?: string): string {
  const path = readText(reading, "secret-volume-path", secret);
  const written = writtenAs(reading, "secret-volume-path", secret);
  const mountable =
    path !== "" && path.length <= LONGEST_PATH && !/[:\0]/.test(path) && !cleanPath(path).startsWith("..");
  if (written !== undefined && !mountable) {
    reject(reading, written, `expected a path that can be mounted, got ${quoted(path)}`);
    return VOLUME_PATH;
  }
  return reading.strict ? cleanPath(path) : path;
}

/** Stands in for a wrong one, so that the rest can still be checked. */
const VOLUME_PATH = "/vault/secrets";

/** The absolute path of a secret's file; `""` when there was a problem. */
function readDestination(reading: Reading, name: string, directory: string, declaration: Written): string {
  const file = readText(reading, "agent-inject-file", name);
  const source = file === "" ? declaration : (writtenAs(reading, "agent-inject-file", name) ?? declaration);
  const keepsCase = readBoolean(reading, "preserve-secret-case", name);
  const wanted = file === "" ? (keepsCase ? name : name.toLowerCase()) : file;
  if (wanted.length > LONGEST_PATH || wanted.includes("\0")) {
    reject(reading, source, `${quoted(wanted)} is no name for a file`);
    return "";
  }
  // The Vault Agent Injector cleans a path only where a file is named.
  const destination =
    file === "" && !reading.strict ? `${directory}/${wanted}` : cleanPath(posix.join(directory, wanted));
  if (!isWithin(cleanPath(destination), cleanPath(directory))) {
    reject(reading, source, `the file ${quoted(wanted)} would not be inside ${quoted(directory)}`);
    return "";
  }
  return destination;
}

/** The path without `.`, `..`, doubled and final slashes. */
export function cleanPath(path: string): string {
  const clean = posix.normalize(path);
  return clean.length > 1 && clean.endsWith("/") ? clean.slice(0, -1) : clean;
}

function isWithin(path: string, directory: string): boolean {
  const start = directory === "/" ? "/" : `${directory}/`;
  return path.startsWith(start) && path.length > start.length;
}

function isBlank(text: string): boolean {
  return text.trim() === "";
}
