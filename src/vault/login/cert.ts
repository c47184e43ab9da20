import type { LoginMethod } from "./login-method.ts";

/** The client certificate itself: the connection's, or one named in the method's configuration. */
export const cert: LoginMethod = {
  advice:
    "Check that a client certificate is configured, that it has not expired, that the mount trusts its CA, and " +
    "that no proxy ends TLS before Vault.",
  async login({ mountPath, config, dependencies, submit }) {
    const name = config.optional("name");
    const caCertFile = config.optional("ca_cert");
    const clientCertFile = config.optional("client_cert");
    const clientKeyFile = config.optional("client_key");
    const path = `${mountPath}/login`;
    const body = name === "" ? {} : { name };
    if (caCertFile === "" && clientCertFile === "" && clientKeyFile === "") return await submit(path, body);
    const client = dependencies.clientWith({
      ...(caCertFile === "" ? {} : { caCertFile }),
      ...(clientCertFile === "" ? {} : { clientCertFile }),
      ...(clientKeyFile === "" ? {} : { clientKeyFile }),
    });
    try {
      return await submit(path, body, client);
    } finally {
      client.close();
    }
  },
};
