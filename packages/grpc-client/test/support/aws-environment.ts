/**
 * Sets the variables that AWS's SDK reads, and restores them on disposal. In between the SDK reads no profile, no credentials and no
 * metadata service of this machine.
 */

/** Undefined: not set. */
export type AwsVariables = Readonly<Record<string, string | undefined>>;

const ISOLATED: AwsVariables = {
  AWS_REGION: "local-1",
  AWS_ACCESS_KEY_ID: "local",
  AWS_SECRET_ACCESS_KEY: "local",
  AWS_DISABLE_HOST_PREFIX_INJECTION: "true",
  AWS_CONFIG_FILE: "/dev/null",
  AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
  AWS_EC2_METADATA_DISABLED: "true",
  AWS_DEFAULT_REGION: undefined,
  AWS_PROFILE: undefined,
  AWS_SESSION_TOKEN: undefined,
  AWS_WEB_IDENTITY_TOKEN_FILE: undefined,
  AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: undefined,
  AWS_CONTAINER_CREDENTIALS_FULL_URI: undefined,
};

export class AwsEnvironment implements Disposable {
  readonly #before: AwsVariables;

  constructor(variables: AwsVariables) {
    const all = { ...ISOLATED, ...variables };
    this.#before = Object.fromEntries(Object.keys(all).map((name) => [name, process.env[name]]));
    set(all);
  }

  [Symbol.dispose](): void {
    set(this.#before);
  }
}

function set(variables: AwsVariables): void {
  for (const [name, value] of Object.entries(variables)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}
