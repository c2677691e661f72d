import { html, raw } from 'hono/html'
import { waitingText } from './approval-cards.ts'
import type { ConsoleView } from './console-view.ts'
import { faultForm } from './fault-parts.ts'
import { type Html, joined } from './page-parts.ts'
import type { Sections } from './sections.ts'
import { snippetsFor } from './snippets.ts'

interface PageFacts {
  readonly view: ConsoleView
  readonly sections: Sections
  readonly csrf: string
  readonly epoch: string
  readonly baseUrl: string
  /** The rows of the last calls. */
  readonly calls: string
}

/** The page as it is loaded. From then on the script replaces what changes. */
export function consolePage({ view, sections, csrf, epoch, baseUrl, calls }: PageFacts): string {
  return joined([
    html`<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8" />
  <meta name="viewport" content="width=device-width, initial-scale=1" />
  <title>AuthSec emulator</title>
  <link rel="icon" href="/console/icon.svg" />
  <link rel="stylesheet" href="/console/console.css" />
  <script src="/console/console.js" defer></script>
</head>
<body data-epoch="${epoch}">
  <header>
    <h1>AuthSec emulator</h1>
    <p><code>${baseUrl}</code> · <span id="connection">Live updates need JavaScript. Reload to refresh.</span></p>
  </header>
  <main>
    <p id="said" role="status"></p>
    <section aria-labelledby="approvals-title">
      <h2 id="approvals-title" tabindex="-1">Approvals</h2>
      <p id="waiting" role="status">${waitingText(view)}</p>
      <div id="approvals" class="cards">${raw(sections.approvals)}</div>
    </section>
    <section aria-labelledby="agents-title">
      <h2 id="agents-title" tabindex="-1">Agents</h2>
      <div id="agents" class="cards">${raw(sections.agents)}</div>
    </section>
    <section aria-labelledby="calls-title">
      <h2 id="calls-title" tabindex="-1">Calls</h2>
      ${callTools()}
      <div class="scrolls" tabindex="0" role="region" aria-labelledby="calls-title">
        <table>
          <thead><tr>
            <th scope="col">Time (UTC)</th><th scope="col">Agent</th><th scope="col">Route</th>
            <th scope="col">Permission</th><th scope="col">Status</th><th scope="col">Duration</th>
            <th scope="col">Approval</th>
          </tr></thead>
          <tbody id="calls">${raw(calls)}</tbody>
        </table>
      </div>
    </section>
    <section aria-labelledby="faults-title">
      <h2 id="faults-title" tabindex="-1">Faults</h2>
      ${faultForm(csrf)}
      <div id="faults">${raw(sections.faults)}</div>
    </section>
    <section aria-labelledby="connect-title">
      <h2 id="connect-title">Connect an agent</h2>
      ${snippetsFor(baseUrl).map(snippetPart)}
    </section>
  </main>
</body>
</html>
`,
  ])
}

function callTools(): Html {
  return html`<p class="fields row" id="call-tools">
    <label for="filter">Filter</label>
    <input id="filter" type="search" autocomplete="off" spellcheck="false" placeholder="cid_…, 403, records" />
    <label><input id="pause" type="checkbox" /> Pause</label>
  </p>`
}

function snippetPart({ name, code }: { readonly name: string; readonly code: string }): Html {
  return html`<details>
    <summary>${name}</summary>
    <pre tabindex="0" aria-label="Code for ${name}"><code>${code}</code></pre>
    <button type="button" data-copy aria-label="Copy the code for ${name}">Copy</button>
  </details>`
}
