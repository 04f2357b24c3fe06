/** What the page shows before the first agent is enrolled: how to enrol one. */
import { Mark } from "./icons.tsx";

/** The instructions, with this console's own address in them. */
export function Empty({ origin }: { origin: string }) {
  return (
    <section class="empty" aria-labelledby="empty-title">
      <Mark />
      <h2 id="empty-title">No agents yet</h2>
      <p>An agent appears here as soon as it is enrolled. It takes two commands.</p>
      <ol>
        <li>
          <p>On the console's machine, make a token. It enrols one agent, once.</p>
          <pre>
            <code>vouchsafe-console token new --expires 1h &gt; token</code>
          </pre>
        </li>
        <li>
          <p>Carry the token to the server that is to be watched, and enrol it there.</p>
          <pre>
            <code>vouchsafe-agent enroll --console {origin} --token-file token</code>
          </pre>
        </li>
      </ol>
    </section>
  );
}
