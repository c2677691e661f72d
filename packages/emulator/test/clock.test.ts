import { expectNumberedTimersToWork } from '@authsec-internal/test-kit'
import { test } from 'vitest'
import { systemClock } from '../src/support/clock.ts'

test('the system clock works where timers are numbers', () =>
  expectNumberedTimersToWork(systemClock))
