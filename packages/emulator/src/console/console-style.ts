/** The style of the page, dark and light, down to the width of a phone. */
export const STYLE = `:root {
  color-scheme: light dark;
  --text: light-dark(#1b1f24, #e8eaed);
  --soft: light-dark(#545c66, #a9b1ba);
  --back: light-dark(#f4f5f7, #14171a);
  --card: light-dark(#ffffff, #1f2429);
  --line: light-dark(#c9ced4, #434b54);
  --good: light-dark(#11663a, #6fd39a);
  --bad: light-dark(#a3201d, #ff9d97);
  --link: light-dark(#1d4fbb, #9bbcff);
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
header, main { max-width: 76rem; margin: 0 auto; padding: 0 1rem; }
header { padding-top: 1rem; }
h1 { margin: 0; font-size: 1.5rem; }
h2 { margin: 1.1rem 0 .4rem; font-size: 1.2rem; }
h3 { margin: 0 0 .5rem; font-size: 1rem; }
#waiting { margin: 0 0 .5rem; }
header p, .kind, .decided { color: var(--soft); margin: .25rem 0; }
#said:empty { display: none; }
#said { position: sticky; top: 0; z-index: 1; margin: .5rem 0; padding: .5rem .75rem; background: var(--card); border: 1px solid var(--line); border-radius: .5rem; }
.cards { display: grid; gap: .75rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 21rem), 1fr)); }
.cards > .decided { grid-column: 1 / -1; overflow-wrap: anywhere; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; padding: 1rem; min-width: 0; }
.asks { border-inline-start: .4rem solid var(--link); }
.asks p { margin-top: 0; }
.message { font-size: 1.15rem; font-weight: 600; margin: .25rem 0 .75rem; overflow-wrap: anywhere; white-space: pre-wrap; unicode-bidi: isolate; }
dl { margin: 0 0 .75rem; }
dl div { display: flex; gap: .75rem; }
dt { color: var(--soft); flex: 0 0 6.5rem; }
dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }
code, pre, time { font-family: ui-monospace, monospace; font-size: .9rem; }
.buttons { display: flex; gap: .5rem; flex-wrap: wrap; }
button, input, select { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--soft); border-radius: .5rem; padding: .5rem .75rem; min-height: 2.75rem; max-width: 100%; }
input[type=checkbox] { min-height: 0; }
button { cursor: pointer; font-weight: 600; }
.asks button { flex: 1; }
.approve { background: light-dark(#11663a, #1e7d4b); border-color: transparent; color: #fff; }
.deny { color: var(--bad); border-color: var(--bad); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.fields { margin: 0 0 .75rem; }
.delegate { display: grid; grid-template-columns: 1fr 6rem; gap: .1rem .5rem; margin: 0 0 .75rem; color: var(--soft); }
.delegate input { width: 100%; color: var(--text); }
.row { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem; }
.badge { border: 1px solid currentcolor; border-radius: 1rem; padding: 0 .6rem; font-size: .85rem; }
.active, .approved, .auto_approved, .consumed, .passed { color: var(--good); }
.denied, .expired, .revoked, .failed { color: var(--bad); }
.scrolls { overflow: auto; max-height: 26rem; background: var(--card); border: 1px solid var(--line); border-radius: .75rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: start; padding: .3rem .5rem; font: .8rem/1.5 ui-monospace, monospace; border-bottom: 1px solid var(--line); white-space: nowrap; }
thead th { position: sticky; top: 0; background: var(--card); font-weight: 600; }
details { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .5rem .75rem; margin: .5rem 0; }
summary { cursor: pointer; }
pre { overflow: auto; }
`

export const ICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path fill="#1d4fbb" d="M8 0 14 2v6c0 4-3 7-6 8-3-1-6-4-6-8V2z"/><path fill="none" stroke="#fff" stroke-width="2" d="m5 8 2 2 4-4"/></svg>'
