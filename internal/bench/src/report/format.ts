import { goals } from '../goals.ts'
import { type Figure, median, used } from '../measuring/figures.ts'
import type { Measurement } from '../measuring/measure.ts'

/** A figure with its unit, with about three digits. */
export function showValue({ value, unit }: Pick<Figure, 'value' | 'unit'>): string {
  const number = Number.isInteger(value) ? value.toLocaleString('en') : threeDigits(value)
  return `${number} ${value === 1 ? unit.replace(/(request|call)s$/, '$1') : unit}`
}

function threeDigits(value: number): string {
  const size = Math.abs(value)
  if (size >= 100) return Math.round(value).toLocaleString('en')
  return value.toFixed(size >= 10 ? 1 : 2)
}

/** The goal of a figure as text, and whether it is reached. Nothing for a figure without a goal. */
export function showGoal(figure: Figure): { goal: string; isMet: boolean } | undefined {
  if (figure.goal === undefined) return undefined
  const { better, goal } = goals[figure.goal]
  return {
    goal: `${better === 'less' ? '≤' : '≥'} ${showValue({ value: goal, unit: figure.unit })}`,
    isMet: used(figure, 'goal') <= 1,
  }
}

/** The medians of a row: microseconds, CPU and operations per second. */
export function showMeasurement({ wallUs, cpuUs }: Measurement): readonly [string, string, string] {
  const wall = median(wallUs)
  return [
    showValue({ value: wall, unit: 'µs' }),
    showValue({ value: median(cpuUs), unit: 'µs' }),
    Math.round(1e6 / wall).toLocaleString('en'),
  ]
}
