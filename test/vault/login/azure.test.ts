import { describe, expect, test } from "vitest";
import { loginFailure, startWorld, submitted } from "./world.ts";

const INSTANCE = JSON.stringify({
  compute: {
    subscriptionId: "sub",
    resourceGroupName: "group",
    name: "vm-1",
    vmScaleSetName: "",
  },
});

const WHERE = { subscription_id: "sub", resource_group_name: "group", vm_name: "vm-1", vmss_name: "" };

function query(url: string | undefined): Record<string, string> {
  return Object.fromEntries(new URL(url ?? "", "http://x").searchParams);
}

describe("by managed identity", () => {
  test("token and machine come from the instance metadata", async () => {
    await using world = await startWorld({
      cloud: ({ url }) => ({ body: url.includes("/identity/") ? '{"access_token":"eyJ.msi"}' : INSTANCE }),
    });
    await world.login("azure", { role: "app", resource: "https://vault.test" });
    expect(submitted(world)).toEqual({ role: "app", jwt: "eyJ.msi", ...WHERE });
    const [token, instance] = world.cloud;
    expect(token).toMatchObject({ origin: "http://169.254.169.254", headers: { metadata: "true" } });
    expect(token?.url).toMatch(/^\/metadata\/identity\/oauth2\/token\?/);
    expect(query(token?.url)).toEqual({ "api-version": "2018-02-01", resource: "https://vault.test" });
    expect(instance?.url).toBe("/metadata/instance?api-version=2018-02-01");
  });

  test.each(["object_id", "client_id"])("one of several is told by its %s", async (name) => {
    await using world = await startWorld({
      cloud: ({ url }) => ({ body: url.includes("/identity/") ? '{"access_token":"eyJ"}' : INSTANCE }),
    });
    await world.login("azure", { role: "app", resource: "r", [name]: "id-1" });
    expect(query(world.cloud[0]?.url)).toMatchObject({ [name]: "id-1" });
  });

  test("it cannot be told by both", async () => {
    await using world = await startWorld();
    const error = await loginFailure(
      world.login("azure", { role: "app", resource: "r", object_id: "o", client_id: "c" }),
    );
    expect(error.message).toContain("set one of object_id and client_id");
  });

  test("a machine that cannot be named ends the login", async () => {
    await using world = await startWorld({
      cloud: ({ url }) => (url.includes("/identity/") ? { body: '{"access_token":"eyJ"}' } : { status: 500 }),
    });
    const error = await loginFailure(world.login("azure", { role: "app", resource: "r" }));
    expect(error).toMatchObject({ retryable: true });
  });
});

describe("from the environment", () => {
  const config = { role: "app", resource: "https://vault.test", authenticate_from_environment: "true" };

  test("a workload identity's federated token buys the application's", async () => {
    await using world = await startWorld({
      cloud: ({ url }) =>
        url.startsWith("/tenant") ? { body: '{"access_token":"eyJ.app"}' } : { body: INSTANCE },
    });
    world.files.set("/federated", "eyJ.pod\n");
    Object.assign(world.environment, {
      AZURE_CLIENT_ID: "client",
      AZURE_TENANT_ID: "tenant",
      AZURE_FEDERATED_TOKEN_FILE: "/federated",
      AZURE_AUTHORITY_HOST: "https://login.microsoftonline.com/",
    });
    await world.login("azure", config);
    expect(submitted(world)).toEqual({ role: "app", jwt: "eyJ.app", ...WHERE });
    expect(world.cloud[0]).toMatchObject({
      method: "POST",
      origin: "https://login.microsoftonline.com",
      url: "/tenant/oauth2/v2.0/token",
    });
    expect(Object.fromEntries(new URLSearchParams(world.cloud[0]?.body))).toEqual({
      grant_type: "client_credentials",
      client_id: "client",
      scope: "https://vault.test/.default",
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: "eyJ.pod",
    });
  });

  test("a machine that may not be asked is no reason to fail", async () => {
    await using world = await startWorld({
      cloud: ({ url }) =>
        url.startsWith("/tenant") ? { body: '{"access_token":"eyJ.app"}' } : { status: 403 },
    });
    Object.assign(world.environment, {
      AZURE_CLIENT_ID: "client",
      AZURE_TENANT_ID: "tenant",
      AZURE_CLIENT_SECRET: "s3cret",
    });
    await world.login("azure", config);
    expect(submitted(world)).toEqual({ role: "app", jwt: "eyJ.app" });
    expect(world.warnings.join()).toContain("without the machine's name");
    expect(new URLSearchParams(world.cloud[0]?.body).get("client_secret")).toBe("s3cret");
  });

  test("without an application in it the managed identity is used", async () => {
    await using world = await startWorld({
      cloud: ({ url }) => ({ body: url.includes("/identity/") ? '{"access_token":"eyJ.msi"}' : INSTANCE }),
    });
    await world.login("azure", config);
    expect(submitted(world)).toMatchObject({ jwt: "eyJ.msi" });
  });
});
