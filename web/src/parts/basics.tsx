/** Small things that every page uses. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { ApiProblem, type SessionState, signIn } from "../api.ts";

const STATE_WORDS: Record<SessionState, string> = { open: "Open", closing: "Closing", closed: "Closed" };

export function StateBadge({ state }: { state: SessionState }) {
  return <span class={`badge state-${state}`}>{STATE_WORDS[state] ?? state}</span>;
}

export function SignIn() {
  const [wrong, setWrong] = useState<string | null>(null);
  const onSubmit = async (event: SubmitEvent) => {
    event.preventDefault();
    const token = String(new FormData(event.currentTarget as HTMLFormElement).get("token") ?? "").trim();
    try {
      await signIn(token);
      location.reload();
    } catch (error) {
      setWrong((error as Error).message);
    }
  };
  return (
    <form class="sign-in card" onSubmit={onSubmit}>
      <h2>Sign in</h2>
      <p class="muted">This console asks for its access token: the first line of the file it was configured with.</p>
      <label class="field">
        <span>Access token</span>
        <input name="token" type="password" autocomplete="current-password" required />
        <button type="submit" class="quiet">
          Sign in
        </button>
      </label>
      {wrong && <p role="alert">{wrong}</p>}
    </form>
  );
}

export function Problem({ error, title }: { error: Error; title: string }) {
  if (error instanceof ApiProblem && error.status === 401) return <SignIn />;
  return (
    <div class="problem" role="alert">
      <strong>{title}</strong>
      <p>{error.message}</p>
    </div>
  );
}

export function CopyButton({ text, label, words = "Copy" }: { text: string; label: string; words?: string }) {
  const [done, setDone] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setDone(true);
    setTimeout(() => setDone(false), 1500);
  };
  return (
    <button type="button" class="quiet copy" aria-label={label} onClick={copy}>
      <span aria-live="polite">{done ? "Copied" : words}</span>
    </button>
  );
}

/** Grey bars in the place of lines that are on their way. */
export function Skeleton({ lines, label }: { lines: number; label: string }) {
  return (
    <div class="skeleton" role="status" aria-label={label}>
      {Array.from({ length: lines }, (_, line) => (
        <span key={line} />
      ))}
    </div>
  );
}

export function Card({ id, title, note, children }: { id: string; title: string; note?: ComponentChildren; children: ComponentChildren }) {
  return (
    <section class="card" aria-labelledby={`${id}-title`} id={id}>
      <header>
        <h2 id={`${id}-title`}>{title}</h2>
        {note && <p>{note}</p>}
      </header>
      {children}
    </section>
  );
}

export function JsonText({ value }: { value: unknown }) {
  const text = JSON.stringify(value, null, 2);
  return (
    <div class="json">
      <CopyButton text={text} label="Copy this JSON" />
      <pre tabIndex={0}>{text}</pre>
    </div>
  );
}
