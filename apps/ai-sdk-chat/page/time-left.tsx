import { useEffect, useState } from 'react'

/** The bar is full at AuthSec's own limit. */
const FULL_SECONDS = 300

/** Counts down to the end of a question. Only the text speaks: a bar that moves would be read out again and again. */
export function TimeLeft({ until }: { until: string }) {
  const end = Date.parse(until)
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 500)
    return () => clearInterval(timer)
  }, [])
  const seconds = Math.max(0, Math.ceil((end - now) / 1_000))
  const text = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
  return (
    <>
      <time dateTime={until} className={seconds < 60 ? 'time soon' : 'time'}>
        {seconds > 0 ? text : 'time is up'}
      </time>
      <progress aria-hidden="true" value={seconds} max={Math.max(FULL_SECONDS, seconds)} />
    </>
  )
}
