import { messageOf } from "../../errors.ts";
import { type LoginDependencies, LoginError } from "./login-method.ts";

/** A file that holds one secret for a login. */
export interface SecretFile {
  readonly path: string;
  /** E.g. `secret ID file`. */
  readonly what: string;
  /** Remove it once read, and go on with what it held. */
  readonly remove: boolean;
  /** Remove the file that a symbolic link leads to rather than the link. */
  readonly removeFollowsSymlinks?: boolean;
}

/** Reads a file without the white space around it. @throws LoginError when missing or empty. */
export async function readSecret(
  dependencies: Pick<LoginDependencies, "readFile">,
  path: string,
  what: string,
): Promise<string> {
  let text: string;
  try {
    text = (await dependencies.readFile(path)).trim();
  } catch (cause) {
    throw new LoginError(
      `The ${what} ${path} cannot be read: ${messageOf(cause)}. Check that it is mounted and readable.`,
      { retryable: true, cause },
    );
  }
  if (text === "") {
    throw new LoginError(`The ${what} ${path} is empty. Check what writes it.`, { retryable: true });
  }
  return text;
}

async function removeRead(dependencies: LoginDependencies, file: SecretFile): Promise<void> {
  try {
    const path = file.removeFollowsSymlinks ? await dependencies.realPath(file.path) : file.path;
    await dependencies.removeFile(path);
  } catch (error) {
    dependencies.warn(`The ${file.what} ${file.path} was read but cannot be removed: ${messageOf(error)}`);
  }
}

/**
 * Reads a file that may be there only once: a new one counts, a missing or empty one means what the last one
 * held. `transform` makes the secret from the file's text (unwraps it, say), once for each file.
 * @throws LoginError when there is no file and never was.
 */
export async function readOrRemember(
  dependencies: LoginDependencies,
  file: SecretFile,
  transform: (text: string) => Promise<string> = async (text) => text,
): Promise<string> {
  const { memory } = dependencies;
  const remembered = memory.get(file.path);
  let text: string;
  try {
    text = await readSecret(dependencies, file.path, file.what);
  } catch (error) {
    if (remembered === undefined) throw error;
    return remembered;
  }
  // A file that is kept, or cannot be removed, is still the one that was read before.
  const asRead = `${file.path} as read`;
  const secret = memory.get(asRead) === text && remembered !== undefined ? remembered : await transform(text);
  memory.set(file.path, secret).set(asRead, text);
  if (file.remove) await removeRead(dependencies, file);
  return secret;
}
