import type { Arguments } from "../functions/arguments.ts";
import { define, type Library, library } from "../functions/function-spec.ts";

type Cryptography = typeof import("../cryptography/index.ts");

/** Steps that a hash counts for, so that a rendering can make some fifty: seconds at most. */
const HASH_STEPS = 20_000;

const bytesOf = (text: string): Buffer => Buffer.from(text, "latin1");

/** Sprig's functions that make passwords and hashes of them. What goes wrong is their result, as in Sprig. */
export function sprigPasswords({ bcrypt, BCRYPT_SALT_BYTES, masterPassword }: Cryptography): Library {
  const hash = (args: Arguments, password: string): string => {
    args.run.meter.step(HASH_STEPS);
    const salt = args.run.context.randomBytes(BCRYPT_SALT_BYTES);
    try {
      return bcrypt(bytesOf(password), salt);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      return `failed to encrypt string with bcrypt: ${error.message}`;
    }
  };
  return library({
    sprig_bcrypt: define(["string"], (args) => hash(args, args.string(0))),
    sprig_htpasswd: define(["string", "string"], (args) => {
      const [user, password] = [args.string(0), args.string(1)];
      return user.includes(":") ? `invalid username: ${user}` : `${user}:${hash(args, password)}`;
    }),
    sprig_derivePassword: define(["uint32", "string", "string", "string", "string"], (args) => {
      args.run.meter.step(HASH_STEPS);
      const [kind, password, user, site] = [args.string(1), args.string(2), args.string(3), args.string(4)];
      const derived = masterPassword({
        counter: args.size(0),
        kind,
        password: bytesOf(password),
        user: bytesOf(user),
        site: bytesOf(site),
      });
      return derived ?? `cannot find password template ${kind}`;
    }),
  });
}
