import { BarChart } from 'echarts/charts'
import { GridComponent, LegendComponent, TitleComponent } from 'echarts/components'
import { type EChartsCoreOption, init, use } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'
import { ratio } from '../measuring/figures.ts'
import type { Result } from '../run.ts'
import type { Run } from './report.ts'

use([BarChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer])

/** One panel: groups of bars, each bar a share of the group's first one. */
interface Panel {
  readonly title: string
  readonly groups: readonly string[]
  /** By subject, one value for each group. */
  readonly series: Readonly<Record<string, readonly number[]>>
}

const WIDTH = 860
const PANEL_HEIGHT = 250
const COLOURS = ['#8a94a6', '#c3a878', '#8fb8f5', '#1f6feb']

/** The CPU of a call for each kind of text and size, beside undici and the global fetch, as an SVG picture. */
export function drawPicture({ machine, results }: Run): string {
  const panels = callPanels(results.find(({ name }) => name === 'calls'))
  if (panels.length === 0) throw new Error('The picture shows calls, which were not measured.')
  const chart = init(null, null, {
    renderer: 'svg',
    ssr: true,
    width: WIDTH,
    height: panels.length * PANEL_HEIGHT + 60,
  })
  chart.setOption(
    optionsOf(panels, `CPU of a call beside undici (${machine.date}, less is better)`),
  )
  const svg = chart.renderToSVGString()
  chart.dispose()
  return `${svg.trim()}\n`
}

/** Each size is a panel; rows are named `kind: subject`, undici first. */
function callPanels(calls: Result | undefined): Panel[] {
  return (calls?.sections ?? []).map(({ title, measured }) => {
    const rows = measured.map((row) => {
      const [group = '', subject = ''] = row.name.split(': ')
      return { ...row, group, subject }
    })
    const series: Record<string, number[]> = {}
    for (const row of rows) {
      const baseline = rows.find(({ group }) => group === row.group) ?? row
      const share = Number(ratio(row, baseline, 'cpuUs').toFixed(2))
      series[row.subject] = [...(series[row.subject] ?? []), share]
    }
    return { title, groups: [...new Set(rows.map(({ group }) => group))], series }
  })
}

function optionsOf(panels: readonly Panel[], heading: string): EChartsCoreOption {
  const top = (index: number): number => 90 + index * PANEL_HEIGHT
  return {
    animation: false,
    textStyle: { fontFamily: 'sans-serif' },
    // A page may be dark, and the text is not.
    backgroundColor: '#ffffff',
    color: COLOURS,
    // Without a browser the width of text is a guess, so the gaps are wide.
    legend: { top: 34, itemGap: 36, data: Object.keys(panels[0]?.series ?? {}) },
    title: [
      { text: heading, left: 'center', top: 8, textStyle: { fontSize: 15 } },
      ...panels.map(({ title }, index) => {
        return { text: title, left: 50, top: top(index) - 24, textStyle: { fontSize: 12 } }
      }),
    ],
    grid: panels.map((_, index) => {
      return { top: top(index), height: PANEL_HEIGHT - 75, left: 50, right: 20 }
    }),
    xAxis: panels.map(({ groups }, gridIndex) => ({ type: 'category', data: groups, gridIndex })),
    yAxis: panels.map((_, gridIndex) => {
      return { type: 'value', gridIndex, axisLabel: { formatter: '{value} ×' } }
    }),
    series: panels.flatMap(({ series }, index) =>
      Object.entries(series).map(([name, data]) => ({
        type: 'bar',
        name,
        data,
        xAxisIndex: index,
        yAxisIndex: index,
        label: { show: true, position: 'top', fontSize: 10 },
      })),
    ),
  }
}
