export interface Line {
  readonly name: string
  /** One value a minute. */
  readonly values: readonly number[]
}

export interface Chart {
  readonly title: string
  readonly lines: readonly Line[]
}

const WIDTH = 860
const HEIGHT = 340
const LEFT = 60
const RIGHT = 40
const TOP = 84
const BOTTOM = 40

/** Readable on light and dark pages: the picture asks which one it is on. */
const STYLE = `
text { font: 12px sans-serif; fill: #24292f }
.title { font-size: 14px; font-weight: bold }
.grid { stroke: #d0d7de; stroke-width: 1 }
.line { fill: none; stroke-width: 1.8 }
.c0 { stroke: #0969da } .c1 { stroke: #bc4c00 } .c2 { stroke: #1a7f37 } .c3 { stroke: #8250df }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .grid { stroke: #3d444d }
  .c0 { stroke: #58a6ff } .c1 { stroke: #f0883e } .c2 { stroke: #3fb950 } .c3 { stroke: #bc8cff }
}
`

/** Lines over minutes, as an SVG picture. */
export function drawChart({ title, lines }: Chart): string {
  const minutes = lines.reduce((most, { values }) => Math.max(most, values.length - 1), 1)
  const top = roundUp(lines.reduce((most, { values }) => Math.max(most, ...values), 1))
  const x = (minute: number): number => LEFT + (minute / minutes) * (WIDTH - LEFT - RIGHT)
  const y = (value: number): number => HEIGHT - BOTTOM - (value / top) * (HEIGHT - TOP - BOTTOM)
  const point = (value: number, minute: number): string =>
    `${x(minute).toFixed(1)},${y(value).toFixed(1)}`
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<style>${STYLE}</style>`,
    `<text class="title" x="${LEFT}" y="20">${escaped(title)}</text>`,
    ...[0, 0.25, 0.5, 0.75, 1].map((share) => rule(y(top * share), label(top * share))),
    ...[0, 0.25, 0.5, 0.75, 1].map((share) => tick(x(minutes * share), minutes * share)),
    ...lines.map(({ values }, index) => {
      return `<polyline class="line c${index % 4}" points="${values.map(point).join(' ')}"/>`
    }),
    ...lines.map(({ name }, index) => legend(name, index)),
    '</svg>',
  ]
  return `${parts.join('\n')}\n`
}

function rule(y: number, text: string): string {
  const line = `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y}" y2="${y}"/>`
  return `${line}<text x="${LEFT - 8}" y="${y + 4}" text-anchor="end">${text}</text>`
}

function tick(x: number, minute: number): string {
  const text = `${label(minute)} min`
  return `<text x="${x}" y="${HEIGHT - BOTTOM + 20}" text-anchor="middle">${text}</text>`
}

function legend(name: string, index: number): string {
  const x = LEFT + (index % 2) * 380
  const y = 42 + Math.floor(index / 2) * 20
  const line = `<line class="line c${index % 4}" x1="${x}" x2="${x + 20}" y1="${y}" y2="${y}"/>`
  return `${line}<text x="${x + 26}" y="${y + 4}">${escaped(name)}</text>`
}

/** The next of 1, 2, 4 and 5 with zeros. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value))
  const step = [1, 2, 4, 5, 10].find((each) => each * power >= value) ?? 10
  return step * power
}

function label(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(2).replace(/0+$/, '')
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
