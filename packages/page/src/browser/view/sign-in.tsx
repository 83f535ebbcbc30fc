import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { App } from "../app.ts";

/** Asks for the credential. It is kept in the tab alone. */
export function SignIn({ app, fault }: { readonly app: App; readonly fault: string }): JSX.Element {
  const [credential, setCredential] = useState("");
  const [isTrying, setIsTrying] = useState(false);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (credential.trim() === "" || isTrying) return;
    setIsTrying(true);
    await app.signIn(credential);
    setIsTrying(false);
    setCredential("");
  };
  return (
    <main class="sign-in">
      <form onSubmit={(event) => void submit(event)}>
        <h1>Agent Team</h1>
        <label for="credential">API key or access token</label>
        {/* Not a password of the browser's store: it would be kept beyond the tab. */}
        <input
          id="credential"
          type="password"
          autocomplete="off"
          spellcheck={false}
          autofocus
          value={credential}
          aria-invalid={fault !== ""}
          aria-describedby="credential-note"
          onInput={(event) => setCredential(event.currentTarget.value)}
        />
        <p id="credential-note" class={fault === "" ? "muted" : "bad"} role={fault === "" ? undefined : "alert"}>
          {fault === "" ? "It stays in this tab, and is gone when you close it." : `Not accepted: ${fault}`}
        </p>
        <button type="submit" class="primary" disabled={credential.trim() === "" || isTrying}>
          Sign in
        </button>
      </form>
    </main>
  );
}
